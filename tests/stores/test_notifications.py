"""Each event is told once, and blindness is said aloud."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from stores.models import CardMarket, Notification, PathStep, PriceStop, Store
from stores.services import alarms, health
from stores.services.messages import TEXTS, text_of
from stores.services.notifications import mark_read, notify, tell_waiting
from stores.signals import notifications_arrived
from tests import cast
from users.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installation")]
Kind = Notification.Kind
FACTS = {
    "sku": "SKU-1",
    "city_id": cast.ALMATY,
    "old_price": 10_000,
    "new_price": 9_499,
    "code": "under_floor",
    "number": 3,
    "since": "2026-11-23T05:00:00+00:00",
    "until": "2026-11-23T05:00:00+00:00",
    "merchant": "Rival",
    "rival_price": 9_400,
    "count": 1,
    "skus": ["SKU-1"],
    "shown_price": 9_900,
    "card": "100000001",
    "restored": 12,
    "kept": 1,
    "last_four": "MzQ1",
    "path": "$.attributes.state",
    "name": "Kettles",
    "refusal": "status 400",
    "accepted": 2,
    "failed": 1,
    "skipped": 0,
    "kind": "accept",
    "why": "refused",
    "duty": "accept",
    "ends": "2026-11-23T08:00:00+00:00",
    "words": "Order is cancelled, so it can't be completed.",
    "orders": ["900100200"],
    "amount": 15_000,
    "days": 30,
    "indicator": "cancels",
    "value": "0.025",
    "bad": 3,
    "of": 120,
    "limit": "0.03",
    "left": 0,
    "point": "PP1",
    "stock": 2,
    "order": "880000001",
}
# Breakers have codes of their own.
CODES: dict[str, dict[str, str]] = {
    Kind.STOCK_DOUBTED: {"why": "no_goods"},
    Kind.PRODUCT_PAUSED: {"code": "falls_without_sale"},
    Kind.STORE_PAUSED: {"code": "blocked"},
    Kind.EVERYTHING_STOPPED: {"code": "tripwire"},
}


def test_the_same_event_is_one_message(store: Store, strangers_store: Store) -> None:
    for _ in range(3):
        notify(store.pk, Kind.PRICE_CHANGED, event="approved:1", facts=FACTS)
    notify(strangers_store.pk, Kind.PRICE_CHANGED, event="approved:1", facts=FACTS)
    assert Notification.everything.count() == 2


def test_waiting_messages_are_told_once(store: Store, django_capture_on_commit_callbacks: Any) -> None:
    heard: list[int] = []
    notifications_arrived.connect(lambda store_id, **_: heard.append(store_id), weak=False, dispatch_uid="test")
    try:
        for number in range(3):
            notify(store.pk, Kind.PRICE_CHANGED, event=f"approved:{number}", facts=FACTS)
        with django_capture_on_commit_callbacks(execute=True):
            assert (tell_waiting(), tell_waiting()) == (3, 0)
    finally:
        notifications_arrived.disconnect(dispatch_uid="test")
    assert heard == [store.pk]
    assert set(Notification.everything.values_list("delivery", flat=True)) == {"told"}
    assert PathStep.objects.filter(name="told").exists()


def test_a_message_whose_teller_died_is_told_after_the_lease(store: Store) -> None:
    notify(store.pk, Kind.PRICE_CHANGED, event="approved:1", facts=FACTS)
    Notification.everything.update(delivery="sending", claim="dead", leased_until=timezone.now() + timedelta(minutes=1))
    assert tell_waiting() == 0
    Notification.everything.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert tell_waiting() == 1


@pytest.mark.django_db(transaction=True)
def test_two_tellers_share_the_messages(store: Store) -> None:
    for number in range(40):
        notify(store.pk, Kind.PRICE_CHANGED, event=f"approved:{number}", facts=FACTS)
    start = Barrier(2)
    told: list[int] = []

    def work() -> None:
        start.wait()
        try:
            while count := tell_waiting(limit=7):
                told.append(count)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(told) + tell_waiting() == 40


def test_reading_counts_the_first_time(store: Store, seller: User) -> None:
    notify(store.pk, Kind.PRICE_CHANGED, event="approved:1", facts=FACTS)
    first = mark_read(Notification.everything.get(), seller)
    assert mark_read(first, seller).read_at == first.read_at


@pytest.mark.parametrize("kind", Kind.values)
def test_every_kind_has_a_text(store: Store, kind: str) -> None:
    assert set(TEXTS) == set(Kind)
    text = text_of(Notification(store=store, kind=kind, facts=FACTS | CODES.get(kind, {})))
    assert "%(" not in text


class TestHealth:
    def test_nothing_to_watch_is_idle(self) -> None:
        assert health.read_health()["status"] == "idle"

    def test_before_the_first_look_it_is_starting(self, store: Store) -> None:
        cast.product(store)
        assert health.read_health() == {"status": "starting", "last": dict.fromkeys(PathStep.Name.values)}

    def test_a_fresh_look_is_ok_and_an_old_one_is_blind(self, store: Store, settings: Settings) -> None:
        settings.LOOK_INTERVAL = timedelta(seconds=20)
        cast.product(store)
        health.finished(PathStep.Name.LOOKED)
        assert health.read_health()["status"] == "ok"
        PathStep.objects.update(finished_at=timezone.now() - timedelta(seconds=61))
        assert health.read_health()["status"] == "ok"
        cast.make_due()
        assert health.read_health()["status"] == "blind"

    def test_silence_where_nothing_is_due_is_no_blindness(self, store: Store) -> None:
        cast.product(store)
        PathStep.objects.create(name="looked", finished_at=timezone.now() - timedelta(hours=5))
        CardMarket.objects.update(next_look_at=timezone.now() + timedelta(minutes=30))
        assert health.read_health()["status"] == "ok"
        CardMarket.objects.update(next_look_at=timezone.now() - timedelta(minutes=4))
        assert health.read_health()["status"] == "ok"
        CardMarket.objects.update(next_look_at=timezone.now() - timedelta(minutes=6))
        assert health.read_health()["status"] == "blind"

    def test_failing_looks_are_blindness_within_minutes(self, store: Store, settings: Settings) -> None:
        settings.LOOK_INTERVAL = timedelta(minutes=15)
        cast.product(store)
        PathStep.objects.create(name="looked", finished_at=timezone.now() - timedelta(minutes=6))
        assert health.read_health()["status"] == "ok"
        CardMarket.objects.update(failures=1)
        assert health.read_health()["status"] == "blind"

    def test_a_storefront_that_was_never_reached_is_blindness_too(self, store: Store) -> None:
        cast.product(store)
        CardMarket.objects.update(failures=1)
        assert health.read_health()["status"] == "blind"
        alarms.raise_alarms()
        assert Notification.everything.filter(kind=Kind.BLIND).count() == 1

    def test_the_switch_is_said_first(self, store: Store) -> None:
        cast.product(store)
        PriceStop.objects.create(reason="drill")
        assert health.read_health()["status"] == "stopped"

    def test_a_step_remembers_its_last_end(self) -> None:
        moment = timezone.now()
        health.finished(PathStep.Name.PULLED)
        health.finished(PathStep.Name.PULLED, moment + timedelta(seconds=1))
        health.finished(PathStep.Name.PULLED, moment - timedelta(minutes=1))
        assert health.read_health()["last"]["pulled"] == moment + timedelta(seconds=1)


class TestBlindness:
    def test_it_is_said_once_an_episode(self, store: Store, settings: Settings) -> None:
        settings.LOOK_INTERVAL = timedelta(seconds=10)
        cast.product(store)
        cast.make_due()
        health.finished(PathStep.Name.LOOKED, timezone.now() - timedelta(minutes=5))
        alarms.raise_alarms()
        alarms.raise_alarms()
        assert Notification.everything.filter(kind=Kind.BLIND, severity="urgent").count() == 1
        health.finished(PathStep.Name.LOOKED, timezone.now() - timedelta(minutes=2))
        alarms.raise_alarms()
        assert Notification.everything.filter(kind=Kind.BLIND).count() == 2

    def test_a_fresh_picture_raises_nothing(self, store: Store) -> None:
        cast.product(store)
        health.finished(PathStep.Name.LOOKED)
        alarms.raise_alarms()
        assert not Notification.everything.exists()
