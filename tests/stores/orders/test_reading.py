"""Orders as the marketplace has them: read tray by tray, never backwards for one word, none lost."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from django.utils import timezone

import kaspi
from kaspi.merchant.order_wire import read_page
from kaspi_backend.celery import app
from sandbox.faults import FaultKind
from sandbox.orders.order import Order as TheirOrder
from sandbox.orders.order import State as Tray
from stores.models import Client, MerchantToken, Notification, Order, OrderItem, OrderReading, Store
from stores.services import failures
from stores.services.orders import lookups, readings
from stores.services.orders.take_in import take_in
from tests import cast
from tests.sandbox.orders_fakes import COLLECTED, OWN, Desk
from tests.stores.orders.desk import DeskTransport, connect, look_up, read_all, row_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def transport(store: Store, monkeypatch: pytest.MonkeyPatch) -> DeskTransport:
    return connect(store, monkeypatch)


@pytest.fixture
def desk(transport: DeskTransport) -> Desk:
    return transport.desk


@pytest.fixture
def connected(store: Store, transport: DeskTransport) -> Store:
    """The store with a token, and its requests led to the desk."""
    return store


def pictures(store: Store) -> dict[str, tuple[str, str]]:
    rows = Order.objects.for_store(store).values_list("code", "state", "status")
    return {code: (state, status) for code, state, status in rows}


def truth(desk: Desk) -> dict[str, tuple[str, str]]:
    return {order.code: (order.state, order.status) for order in desk.world.book.orders}


def test_an_order_is_written_with_its_lines_and_buyer(connected: Store, desk: Desk) -> None:
    product = cast.product(connected, next(iter(desk.world.sellers[OWN].products)))
    theirs = desk.place(COLLECTED, quantity=2, lines=2)
    read_all()
    order = row_of(theirs)
    assert (order.state, order.status, order.total_price) == ("NEW", "APPROVED_BY_BANK", 4 * 17_990)
    assert order.sales_point is not None
    assert order.sales_point.code == "PP1"
    assert order.placed_at == datetime.fromtimestamp(round(theirs.placed_at, 3), UTC)
    assert order.raw["attributes"]["code"] == theirs.code
    items = list(order.items.all())
    assert [(item.sku, item.quantity, item.base_price) for item in items] == [
        (entry.sku, 2, 17_990) for entry in theirs.entries
    ]
    assert [item.product_id for item in items] == [product.pk, None]
    assert [item.card_id for item in items] == [entry.card.id for entry in theirs.entries]
    assert order.client is not None
    assert order.client.first_name == theirs.buyer.first_name
    assert order.client.phone == ("" if theirs.buyer.is_masked else theirs.buyer.phone)


def test_reading_again_writes_nothing_new(connected: Store, desk: Desk) -> None:
    theirs = desk.place()
    read_all()
    before = row_of(theirs)
    read_all()
    after = row_of(theirs)
    assert after.updated_at == before.updated_at
    assert after.read_at > before.read_at
    assert (Order.everything.count(), OrderItem.everything.count(), Client.everything.count()) == (1, 1, 1)


def test_all_trays_are_read_and_orders_followed(connected: Store, desk: Desk) -> None:
    orders = [desk.place() for _ in range(3)] + [desk.placed(tray) for tray in (Tray.PICKUP, Tray.DELIVERY)]
    read_all()
    assert pictures(connected) == truth(desk)
    desk.world.book.rules.accept(orders[0], desk.world.now)
    desk.change(orders[3], "CANCELLED", cancellationReason="BUYER_NOT_REACHABLE")
    read_all()
    assert pictures(connected) == truth(desk)
    assert row_of(orders[3]).cancellation_reason == "BUYER_NOT_REACHABLE"


def test_an_order_that_left_its_tray_unseen_is_read_by_number(connected: Store, desk: Desk) -> None:
    order = desk.placed(Tray.PICKUP)
    read_all()
    desk.change(order, "CANCELLED", cancellationReason="MERCHANT_OUT_OF_STOCK")
    OrderReading.everything.exclude(tray="ARCHIVE").update(next_read_at=timezone.now() - timedelta(seconds=1))
    readings.read_due_orders()
    assert row_of(order).check_at is not None
    look_up()
    assert pictures(connected) == truth(desk)
    assert row_of(order).check_at is None


def test_what_was_asked_for_earlier_never_overwrites(connected: Store, desk: Desk, transport: DeskTransport) -> None:
    theirs = desk.place()
    read_all()
    early = timezone.now() - timedelta(minutes=5)
    told = told_of(theirs, desk)
    desk.world.book.rules.accept(theirs, desk.world.now)
    read_all()
    assert take_in(connected, [told], early).same == 1
    assert take_in(connected, [told], early, is_direct=True).same == 1
    assert pictures(connected) == truth(desk)


def told_of(theirs: TheirOrder, desk: Desk) -> kaspi.MerchantOrder:
    """What the marketplace tells of an order now."""
    page = desk.ask("GET", "/v2/orders", query={"filter[orders][code]": theirs.code, "include[orders]": "entries"})
    return read_page(page.body, timezone.now()).orders[0]


def test_backwards_needs_two_words(connected: Store, desk: Desk) -> None:
    theirs = desk.place()
    told_new = told_of(theirs, desk)
    desk.world.book.rules.accept(theirs, desk.world.now)
    read_all()
    later = timezone.now() + timedelta(seconds=1)
    assert take_in(connected, [told_new], later).doubted == 1
    assert take_in(connected, [told_new], later + timedelta(seconds=1)).doubted == 1
    row = row_of(theirs)
    assert (row.state, row.doubted_stage, row.check_at is None) == ("KASPI_DELIVERY", "new", False)
    assert take_in(connected, [told_new], later + timedelta(seconds=2), is_direct=True).changed == 1
    row = row_of(theirs)
    assert (row.state, row.doubted_stage, row.check_at) == ("NEW", "", None)


def test_a_doubt_that_is_not_repeated_is_forgotten(connected: Store, desk: Desk) -> None:
    theirs = desk.place()
    told_new = told_of(theirs, desk)
    desk.world.book.rules.accept(theirs, desk.world.now)
    read_all()
    take_in(connected, [told_new], timezone.now())
    look_up()
    row = row_of(theirs)
    assert (row.state, row.doubted_stage, row.check_at) == ("KASPI_DELIVERY", "", None)


def test_unknown_words_are_kept_once_they_are_repeated(connected: Store, desk: Desk) -> None:
    theirs = desk.placed(Tray.KASPI_DELIVERY)
    read_all()
    strange = msgspec.structs.replace(told_of(theirs, desk), status="LOST_BY_COURIER")
    now = timezone.now()
    assert take_in(connected, [strange], now + timedelta(seconds=1)).doubted == 1
    take_in(connected, [strange], now + timedelta(seconds=2), is_direct=True)
    assert row_of(theirs).status == "LOST_BY_COURIER"


def test_cancelled_lines_keep_their_rows(connected: Store, desk: Desk) -> None:
    theirs = desk.placed(Tray.KASPI_DELIVERY, lines=2, quantity=3)
    read_all()
    rules = desk.world.book.rules
    rules.reduce_entry(theirs, theirs.entries[0], 1, "MERCHANT_OUT_OF_STOCK", desk.world.now)
    rules.reduce_entry(theirs, theirs.entries[1], 0, "MERCHANT_OUT_OF_STOCK", desk.world.now)
    read_all()
    items = row_of(theirs).items.values_list("quantity", "total_price")
    assert list(items) == [(1, 17_990), (0, 0)]


@pytest.mark.parametrize("lie", [FaultKind.PAGE_SHIFT, FaultKind.PAGE_TWICE])
def test_a_list_whose_pages_disagree_does_not_count_as_read(
    connected: Store, desk: Desk, transport: DeskTransport, lie: FaultKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "PAGE_SIZE", 3)
    for _ in range(7):
        desk.place()
    transport.lies = {lie}
    readings.begin_readings()
    readings.read_due_orders()
    reading = OrderReading.everything.get(tray="NEW")
    assert (reading.finished_at, reading.failures) == (None, 1)
    assert 2 < Order.everything.count() < 7
    transport.lies = set()
    read_all()
    assert pictures(connected) == truth(desk)
    assert OrderReading.everything.get(tray="NEW").finished_at is not None


def test_a_failure_in_the_middle_keeps_what_was_read(
    connected: Store, desk: Desk, transport: DeskTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "PAGE_SIZE", 3)
    for _ in range(4):
        desk.place()
    seen: list[str] = []

    def fail_second_page(request: kaspi.Request) -> None:
        seen.append(request.url)
        if "page%5Bnumber%5D=1" in request.url:
            raise kaspi.Unavailable("no connection")

    transport.before_answer = fail_second_page
    readings.begin_readings()
    readings.read_due_orders()
    reading = OrderReading.everything.get(tray="NEW")
    assert (Order.everything.count(), reading.finished_at, reading.failures) == (3, None, 1)
    assert timedelta(0) < reading.next_read_at - timezone.now() <= timedelta(minutes=2)


def test_one_strange_order_does_not_hide_the_others(connected: Store, desk: Desk) -> None:
    strange, fine = desk.place(), desk.place()
    strange.entries[0].price = 10**12
    read_all()
    assert set(pictures(connected)) == {fine.code}
    reading = OrderReading.everything.get(tray="NEW")
    assert (reading.unread, reading.failures) == (1, 0)
    assert failures.unread_orders(timezone.now()).rows == 1


def test_an_order_that_is_not_understood_is_told_once(
    connected: Store, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    strange = desk.place()
    strange.entries[0].price = 10**12
    read_all()
    read_all()
    message = Notification.everything.get(kind="order_unread")
    assert message.facts == {"code": strange.code, "path": "$.attributes.totalPrice"}
    assert f"order {strange.code} of store {connected.pk} in NEW" in caplog.text


def test_an_order_of_the_archive_that_is_not_understood_is_nobody_s_alarm(connected: Store, desk: Desk) -> None:
    strange = desk.place()
    strange.entries[0].price = 10**12
    desk.change(strange, "CANCELLED", cancellationReason="MERCHANT_OUT_OF_STOCK")
    read_all()
    assert OrderReading.everything.get(tray="ARCHIVE").unread == 1
    assert not Notification.everything.filter(kind="order_unread").exists()


def test_where_the_order_alone_asks_for_imeis_any_line_may_have_them(connected: Store, desk: Desk) -> None:
    theirs = desk.place(lines=2)
    told = msgspec.structs.replace(told_of(theirs, desk), needs_imei=True)
    take_in(connected, [told], timezone.now())
    assert list(row_of(theirs).items.values_list("needs_imei", flat=True)) == [True, True]
    phone, case = told.entries or ()
    known = msgspec.structs.replace(told, entries=(msgspec.structs.replace(phone, needs_imei=True), case))
    take_in(connected, [known], timezone.now() + timedelta(seconds=1))
    assert list(row_of(theirs).items.values_list("needs_imei", flat=True)) == [True, False]


def test_nulls_hide_no_order(connected: Store, desk: Desk, transport: DeskTransport) -> None:
    theirs = desk.place(lines=2)
    transport.lies = {FaultKind.NULLS}
    read_all()
    assert pictures(connected) == truth(desk)
    assert row_of(theirs).items.count() == 2


def test_a_buyer_who_is_not_told_hides_no_order_and_is_not_forgotten(
    connected: Store, desk: Desk, transport: DeskTransport
) -> None:
    known = desk.place()
    read_all()
    buyer = row_of(known).client
    assert buyer is not None
    nameless = desk.place()
    transport.lies = {FaultKind.NO_BUYER}
    desk.world.book.rules.accept(known, desk.world.now)
    read_all()
    assert pictures(connected) == truth(desk)
    assert (row_of(nameless).client, row_of(known).client) == (None, buyer)


def test_a_dead_token_pauses_the_store_and_is_told_once(connected: Store, desk: Desk, transport: DeskTransport) -> None:
    desk.place()
    desk.world.access.revoked.add(OWN)
    read_all()
    read_all()
    assert len(transport.requests) == 1
    assert MerchantToken.everything.get().state == "refused"
    assert Notification.everything.filter(kind="token_refused").count() == 1
    assert Order.everything.count() == 0


def test_a_store_without_a_token_asks_nothing(store: Store, transport: DeskTransport) -> None:
    MerchantToken.everything.all().delete()
    readings.read_due_orders()
    assert (OrderReading.everything.count(), transport.requests) == (0, [])


def test_a_period_is_claimed_by_one(connected: Store) -> None:
    readings.begin_readings()
    claimed = [readings.claim_due_reading() for _ in range(8)]
    trays = [reading.tray for reading in claimed if reading is not None]
    assert trays[0] == "NEW"
    assert sorted(trays) == sorted(Tray)
    assert claimed[6:] == [None, None]


def test_whoever_lost_the_claim_moves_no_watermark(connected: Store, desk: Desk) -> None:
    readings.begin_readings()
    reading = readings.claim_due_reading()
    assert reading is not None
    before = reading.read_until
    OrderReading.everything.filter(pk=reading.pk).update(claim="somebody else")
    readings.read_tray(reading, deadline=1e12)
    row = OrderReading.everything.get(pk=reading.pk)
    assert (row.read_until, row.claim, row.finished_at) == (before, "somebody else", None)


def test_the_first_reading_goes_back_in_periods_and_tells_how_far_it_is(
    connected: Store, desk: Desk, transport: DeskTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "FIRST_READING", timedelta(days=90))
    readings.begin_readings()
    assert readings.progress_of(connected).progress == 0
    reading = OrderReading.everything.get(tray="ARCHIVE")
    OrderReading.everything.exclude(pk=reading.pk).update(next_read_at=timezone.now() + timedelta(days=1))
    monkeypatch.setattr(readings, "READS_FOR_SECONDS", 0.05)
    monkeypatch.setattr(readings.time, "monotonic", iter([0.0, 0.0, *[1.0] * 50]).__next__)
    readings.read_due_orders()
    progress = readings.progress_of(connected).progress
    assert progress is not None
    assert 0.1 < progress < 0.2
    for _ in range(10):
        monkeypatch.setattr(readings.time, "monotonic", iter([0.0, 0.0, *[1.0] * 50]).__next__)
        readings.read_due_orders()
    assert readings.progress_of(connected).progress == 1.0
    spans = [period_of(request) for request in transport.requests]
    assert spans[0][1] - spans[0][0] == timedelta(days=14)
    assert all(later[0] == earlier[1] for earlier, later in pairwise(spans))
    assert spans[0][0] == reading.reads_from.replace(microsecond=reading.reads_from.microsecond // 1000 * 1000)


def period_of(request: kaspi.Request) -> tuple[datetime, datetime]:
    query = parse_qs(urlsplit(request.url).query)
    moments = (query[f"filter[orders][creationDate][${end}]"][0] for end in ("ge", "le"))
    since, until = (datetime.fromtimestamp(int(moment) / 1000, UTC) for moment in moments)
    return since, until


def test_an_unknown_number_is_asked_for_ever_more_seldom(connected: Store, desk: Desk) -> None:
    theirs = desk.place()
    read_all()
    Order.everything.filter(code=theirs.code).update(code="999")
    pauses: list[Any] = []
    for _ in range(3):
        Order.everything.filter(code="999").update(check_at=timezone.now() - timedelta(seconds=1))
        lookups.look_up_due_orders()
        check_at = Order.everything.values_list("check_at", flat=True).get(code="999")
        pauses.append(round((check_at - timezone.now()) / timedelta(minutes=1)))
    assert pauses == [2, 4, 8]


def fail_for(numbers: Sequence[str], error: kaspi.KaspiError, transport: DeskTransport) -> None:
    def fail(request: kaspi.Request) -> None:
        if any(number in request.url for number in numbers):
            raise error

    transport.before_answer = fail


def due_in_turn(orders: Sequence[TheirOrder]) -> None:
    """They wait to be looked up, in this order."""
    for place, each in enumerate(orders):
        since = timezone.now() - timedelta(seconds=60 - place)
        Order.everything.filter(code=each.code).update(check_at=since, checks=0)


@pytest.mark.parametrize("error", [kaspi.Refused("no such order", 404), kaspi.Unavailable("status 500")])
def test_an_order_that_cannot_be_read_keeps_no_other_waiting(
    error: kaspi.KaspiError, connected: Store, desk: Desk, transport: DeskTransport
) -> None:
    orders = [desk.place() for _ in range(4)]
    read_all()
    due_in_turn(orders)
    fail_for([orders[0].code, orders[2].code], error, transport)
    assert lookups.look_up_due_orders() == 4
    waits = [row_of(each).check_at is not None for each in orders]
    assert waits == [True, False, True, False]
    pause = row_of(orders[0]).check_at - timezone.now()
    assert timedelta(seconds=110) < pause <= timedelta(minutes=2)


@pytest.mark.parametrize(
    ("error", "asked", "pause", "failures"),
    [
        (kaspi.Throttled("status 429", 40), 2, 40, 0),
        (kaspi.Blocked("status 403"), 2, 120, 1),
        (kaspi.TokenRejected("no such token", 401), 2, 120, 1),
    ],
)
def test_what_concerns_all_orders_ends_the_batch_and_gives_the_others_back(
    error: kaspi.KaspiError,
    asked: int,
    pause: int,
    failures: int,
    connected: Store,
    desk: Desk,
    transport: DeskTransport,
) -> None:
    orders = [desk.place() for _ in range(4)]
    read_all()
    due_in_turn(orders)
    fail_for([orders[1].code], error, transport)
    transport.requests.clear()
    assert lookups.look_up_due_orders() == 1
    assert len({request.url for request in transport.requests}) == asked
    for each in orders[1:]:
        row = row_of(each)
        assert timedelta(seconds=pause - 10) < row.check_at - timezone.now() <= timedelta(seconds=pause)
        assert row.checks == failures


def test_a_marketplace_that_is_away_is_not_asked_for_each_order(
    connected: Store, desk: Desk, transport: DeskTransport
) -> None:
    orders = [desk.place() for _ in range(5)]
    read_all()
    due_in_turn(orders)
    transport.requests.clear()
    transport.failures = 100
    assert lookups.look_up_due_orders() == 3
    assert len(transport.requests) == 3
    assert [row_of(each).check_at > timezone.now() for each in orders] == [True] * 5


def test_a_packed_order_is_looked_at_until_its_waybill_is_there(connected: Store, desk: Desk) -> None:
    theirs = desk.placed(Tray.KASPI_DELIVERY)
    desk.change(theirs, "ASSEMBLE", numberOfSpace=1)
    read_all()
    look_up()
    assert (row_of(theirs).waybill_url, row_of(theirs).check_at is None) == ("", False)
    desk.wait(60)
    look_up()
    row = row_of(theirs)
    assert (row.waybill_url.startswith("https://kaspi.kz/shop/api/waybill/"), row.check_at) == (True, None)


def test_silence_about_new_orders_is_told_once(connected: Store, transport: DeskTransport) -> None:
    read_all()
    readings.alarm_silent()
    assert not Notification.everything.filter(kind="orders_silent").exists()
    long_ago = timezone.now() - timedelta(minutes=11)
    OrderReading.everything.filter(tray="NEW").update(finished_at=long_ago)
    readings.alarm_silent()
    readings.alarm_silent()
    assert Notification.everything.filter(kind="orders_silent").count() == 1


def test_new_orders_are_read_within_two_minutes_by_the_timetable() -> None:
    """The ring, the tray's own pause and the longest pause after failures."""
    ring = app.conf.beat_schedule["read_orders"]["schedule"]
    assert timedelta(seconds=ring) + readings.INTERVALS["NEW"] <= timedelta(minutes=2)
    pauses = [readings._pause("NEW", failures, kaspi.Unavailable("-")) for failures in range(1, 9)]
    assert max(pauses) <= timedelta(minutes=2)
    assert readings._pause("NEW", 1, kaspi.Throttled("-", 600)) == timedelta(minutes=10)
    assert readings._pause("ARCHIVE", 9, kaspi.Unavailable("-")) == timedelta(minutes=15)
