"""The stages of an order: what a seller may do in each, and what happens by itself."""

from collections.abc import Callable

import pytest

from sandbox.chance import stream
from sandbox.clock import DAY, HOUR, almaty_hour
from sandbox.config import MANUAL_CLOCK_STARTS_AT as MORNING
from sandbox.config import WorldConfig
from sandbox.orders.checkout import _draw_fate
from sandbox.orders.hours import acceptance_deadline, after_working_hours, planned_handover, reservation_end
from sandbox.orders.order import Delivery, Fate, Mode, Order, Reason, State, Status
from sandbox.world import World
from tests.sandbox.orders_fakes import ADDRESS, BY_KASPI, COLLECTED, OWN, UNSIGNED, Desk

EXPRESS = Delivery(Mode.LOCAL, by_kaspi=True, express=True, address=ADDRESS)
PATIENT = Fate(travels=3 * DAY)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def assembled(desk: Desk) -> Order:
    order = desk.placed(State.KASPI_DELIVERY, fate=PATIENT)
    desk.change(order, "ASSEMBLE", numberOfSpace=1)
    return order


def handed_over(desk: Desk) -> Order:
    order = assembled(desk)
    desk.world.book.life.hand_over(order, desk.world.now)
    return order


def cancelling(desk: Desk) -> Order:
    order = handed_over(desk)
    desk.change(order, "CANCELLED", cancellationReason="BUYER_NOT_REACHABLE")
    return order


def cancelled(desk: Desk) -> Order:
    order = desk.place()
    desk.change(order, "CANCELLED", cancellationReason="MERCHANT_OUT_OF_STOCK")
    return order


def completed(desk: Desk) -> Order:
    order = handed_over(desk)
    desk.world.book.life.complete(order, desk.world.now)
    return order


def return_asked(desk: Desk) -> Order:
    order = completed(desk)
    desk.world.book.life.ask_return(order, desk.world.now)
    return order


STAGES: dict[str, Callable[[Desk], Order]] = {
    "new": lambda desk: desk.place(),
    "to be signed": lambda desk: desk.placed(State.DELIVERY, payment=UNSIGNED),
    "pre-order": lambda desk: desk.placed(State.KASPI_DELIVERY, preorder_days=5),
    "to be packed": lambda desk: desk.placed(State.KASPI_DELIVERY),
    "packed": assembled,
    "handed over": handed_over,
    "waits for the buyer": lambda desk: desk.placed(State.PICKUP),
    "own delivery": lambda desk: desk.placed(State.DELIVERY),
    "coming back": cancelling,
    "cancelled": cancelled,
    "completed": completed,
    "return asked": return_asked,
}
VERBS: dict[str, dict[str, object]] = {
    "ACCEPTED_BY_MERCHANT": {},
    "CANCELLED": {"cancellationReason": "MERCHANT_OUT_OF_STOCK"},
    "COMPLETED": {},
    "ASSEMBLE": {"numberOfSpace": "2"},
    "ARRIVED": {},
    "ARRIVED_BACKWARD": {},
}
ALLOWED = {
    "new": {"ACCEPTED_BY_MERCHANT", "CANCELLED"},
    "to be signed": {"CANCELLED"},
    "pre-order": {"CANCELLED", "ARRIVED"},
    "to be packed": {"CANCELLED", "ASSEMBLE"},
    "packed": {"CANCELLED", "ASSEMBLE"},
    "handed over": {"CANCELLED"},
    "waits for the buyer": {"CANCELLED", "COMPLETED"},
    "own delivery": {"CANCELLED", "COMPLETED"},
    "coming back": {"ARRIVED_BACKWARD"},
    "cancelled": set(),
    "completed": set(),
    "return asked": {"ARRIVED_BACKWARD"},
}


@pytest.mark.parametrize("stage", list(STAGES))
def test_what_a_seller_may_do_in_each_stage(stage: str) -> None:
    allowed = set()
    for verb, attributes in VERBS.items():
        desk = Desk()
        order = STAGES[stage](desk)
        before = repr(order)
        headers = {"X-Security-Code": "", "X-Send-Code": "true"} if verb == "COMPLETED" else {}
        reply = desk.ask("POST", "/v2/orders", desk.verb(order, verb, **attributes), headers=headers)
        if reply.status == 200:
            allowed.add(verb)
        else:
            assert (reply.status, repr(order)) == (400, before)
    assert allowed == ALLOWED[stage]


@pytest.mark.parametrize(
    ("verb", "attributes", "title"),
    [
        ("CANCELLED", {}, "cancellationReason"),
        ("CANCELLED", {"cancellationReason": "OUT_OF_STOCK"}, "cancellationReason"),
        ("CANCELLED", {"cancellationReason": "TIMEOUT_BUYER_PICKUP"}, "cancellationReason"),
        ("CANCELLED", {"cancellationReason": "MERCHANT_OUT_OF_STOCK", "cancellationComment": "x" * 1001}, "1000"),
        ("ASSEMBLE", {}, "numberOfSpace"),
        ("ASSEMBLE", {"numberOfSpace": "0"}, "numberOfSpace"),
        ("ASSEMBLE", {"numberOfSpace": True}, "numberOfSpace"),
        ("ASSEMBLED", {}, "not known"),
    ],
)
def test_wrong_attributes_are_refused(desk: Desk, verb: str, attributes: dict[str, object], title: str) -> None:
    order = desk.placed(State.KASPI_DELIVERY)
    before = repr(order)
    assert title in desk.refused(order, verb, **attributes)
    assert repr(order) == before


@pytest.mark.parametrize(
    ("mode", "by_kaspi", "tray"),
    [
        (Mode.PICKUP, False, State.PICKUP),
        (Mode.PICKUP, True, State.KASPI_DELIVERY),
        (Mode.LOCAL, False, State.DELIVERY),
        (Mode.LOCAL, True, State.KASPI_DELIVERY),
        (Mode.REGIONAL_TODOOR, True, State.KASPI_DELIVERY),
        (Mode.REGIONAL_TODOOR, False, State.DELIVERY),
        (Mode.REGIONAL_PICKUP, True, State.KASPI_DELIVERY),
        (Mode.REGIONAL_PICKUP, False, State.DELIVERY),
    ],
)
def test_accepted_orders_lie_in_the_tray_of_their_delivery(desk: Desk, mode: Mode, by_kaspi: bool, tray: State) -> None:
    order = desk.place(Delivery(mode, by_kaspi))
    desk.change(order, "ACCEPTED_BY_MERCHANT")
    assert (order.state, order.status) == (tray, Status.ACCEPTED)


def test_a_parcel_goes_its_way(desk: Desk) -> None:
    order = desk.placed(State.KASPI_DELIVERY, fate=Fate(waybill=60, hands_over=600, travels=2 * DAY))
    desk.change(order, "ASSEMBLE", numberOfSpace=1)
    assert (order.assembled, order.waybill_number) == (True, None)
    desk.wait(60)
    assert order.waybill_number is not None
    desk.world.advance_to(order.handover_planned_at + 600)
    assert order.handed_over_at == order.handover_planned_at + 600
    desk.wait(2 * DAY)
    assert (order.state, order.status, order.completed_at) == (State.ARCHIVE, Status.COMPLETED, desk.world.now)


def test_a_refused_parcel_comes_back(desk: Desk) -> None:
    order = desk.placed(State.KASPI_DELIVERY, fate=Fate(refuses=True, travels=DAY))
    desk.change(order, "ASSEMBLE", numberOfSpace=1)
    desk.wait(3 * DAY)
    assert (order.state, order.status) == (State.KASPI_DELIVERY, Status.CANCELLING)
    assert (order.is_back, order.reason) == (False, Reason.BUYER_CANCELLATION_BY_COURIER)
    desk.wait(3 * DAY)
    assert order.is_back
    desk.change(order, "ARRIVED_BACKWARD")
    assert (order.state, order.status) == (State.ARCHIVE, Status.CANCELLED)


def test_a_return_is_asked_and_ends_by_itself(desk: Desk) -> None:
    order = desk.placed(State.KASPI_DELIVERY, fate=Fate(asks_return=5 * DAY, travels=DAY))
    desk.change(order, "ASSEMBLE", numberOfSpace=1)
    desk.wait(8 * DAY)
    assert order.status is Status.RETURN_REQUESTED
    desk.wait(33 * DAY)
    assert (order.state, order.status) == (State.ARCHIVE, Status.RETURNED)


def test_a_return_that_the_seller_agreed_to_ends_as_one(desk: Desk) -> None:
    order = desk.placed(State.KASPI_DELIVERY, fate=Fate(asks_return=5 * DAY, travels=DAY))
    desk.change(order, "ASSEMBLE", numberOfSpace=1)
    desk.wait(8 * DAY)
    desk.world.book.life.accept_return(order, desk.world.now)
    assert desk.listed(state="KASPI_DELIVERY")["data"][0]["attributes"]["status"] == "RETURN_ACCEPTED_BY_MERCHANT"
    desk.change(order, "ARRIVED_BACKWARD")
    assert (order.state, order.status) == (State.ARCHIVE, Status.RETURNED)


def test_signing(desk: Desk) -> None:
    signed = desk.placed(State.DELIVERY, payment=UNSIGNED, fate=Fate(signs=600))
    unsigned = desk.placed(State.DELIVERY, payment=UNSIGNED, fate=Fate(signs=None))
    assert signed.state is unsigned.state is State.SIGN_REQUIRED
    desk.wait(600)
    assert (signed.state, signed.status) == (State.DELIVERY, Status.ACCEPTED)
    desk.wait(DAY)
    assert (unsigned.status, unsigned.reason) == (Status.CANCELLED, Reason.TIMEOUT_BUYER_SIGNATURE)


@pytest.mark.parametrize(
    ("place", "after", "reason"),
    [
        (lambda desk: desk.place(EXPRESS), HOUR, Reason.MERCHANT_OUT_OF_STOCK),
        (lambda desk: desk.place(BY_KASPI), 3 * HOUR, Reason.MERCHANT_OUT_OF_STOCK),
        (lambda desk: desk.placed(State.PICKUP), 3.6 * DAY, Reason.TIMEOUT_BUYER_PICKUP),
        (lambda desk: desk.placed(State.DELIVERY), 6.4 * DAY, Reason.TIMEOUT_MERCHANT_DELIVERY),
        (lambda desk: desk.placed(State.KASPI_DELIVERY), 5.5 * DAY, Reason.TIMEOUT_MERCHANT_DELIVERY),
        (lambda desk: desk.placed(State.PICKUP, preorder_days=10), 30 * DAY, Reason.TIMEOUT_MERCHANT_DELIVERY),
        (lambda desk: desk.place(fate=Fate(changes_mind=1800)), 1800, Reason.BUYER_CANCELLATION_HIMSELF),
        (
            lambda desk: desk.placed(State.KASPI_DELIVERY, fate=Fate(changes_mind=1800)),
            1800,
            Reason.BUYER_CANCELLATION_HIMSELF,
        ),
    ],
)
def test_whoever_waits_too_long(desk: Desk, place: Callable[[Desk], Order], after: float, reason: Reason) -> None:
    order = place(desk)
    status = order.status
    desk.world.advance_to(MORNING + 0.95 * after)
    assert order.status is status
    desk.world.advance_to(MORNING + after)
    assert (order.state, order.status, order.reason) == (State.ARCHIVE, Status.CANCELLED, reason)


def test_goods_that_never_left_go_back_to_the_shelf(desk: Desk) -> None:
    seller = desk.world.sellers[OWN]
    product = next(iter(seller.products.values()))
    before = product.points["PP1"].stock
    order = desk.placed(State.KASPI_DELIVERY, quantity=2)
    desk.change(order, "CANCELLED", cancellationReason="MERCHANT_OUT_OF_STOCK")
    assert product.points["PP1"].stock == before + 2
    desk.change(handed_over(desk), "CANCELLED", cancellationReason="BUYER_NOT_REACHABLE")
    desk.wait(40 * DAY)
    assert product.points["PP1"].stock == before + 2


def test_a_slow_cancellation_of_a_line_becomes_final(desk: Desk) -> None:
    order = desk.placed(State.KASPI_DELIVERY, lines=2, fate=Fate(slow_cancel=True))
    rules = desk.world.book.rules
    assert rules.reduce_entry(order, order.entries[0], 0, "MERCHANT_OUT_OF_STOCK", desk.world.now) is False
    assert order.entries[0].quantity == 2
    desk.wait(60)
    assert (order.entries[0].quantity, order.status) == (0, Status.ACCEPTED)
    rules.reduce_entry(order, order.entries[1], 0, "MERCHANT_OUT_OF_STOCK", desk.world.now)
    desk.wait(60)
    assert (order.state, order.status) == (State.ARCHIVE, Status.CANCELLED)


def test_what_was_planned_for_an_earlier_stage_does_not_happen(desk: Desk) -> None:
    order = desk.place(EXPRESS)
    desk.change(order, "ACCEPTED_BY_MERCHANT")
    desk.wait(2 * HOUR)
    assert (order.state, order.status) == (State.KASPI_DELIVERY, Status.ACCEPTED)


@pytest.mark.parametrize(
    ("hour", "hours", "later"),
    [(10, 3, 3), (16, 3, 18), (20, 3, 16), (6, 3, 6), (9, 9, 9), (9, 10, 25)],
)
def test_working_hours(hour: float, hours: float, later: float) -> None:
    start = MORNING + (hour - 10) * HOUR
    assert (after_working_hours(start, hours) - start) / HOUR == later


@pytest.mark.parametrize(("hour", "later"), [(10, 6), (11.9, 4.1), (12, 8), (17.5, 2.5), (18, 22), (23, 17)])
def test_the_hour_of_the_hand_over(hour: float, later: float) -> None:
    start = MORNING + (hour - 10) * HOUR
    assert (planned_handover(start, express=False) - start) / HOUR == pytest.approx(later)
    assert planned_handover(start, express=True) == start + 2 * HOUR


def test_limits() -> None:
    assert acceptance_deadline(MORNING, express=True) == MORNING + HOUR
    assert acceptance_deadline(MORNING, express=False) == MORNING + 3 * HOUR
    assert almaty_hour(reservation_end(MORNING) + 1) == 0


def test_buyers_of_the_market_place_orders_that_live() -> None:
    world = World(WorldConfig(seed=3, cards=4, merchant_cards=4, tempo=3), MORNING)
    for _ in range(40):
        world.advance_to(world.now + 2 * HOUR)
        for order in world.book.orders:
            if order.status is Status.APPROVED_BY_BANK:
                world.book.rules.accept(order, world.now)
            elif order.state is State.KASPI_DELIVERY and not (order.assembled or order.awaits_goods):
                world.book.rules.assemble(order, 1, world.now)
    seen = {(order.state, order.status) for order in world.book.orders}
    assert {order.delivery.tray for order in world.book.orders} == {
        State.PICKUP,
        State.DELIVERY,
        State.KASPI_DELIVERY,
    }
    assert (State.ARCHIVE, Status.COMPLETED) in seen
    assert (State.ARCHIVE, Status.CANCELLED) in seen
    assert all(order.merchant_id == OWN for order in world.book.orders)


def test_chances_belong_to_the_order() -> None:
    fates = [_draw_fate(stream(1, f"order/{number}")) for number in range(1000)]
    assert fates == [_draw_fate(stream(1, f"order/{number}")) for number in range(1000)]
    assert 20 < sum(fate.changes_mind is not None for fate in fates) < 70
    assert 30 < sum(fate.refuses for fate in fates) < 100
    assert 20 < sum(fate.asks_return is not None for fate in fates) < 70


def test_collected_goods_are_told_from_parcels() -> None:
    assert Delivery(Mode.PICKUP, by_kaspi=False).tray is COLLECTED.tray is State.PICKUP
