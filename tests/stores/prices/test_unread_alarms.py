"""An alarm that nobody reads holds the rules of its store, for as long as its cause goes on."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stores.models import (
    Availability,
    CardMarket,
    CityPrice,
    Notification,
    PriceStop,
    ProductPriceUpdate,
    Store,
)
from stores.services.alarms import has_unread_alarm, raise_alarms
from stores.services.errors import Forbidden
from stores.services.notifications import mark_read, notify
from stores.services.prices import gateway
from stores.services.prices.gateway import Intent
from stores.services.prices.seen import alarm_unseen
from stores.services.store import change_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
Kind = Notification.Kind
State = ProductPriceUpdate.State


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


def look(hours_ago: float = 0) -> None:
    """All cards were looked at then, and did not show it."""
    CardMarket.objects.update(looked_at=timezone.now() - timedelta(hours=hours_ago))


def alarms_unseen() -> QuerySet[Notification]:
    return Notification.everything.filter(kind=Kind.NOT_SEEN, severity="urgent")


def holds(store: Store) -> bool:
    return has_unread_alarm(Store.everything.get(pk=store.pk))


def test_rules_hold_after_a_quarter_of_an_hour_until_somebody_reads_it(
    row: CityPrice, store: Store, seller: User, assistant: User
) -> None:
    list_is_refused(store)
    let_pass(minutes=14.9)
    assert gateway.send(cast.by_rule(row, 9_900)).state == State.APPROVED
    Notification.everything.exclude(kind=Kind.PRICE_LIST_REFUSED).delete()
    let_pass(minutes=15.1)
    assert gateway.send(cast.by_rule(row, 9_800)).hold_code == "alarm_unread"
    row.refresh_from_db()
    assert row.price == 9_900
    alarm = Notification.everything.get(kind=Kind.PRICE_LIST_REFUSED)
    with pytest.raises(Forbidden):
        mark_read(alarm, assistant)
    assert gateway.send(cast.by_rule(row, 9_750)).hold_code == "alarm_unread"
    mark_read(alarm, seller)
    assert gateway.send(cast.by_rule(row, 9_700)).state == State.APPROVED


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


def test_of_two_articles_on_one_card_nobody_misses_either(on_its_way: ProductPriceUpdate, store: Store) -> None:
    cast.product(store, "SKU-2", price=11_500)
    is_late(on_its_way, State.PULLED, hours=1.6)
    look()
    raise_alarms()
    assert not alarms_unseen().exists()


def test_a_neighbours_article_on_the_card_is_no_excuse(
    on_its_way: ProductPriceUpdate, store: Store, strangers_store: Store
) -> None:
    cast.product(strangers_store, price=11_500)
    is_late(on_its_way, State.PULLED, hours=1.6)
    look()
    raise_alarms()
    assert alarms_unseen().get().store == store


def test_a_price_that_is_not_seen_holds_until_it_is(on_its_way: ProductPriceUpdate, store: Store) -> None:
    is_late(on_its_way, State.PULLED, hours=1.6)
    look()
    raise_alarms()
    let_pass(minutes=16)
    assert holds(store)
    is_late(on_its_way, State.SEEN, hours=1.6)
    assert not holds(store)


def test_a_price_that_never_shows_holds_until_somebody_reads_it(
    on_its_way: ProductPriceUpdate, store: Store, seller: User
) -> None:
    is_late(on_its_way, State.PULLED, hours=1.6)
    look()
    raise_alarms()
    is_late(on_its_way, State.PULLED, hours=73)
    let_pass(minutes=72 * 60)
    assert holds(store)
    raise_alarms()
    mark_read(alarms_unseen().get(), seller)
    assert not holds(store)


def test_what_was_pulled_long_ago_is_not_told_anew(on_its_way: ProductPriceUpdate) -> None:
    is_late(on_its_way, State.PULLED, hours=24.1)
    look()
    raise_alarms()
    assert not alarms_unseen().exists()


class TestUnseen:
    """Only a price that can be seen is missed, and a list's are missed together."""

    @pytest.fixture(autouse=True)
    def _late(self, on_its_way: ProductPriceUpdate) -> None:
        is_late(on_its_way, State.PULLED, hours=1.6)

    def test_it_takes_a_look_after_the_price_was_due(self, on_its_way: ProductPriceUpdate) -> None:
        raise_alarms()
        assert not alarms_unseen().exists()
        look(hours_ago=1)
        raise_alarms()
        assert not alarms_unseen().exists()
        look()
        raise_alarms()
        assert alarms_unseen().count() == 1

    @pytest.mark.parametrize("why", ["no card", "not on sale", "closed point", "other city"])
    def test_what_cannot_be_seen_is_not_missed(self, on_its_way: ProductPriceUpdate, store: Store, why: str) -> None:
        look()
        if why == "no card":
            CityPrice.everything.update(market=None)
        if why == "not on sale":
            Availability.everything.update(is_available=False)
        if why == "closed point":
            store.sales_points.filter(city_id=cast.ALMATY).update(is_open=False)
        if why == "other city":
            Availability.everything.update(sales_point=store.sales_points.get(city_id=cast.ASTANA))
        raise_alarms()
        assert not alarms_unseen().exists()

    def test_one_message_tells_of_all_of_a_list(self, store: Store, seller: User) -> None:
        for number in range(2, 10):
            row = cast.city_price(cast.product(store, f"SKU-{number}", card_id=f"10000000{number}"))
            is_late(gateway.send(Intent(row.pk, 9_900, row.version, actor=seller)), State.PULLED, hours=1.6)
        ProductPriceUpdate.everything.update(price_list_number=7)
        look()
        with CaptureQueriesContext(connection) as queries:
            alarm_unseen()
            alarm_unseen()
        assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 4
        alarm = alarms_unseen().get()
        assert alarm.facts == {"count": 9, "skus": [f"SKU-{number}" for number in range(1, 6)]}
        ProductPriceUpdate.everything.filter(product__sku="SKU-9").update(price_list_number=8)
        raise_alarms()
        assert alarms_unseen().count() == 2


def test_a_list_that_cannot_be_written_holds_until_one_is(store: Store) -> None:
    notify(store.pk, Kind.NOT_WRITTEN, event="list-failed", facts={})
    let_pass(minutes=14)
    assert not holds(store)
    let_pass(minutes=16)
    assert holds(store)
    for minutes_ago, is_held in ((20, True), (1, False)):
        moment = timezone.now() - timedelta(minutes=minutes_ago)
        Store.everything.filter(pk=store.pk).update(built_at=moment, published_at=moment)
        assert holds(store) is is_held


class TestUnpublished:
    """A price that may leave and gets into no list."""

    def approved(self, update: ProductPriceUpdate, minutes_ago: float) -> None:
        moment = timezone.now() - timedelta(minutes=minutes_ago)
        ProductPriceUpdate.everything.filter(pk=update.pk).update(approved_at=moment)
        Store.everything.update(mode_changed_at=moment)

    def told(self) -> int:
        raise_alarms()
        return Notification.everything.filter(kind=Kind.NOT_PUBLISHED, severity="urgent").count()

    def test_after_ten_minutes_it_is_told_once_and_holds(self, on_its_way: ProductPriceUpdate, store: Store) -> None:
        self.approved(on_its_way, minutes_ago=9)
        assert self.told() == 0
        self.approved(on_its_way, minutes_ago=11)
        assert (self.told(), self.told()) == (1, 1)
        let_pass(minutes=16)
        assert holds(store)
        is_late(on_its_way, State.PUBLISHED, hours=0)
        assert not holds(store)

    def test_what_begins_again_after_a_price_list_is_told_again(
        self, on_its_way: ProductPriceUpdate, store: Store
    ) -> None:
        self.approved(on_its_way, minutes_ago=11)
        assert self.told() == 1
        Store.everything.filter(pk=store.pk).update(published_at=timezone.now())
        assert (self.told(), self.told()) == (2, 2)

    def test_what_is_stopped_is_not_missed(self, on_its_way: ProductPriceUpdate, store: Store) -> None:
        self.approved(on_its_way, minutes_ago=11)
        stop = PriceStop.objects.create(reason="drill")
        assert self.told() == 0
        stop.delete()
        Store.everything.filter(pk=store.pk).update(mode=Store.Mode.PAUSED)
        assert self.told() == 0

    def test_a_store_that_goes_on_has_ten_minutes_again(
        self, on_its_way: ProductPriceUpdate, store: Store, seller: User
    ) -> None:
        self.approved(on_its_way, minutes_ago=60)
        change_store(store, {"mode": Store.Mode.PAUSED}, seller)
        change_store(store, {"mode": Store.Mode.WATCH}, seller)
        assert self.told() == 0


def test_blindness_does_not_hold_twice(store: Store) -> None:
    notify(store.pk, Kind.BLIND, event="blind:", facts={"since": ""})
    let_pass(minutes=60)
    assert not holds(store)


def test_it_is_no_business_of_another_store(store: Store, strangers_store: Store) -> None:
    list_is_refused(strangers_store)
    let_pass(minutes=60)
    assert (holds(strangers_store), holds(store)) == (True, False)
