"""
Our orders equal the marketplace's, whatever happens on the way.

The sandbox plays the marketplace in this process; a run is a seller's day in which answers get lost, come late, come
twice or in shifted pages, workers die at any moment, and buyers and couriers do what they do. After each run everything
is read in peace: then our set of orders and states is theirs, and nothing was done that was not asked for, or twice. A
second worker takes his turn in the middle of the first one's. The stocks follow all the while: at every moment each is
what was counted and what moved it since, and in the end each line holds what its order says.

    HYPOTHESIS_PROFILE=orders pytest tests/stores/orders/test_machine.py      # 2,000 runs of 50 steps
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import kaspi
from sandbox.faults import FaultKind
from sandbox.orders.order import Delivery, Reason, Status
from sandbox.orders.order import Order as TheirOrder
from sandbox.orders.order import State as Tray
from stores.models import (
    AcceptanceRules,
    Availability,
    Order,
    OrderAction,
    OrderItem,
    OrderReading,
    StockMovement,
    Store,
)
from stores.services.orders import actions, lookups, readings
from stores.services.orders.acceptance.accepting import accept_new_orders
from stores.services.orders.lifecycle import Stage, Verb, stage_of, verbs_in
from stores.services.stock.counts import count_stock
from stores.services.stock.following import follow_orders
from tests import cast
from tests.sandbox.orders_fakes import BY_KASPI, COLLECTED, OWN, OWN_COURIER, UNSIGNED, Desk
from tests.stores.orders.desk import DeskTransport, age_actions, connect_by

pytestmark = pytest.mark.django_db

# Small, and without the long work of making a failure small: that is for the profile.
SUITE = hypothesis.settings(
    max_examples=8,
    stateful_step_count=30,
    deadline=None,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.reuse, hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)

# What an action leaves in the marketplace's list of what was done; those of lines leave one for each.
DONE_AS = {
    Verb.ACCEPT: "ACCEPTED_BY_MERCHANT",
    Verb.CANCEL: "CANCELLED",
    Verb.ASSEMBLE: "ASSEMBLE",
    Verb.SEND_CODE: "SEND_CODE",
    Verb.ISSUE: "COMPLETED",
    Verb.TAKE_BACK: "ARRIVED_BACKWARD",
    Verb.ARRIVE: "ARRIVED",
    Verb.REDUCE: "REDUCE",
    Verb.WEIGH: "REDUCE",
    Verb.IMEI: "IMEI",
}
REASONS = st.sampled_from(["MERCHANT_OUT_OF_STOCK", "BUYER_NOT_REACHABLE"])
COUNTED = 9


@dataclass(frozen=True)
class Goods:
    """What a buyer puts into his basket, as many of each of the first products."""

    quantity: int
    lines: int = 1
    unit_type: str = "PIECES"
    weight: float = 0.0
    needs_imei: bool = False


PHONES = Goods(2, needs_imei=True)
GOODS = st.sampled_from([PHONES, Goods(3, lines=2), Goods(1, unit_type="MEASURABLE", weight=400.0)])


def done_by(kind: str, arguments: dict[str, Any]) -> list[str]:
    """What the marketplace notes of an action."""
    verb = DONE_AS[Verb(kind)]
    if kind == Verb.IMEI:
        return [f"{verb} {arguments['number']}"]
    if kind in (Verb.REDUCE, Verb.WEIGH):
        return [f"{verb} {entry['number']}" for entry in arguments["entries"]]
    return [verb]


class WorkerDied(BaseException):
    """The process is gone: no handler of the product sees it, and what it had not committed is undone."""


@dataclass(frozen=True)
class Trouble:
    """What a worker meets in one turn: `dies_at` is the request at which he does, counted from 0."""

    lost_answers: int = 0
    failures: int = 0
    dies_at: int | None = None
    dies_after: bool = False
    is_late: bool = False
    lies: frozenset[FaultKind] = frozenset()


TROUBLES = st.one_of(
    st.just(Trouble()),
    st.builds(Trouble, lost_answers=st.integers(1, 2)),
    st.builds(Trouble, failures=st.integers(1, 4)),
    st.builds(Trouble, dies_at=st.integers(0, 3), dies_after=st.booleans()),
    st.builds(Trouble, is_late=st.just(True)),
    st.builds(Trouble, lies=st.sampled_from([frozenset({FaultKind.PAGE_SHIFT}), frozenset({FaultKind.PAGE_TWICE})])),
)


class Road(DeskTransport):
    """Requests that fail, answers that get lost or come late, and a worker that dies at one of its requests."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.trouble = Trouble()
        self.count = 0
        self.answers: dict[str, kaspi.Response] = {}
        self.second_worker: Callable[[], object] | None = None

    def meet(self, trouble: Trouble) -> None:
        self.trouble, self.count = trouble, 0
        self.losses, self.failures, self.lies = trouble.lost_answers, trouble.failures, set(trouble.lies)

    async def send(self, request: kaspi.Request) -> kaspi.Response:
        dies = self.trouble.dies_at == self.count
        self.count += 1
        if dies and not self.trouble.dies_after:
            raise WorkerDied
        self._let_the_second_work()
        response = await super().send(request)
        if dies:
            raise WorkerDied
        return self._perhaps_older(request, response)

    def _let_the_second_work(self) -> None:
        """Once, while the first one waits for his answer."""
        work, self.second_worker = self.second_worker, None
        if work is not None:
            work()

    def _perhaps_older(self, request: kaspi.Request, response: kaspi.Response) -> kaspi.Response:
        """Lists lag: the same page may be answered as it was the last time."""
        tray_and_page, _, period = request.url.partition("creationDate")
        if not period:
            return response
        older = self.answers.get(tray_and_page, response)
        self.answers[tray_and_page] = response
        return older if self.trouble.is_late else response


class Trade(RuleBasedStateMachine):
    """A seller, his marketplace, and our workers between them."""

    store: Store
    monkeypatch: pytest.MonkeyPatch

    def __init__(self) -> None:
        super().__init__()
        self._rows = transaction.atomic()
        self._rows.__enter__()

    def teardown(self) -> None:
        try:
            if hasattr(self, "road"):
                self._settle_in_peace()
                self._compare()
        finally:
            transaction.set_rollback(True)
            self._rows.__exit__(None, None, None)

    @initialize()
    def open(self) -> None:
        self.road = connect_by(Road, self.store, self.monkeypatch, timedelta(hours=12))
        self.desk = self.road.desk
        self._count_stocks()
        for delivery in (BY_KASPI, COLLECTED, OWN_COURIER):
            self.a_buyer_orders(delivery, 0, signs=False)
        self.orders_are_read(Trouble())

    # --- The marketplace's side

    @rule(
        delivery=st.sampled_from([BY_KASPI, COLLECTED, OWN_COURIER]),
        preorder=st.sampled_from([0, 0, 0, 3]),
        signs=st.booleans(),
        goods=GOODS,
    )
    def a_buyer_orders(self, delivery: Delivery, preorder: int, signs: bool, goods: Goods = PHONES) -> None:
        payment = {"payment": UNSIGNED} if signs else {}
        order = self.desk.place(
            delivery,
            preorder_days=preorder,
            quantity=goods.quantity,
            lines=goods.lines,
            unit_type=goods.unit_type,
            weight=goods.weight,
            **payment,
        )
        order.entries[0].needs_imei = goods.needs_imei
        self.desk.wait(1)

    @precondition(lambda self: self._theirs())
    @rule(data=st.data())
    def a_courier_or_buyer_acts(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(self._theirs()))
        life, now = self.desk.world.book.life, self.desk.world.now
        if order.status is Status.ACCEPTED and order.state is Tray.SIGN_REQUIRED:
            life.enter_tray(order, now)
        elif order.status is Status.ACCEPTED and order.assembled and order.handed_over_at is None:
            life.hand_over(order, now)
        elif order.handed_over_at is not None and order.status is Status.ACCEPTED:
            data.draw(st.sampled_from([life.complete, self._refuse]))(order, now)
        elif order.status is Status.COMPLETED and order.delivery.by_kaspi:
            life.ask_return(order, now)
        elif order.status in {Status.APPROVED_BY_BANK, Status.ACCEPTED}:
            self._refuse(order, now)

    @rule()
    def time_passes(self) -> None:
        self.desk.wait(600)
        age_actions(timedelta(minutes=10))
        self._end_leases()

    # --- Our side

    @rule(trouble=TROUBLES)
    def orders_are_read(self, trouble: Trouble) -> None:
        OrderReading.everything.update(next_read_at=timezone.now() - timedelta(seconds=1))
        self._work(readings.read_due_orders, trouble)

    @rule(second=st.sampled_from(["read", "look up", "send", "follow"]))
    def a_second_worker_comes_in_between(self, second: str) -> None:
        """He works in the middle of the next request of whoever works then."""
        self.road.second_worker = {
            "read": readings.read_due_orders,
            "look up": lookups.look_up_due_orders,
            "send": actions.send_due_actions,
            "follow": follow_orders,
        }[second]

    @rule(trouble=TROUBLES)
    def the_rules_accept(self, trouble: Trouble) -> None:
        self._work(accept_new_orders, Trouble())
        self.actions_are_sent(trouble)

    @rule(trouble=TROUBLES)
    def orders_are_followed(self, trouble: Trouble) -> None:
        self._work(follow_orders, trouble)

    @rule(number=st.integers(0, 1), stock=st.integers(0, 12))
    def somebody_counts(self, number: int, stock: int) -> None:
        there = list(Availability.everything.order_by("pk"))[number]
        count_stock(there, stock, self.seller)

    @rule(trouble=TROUBLES)
    def orders_are_looked_up(self, trouble: Trouble) -> None:
        Order.everything.exclude(check_at=None).update(check_at=timezone.now() - timedelta(seconds=1))
        self._work(lookups.look_up_due_orders, trouble)

    @precondition(lambda self: OrderAction.everything.filter(state__in=OrderAction.OPEN).exists())
    @rule(trouble=TROUBLES)
    def actions_are_sent(self, trouble: Trouble) -> None:
        OrderAction.everything.update(next_try_at=timezone.now() - timedelta(seconds=1))
        self._work(actions.send_due_actions, trouble)

    @precondition(lambda self: self._possible())
    @rule(data=st.data(), trouble=TROUBLES)
    def the_seller_acts(self, data: st.DataObject, trouble: Trouble) -> None:
        order, verb = data.draw(st.sampled_from(self._possible()))
        actions.plan(order, verb, self._arguments(data, order, verb), None)
        self.actions_are_sent(trouble)

    # --- What holds at every moment

    @invariant()
    def nothing_was_done_that_was_not_asked_for_or_twice(self) -> None:
        if not hasattr(self, "road"):
            return
        sent = OrderAction.everything.exclude(sent_at=None).select_related("order")
        asked = Counter((action.order.code, verb) for action in sent for verb in done_by(action.kind, action.arguments))
        done = Counter((order.code, verb) for order in self.desk.world.book.orders for verb in order.done)
        assert done - asked == Counter()

    @invariant()
    def each_action_was_sent_at_most_once(self) -> None:
        if hasattr(self, "road"):
            assert self.road.writes <= OrderAction.everything.exclude(sent_at=None).count()

    @invariant()
    def each_stock_is_what_was_counted_and_what_moved_it_since(self) -> None:
        for there in Availability.everything.all() if hasattr(self, "road") else ():
            since = StockMovement.everything.filter(availability=there, counted_at=there.counted_at)
            assert there.stock_count == there.counted_stock + sum(since.values_list("change", flat=True))

    @invariant()
    def no_line_gives_back_more_than_it_took(self) -> None:
        if not hasattr(self, "road"):
            return
        moved: Counter[tuple[int, Any]] = Counter()
        for item_id, counted_at, change in StockMovement.everything.values_list("order_item", "counted_at", "change"):
            moved[item_id, counted_at] += change
        assert all(change <= 0 for change in moved.values())

    # --- Help

    def _count_stocks(self) -> None:
        """Two products, counted before the desk opened, and rules that accept what is there."""
        AcceptanceRules.everything.create(store=self.store, is_on=True)
        self.seller = self.store.members.get()
        for number, sku in enumerate(list(self.desk.world.sellers[OWN].products)[:2]):
            cast.product(self.store, sku, card_id=f"10000000{number}")
        Availability.everything.update(
            stock_count=COUNTED, counted_stock=COUNTED, counted_at=timezone.now() - timedelta(days=1)
        )

    def _arguments(self, data: st.DataObject, order: Order, verb: str) -> dict[str, Any]:
        """What the action needs to be told."""
        items = list(order.items.all())
        match verb:
            case Verb.CANCEL:
                return {"reason": data.draw(REASONS)}
            case Verb.ASSEMBLE:
                return {"parcels": 1}
            case Verb.ISSUE:
                theirs = next(each for each in self._theirs() if each.code == order.code)
                return {"code": data.draw(st.sampled_from([theirs.security_code or "0000", "9999"]))}
            case Verb.IMEI:
                item = next(item for item in items if item.needs_imei and item.quantity)
                return {"number": item.entry_number, "units": [["350000000000001"]] * item.quantity}
            case Verb.WEIGH:
                item = next(item for item in items if item.weight_g > 1)
                return {"entries": [{"number": item.entry_number, "weight_g": int(item.weight_g) - 1}]}
            case Verb.REDUCE:
                return {"entries": self._pieces(data, items), "reason": data.draw(REASONS)}
        return {}

    def _pieces(self, data: st.DataObject, items: list[OrderItem]) -> list[dict[str, int]]:
        """Fewer pieces of one line or of more."""
        filled = [item for item in items if item.quantity]
        chosen = data.draw(st.lists(st.sampled_from(filled), min_size=1, unique_by=lambda item: item.pk))
        return [
            {"number": item.entry_number, "remaining": data.draw(st.integers(0, item.quantity - 1))} for item in chosen
        ]

    def _theirs(self) -> list[TheirOrder]:
        return self.desk.world.book.orders if hasattr(self, "desk") else []

    def _refuse(self, order: TheirOrder, now: float) -> None:
        self.desk.world.book.life.cancel(order, now, reason=Reason.BUYER_CANCELLATION_HIMSELF)

    def _end_leases(self) -> None:
        long_ago = timezone.now() - timedelta(hours=1)
        OrderReading.everything.exclude(leased_until=None).update(leased_until=long_ago)
        OrderAction.everything.exclude(leased_until=None).update(leased_until=long_ago)

    def _possible(self) -> list[tuple[Order, str]]:
        """What the seller may do now, as we see it."""
        free = Order.everything.filter(open_action=None).order_by("pk")
        return [
            (order, verb)
            for order in free
            for verb in sorted(verbs_in(stage_of(order)))
            if self._has_goods_for(order, verb)
        ]

    def _has_goods_for(self, order: Order, verb: str) -> bool:
        """Whether there is a line that the action could be about."""
        items = [item for item in order.items.all() if item.quantity]
        return {
            Verb.IMEI: any(item.needs_imei for item in items),
            Verb.WEIGH: any(item.weight_g > 1 for item in items),
            Verb.REDUCE: bool(items),
        }.get(Verb(verb), True)

    def _work(self, work: Callable[[], object], trouble: Trouble) -> None:
        """A worker's turn, in this trouble. Dead, he leaves behind what he has committed."""
        self.road.meet(trouble)
        with suppress(WorkerDied):
            work()
        self.road.meet(Trouble())

    def _settle_in_peace(self) -> None:
        """The road is good, the leases are over, and everything comes round a few times."""
        self._end_leases()
        for _ in range(4):
            age_actions(timedelta(minutes=20))
            self.actions_are_sent(Trouble())
            self.orders_are_read(Trouble())
            self.orders_are_looked_up(Trouble())
        self.orders_are_followed(Trouble())

    def _compare(self) -> None:
        ours = {
            code: (state, status) for code, state, status in Order.everything.values_list("code", "state", "status")
        }
        theirs = {order.code: (str(order.state), str(order.status)) for order in self.desk.world.book.orders}
        assert ours == theirs
        assert not OrderAction.everything.filter(state__in=OrderAction.OPEN).exists()
        pieces = {order.code: sum(order.items.values_list("quantity", flat=True)) for order in Order.everything.all()}
        assert pieces == {
            order.code: sum(entry.quantity for entry in order.entries) for order in self.desk.world.book.orders
        }
        for item in OrderItem.everything.filter(order__has_left=False).select_related("order"):
            most = 0 if stage_of(item.order) is Stage.CANCELLED else item.quantity
            assert 0 <= held_by(item) <= most


def held_by(item: OrderItem) -> int:
    """The pieces that a line has taken since the count, and neither given back nor lost."""
    done = StockMovement.everything.filter(order_item=item).select_related("availability")
    return -sum(each.change + each.lost for each in done if each.counted_at == each.availability.counted_at)


def test_our_orders_are_theirs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    Trade.store, Trade.monkeypatch = store, monkeypatch
    is_thorough = hypothesis.settings.get_current_profile_name() == "orders"
    run_state_machine_as_test(Trade, settings=hypothesis.settings() if is_thorough else SUITE)
