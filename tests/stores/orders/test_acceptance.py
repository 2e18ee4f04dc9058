"""New orders are accepted by the store's rules: once, never against a person, and never without a reason kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from sandbox.orders.order import Order as TheirOrder
from stores.models import (
    AcceptanceDecision,
    AcceptanceRules,
    Availability,
    CatalogueBatch,
    MerchantToken,
    Notification,
    Order,
    OrderAction,
    OrderItem,
    PriceStop,
    Product,
    Store,
)
from stores.services.catalogue import ProductChange, apply_changes
from stores.services.errors import Forbidden, Refusal
from stores.services.orders import actions
from stores.services.orders.acceptance import accepting, judge
from stores.services.orders.acceptance.accepting import accept_new_orders
from stores.services.orders.acceptance.preview import preview
from stores.services.orders.acceptance.reasons import Code, sentence_of
from stores.services.orders.acceptance.rules import change_rules, rules_of, wished
from stores.services.prices.profit import Profit
from stores.services.sales_points import WEEKDAYS
from stores.services.stock.counts import count_stock
from stores.services.stock.following import follow_orders
from tests import cast
from tests.sandbox.orders_fakes import OWN, Desk
from tests.stores.orders.desk import DeskTransport, connect, look_up, read_all, row_of
from users.models import User

pytestmark = pytest.mark.django_db

DONE = "ACCEPTED_BY_MERCHANT"


@pytest.fixture
def transport(store: Store, monkeypatch: pytest.MonkeyPatch) -> DeskTransport:
    return connect(store, monkeypatch)


@pytest.fixture
def desk(transport: DeskTransport) -> Desk:
    return transport.desk


@pytest.fixture
def product(store: Store, desk: Desk) -> Product:
    """Five pieces, counted before the desk opened."""
    product = cast.product(store, next(iter(desk.world.sellers[OWN].products)))
    Availability.everything.update(counted_at=timezone.now() - timedelta(days=2))
    return product


@pytest.fixture
def rules(store: Store, seller: User) -> AcceptanceRules:
    return change_rules(store, rules_of(store.pk).version, {"is_on": True}, seller)


def read(desk: Desk, **placed: Any) -> TheirOrder:
    """An order of two pieces of five, read, and followed by the stock."""
    order = desk.place(**({"quantity": 2} | placed))
    read_all()
    follow_orders()
    return order


def codes(order: TheirOrder) -> list[str]:
    decision = AcceptanceDecision.everything.get(order__code=order.code)
    assert decision.is_accepted is (decision.action_id is not None) is (not decision.reasons)
    return [reason["code"] for reason in decision.reasons]


def test_an_order_that_the_rules_accept_is_accepted_once(product: Product, desk: Desk, rules: AcceptanceRules) -> None:
    order = read(desk)
    assert (accept_new_orders(), accept_new_orders()) == (1, 0)
    action = OrderAction.everything.get()
    assert (action.kind, action.actor, action.state) == ("accept", None, "planned")
    assert codes(order) == []
    actions.send_due_actions()
    look_up()
    assert (order.done, row_of(order).status) == ([DONE], "ACCEPTED_BY_MERCHANT")
    assert accept_new_orders() == 0
    assert OrderAction.everything.count() == 1


def test_no_store_accepts_unless_it_was_switched_on(product: Product, desk: Desk, store: Store) -> None:
    read(desk)
    assert rules_of(store.pk).is_on is False
    assert accept_new_orders() == 0
    assert not AcceptanceDecision.everything.exists()


REST: dict[str, tuple[Callable[[Store], object], list[str]]] = {
    "paused": (lambda store: Store.everything.filter(pk=store.pk).update(mode="paused"), ["stopped"]),
    "everything stopped": (lambda _store: PriceStop.objects.create(), ["stopped"]),
    "no token": (lambda _store: MerchantToken.everything.all().delete(), ["no_token"]),
    "token refused": (lambda _store: MerchantToken.everything.update(state="refused"), ["no_token"]),
    "token unknown": (lambda _store: MerchantToken.everything.update(state="unknown"), ["no_token"]),
    "two words": (lambda _store: Order.everything.update(doubted_stage="packing"), ["state_doubted"]),
    "doubtful": (lambda _store: Availability.everything.update(doubt="no_goods"), ["stock_doubted"]),
    "not counted": (lambda _store: Availability.everything.update(stock_count=None), ["not_counted"]),
    "not there": (lambda _store: Availability.everything.all().delete(), ["unknown_product"]),
    "unknown goods": (lambda _store: OrderItem.everything.update(product=None), ["unknown_product"]),
    "unknown point": (lambda _store: Order.everything.update(sales_point=None), ["unknown_product"]),
    "no lines": (lambda _store: OrderItem.everything.all().delete(), ["no_lines"]),
    "express": (lambda _store: Order.everything.update(is_express=True), ["express"]),
    "pre-order": (lambda _store: Order.everything.update(is_preorder=True), ["preorder"]),
}


@pytest.mark.parametrize("case", REST)
def test_the_rules_rest(case: str, product: Product, desk: Desk, store: Store, rules: AcceptanceRules) -> None:
    order = read(desk)
    spoil, expected = REST[case]
    spoil(store)
    assert accept_new_orders() == 0
    assert codes(order) == expected
    assert not OrderAction.everything.exists()


def test_more_than_there_is_is_left_to_a_person(
    product: Product, desk: Desk, rules: AcceptanceRules, seller: User
) -> None:
    order = read(desk, quantity=6)
    assert accept_new_orders() == 0
    # What was ordered beyond the count is doubtful; counted again, there are still too few.
    assert codes(order) == ["stock_doubted"]
    count_stock(Availability.everything.get(), 0, seller)
    follow_orders()
    accept_new_orders()
    assert codes(order) == ["stock_short"]
    assert not OrderAction.everything.exists()


WISHES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "dear": ({"most_total": 35_979}, ["over_total"]),
    "not dear": ({"most_total": 35_980}, []),
    "earns too little": ({"least_margin": Decimal("0.1001")}, ["margin_low"]),
    "earns enough": ({"least_margin": Decimal("0.10")}, []),
}


@pytest.mark.parametrize("case", WISHES)
def test_what_a_store_wants(
    case: str, product: Product, desk: Desk, store: Store, seller: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    values, expected = WISHES[case]
    monkeypatch.setattr(judge, "profit_of", lambda *_args: Profit(1_799))
    change_rules(store, rules_of(store.pk).version, {"is_on": True} | values, seller)
    order = read(desk)
    accept_new_orders()
    assert codes(order) == expected


def test_on_another_day(product: Product, desk: Desk, store: Store, seller: User) -> None:
    another_day = WEEKDAYS[(timezone.localtime().weekday() + 3) % 7]
    change_rules(store, rules_of(store.pk).version, {"is_on": True, "hours": {another_day: ["00:00", "24:00"]}}, seller)
    order = read(desk)
    accept_new_orders()
    assert codes(order) == ["out_of_hours"]


def test_unknown_earnings_are_not_enough(product: Product, desk: Desk, store: Store, seller: User) -> None:
    change_rules(store, rules_of(store.pk).version, {"is_on": True, "least_margin": Decimal(0)}, seller)
    order = read(desk)
    assert accept_new_orders() == 0
    assert codes(order) == ["margin_unknown"]


@pytest.mark.parametrize(
    ("hours", "moment", "is_within"),
    [
        (None, "2026-11-23T20:00", True),
        ({"mon": ["09:00", "18:00"]}, "2026-11-23T03:59", False),
        ({"mon": ["09:00", "18:00"]}, "2026-11-23T04:00", True),
        ({"mon": ["09:00", "18:00"]}, "2026-11-23T12:59", True),
        ({"mon": ["09:00", "18:00"]}, "2026-11-23T13:00", False),
        # Sunday 19:30 in UTC is Monday 00:30 in Almaty.
        ({"mon": ["00:00", "01:00"]}, "2026-11-22T19:30", True),
        ({"tue": ["09:00", "18:00"]}, "2026-11-23T05:00", False),
    ],
)
def test_hours_are_those_of_almaty(hours: Any, moment: str, is_within: bool) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert judge.is_within_hours(AcceptanceRules(hours=hours), at) is is_within


def test_an_order_is_decided_anew_when_things_have_changed(
    product: Product, desk: Desk, store: Store, seller: User
) -> None:
    change_rules(store, rules_of(store.pk).version, {"is_on": True, "most_total": 1_000}, seller)
    order = read(desk)
    assert accept_new_orders() == 0
    first = AcceptanceDecision.everything.get()
    assert accept_new_orders() == 0
    assert AcceptanceDecision.everything.get().decided_at == first.decided_at
    change_rules(store, rules_of(store.pk).version, {"most_total": None}, seller)
    assert accept_new_orders() == 1
    after = AcceptanceDecision.everything.get()
    assert (after.is_accepted, after.rules_version, codes(order)) == (True, 3, [])


@pytest.mark.parametrize("kind", ["accept", "cancel"])
def test_after_a_person_the_rules_never_act(
    kind: str, product: Product, desk: Desk, store: Store, seller: User, rules: AcceptanceRules
) -> None:
    order = read(desk)
    arguments = {"reason": "BUYER_NOT_REACHABLE"} if kind == "cancel" else {}
    actions.plan(row_of(order), kind, arguments, seller)
    assert accept_new_orders() == 0
    # Also when what the person wanted came to nothing.
    OrderAction.everything.update(state="refused", holds=None, sent_at=timezone.now())
    assert accept_new_orders() == 0
    assert list(OrderAction.everything.values_list("kind", "actor")) == [(kind, seller.pk)]
    assert not AcceptanceDecision.everything.exists()


def test_a_person_who_acts_while_the_rules_think_is_first(
    product: Product, desk: Desk, seller: User, rules: AcceptanceRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = row_of(read(desk))

    def due_before_the_person_acts(*_args: Any) -> list[int]:
        if not OrderAction.everything.exists():
            actions.plan(order, "accept", {}, seller)
            OrderAction.everything.update(state="refused", holds=None, sent_at=timezone.now())
        return [order.pk]

    monkeypatch.setattr(accepting, "_due", due_before_the_person_acts)
    assert accept_new_orders() == 0
    assert list(OrderAction.everything.values_list("actor", flat=True)) == [seller.pk]


def test_an_order_whose_stock_has_not_followed_waits(product: Product, desk: Desk, rules: AcceptanceRules) -> None:
    desk.place(quantity=2)
    read_all()
    assert accept_new_orders() == 0
    assert not AcceptanceDecision.everything.exists()
    follow_orders()
    assert accept_new_orders() == 1


def test_a_store_that_is_stopped_sends_nothing_that_its_rules_have_planned(
    product: Product, desk: Desk, store: Store, rules: AcceptanceRules, seller: User
) -> None:
    order = read(desk)
    accept_new_orders()
    PriceStop.objects.create()
    assert actions.send_due_actions() == 0
    action = OrderAction.everything.get()
    assert (action.state, action.why, order.done) == ("not_done", "stopped", [])
    # What a person wants is sent.
    actions.plan(row_of(order), "accept", {}, seller)
    assert actions.send_due_actions() == 1
    assert order.done == [DONE]


def test_what_the_rules_had_planned_does_not_leave_after_they_were_changed(
    product: Product, desk: Desk, store: Store, rules: AcceptanceRules, seller: User
) -> None:
    order = read(desk)
    accept_new_orders()
    change_rules(store, rules_of(store.pk).version, {"is_on": False}, seller)
    assert actions.send_due_actions() == 0
    action = OrderAction.everything.get()
    assert (action.state, action.why, action.holds, order.done) == ("not_done", "stopped", None, [])
    # Nobody else will do it.
    assert accept_new_orders() == 0
    assert not AcceptanceDecision.everything.exists()
    note = Notification.everything.get(kind="order_not_moved")
    assert note.facts == {"code": order.code, "kind": "accept", "why": "stopped", "words": ""}


@pytest.mark.parametrize(
    ("values", "expected"), [({"takes_express": True}, []), ({"most_total": 1_000}, ["over_total"])]
)
def test_what_was_taken_back_is_decided_by_the_new_rules(
    values: dict[str, Any],
    expected: list[str],
    product: Product,
    desk: Desk,
    store: Store,
    rules: AcceptanceRules,
    seller: User,
) -> None:
    order = read(desk)
    accept_new_orders()
    change_rules(store, rules_of(store.pk).version, values, seller)
    assert accept_new_orders() == int(not expected)
    assert codes(order) == expected
    assert AcceptanceDecision.everything.get().rules_version == 3
    assert actions.send_due_actions() == int(not expected)
    assert order.done == ([] if expected else [DONE])
    assert not Notification.everything.filter(kind="order_not_moved").exists()


def test_what_was_being_sent_when_the_rules_changed_is_not_done_twice(
    product: Product, desk: Desk, store: Store, rules: AcceptanceRules, seller: User, transport: DeskTransport
) -> None:
    order = read(desk)
    accept_new_orders()

    def change(_request: Any) -> None:
        change_rules(store, rules_of(store.pk).version, {"takes_express": True}, seller)
        assert accept_new_orders() == 0

    transport.before_answer = change
    assert actions.send_due_actions() == 1
    assert order.done == [DONE]
    assert OrderAction.everything.get().state == "sent"


def test_after_a_stop_the_rules_go_on(product: Product, desk: Desk, store: Store, rules: AcceptanceRules) -> None:
    order = read(desk)
    accept_new_orders()
    stop = PriceStop.objects.create()
    assert (actions.send_due_actions(), accept_new_orders()) == (0, 0)
    assert codes(order) == ["stopped"]
    stop.delete()
    assert (accept_new_orders(), actions.send_due_actions(), order.done) == (1, 1, [DONE])


@pytest.mark.parametrize(("counted", "expected"), [(0, ["stock_short"]), (1, ["stock_short"]), (2, [])])
def test_a_count_after_the_order_came_is_what_counts(
    product: Product, desk: Desk, store: Store, rules: AcceptanceRules, seller: User, counted: int, expected: list[str]
) -> None:
    order = read(desk)
    count_stock(Availability.everything.get(stock_count=3), counted, seller)
    assert accept_new_orders() == 0, "the order has not taken from the count yet"
    follow_orders()
    assert accept_new_orders() == int(not expected)
    assert codes(order) == expected


@pytest.mark.parametrize(("quantities", "counted"), [((2, 2), 2), ((2, 2), 3), ((2, 1), 2)])
def test_two_orders_are_not_accepted_for_the_same_pieces(
    product: Product,
    desk: Desk,
    rules: AcceptanceRules,
    seller: User,
    quantities: tuple[int, int],
    counted: int,
) -> None:
    orders = [desk.place(quantity=quantity) for quantity in quantities]
    read_all()
    follow_orders()
    count_stock(Availability.everything.get(), counted, seller)
    follow_orders()
    assert accept_new_orders() == 1
    assert [codes(order) for order in orders] == [[], ["stock_short"]]
    assert Availability.everything.get().stock_count == 0


@pytest.mark.parametrize(("counted", "expected"), [(3, ["stock_short"]), (4, [])])
def test_two_lines_of_an_order_do_not_share_their_pieces(
    product: Product, desk: Desk, rules: AcceptanceRules, seller: User, counted: int, expected: list[str]
) -> None:
    order = desk.place(quantity=2, lines=2)
    read_all()
    OrderItem.everything.update(product=product)
    follow_orders()
    count_stock(Availability.everything.get(), counted, seller)
    follow_orders()
    accept_new_orders()
    assert codes(order) == expected


@pytest.mark.parametrize(("quantity", "counted_before", "first"), [(2, None, "not_counted"), (6, 5, "stock_doubted")])
def test_what_is_counted_at_last_is_accepted(
    product: Product,
    desk: Desk,
    rules: AcceptanceRules,
    seller: User,
    quantity: int,
    counted_before: int | None,
    first: str,
) -> None:
    Availability.everything.update(stock_count=counted_before, counted_stock=counted_before)
    order = read(desk, quantity=quantity)
    assert (accept_new_orders(), codes(order)) == (0, [first])
    count_stock(Availability.everything.get(), 50, seller)
    follow_orders()
    assert (accept_new_orders(), codes(order)) == (1, [])
    assert Availability.everything.get().stock_count == 50 - quantity


# --- Who is asked about, and when -------------------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The numbers of the orders that were judged, in that order."""
    numbers: list[str] = []

    def noted(order: Order, *args: Any) -> list[Any]:
        numbers.append(order.code)
        return judge.why_not(order, *args)

    monkeypatch.setattr(accepting, "why_not", noted)
    return numbers


@pytest.fixture
def refused(product: Product, desk: Desk, rules: AcceptanceRules) -> TheirOrder:
    """An order that the rules have refused for its stock, and are not to ask about for an hour."""
    order = read(desk)
    Availability.everything.update(doubt="no_goods")
    assert accept_new_orders() == 0
    AcceptanceDecision.everything.update(ask_at=timezone.now() + timedelta(hours=1))
    return order


def test_an_order_is_asked_about_more_and_more_seldom_while_nothing_changes(
    refused: TheirOrder, asked: list[str]
) -> None:
    for seconds in (30, 60, 120, 300, 300):
        AcceptanceDecision.everything.update(ask_at=timezone.now() - timedelta(seconds=1))
        before = timezone.now()
        assert (accept_new_orders(), accept_new_orders()) == (0, 0)
        ask_at = AcceptanceDecision.everything.get().ask_at
        assert ask_at is not None
        assert before <= ask_at - timedelta(seconds=seconds) <= timezone.now()
    assert asked == [refused.code] * 5


def cheaper(store: Store, seller: User) -> None:
    wanted = ProductChange(Product.everything.get().sku, purchase_cost=5_000)
    assert not apply_changes(store, [wanted], seller, CatalogueBatch.Source.PERSON).refused


def told_anew(_store: Store, _seller: User) -> None:
    Order.everything.update(stock_due_at=timezone.now())
    follow_orders()


def recounted(_store: Store, seller: User) -> None:
    count_stock(Availability.everything.get(), 3, seller)
    follow_orders()


BELLS: dict[str, Callable[[Store, User], object]] = {
    "counted": recounted,
    "another cost": cheaper,
    "read anew": told_anew,
    "other rules": lambda store, seller: change_rules(
        store, rules_of(store.pk).version, {"takes_express": True}, seller
    ),
    "stopped": lambda _store, _seller: PriceStop.objects.create(),
    "token refused": lambda _store, _seller: MerchantToken.everything.update(state="refused"),
    "paused": lambda store, _seller: Store.everything.filter(pk=store.pk).update(mode="paused"),
}


@pytest.mark.parametrize("case", BELLS)
def test_what_it_depends_on_has_changed_so_it_is_asked_about_at_once(
    case: str, refused: TheirOrder, asked: list[str], store: Store, seller: User
) -> None:
    accept_new_orders()
    assert asked == []
    BELLS[case](store, seller)
    accept_new_orders()
    assert asked == [refused.code]


def test_hours_that_begin_are_no_reason_to_wait(refused: TheirOrder, asked: list[str]) -> None:
    another_day = WEEKDAYS[(timezone.localtime().weekday() + 3) % 7]
    AcceptanceRules.everything.update(hours={another_day: ["00:00", "24:00"]})
    accept_new_orders()
    assert (asked, codes(refused)) == ([refused.code], ["out_of_hours", "stock_doubted"])


def test_a_doubted_state_is_asked_about_in_every_round(refused: TheirOrder, asked: list[str]) -> None:
    Order.everything.update(doubted_stage="packing")
    AcceptanceDecision.everything.update(ask_at=None, same_answers=4)
    for _ in range(3):
        accept_new_orders()
    assert asked == [refused.code] * 3


@pytest.fixture
def dear(store: Store, rules: AcceptanceRules, seller: User) -> AcceptanceRules:
    """Rules that refuse every order."""
    return change_rules(store, rules_of(store.pk).version, {"most_total": 1}, seller)


def test_the_least_recently_asked_is_first_and_none_keeps_another_waiting(
    product: Product, desk: Desk, dear: AcceptanceRules, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "AT_ONCE", 1)
    first, second, third = (read(desk, quantity=1).code for _ in range(3))
    accept_new_orders()
    assert asked == [first, second, third]
    asked.clear()
    newest = read(desk, quantity=1).code
    for code, seconds in {first: 10, second: 30, third: 20}.items():
        at = timezone.now() - timedelta(seconds=seconds)
        AcceptanceDecision.everything.filter(order__code=code).update(ask_at=at)
    accept_new_orders()
    assert asked == [newest, second, third, first]


def test_many_orders_are_read_as_one(product: Product, desk: Desk, dear: AcceptanceRules) -> None:
    costs = []
    for orders in (1, 3):
        for _ in range(orders):
            read(desk, quantity=1)
        accept_new_orders()
        AcceptanceDecision.everything.update(ask_at=None)
        with CaptureQueriesContext(connection) as queries:
            accept_new_orders()
        costs.append(sum(each["sql"].startswith("SELECT") for each in queries.captured_queries))
    assert AcceptanceDecision.everything.count() == 4
    assert costs[0] == costs[1]


@pytest.mark.parametrize("fails_first", [True, False])
def test_what_fails_at_one_store_keeps_no_order_of_another_waiting(
    fails_first: bool,
    product: Product,
    desk: Desk,
    rules: AcceptanceRules,
    strangers_store: Store,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ours = row_of(read(desk))
    AcceptanceRules.everything.create(store=strangers_store, is_on=True)
    theirs = Order.everything.create(
        store=strangers_store,
        code="990000001",
        marketplace_id="B1",
        state="NEW",
        status="APPROVED_BY_BANK",
        total_price=1,
        placed_at=timezone.now(),
    )
    broken, sound = (ours, theirs) if fails_first else (theirs, ours)

    def judged(order: Order, *args: Any) -> list[Any]:
        if order.pk == broken.pk:
            raise ArithmeticError
        return judge.why_not(order, *args)

    monkeypatch.setattr(accepting, "why_not", judged)
    accept_new_orders()
    assert [each.order for each in AcceptanceDecision.everything.all()] == [sound]
    assert f"the new orders of store {broken.store_id} cannot be decided" in caplog.text


def test_nothing_is_read_of_a_store_without_new_orders(rules: AcceptanceRules, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        accept_new_orders()


# --- The rules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"least_margin": Decimal(1)}, "bad_margin"),
        ({"least_margin": Decimal("-0.01")}, "bad_margin"),
        ({"most_total": 0}, "bad_total"),
        ({"hours": {"mon": ["18:00", "09:00"]}}, "bad_hours"),
    ],
)
def test_rules_that_make_no_sense_are_refused(values: dict[str, Any], code: str, store: Store, seller: User) -> None:
    with pytest.raises(Refusal) as caught:
        change_rules(store, rules_of(store.pk).version, values, seller)
    assert caught.value.code == code
    assert not AcceptanceRules.everything.exists()


def test_a_role_too_small_changes_no_rules(store: Store, assistant: User) -> None:
    with pytest.raises(Forbidden):
        change_rules(store, rules_of(store.pk).version, {"is_on": True}, assistant)
    assert not AcceptanceRules.everything.exists()


def test_every_reason_has_a_sentence() -> None:
    facts = {"sku": "A-1", "total": 20_000, "most": 10_000}
    with override("en"):
        told = {code: sentence_of({"code": str(code), **facts}) for code in Code}
    assert told[Code.OVER_TOTAL] == "It comes to 20\u202f000 ₸, more than 10\u202f000 ₸."
    assert told[Code.MARGIN_LOW] == "A-1 earns less than is wanted."
    assert all(told.values())


# --- What they would have done ----------------------------------------------------------------------------------------


def test_the_preview_tells_what_the_rules_would_have_done(
    product: Product, desk: Desk, store: Store, transport: DeskTransport
) -> None:
    small = read(desk, quantity=1)
    large = read(desk, quantity=3)
    Order.everything.filter(code=small.code).update(placed_at=timezone.now() - timedelta(days=29))
    told = preview(store, wished(store, {"most_total": 20_000}))
    assert (told.orders, told.accepted, told.unknown_stock, dict(told.reasons)) == (2, 1, 0, {"over_total": 1})
    assert [(each.order.code, len(each.reasons)) for each in told.samples] == [(large.code, 1), (small.code, 0)]
    Order.everything.filter(code=small.code).update(placed_at=timezone.now() - timedelta(days=31))
    assert preview(store, wished(store, {"most_total": 20_000})).accepted == 0
    assert (transport.writes, AcceptanceDecision.everything.count(), OrderAction.everything.count()) == (0, 0, 0)


def test_the_preview_says_where_no_stock_is_known(product: Product, desk: Desk, store: Store) -> None:
    desk.place(quantity=2)
    read_all()
    told = preview(store, wished(store, {}))
    assert (told.orders, told.accepted, told.unknown_stock) == (1, 1, 1)
