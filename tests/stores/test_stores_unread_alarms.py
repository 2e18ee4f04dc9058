"""An alarm that nobody reads holds the rules of its store, for as long as its cause goes on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from stores.models import CityPrice, Notification, ProductPriceUpdate, Store
from stores.services.alarms import has_unread_alarm, raise_alarms
from stores.services.errors import Forbidden
from stores.services.notifications import mark_read, notify
from stores.services.prices import gateway
from stores.services.prices.gateway import Intent
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
Kind = Notification.Kind
State = ProductPriceUpdate.State


@pytest.fixture
def row(store: Store) -> CityPrice:
    return cast.city_price(cast.product(store))


@pytest.fixture
def on_its_way(row: CityPrice, seller: User) -> ProductPriceUpdate:
    """A price that has left."""
    return gateway.send(Intent(row.pk, 9_900, row.version, actor=seller))


def is_late(update: ProductPriceUpdate, state: str, hours: float) -> None:
    moment = timezone.now() - timedelta(hours=hours)
    ProductPriceUpdate.everything.filter(pk=update.pk).update(state=state, published_at=moment, pulled_at=moment)


def let_pass(minutes: float) -> None:
    Notification.everything.update(created_at=timezone.now() - timedelta(minutes=minutes))


def list_is_refused(store: Store) -> None:
    now = timezone.now()
    Store.everything.filter(pk=store.pk).update(built_at=now, published_at=now - timedelta(hours=1))
    notify(store.pk, Kind.PRICE_LIST_REFUSED, event="list-refused:shrunk", facts={"code": "shrunk", "read": 7})


def by_rule(row: CityPrice, price: int) -> Intent:
    row.refresh_from_db()
    return Intent(row.pk, price, row.version, looked_at=timezone.now(), shown=row.price)


def holds(store: Store) -> bool:
    return has_unread_alarm(Store.everything.get(pk=store.pk))


def test_rules_hold_after_a_quarter_of_an_hour_until_somebody_reads_it(
    row: CityPrice, store: Store, seller: User, assistant: User
) -> None:
    list_is_refused(store)
    let_pass(minutes=14.9)
    assert gateway.send(by_rule(row, 9_900)).state == State.APPROVED
    Notification.everything.exclude(kind=Kind.PRICE_LIST_REFUSED).delete()
    let_pass(minutes=15.1)
    assert gateway.send(by_rule(row, 9_800)).hold_code == "alarm_unread"
    row.refresh_from_db()
    assert row.price == 9_900
    alarm = Notification.everything.get(kind=Kind.PRICE_LIST_REFUSED)
    with pytest.raises(Forbidden):
        mark_read(alarm, assistant)
    assert gateway.send(by_rule(row, 9_750)).hold_code == "alarm_unread"
    mark_read(alarm, seller)
    assert gateway.send(by_rule(row, 9_700)).state == State.APPROVED


def test_people_go_on(row: CityPrice, store: Store, seller: User) -> None:
    list_is_refused(store)
    let_pass(minutes=60)
    assert gateway.send(Intent(row.pk, 9_900, row.version, actor=seller)).state == State.APPROVED


def test_a_list_that_was_released_since_ends_it(store: Store) -> None:
    list_is_refused(store)
    let_pass(minutes=60)
    assert holds(store)
    now = timezone.now()
    Store.everything.filter(pk=store.pk).update(built_at=now, published_at=now)
    assert not holds(store)


def test_a_list_that_is_not_fetched_holds_until_it_is(on_its_way: ProductPriceUpdate, store: Store) -> None:
    is_late(on_its_way, State.PUBLISHED, hours=3.1)
    raise_alarms()
    let_pass(minutes=16)
    assert holds(store)
    is_late(on_its_way, State.PULLED, hours=0)
    assert not holds(store)


def test_a_price_that_is_not_seen_holds_until_it_is(on_its_way: ProductPriceUpdate, store: Store) -> None:
    is_late(on_its_way, State.PULLED, hours=1.6)
    raise_alarms()
    let_pass(minutes=16)
    assert holds(store)
    is_late(on_its_way, State.SEEN, hours=1.6)
    assert not holds(store)


def test_no_store_is_silent_for_ever_over_one_price_that_never_shows(
    on_its_way: ProductPriceUpdate, store: Store
) -> None:
    is_late(on_its_way, State.PULLED, hours=1.6)
    raise_alarms()
    is_late(on_its_way, State.PULLED, hours=24.1)
    let_pass(minutes=24 * 60)
    assert not holds(store)


def test_the_unseen_price_of_another_product_is_no_cause(on_its_way: ProductPriceUpdate, store: Store) -> None:
    is_late(on_its_way, State.PULLED, hours=1.6)
    other = cast.product(store, "SKU-2", card_id="100000002")
    notify(store.pk, Kind.NOT_SEEN, event="unseen:old", product_id=other.pk, facts={})
    let_pass(minutes=60)
    assert not holds(store)


def test_blindness_does_not_hold_twice(store: Store) -> None:
    notify(store.pk, Kind.BLIND, event="blind:", facts={"since": ""})
    let_pass(minutes=60)
    assert not holds(store)


def test_it_is_no_business_of_another_store(store: Store, strangers_store: Store) -> None:
    list_is_refused(strangers_store)
    let_pass(minutes=60)
    assert (holds(strangers_store), holds(store)) == (True, False)
