"""A yes is to the price that was proposed, from the price it was proposed at, and not hours later."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from stores import tasks
from stores.models import CityPrice, ProductPriceUpdate, Store
from stores.services.errors import Refusal
from stores.services.prices import answers, gateway
from stores.services.prices.expiry import expire_proposals
from stores.services.prices.gateway import Intent
from stores.services.store import change_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
State = ProductPriceUpdate.State


@pytest.fixture
def row(store: Store, seller: User) -> CityPrice:
    change_store(store, {"mode": Store.Mode.ASK}, seller)
    return cast.city_price(cast.product(store))


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
