"""A price that somebody changed in the marketplace's own cabinet pauses the product and asks; our late ones do not."""

import pytest
from django.utils import timezone

from stores.models import CardMarket, CityPrice, Notification, Product, ProductPriceUpdate, Store
from stores.services.prices import gateway
from stores.services.prices.decide import decide_markets
from stores.services.prices.gateway import Intent
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.store import change_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
ME = "30125007"
State = ProductPriceUpdate.State


@pytest.fixture
def row(store: Store) -> CityPrice:
    """Our price is 9,499, and the storefront has shown it; the first look was long ago."""
    row = cast.city_price(cast.product(store))
    look(row, 10_000)
    arrive(row)
    look(row, 9_499)
    assert row.updates.get().state == State.SEEN
    return row


def look(row: CityPrice, shown: int, rival: int = 9_500) -> bool:
    """One look, and its decision; whether the product is paused after it."""
    decide_markets(cast.see(row.market, {ME: shown, "a": rival}).market_ids)
    row.refresh_from_db()
    return Product.everything.get(pk=row.product_id).is_paused


def arrive(row: CityPrice) -> None:
    """What was sent is fetched."""
    row.updates.filter(state=State.APPROVED).update(state=State.PULLED, pulled_at=timezone.now())


@pytest.mark.parametrize("by_hand", [10_000, 11_500])
def test_the_second_look_at_it_pauses_and_asks(row: CityPrice, by_hand: int) -> None:
    """Also where it is a price that we asked some days ago."""
    assert look(row, by_hand, rival=9_400) is False
    assert row.price == 9_499
    assert look(row, by_hand, rival=9_300) is True
    message = Notification.everything.get(kind="changed_by_hand")
    assert (message.severity, message.product_id) == ("warning", row.product_id)
    facts = {"sku": "SKU-1", "city_id": cast.ALMATY, "old_price": 9_499, "shown_price": by_hand}
    assert message.facts == facts
    assert (row.price, row.updates.filter(state=State.APPROVED).count()) == (9_499, 0)


def test_it_is_asked_where_rules_want_no_change_too(row: CityPrice) -> None:
    assert [look(row, 11_500), look(row, 11_500)] == [False, True]


def test_it_is_asked_once(row: CityPrice, seller: User) -> None:
    look(row, 11_500)
    look(row, 11_500)
    product = Product.everything.get(pk=row.product_id)
    edit_pricing(product, PricingEdit(product.version, {"is_paused": False}), seller)
    assert look(row, 11_500, rival=9_400) is False
    assert (row.price, row.updates.latest("pk").hold_code) == (9_499, "shown_unexpected")
    assert Notification.everything.filter(kind="changed_by_hand").count() == 1


def test_one_look_alone_proves_nothing(row: CityPrice) -> None:
    assert [look(row, shown) for shown in (11_500, 9_499, 11_500, 9_499)] == [False] * 4


def test_deciding_one_look_twice_is_one_look(row: CityPrice) -> None:
    recorded = cast.see(row.market, {ME: 11_500, "a": 9_500})
    for _ in range(2):
        CardMarket.objects.update(is_undecided=True)
        decide_markets(recorded.market_ids)
    assert not Product.everything.get(pk=row.product_id).is_paused


@pytest.mark.parametrize("state", [State.APPROVED, State.PUBLISHED, State.PULLED])
def test_a_price_on_its_way_is_no_hand(row: CityPrice, state: str) -> None:
    look(row, 9_499, rival=9_300)
    look(row, 9_499, rival=9_200)
    row.updates.filter(state=State.APPROVED).update(state=state, pulled_at=timezone.now())
    # The list before the last one is fetched late, then the last one.
    for shown in (9_499, 9_299, 9_299, 9_199, 9_199):
        assert look(row, shown, rival=9_200) is False
    assert not Notification.everything.filter(kind="changed_by_hand").exists()


def test_a_price_that_stood_there_before_us_is_no_hand(store: Store) -> None:
    """A store moves in with other prices than the storefront still shows."""
    row = cast.city_price(cast.product(store, "SKU-2", card_id="100000002"))
    assert [look(row, 10_200) for _ in range(3)] == [False] * 3
    assert row.updates.get().hold_code == "shown_unexpected"


def test_two_articles_on_one_card_show_one_price(store: Store, row: CityPrice) -> None:
    cast.product(store, "SKU-2", price=11_500)
    assert [look(row, 11_500) for _ in range(3)] == [False] * 3


def test_a_person_who_sets_it_here_too_has_answered(row: CityPrice, seller: User) -> None:
    look(row, 11_500)
    assert gateway.send(Intent(row.pk, 11_500, row.version, actor=seller)).state == State.APPROVED
    assert look(row, 11_500, rival=12_500) is False


@pytest.mark.parametrize("mode", [Store.Mode.WATCH, Store.Mode.PAUSED])
def test_where_no_rule_acts_nobody_is_asked(row: CityPrice, store: Store, seller: User, mode: str) -> None:
    change_store(store, {"mode": mode}, seller)
    assert [look(row, 11_500) for _ in range(3)] == [False] * 3
