"""The orders' clocks as rows: kept with each reading and by the sweep, told at half time and before the end, once."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.translation import override

from kaspi_backend.celery import app
from stores.models import Membership, Notification, Order, OrderReading, SalesPoint, Store
from stores.models.orders import NEVER
from stores.models.roles import Role
from stores.services.keyset import read_page
from stores.services.messages import text_of
from stores.services.notifications import mark_read
from stores.services.orders import clocks, readings
from stores.services.orders.actions import plan
from stores.services.orders.finding import Desk as Heap
from stores.services.orders.finding import Wanted, count_desks, find, sorting_of
from stores.services.orders.lifecycle import Verb
from stores.services.orders.working_time import WEEKDAYS
from tests import cast
from tests.sandbox.orders_fakes import Desk
from tests.stores.orders.desk import DeskTransport, connect, read_all, row_of
from users.models import User

pytestmark = pytest.mark.django_db
Kind = Notification.Kind

HOUR = timedelta(hours=1)


@pytest.fixture
def line(store: Store, monkeypatch: pytest.MonkeyPatch) -> DeskTransport:
    return connect(store, monkeypatch)


@pytest.fixture
def desk(line: DeskTransport) -> Desk:
    return line.desk


def new_order(store: Store, code: str = "900", ends: timedelta = HOUR, **facts: Any) -> Order:
    """An order in our rows that is to be accepted by then, its clock three hours long."""
    placed_at = timezone.now() + ends - timedelta(hours=3)
    order = Order.everything.create(
        store=store,
        code=code,
        marketplace_id=code,
        state="NEW",
        status="APPROVED_BY_BANK",
        total_price=9_899,
        placed_at=placed_at,
        **facts,
    )
    clocks.keep_clocks([order])
    return Order.everything.get(pk=order.pk)


def told(store: Store) -> list[tuple[str, str]]:
    rows = Notification.everything.filter(store=store).order_by("pk")
    return [(row.kind, row.facts["duty"]) for row in rows]


# --- Kept true --------------------------------------------------------------------------------------------------------


def test_a_reading_sets_the_clock_and_acceptance_moves_it(desk: Desk, seller: User) -> None:
    theirs = desk.place()
    read_all()
    new = row_of(theirs)
    assert new.approved_at is not None
    assert (new.duty, new.deadline_at) == ("accept", new.approved_at + 3 * HOUR)
    desk.world.book.rules.accept(theirs, desk.world.now)
    read_all()
    packing = row_of(theirs)
    assert (packing.duty, packing.deadline_at) == ("assemble", packing.handover_planned_at)
    assert packing.duty_since is not None
    assert new.read_at < packing.duty_since <= packing.read_at
    desk.change(theirs, "ASSEMBLE", numberOfSpace=1)
    read_all()
    assert (row_of(theirs).duty, row_of(theirs).deadline_at) == ("hand_over", packing.handover_planned_at)


def test_an_order_that_is_over_has_no_clock(desk: Desk) -> None:
    theirs = desk.place()
    read_all()
    desk.change(theirs, "CANCELLED", cancellationReason="MERCHANT_OUT_OF_STOCK")
    read_all()
    over = row_of(theirs)
    assert (over.state, over.duty, over.next_deadline_at, over.alarm_at) == ("ARCHIVE", "", NEVER, None)


def test_the_hours_of_the_point_count(desk: Desk, store: Store) -> None:
    theirs = desk.place()
    read_all()
    order = row_of(theirs)
    placed = timezone.localtime(order.placed_at)
    closed_that_day = {day: ["10:00", "20:00"] for index, day in enumerate(WEEKDAYS) if index != placed.weekday()}
    SalesPoint.everything.filter(store=store).update(hours=closed_that_day)
    clocks.sweep_clocks()
    tomorrow = (placed + timedelta(days=1)).replace(hour=13, minute=0, second=0, microsecond=0)
    assert row_of(theirs).deadline_at == tomorrow


def test_the_sweep_finds_what_was_read_before_there_were_clocks(store: Store) -> None:
    order = new_order(store)
    Order.everything.update(duty="", duty_since=None, next_deadline_at=NEVER, alarm_at=None)
    clocks.sweep_clocks()
    swept = Order.everything.get()
    assert (swept.duty, swept.next_deadline_at, swept.alarm_at) == ("accept", order.next_deadline_at, order.alarm_at)


def test_the_sweep_writes_nothing_where_nothing_moved(store: Store, django_assert_num_queries: Any) -> None:
    new_order(store)
    with django_assert_num_queries(2):
        clocks.sweep_clocks()


def test_a_clock_that_is_kept_twice_keeps_its_alarm(store: Store) -> None:
    order = new_order(store)
    clocks.sound_alarms()
    after = Order.everything.get(pk=order.pk).alarm_at
    clocks.keep_clocks(Order.everything.all())
    assert after is not None
    assert Order.everything.get(pk=order.pk).alarm_at == after


# --- Sorted -----------------------------------------------------------------------------------------------------------


def test_what_ends_first_comes_first_page_by_page(store: Store) -> None:
    for code, hours in (("903", 3), ("901", 1), ("902", 2)):
        new_order(store, code, hours * HOUR)
    rows = find(Order.objects.for_store(store), Wanted(Heap.ACCEPT))
    first = read_page(rows, sorting_of(Heap.ACCEPT), 2)
    second = read_page(rows, sorting_of(Heap.ACCEPT), 2, first.after)
    assert [[row.code for row in page.rows] for page in (first, second)] == [["901", "902"], ["903"]]
    assert (second.after, count_desks(store)[Heap.ACCEPT]) == ("", 3)


def test_the_api_sorts_by_the_deadline(store: Store, seller: User) -> None:
    for code, hours in (("902", 2), ("901", 1)):
        new_order(store, code, hours * HOUR)
    over = new_order(store, "900")
    Order.everything.filter(pk=over.pk).update(state="ARCHIVE", status="COMPLETED")
    clocks.sweep_clocks()
    rows = cast.signed_in(seller).get("/api/orders/", {"sort": "deadline", "page_size": 2}).json()
    assert [row["code"] for row in rows["results"]] == ["901", "902"]
    [last] = cast.signed_in(seller).get(rows["next"]).json()["results"]
    assert (last["code"], last["duty"], last["deadline_at"]) == ("900", "", None)


# --- Told -------------------------------------------------------------------------------------------------------------


def test_half_time_and_the_end_are_told_once_each(store: Store) -> None:
    order = new_order(store, ends=2 * HOUR)
    assert clocks.sound_alarms() == 0
    pass_time(order, timedelta(minutes=31))
    assert (clocks.sound_alarms(), clocks.sound_alarms()) == (1, 0)
    pass_time(order, timedelta(minutes=58))
    assert clocks.sound_alarms() == 0
    pass_time(order, timedelta(minutes=2))
    assert (clocks.sound_alarms(), clocks.sound_alarms()) == (1, 0)
    assert told(store) == [("order_half_time", "accept"), ("order_ending", "accept")]
    assert Order.everything.get().alarm_at is None


def pass_time(order: Order, by: timedelta) -> None:
    """Let time pass for the order: everything of it happened so much earlier."""
    row = Order.everything.get(pk=order.pk)
    for name in ("placed_at", "next_deadline_at", "duty_since", "alarm_at"):
        if moment := getattr(row, name):
            setattr(row, name, moment - by)
    row.save(update_fields=["placed_at", "next_deadline_at", "duty_since", "alarm_at"])


def test_after_a_long_silence_only_the_end_is_told(store: Store) -> None:
    order = new_order(store, ends=2 * HOUR)
    pass_time(order, timedelta(minutes=100))
    assert clocks.sound_alarms() == 1
    assert told(store) == [("order_ending", "accept")]


def test_what_ran_out_before_we_knew_it_sounds_no_alarm(store: Store) -> None:
    new_order(store, ends=-HOUR)
    assert (clocks.sound_alarms(), told(store)) == (0, [])


def test_an_order_that_was_dealt_with_sounds_no_alarm(store: Store) -> None:
    order = new_order(store)
    Order.everything.filter(pk=order.pk).update(state="PICKUP", status="ACCEPTED_BY_MERCHANT", reserved_until=None)
    clocks.sweep_clocks()
    assert (clocks.sound_alarms(), told(store)) == (0, [])


def test_an_order_is_left_alone_while_something_is_done_to_it(store: Store, seller: User) -> None:
    order = new_order(store)
    plan(order, Verb.ACCEPT, {}, seller)
    assert (clocks.sound_alarms(), told(store)) == (0, [])


def test_an_alarm_says_what_and_until_when(store: Store) -> None:
    order = new_order(store)
    clocks.sound_alarms()
    message = Notification.everything.get()
    until = timezone.localtime(order.next_deadline_at)
    with override("en"):
        text = text_of(message)
    assert text == f"Order 900: half of the time is over. Accept until {until:%d.%m %H:%M}."
    assert message.severity == "warning"


def test_a_new_deadline_is_a_new_alarm(store: Store) -> None:
    order = new_order(store)
    clocks.sound_alarms()
    Order.everything.filter(pk=order.pk).update(placed_at=order.placed_at + timedelta(minutes=5))
    clocks.sweep_clocks()
    assert clocks.sound_alarms() == 1
    assert told(store) == [("order_half_time", "accept")] * 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_sound_one_alarm(store: Store) -> None:
    for number in range(20):
        new_order(store, str(900 + number))
    start = Barrier(2)
    counts: list[int] = []

    def work() -> None:
        start.wait()
        try:
            counts.append(clocks.sound_alarms())
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(counts), len(told(store))) == (20, 20)


# --- Packers hear of orders, and of nothing else ----------------------------------------------------------------------


def test_a_packer_reads_the_orders_messages_only(store: Store) -> None:
    packer = cast.person("packer@example.kz", "Ернар")
    Membership.everything.create(store=store, user=packer, role=Role.PACKER)
    new_order(store)
    clocks.sound_alarms()
    Notification.everything.create(store=store, kind=Kind.BLIND, severity="urgent", facts={"since": ""}, event="b")
    rows = cast.signed_in(packer).get("/api/notifications/").json()["results"]
    assert [row["kind"] for row in rows] == ["order_half_time"]
    [seen] = Notification.objects.for_user(packer)
    assert mark_read(seen, packer).read_at is not None
    hidden = Notification.everything.get(kind=Kind.BLIND)
    assert cast.signed_in(packer).get(f"/api/notifications/{hidden.pk}/").status_code == 404


def test_a_stranger_reads_none_of_them(store: Store, stranger: User, strangers_store: Store) -> None:
    new_order(store)
    clocks.sound_alarms()
    assert not Notification.objects.for_user(stranger).exists()


# --- Within two minutes -----------------------------------------------------------------------------------------------


def test_a_new_order_is_seen_within_two_minutes(desk: Desk, store: Store) -> None:
    ring = timedelta(seconds=app.conf.beat_schedule["read_orders"]["schedule"])
    read_all()
    # The worst case: it comes right after a reading, and the next ring comes right before that tray is due again.
    theirs = desk.place()
    due_at = OrderReading.everything.get(store=store, tray="NEW").next_read_at
    assert due_at - timezone.now() + ring < timedelta(minutes=2)
    OrderReading.everything.filter(tray="NEW").update(next_read_at=timezone.now() - timedelta(seconds=1))
    readings.read_due_orders()
    assert row_of(theirs).duty == "accept"
