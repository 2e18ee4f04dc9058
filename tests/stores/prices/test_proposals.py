"""A yes is to the price as it was proposed: from the price, in the market and by the wishes of then."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from stores import tasks
from stores.models import CardMarket, CityPrice, Product, ProductPriceUpdate, Store
from stores.services.errors import Refusal
from stores.services.prices import answers, gateway
from stores.services.prices.decide import decide_markets
from stores.services.prices.gateway import Intent
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.prices.proposals import expire_proposals
from stores.services.prices.rules import change_rule, create_rule, switch_off
from stores.services.store import change_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
State = ProductPriceUpdate.State
ME = "30125007"


@pytest.fixture
def row(store: Store, seller: User) -> CityPrice:
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    row = cast.city_price(cast.product(store))
    cast.see(row.market, {ME: 10_000, "a": 9_500})
    return cast.city_price(row.product)


@pytest.fixture
def proposed(row: CityPrice) -> ProductPriceUpdate:
    return propose(row)


def propose(row: CityPrice, price: int = 9_499) -> ProductPriceUpdate:
    return gateway.send(Intent(row.pk, price, row.version, looked_at=timezone.now(), shown=row.price))


def waited(update: ProductPriceUpdate, **span: float) -> ProductPriceUpdate:
    ProductPriceUpdate.everything.filter(pk=update.pk).update(created_at=timezone.now() - timedelta(**span))
    update.refresh_from_db()
    return update


def test_two_hours_are_enough_for_a_yes(proposed: ProductPriceUpdate, row: CityPrice, seller: User) -> None:
    assert expire_proposals() == 0
    waited(proposed, minutes=119)
    assert expire_proposals() == 0
    assert answers.approve(proposed, seller).state == State.APPROVED
    row.refresh_from_db()
    assert row.price == 9_499


def test_the_sweep_withdraws_what_waited_longer(proposed: ProductPriceUpdate) -> None:
    waited(proposed, minutes=121)
    tasks.expire_proposals()
    proposed.refresh_from_db()
    assert proposed.state == State.EXPIRED
    assert expire_proposals() == 0


def test_the_lifetime_is_turned_in_the_environment(proposed: ProductPriceUpdate, settings: Settings) -> None:
    settings.PROPOSAL_LIFETIME = timedelta(minutes=10)
    waited(proposed, minutes=11)
    assert expire_proposals() == 1


@pytest.mark.parametrize("is_swept", [True, False])
def test_a_yes_after_that_is_refused_and_changes_nothing(
    proposed: ProductPriceUpdate, row: CityPrice, seller: User, is_swept: bool
) -> None:
    waited(proposed, minutes=121)
    if is_swept:
        expire_proposals()
    before = ProductPriceUpdate.everything.values().get(pk=proposed.pk)
    with pytest.raises(Refusal) as refused:
        answers.approve(proposed, seller)
    assert refused.value.code == "proposal_expired"
    row.refresh_from_db()
    assert (row.price, row.version) == (10_000, 1)
    assert ProductPriceUpdate.everything.values().get(pk=proposed.pk) == before


def test_the_api_says_it_with_its_code(proposed: ProductPriceUpdate, api: APIClient) -> None:
    waited(proposed, minutes=121)
    answer = api.post(f"/api/price-updates/{proposed.pk}/approve/")
    assert (answer.status_code, answer.json()["code"]) == (422, "proposal_expired")
    expire_proposals()
    assert api.get(f"/api/price-updates/{proposed.pk}/").json()["state"] == "expired"


def test_an_answered_one_does_not_expire(proposed: ProductPriceUpdate, row: CityPrice, seller: User) -> None:
    answers.refuse(proposed, seller)
    second = propose(row, 9_450)
    answers.approve(second, seller)
    ProductPriceUpdate.everything.update(created_at=timezone.now() - timedelta(days=1))
    assert expire_proposals() == 0
    assert answers.approve(second, seller).state == State.APPROVED
    assert answers.approve(proposed, seller).state == State.REFUSED


def test_what_is_still_right_is_proposed_again(proposed: ProductPriceUpdate, row: CityPrice) -> None:
    waited(proposed, minutes=121)
    expire_proposals()
    assert propose(row).state == State.PROPOSED


def test_a_yes_is_to_the_move_from_the_old_price(proposed: ProductPriceUpdate, row: CityPrice, seller: User) -> None:
    CityPrice.everything.filter(pk=row.pk).update(price=11_000)
    answered = answers.approve(proposed, seller)
    assert (answered.state, answered.hold_code, answered.old_price) == (State.HELD, "moved_since", 10_000)
    row.refresh_from_db()
    assert (row.price, row.version) == (11_000, 1)


def test_every_stores_proposals_are_swept(proposed: ProductPriceUpdate, strangers_store: Store, stranger: User) -> None:
    change_store(strangers_store, {"mode": Store.Mode.ASK}, stranger)
    other = propose(cast.city_price(cast.product(strangers_store)))
    waited(proposed, minutes=121)
    waited(other, minutes=121)
    assert expire_proposals() == 2


# --- What a proposal was decided from is no more ----------------------------------------------------------------------


def look_and_decide(row: CityPrice, offers: dict[str, int]) -> list[str]:
    """The states of the price's updates after one more look, oldest first."""
    decide_markets(cast.see(row.market, offers).market_ids)
    return list(row.updates.order_by("pk").values_list("state", flat=True))


@pytest.mark.parametrize(
    ("story", "offers", "states"),
    [
        ("the same market asks it once", {ME: 10_000, "a": 9_500}, ["proposed"]),
        ("the rival left: stay", {ME: 10_000, "b": 10_001}, ["superseded"]),
        ("nothing is known of us: hold", {"a": 9_500}, ["superseded"]),
        ("the rival moved: another question", {ME: 10_000, "a": 9_400}, ["superseded", "proposed"]),
    ],
)
def test_a_look_that_wants_something_else_withdraws_it(
    row: CityPrice, seller: User, story: str, offers: dict[str, int], states: list[str]
) -> None:
    assert look_and_decide(row, {ME: 10_000, "a": 9_500}) == ["proposed"]
    assert look_and_decide(row, offers) == states, story
    first = row.updates.earliest("pk")
    is_right_still = states == ["proposed"]
    assert (answers.approve(first, seller).state == State.APPROVED) is is_right_still
    row.refresh_from_db()
    assert row.price == (9_499 if is_right_still else 10_000)


def test_a_wish_that_the_gate_holds_withdraws_it(proposed: ProductPriceUpdate, row: CityPrice) -> None:
    assert propose(row, 7_999).state == State.HELD
    proposed.refresh_from_db()
    assert proposed.state == State.SUPERSEDED


@pytest.mark.parametrize("values", [{"strategy": "manual"}, {"step": 2}, {"floor": 8_100}, {"is_paused": True}])
def test_an_edit_withdraws_it(
    proposed: ProductPriceUpdate, row: CityPrice, seller: User, values: dict[str, object]
) -> None:
    edit_pricing(row.product, PricingEdit(1, values), seller)
    assert answers.approve(proposed, seller).state == State.SUPERSEDED
    row.refresh_from_db()
    assert row.price == 10_000


@pytest.mark.parametrize("how", ["switched off", "changed", "taken over"])
def test_a_change_of_rules_withdraws_what_they_proposed(row: CityPrice, store: Store, seller: User, how: str) -> None:
    Product.everything.update(strategy="by_rule", category_code="Kettles")
    rule = cast.rule(store, strategy="match")
    assert look_and_decide(row, {ME: 10_000, "a": 9_500}) == ["proposed"]
    if how == "switched off":
        switch_off(rule, seller)
    elif how == "changed":
        change_rule(rule, rule.version, {"strategy": "undercut"}, seller)
    else:
        create_rule(store, {"name": "Kettles", "category_code": "Kettles", "strategy": "match"}, seller)
    assert answers.approve(row.updates.get(), seller).state == State.SUPERSEDED
    row.refresh_from_db()
    assert row.price == 10_000


@pytest.mark.parametrize(
    ("story", "market", "product", "code"),
    [
        ("nobody has looked for an hour", {"looked_at": timezone.now() - timedelta(hours=2)}, {}, "stale"),
        ("the card asks far more", {"median": 30_000}, {}, "far_from_market"),
        ("a person took over", {}, {"strategy": "manual"}, "not_automated"),
    ],
)
def test_the_gate_asks_at_the_yes_what_it_asks_of_rules(
    proposed: ProductPriceUpdate,
    row: CityPrice,
    seller: User,
    story: str,
    market: dict[str, object],
    product: dict[str, object],
    code: str,
) -> None:
    if market:
        CardMarket.objects.update(**market)
    if product:
        Product.everything.update(**product)
    answered = answers.approve(proposed, seller)
    assert (answered.state, answered.hold_code) == (State.HELD, code), story
    row.refresh_from_db()
    assert (row.price, row.version) == (10_000, 1)


def test_a_price_changed_by_hand_meanwhile_is_not_answered_over(
    proposed: ProductPriceUpdate, row: CityPrice, seller: User
) -> None:
    cast.see(row.market, {ME: 11_500, "a": 9_500})
    assert answers.approve(proposed, seller).hold_code == "shown_unexpected"
