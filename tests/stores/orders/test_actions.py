"""What is done to orders: planned, sent once, read back; an answer that got lost is never a reason to send again."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pypdf import PdfReader

import kaspi
from sandbox.faults import FaultKind
from sandbox.orders.order import Order as TheirOrder
from sandbox.orders.order import State as Tray
from stores.models import Notification, Order, OrderAction, Store
from stores.services.errors import Forbidden, Refusal
from stores.services.messages import text_of
from stores.services.orders import actions
from stores.services.orders.bulk import plan_many
from stores.services.orders.lifecycle import Verb
from stores.services.orders.waybills import Layout, print_waybills
from tests.sandbox.orders_fakes import OWN, Desk
from tests.sandbox.test_orders_life import cancelling
from tests.stores.orders.desk import DeskTransport, age_actions, connect, look_up, read_all, row_of
from users.models import User

pytestmark = pytest.mark.django_db

IMEIS = [["350000000000001"], ["350000000000002"]]
LATER = timedelta(minutes=20)


@pytest.fixture
def line(store: Store, monkeypatch: pytest.MonkeyPatch) -> DeskTransport:
    return connect(store, monkeypatch)


@pytest.fixture
def desk(line: DeskTransport) -> Desk:
    return line.desk


def new(desk: Desk) -> TheirOrder:
    return desk.place(quantity=2, lines=2)


def packing(desk: Desk) -> TheirOrder:
    order = desk.placed(Tray.KASPI_DELIVERY, quantity=2, lines=2)
    order.entries[0].needs_imei = True
    return order


def weighed(desk: Desk) -> TheirOrder:
    return desk.placed(Tray.KASPI_DELIVERY, quantity=1, unit_type="MEASURABLE", weight=400.0)


def ready(desk: Desk) -> TheirOrder:
    return desk.placed(Tray.PICKUP)


def with_code(desk: Desk) -> TheirOrder:
    order = ready(desk)
    desk.issue(order, "")
    order.done.remove("SEND_CODE")
    order.security_code = "1234"
    return order


def awaited(desk: Desk) -> TheirOrder:
    return desk.placed(Tray.KASPI_DELIVERY, preorder_days=3)


# Kind → the order it is done to, its arguments, and what the marketplace has done then.
STORIES: dict[str, tuple[Callable[[Desk], TheirOrder], dict[str, Any], list[str]]] = {
    Verb.ACCEPT: (new, {}, ["ACCEPTED_BY_MERCHANT"]),
    Verb.CANCEL: (packing, {"reason": "MERCHANT_OUT_OF_STOCK", "comment": "sample"}, ["CANCELLED"]),
    Verb.REDUCE: (
        packing,
        {"entries": [{"number": 0, "remaining": 1}, {"number": 1, "remaining": 0}], "reason": "BUYER_NOT_REACHABLE"},
        ["REDUCE 0", "REDUCE 1"],
    ),
    Verb.WEIGH: (weighed, {"entries": [{"number": 0, "weight_g": 280}]}, ["REDUCE 0"]),
    Verb.ASSEMBLE: (packing, {"parcels": 2}, ["ASSEMBLE"]),
    Verb.SEND_CODE: (ready, {}, ["SEND_CODE"]),
    Verb.ISSUE: (with_code, {"code": "1234"}, ["COMPLETED"]),
    Verb.IMEI: (packing, {"number": 0, "units": IMEIS}, ["IMEI 0"]),
    Verb.ARRIVE: (awaited, {}, ["ARRIVED"]),
    Verb.TAKE_BACK: (cancelling, {}, ["ARRIVED_BACKWARD"]),
}
# What the order itself cannot show when the answer is lost.
CANNOT_SHOW = {Verb.SEND_CODE, Verb.IMEI}


def begin(kind: str, desk: Desk, seller: User) -> tuple[TheirOrder, OrderAction]:
    """An order read, and an action planned on it."""
    make, arguments, _ = STORIES[kind]
    theirs = make(desk)
    theirs.done.clear()
    read_all()
    return theirs, actions.plan(row_of(theirs), kind, arguments, seller)


def state_of(action: OrderAction) -> str:
    return str(OrderAction.everything.values_list("state", flat=True).get(pk=action.pk))


def test_every_action_has_a_story() -> None:
    assert set(STORIES) == set(Verb)


@pytest.mark.parametrize("kind", list(STORIES))
def test_an_action_is_sent_once_and_seen(kind: str, desk: Desk, line: DeskTransport, seller: User) -> None:
    theirs, action = begin(kind, desk, seller)
    assert actions.send_due_actions() == 1
    assert state_of(action) == "sent"
    look_up()
    assert (state_of(action), theirs.done, line.writes) == ("done", STORIES[kind][2], 1)
    assert actions.send_due_actions() == 0
    assert line.writes == 1
    row = row_of(theirs)
    assert (row.state, row.status) == (theirs.state, theirs.status)
    assert not hasattr(row, "open_action")


def act(theirs: TheirOrder, kind: str, seller: User, **arguments: Any) -> None:
    """An action on the order, sent and seen."""
    action = actions.plan(row_of(theirs), kind, arguments, seller)
    actions.send_due_actions()
    look_up()
    assert state_of(action) == "done"
    read_all()


@pytest.mark.parametrize("lies", [set(), {FaultKind.PREORDER_STAYS}], ids=["mark goes", "mark stays"])
def test_a_preorder_goes_its_way_once_its_goods_came(
    lies: set[FaultKind], desk: Desk, line: DeskTransport, seller: User
) -> None:
    line.lies = lies
    carried = desk.placed(Tray.KASPI_DELIVERY, preorder_days=3)
    collected = desk.placed(Tray.PICKUP, preorder_days=3)
    read_all()
    assert [row_of(each).duty for each in (carried, collected)] == ["arrive", "arrive"]
    act(carried, Verb.ARRIVE, seller)
    act(collected, Verb.ARRIVE, seller)
    assert [row_of(each).duty for each in (carried, collected)] == ["assemble", "hand_out"]
    act(carried, Verb.ASSEMBLE, seller, parcels=1)
    act(collected, Verb.SEND_CODE, seller)
    act(collected, Verb.ISSUE, seller, code=collected.security_code)
    desk.world.book.life.hand_over(carried, desk.world.now)
    desk.world.book.life.complete(carried, desk.world.now)
    read_all()
    assert [row_of(each).status for each in (carried, collected)] == ["COMPLETED", "COMPLETED"]
    assert not Order.everything.exclude(doubted_stage="").exists()


@pytest.mark.parametrize("kind", list(STORIES))
def test_an_answer_lost_after_the_effect_leaves_exactly_one(
    kind: str, desk: Desk, line: DeskTransport, seller: User
) -> None:
    theirs, action = begin(kind, desk, seller)
    line.losses = 1
    actions.send_due_actions()
    assert state_of(action) == "lost"
    for _ in range(3):
        actions.send_due_actions()
        look_up()
    assert (theirs.done, line.writes) == (STORIES[kind][2], 1)
    assert state_of(action) == ("unclear" if kind in CANNOT_SHOW else "done")


@pytest.mark.parametrize("kind", list(STORIES))
def test_a_request_that_never_arrived_is_not_sent_again(
    kind: str, desk: Desk, line: DeskTransport, seller: User
) -> None:
    theirs, action = begin(kind, desk, seller)
    line.failures = 1
    actions.send_due_actions()
    look_up()
    actions.send_due_actions()
    age_actions(LATER)
    look_up()
    assert (theirs.done, line.writes) == ([], 1)
    assert state_of(action) == ("unclear" if kind in {*CANNOT_SHOW, Verb.ARRIVE} else "not_done")
    assert Notification.everything.filter(kind="order_not_moved").count() == 1


@pytest.mark.parametrize("kind", [kind for kind in STORIES if kind not in {*CANNOT_SHOW, Verb.ARRIVE}])
def test_a_yes_without_an_effect_is_found_out(kind: str, desk: Desk, line: DeskTransport, seller: User) -> None:
    theirs, action = begin(kind, desk, seller)
    line.lies = {FaultKind.NOTHING_DONE}
    actions.send_due_actions()
    look_up()
    assert state_of(action) == "sent"
    age_actions(LATER)
    look_up()
    assert (state_of(action), theirs.done) == ("not_done", [])


def test_a_sender_that_died_leaves_it_to_the_order(desk: Desk, line: DeskTransport, seller: User) -> None:
    theirs, action = begin(Verb.ACCEPT, desk, seller)
    past = timezone.now() - timedelta(minutes=5)
    OrderAction.everything.filter(pk=action.pk).update(state="sending", sent_at=past, leased_until=past)
    assert actions.send_due_actions() == 0
    assert state_of(action) == "lost"
    look_up()
    assert (state_of(action), theirs.done, line.writes) == ("not_done", [], 0)


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_a_list_does_not_stand_in_for_the_look_up(
    is_forgotten: bool, desk: Desk, line: DeskTransport, seller: User
) -> None:
    _, action = begin(Verb.CANCEL, desk, seller)
    actions.send_due_actions()
    if is_forgotten:
        Order.everything.update(check_at=None)
        actions.send_due_actions()
    read_all()
    assert state_of(action) == "done"


def test_two_senders_send_once(desk: Desk, line: DeskTransport, seller: User) -> None:
    theirs, action = begin(Verb.ACCEPT, desk, seller)
    assert [actions._send_claimed(action.pk) for _ in range(2)] == [1, 0]
    assert (theirs.done, line.writes) == (["ACCEPTED_BY_MERCHANT"], 1)


def test_a_refusal_is_kept_in_the_marketplaces_words(desk: Desk, seller: User) -> None:
    theirs, action = begin(Verb.ISSUE, desk, seller)
    theirs.security_code = "4321"
    actions.send_due_actions()
    row = OrderAction.everything.get(pk=action.pk)
    assert (row.state, row.why, row.refusal) == ("refused", "refused", kaspi.OrderTitle.WRONG_CODE)
    (message,) = Notification.everything.filter(kind="order_not_moved")
    assert theirs.code in text_of(message)
    assert kaspi.OrderTitle.WRONG_CODE in text_of(message)


@pytest.mark.parametrize("outcome", ["done", "refused", "lost"])
def test_the_buyers_code_is_forgotten(outcome: str, desk: Desk, line: DeskTransport, seller: User) -> None:
    theirs, action = begin(Verb.ISSUE, desk, seller)
    line.losses = outcome == "lost"
    if outcome == "refused":
        theirs.security_code = "4321"
    actions.send_due_actions()
    look_up()
    row = OrderAction.everything.get(pk=action.pk)
    assert (row.arguments, row.holds_id) == ({}, None)


def test_one_action_at_a_time(desk: Desk, seller: User) -> None:
    theirs, _ = begin(Verb.ACCEPT, desk, seller)
    refused = refusal_of(theirs, Verb.CANCEL, {"reason": "MERCHANT_OUT_OF_STOCK"}, seller)
    assert (refused.code, OrderAction.everything.count()) == ("busy", 1)


def test_the_database_knows_one_open_action_an_order(desk: Desk, store: Store, seller: User) -> None:
    theirs, action = begin(Verb.ACCEPT, desk, seller)
    twin = OrderAction(store=store, order=row_of(theirs), holds=row_of(theirs), kind="cancel")
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderAction.everything.filter(pk=action.pk).update(state="done", sent_at=timezone.now())


def refusal_of(theirs: TheirOrder, kind: str, arguments: dict[str, Any], actor: User) -> Refusal:
    with pytest.raises(Refusal) as refused:
        actions.plan(row_of(theirs), kind, arguments, actor)
    return refused.value


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (Verb.ACCEPT, {"code": "1"}),
        (Verb.CANCEL, {}),
        (Verb.CANCEL, {"reason": "OUT_OF_STOCK"}),
        (Verb.CANCEL, {"reason": "PRODUCT_UNDERWEIGHT"}),
        (Verb.CANCEL, {"reason": "MERCHANT_OUT_OF_STOCK", "comment": "x" * 1001}),
        (Verb.REDUCE, {"entries": [], "reason": "MERCHANT_OUT_OF_STOCK"}),
        (Verb.REDUCE, {"entries": [{"number": 0, "remaining": 2}], "reason": "MERCHANT_OUT_OF_STOCK"}),
        (Verb.REDUCE, {"entries": [{"number": 7, "remaining": 0}], "reason": "MERCHANT_OUT_OF_STOCK"}),
        (Verb.REDUCE, {"entries": [{"number": 0, "remaining": 1}] * 2, "reason": "MERCHANT_OUT_OF_STOCK"}),
        (Verb.WEIGH, {"entries": [{"number": 0, "weight_g": 100}]}),
        (Verb.WEIGH, {"entries": [{"number": 0, "weight_g": 0}]}),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(
    kind: str, arguments: dict[str, Any], desk: Desk, line: DeskTransport, seller: User
) -> None:
    theirs = new(desk)
    read_all()
    assert refusal_of(theirs, kind, arguments, seller).code == "bad_arguments"
    assert (OrderAction.everything.count(), line.writes) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (Verb.ASSEMBLE, {"parcels": 0}),
        (Verb.ASSEMBLE, {"parcels": "2"}),
        (Verb.ASSEMBLE, {"parcels": True}),
        (Verb.IMEI, {"number": 0, "units": [["35"], ["36"]]}),
        (Verb.IMEI, {"number": 0, "units": IMEIS[:1]}),
        (Verb.IMEI, {"number": 1, "units": IMEIS}),
    ],
)
def test_the_same_for_goods_that_are_packed(kind: str, arguments: dict[str, Any], desk: Desk, seller: User) -> None:
    theirs = packing(desk)
    read_all()
    assert refusal_of(theirs, kind, arguments, seller).code == "bad_arguments"
    assert OrderAction.everything.count() == 0


@pytest.mark.parametrize("code", ["", "123", "12345", "12a4", "١٢٣٤"])
def test_a_code_is_four_digits(code: str, desk: Desk, seller: User) -> None:
    theirs = ready(desk)
    read_all()
    assert refusal_of(theirs, Verb.ISSUE, {"code": code}, seller).code == "bad_arguments"


def test_what_the_stage_does_not_allow_is_refused(desk: Desk, seller: User) -> None:
    theirs = ready(desk)
    read_all()
    assert refusal_of(theirs, Verb.ASSEMBLE, {"parcels": 1}, seller).code == "not_now"


def test_an_order_that_moved_on_meanwhile_is_left_alone(desk: Desk, line: DeskTransport, seller: User) -> None:
    theirs, action = begin(Verb.ACCEPT, desk, seller)
    desk.change(theirs, "CANCELLED", cancellationReason="MERCHANT_OUT_OF_STOCK")
    read_all()
    actions.send_due_actions()
    row = OrderAction.everything.get(pk=action.pk)
    assert (row.state, row.why, line.writes) == ("not_done", "moved_on", 0)


def test_who_may_only_look_does_nothing(desk: Desk, assistant: User) -> None:
    theirs = new(desk)
    read_all()
    with pytest.raises(Forbidden):
        actions.plan(row_of(theirs), Verb.ACCEPT, {}, assistant)
    assert OrderAction.everything.count() == 0


def test_patience_that_is_asked_for_is_kept(desk: Desk, line: DeskTransport, seller: User) -> None:
    theirs, action = begin(Verb.ACCEPT, desk, seller)

    def throttle(_request: kaspi.Request) -> None:
        raise kaspi.Throttled("status 429", 40)

    line.before_answer = throttle
    actions.send_due_actions()
    row = OrderAction.everything.get(pk=action.pk)
    assert (row.state, row.sent_at) == ("planned", None)
    assert timedelta(seconds=30) < row.next_try_at - timezone.now() <= timedelta(seconds=40)
    line.before_answer = lambda _request: None
    OrderAction.everything.update(next_try_at=timezone.now())
    actions.send_due_actions()
    assert theirs.done == ["ACCEPTED_BY_MERCHANT"]


def test_what_could_not_leave_for_an_hour_is_given_up(desk: Desk, line: DeskTransport, seller: User) -> None:
    theirs, action = begin(Verb.ACCEPT, desk, seller)
    OrderAction.everything.update(created_at=timezone.now() - timedelta(hours=2))
    line.before_answer = lambda _request: (_ for _ in ()).throw(kaspi.Throttled("status 429"))
    actions.send_due_actions()
    row = OrderAction.everything.get(pk=action.pk)
    assert (row.state, row.why, theirs.done) == ("not_done", "late", [])


def test_a_dead_token_ends_the_action(desk: Desk, line: DeskTransport, seller: User) -> None:
    theirs, action = begin(Verb.ACCEPT, desk, seller)
    desk.world.access.revoked.add(OWN)
    actions.send_due_actions()
    row = OrderAction.everything.get(pk=action.pk)
    assert (row.state, row.why, theirs.done) == ("not_done", "token", [])


def test_packing_again_is_believed_when_it_is_answered(desk: Desk, line: DeskTransport, seller: User) -> None:
    theirs, _ = begin(Verb.ASSEMBLE, desk, seller)
    actions.send_due_actions()
    look_up()
    again = actions.plan(row_of(theirs), Verb.ASSEMBLE, {"parcels": 3}, seller)
    line.losses = 1
    actions.send_due_actions()
    look_up()
    assert (state_of(again), theirs.spaces, theirs.done) == ("unclear", 3, ["ASSEMBLE", "ASSEMBLE"])


def test_waybills_are_printed_one_a_page_or_four_on_a_sheet(desk: Desk, store: Store, seller: User) -> None:
    orders = [packing(desk) for _ in range(3)]
    for theirs, parcels in zip(orders, (2, 1, 2), strict=True):
        desk.change(theirs, "ASSEMBLE", numberOfSpace=parcels)
    desk.wait(300)
    read_all()
    rows = [row_of(theirs) for theirs in orders]
    labels = PdfReader(BytesIO(print_waybills(store, rows, Layout.LABEL, seller))).pages
    sheets = PdfReader(BytesIO(print_waybills(store, rows, Layout.A4, seller))).pages
    assert (len(labels), len(sheets)) == (5, 2)
    assert [round(float(side)) for side in (sheets[0].mediabox.width, sheets[0].mediabox.height)] == [595, 842]
    assert [theirs.code in labels[place].extract_text() for theirs, place in zip(orders, (0, 2, 3), strict=True)] == [
        True
    ] * 3
    assert sheets[0].extract_text().count("KASPI") == 4
    assert sheets[1].extract_text().count("KASPI") == 1


def test_an_order_without_a_waybill_is_named(desk: Desk, store: Store, seller: User, assistant: User) -> None:
    theirs = packing(desk)
    read_all()
    with pytest.raises(Refusal, match=theirs.code) as refused:
        print_waybills(store, [row_of(theirs)], Layout.LABEL, seller)
    assert refused.value.code == "no_waybill"
    with pytest.raises(Forbidden):
        print_waybills(store, [row_of(theirs)], Layout.LABEL, assistant)


@pytest.mark.parametrize(
    "answer",
    [(404, b'{"errors": []}'), (200, b"no label"), (200, b"%PDF-1.4 no label")],
    ids=["404", "words", "broken"],
)
def test_a_label_that_cannot_be_fetched_is_named(
    answer: tuple[int, bytes],
    desk: Desk,
    line: DeskTransport,
    store: Store,
    seller: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    orders = [packing(desk) for _ in range(3)]
    for theirs in orders:
        desk.change(theirs, "ASSEMBLE", numberOfSpace=1)
    desk.wait(300)
    read_all()
    rows = [row_of(theirs) for theirs in orders]
    send = line.send

    async def without_the_second(request: kaspi.Request) -> kaspi.Response:
        if request.url != rows[1].waybill_url:
            return await send(request)
        return kaspi.Response(answer[0], {"Content-Type": "application/json"}, answer[1])

    monkeypatch.setattr(line, "send", without_the_second)
    with pytest.raises(Refusal) as refused:
        print_waybills(store, rows, Layout.LABEL, seller)
    assert refused.value.code == "waybill_gone"
    assert [row.code in str(refused.value) for row in rows] == [False, True, False]
    assert len(PdfReader(BytesIO(print_waybills(store, [rows[0], rows[2]], Layout.LABEL, seller))).pages) == 2


def test_a_silent_marketplace_is_no_label_that_is_gone(
    desk: Desk, line: DeskTransport, store: Store, seller: User
) -> None:
    theirs = packing(desk)
    desk.change(theirs, "ASSEMBLE", numberOfSpace=1)
    desk.wait(300)
    read_all()
    line.failures = 1
    with pytest.raises(Refusal) as refused:
        print_waybills(store, [row_of(theirs)], Layout.LABEL, seller)
    assert refused.value.code == "marketplace_silent"


def test_many_at_once_are_each_by_themselves(desk: Desk, line: DeskTransport, seller: User) -> None:
    orders = [new(desk), ready(desk), new(desk)]
    read_all()
    planned = plan_many([row_of(theirs) for theirs in orders], Verb.ACCEPT, {}, seller)
    assert [each.refusal.code if each.refusal else "" for each in planned] == ["", "not_now", ""]
    assert actions.send_due_actions() == 2
    look_up()
    assert [theirs.done[-1:] for theirs in orders] == [["ACCEPTED_BY_MERCHANT"]] * 3
