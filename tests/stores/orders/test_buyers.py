"""Buyers' data: masked again 30 days after their order ended, and after 180 days nowhere any more."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from sandbox.orders.order import State as Tray
from stores.models import Client, Notification, Order, OrderAction, Store
from stores.models.roles import Action
from stores.services.orders import actions, buyers, clocks
from stores.services.orders.actions import plan
from stores.services.orders.lifecycle import Verb
from tests.stores.orders.desk import DeskTransport, connect, look_up, read_all, row_of
from users.models import User

pytestmark = pytest.mark.django_db

PHONE, FIRST, LAST, STREET = "7009998877", "Аманжолбек", "Сәрсенбайұлы", "ул. Приметная, 77"
NEEDLES = (PHONE, FIRST, LAST, STREET)


@pytest.fixture
def line(store: Store, monkeypatch: pytest.MonkeyPatch) -> DeskTransport:
    return connect(store, monkeypatch)


def ended(store: Store, code: str, ago: timedelta) -> Order:
    """An order of our own delivery that ended so long ago, its buyer named wherever a buyer may be named."""
    buyer, _ = Client.everything.get_or_create(
        store=store, marketplace_id=PHONE, defaults={"first_name": FIRST, "last_name": LAST, "phone": PHONE}
    )
    moment = timezone.now() - ago
    order = Order.everything.create(
        store=store,
        code=code,
        marketplace_id=f"M{code}",
        client=buyer,
        state="ARCHIVE",
        status="COMPLETED",
        total_price=9_899,
        placed_at=moment - timedelta(days=2),
        completed_at=moment,
        waybill_url=f"https://kaspi.kz/waybill/{PHONE}",
        raw={
            "attributes": {
                "customer": {"cellPhone": PHONE, "firstName": FIRST, "lastName": LAST},
                "deliveryAddress": {"formattedAddress": STREET},
            }
        },
    )
    clocks.keep_clocks([order])
    action = OrderAction.everything.create(
        store=store,
        order=order,
        kind=Verb.CANCEL,
        state="refused",
        arguments={"reason": "BUYER_NOT_REACHABLE", "comment": f"{FIRST} {PHONE}"},
        refusal=f"{LAST} has it",
        sent_at=moment,
        finished_at=moment,
    )
    facts = {"code": code, "kind": "cancel", "why": "refused", "words": f"{LAST} has it"}
    Notification.everything.create(
        store=store, kind="order_not_moved", severity="warning", facts=facts, event=f"order_action:{action.pk}"
    )
    return Order.everything.get(pk=order.pk)


def found_in_tables() -> set[str]:
    """The tables in which something of the buyer stands, whatever the column."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    return {table for table in tables & set(connection.introspection.table_names()) if _is_in(table)}


def _is_in(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 -- our own table's name
        text = str(cursor.fetchall())
    escaped = [needle.encode("unicode_escape").decode() for needle in NEEDLES]
    return any(needle in text or needle.replace("\\", "\\\\") in text for needle in (*NEEDLES, *escaped))


def test_after_the_sweep_no_table_holds_the_buyer(store: Store, seller: User) -> None:
    order = ended(store, "900", timedelta(days=181))
    LogEntry.objects.create(
        user=seller,
        content_type=ContentType.objects.get_for_model(Client),
        object_id=str(order.client_id),
        object_repr=f"{FIRST} {LAST[0]}.",
        action_flag=CHANGE,
    )
    LogEntry.objects.update(action_time=timezone.now() - timedelta(days=181))
    tables = {"stores_client", "stores_order", "stores_orderaction", "stores_notification", "django_admin_log"}
    assert found_in_tables() == tables
    assert buyers.forget_old_buyers() == 1
    assert found_in_tables() == set()
    left = Order.everything.get()
    assert (left.code, left.total_price, left.completed_at) == ("900", 9_899, order.completed_at)


def test_before_that_day_nothing_is_forgotten(store: Store) -> None:
    order = ended(store, "900", timedelta(days=179))
    assert buyers.forget_old_buyers() == 0
    assert Order.everything.get().raw == order.raw
    assert Client.everything.get().phone == PHONE


def test_a_buyer_stays_as_long_as_a_younger_order_needs_him(store: Store) -> None:
    ended(store, "900", timedelta(days=181))
    young = ended(store, "901", timedelta(days=10))
    assert buyers.forget_old_buyers() == 1
    assert Client.everything.get().pk == young.client_id
    assert {order.code: order.client_id for order in Order.everything.all()} == {"900": None, "901": young.client_id}


@pytest.mark.parametrize(("days", "forgotten"), [(239, 0), (241, 1)])
def test_an_order_whose_end_was_never_seen_has_ended_after_60_days(store: Store, days: int, forgotten: int) -> None:
    order = ended(store, "900", timedelta(days=400))
    placed_at = timezone.now() - timedelta(days=days)
    Order.everything.filter(pk=order.pk).update(state="KASPI_DELIVERY", status="CANCELLING", placed_at=placed_at)
    clocks.keep_clocks(Order.everything.all())
    assert (Order.everything.get().ended_at, buyers.forget_old_buyers()) == (None, forgotten)
    assert Client.everything.filter(phone=PHONE).exists() is not bool(forgotten)


@pytest.mark.parametrize(("days", "is_shown"), [(89, True), (91, False)])
def test_the_buyer_of_such_an_order_is_masked_30_days_later(store: Store, days: int, is_shown: bool) -> None:
    order = Order(store=store, placed_at=timezone.now() - timedelta(days=days))
    assert buyers.shows_buyer(order, {Action.HANDLE_ORDERS}) is is_shown


def test_the_sweep_goes_by_batches_and_may_run_twice(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buyers, "AT_ONCE", 2)
    for number in range(5):
        ended(store, str(900 + number), timedelta(days=200))
    monkeypatch.setattr(buyers, "BATCHES", 1)
    assert (buyers.forget_old_buyers(), buyers.forget_old_buyers()) == (2, 2)
    monkeypatch.setattr(buyers, "BATCHES", 50)
    assert (buyers.forget_old_buyers(), buyers.forget_old_buyers()) == (1, 0)
    assert found_in_tables() == set()


def test_what_is_read_again_later_brings_no_buyer_back(line: DeskTransport) -> None:
    theirs = line.desk.placed(Tray.DELIVERY)
    read_all()
    line.desk.change(theirs, "CANCELLED", cancellationReason="MERCHANT_OUT_OF_STOCK")
    read_all()
    Order.everything.update(ended_at=timezone.now() - timedelta(days=181))
    assert buyers.forget_old_buyers() == 1
    Order.everything.update(check_at=timezone.now(), total_price=1)
    look_up()
    row = row_of(theirs)
    assert (row.client_id, row.raw, row.waybill_url) == (None, {}, "")
    assert row.total_price > 1
    buyers.forget_old_buyers()
    assert not Client.everything.exists()


@pytest.mark.parametrize(("days", "is_shown"), [(29, True), (31, False)])
def test_the_order_masks_its_buyer_again_after_30_days(api: APIClient, store: Store, days: int, is_shown: bool) -> None:
    order = ended(store, "900", timedelta(days=days))
    answer = api.get(f"/api/orders/{order.pk}/")
    masked = {"first_name": f"{FIRST} {LAST[0]}", "last_name": "", "phone": f"••• {PHONE[-4:]}"}
    whole = {"first_name": FIRST, "last_name": LAST, "phone": PHONE}
    assert answer.json()["client"] == (whole if is_shown else masked)
    assert answer.json()["address"] == (STREET if is_shown else None)


def test_when_an_order_ended(line: DeskTransport, seller: User) -> None:
    theirs = line.desk.place()
    read_all()
    assert row_of(theirs).ended_at is None
    plan(row_of(theirs), Verb.CANCEL, {"reason": "MERCHANT_OUT_OF_STOCK"}, seller)
    actions.send_due_actions()
    look_up()
    assert row_of(theirs).ended_at == row_of(theirs).read_at


def test_what_was_over_before_we_knew_it_counts_from_the_day_it_was_placed(store: Store) -> None:
    facts: dict[str, Any] = {
        "state": "ARCHIVE",
        "status": "CANCELLED",
        "placed_at": timezone.now() - timedelta(days=80),
    }
    order = Order.everything.create(store=store, code="1", marketplace_id="1", total_price=1, **facts)
    clocks.keep_clocks([order])
    assert Order.everything.get().ended_at == order.placed_at
