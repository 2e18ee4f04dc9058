"""What a hold of the whole store kept back is decided anew as soon as the hold ends."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from stores.models import CardMarket, CityPrice, Notification, PriceStop, ProductPriceUpdate, Release, Store
from stores.services.notifications import mark_alarms_read, mark_read, notify
from stores.services.prices import gateway
from stores.services.prices.gateway import Intent
from stores.services.prices.situation import market_of
from stores.services.prices.switches import release_stops
from stores.services.releases import accept_engine, record_build
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
Commits = Callable[..., AbstractContextManager[Any]]
FAR = timedelta(hours=5)


@pytest.fixture
def commits(django_capture_on_commit_callbacks: Commits) -> Commits:
    """What waits for the commit is done at the end of each block."""
    return django_capture_on_commit_callbacks


@pytest.fixture
def rows(store: Store) -> list[CityPrice]:
    """Two prices in two markets that are not due for hours."""
    made = [cast.city_price(cast.product(store, f"SKU-{n}", card_id=f"20000000{n}")) for n in range(2)]
    CardMarket.objects.update(next_look_at=timezone.now() + FAR)
    return made


def wish(row: CityPrice) -> ProductPriceUpdate | None:
    row.refresh_from_db()
    intent = Intent(row.pk, row.price - 100, row.version, looked_at=timezone.now(), shown=row.price)
    return gateway.send(intent)


def hold(row: CityPrice, code: str) -> None:
    update = wish(row)
    assert update is not None
    assert update.hold_code == code


def due(rows: list[CityPrice]) -> list[bool]:
    """Which of them are looked at within a minute."""
    soon = timezone.now() + timedelta(minutes=1)
    return [CardMarket.objects.get(pk=market_of(row).pk).next_look_at <= soon for row in rows]


@pytest.fixture
def alarm(store: Store) -> Notification:
    """An alarm that holds the store's rules."""
    now = timezone.now()
    Store.everything.filter(pk=store.pk).update(built_at=now, published_at=now - timedelta(hours=1))
    kind = Notification.Kind.PRICE_LIST_REFUSED
    notify(store.pk, kind, event="list-refused:shrunk", facts={"code": "shrunk", "read": 7})
    Notification.everything.update(created_at=now - timedelta(minutes=16))
    return Notification.everything.get(kind=kind)


@pytest.mark.parametrize("reads_all", [False, True])
def test_an_alarm_that_was_read(
    rows: list[CityPrice], store: Store, alarm: Notification, seller: User, commits: Commits, reads_all: bool
) -> None:
    hold(rows[1], "alarm_unread")
    assert due(rows) == [False, False]
    with commits(execute=True):
        if reads_all:
            mark_alarms_read(store, alarm.pk, seller)
        else:
            mark_read(alarm, seller)
    assert due(rows) == [False, True]


def test_what_is_read_already_or_not_urgent_has_nobody_looking(
    rows: list[CityPrice], store: Store, alarm: Notification, seller: User, commits: Commits
) -> None:
    hold(rows[1], "alarm_unread")
    held = Notification.everything.get(kind=Notification.Kind.PRICE_HELD)
    Notification.everything.filter(pk=alarm.pk).update(read_at=timezone.now())
    with commits(execute=True):
        mark_read(alarm, seller)
        mark_read(held, seller)
        assert mark_alarms_read(store, alarm.pk, seller) == 0
    assert due(rows) == [False, False]


def test_a_stop_that_was_deleted(rows: list[CityPrice], commits: Commits) -> None:
    PriceStop.objects.create(reason="drill")
    hold(rows[0], "stopped")
    with commits(execute=True):
        release_stops(PriceStop.objects.all())
    assert (PriceStop.objects.exists(), due(rows)) == (False, [True, False])


@pytest.mark.parametrize("how", ["delete", "action"])
def test_a_stop_is_deleted_in_the_admin(
    rows: list[CityPrice], admin_client: Client, commits: Commits, how: str
) -> None:
    stop = PriceStop.objects.create(reason="drill")
    hold(rows[0], "stopped")
    with commits(execute=True):
        if how == "delete":
            address = reverse("admin:stores_pricestop_delete", args=[stop.pk])
            answer = admin_client.post(address, {"post": "yes"})
        else:
            chosen = {"action": "delete_selected", "_selected_action": stop.pk, "post": "yes"}
            answer = admin_client.post(reverse("admin:stores_pricestop_changelist"), chosen)
    assert answer.status_code == 302
    assert (PriceStop.objects.exists(), due(rows)) == (False, [True, False])


def test_an_engine_that_was_accepted(rows: list[CityPrice], commits: Commits) -> None:
    Release.objects.update(engine_accepted_at=None)
    hold(rows[0], "engine_not_accepted")
    with commits(execute=True):
        accept_engine()
    assert due(rows) == [True, False]


def test_a_build_that_was_put_on_record(rows: list[CityPrice], commits: Commits) -> None:
    Release.objects.update(build="another")
    hold(rows[0], "other_build")
    with commits(execute=True):
        record_build()
    assert due(rows) == [True, False]


def test_what_left_since_a_neighbours_and_what_another_reason_holds_stay_as_they_are(
    rows: list[CityPrice], strangers_store: Store, alarm: Notification, seller: User, commits: Commits
) -> None:
    theirs = cast.city_price(cast.product(strangers_store, card_id="300000001"))
    ProductPriceUpdate.everything.all().delete()
    hold(rows[0], "alarm_unread")
    assert gateway.send(Intent(rows[0].pk, 9_800, rows[0].version, actor=seller)) is not None
    CityPrice.everything.filter(pk=rows[1].pk).update(floor=None)
    stop = PriceStop.objects.create(reason="drill")
    hold(theirs, "stopped")
    stop.delete()
    CardMarket.objects.update(next_look_at=timezone.now() + FAR)
    with commits(execute=True):
        mark_read(alarm, seller)
    assert due([*rows, theirs]) == [False, False, False]
