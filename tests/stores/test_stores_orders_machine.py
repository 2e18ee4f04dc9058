"""
Our orders equal the marketplace's, whatever happens on the way.

The sandbox plays the marketplace in this process; a run is a seller's day in which answers get lost, come late, come
twice or in shifted pages, workers die at any moment, and buyers and couriers do what they do. After each run everything
is read in peace: then our set of orders and states is theirs, and nothing was done that was not asked for, or twice.

    HYPOTHESIS_PROFILE=orders pytest tests/stores/test_stores_orders_machine.py      # 2,000 runs of 50 steps
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
from stores.models import Order, OrderAction, OrderReading, Store
from stores.services.orders import actions, checks, readings
from stores.services.orders.lifecycle import Verb, stage_of_order, verbs_in
from tests.sandbox.orders_fakes import BY_KASPI, COLLECTED, OWN_COURIER, UNSIGNED, Desk
from tests.stores.orders_desk import DeskTransport, age_actions, connect_by

pytestmark = pytest.mark.django_db

# Small, and without the long work of making a failure small: that is for the profile.
SUITE = hypothesis.settings(
    max_examples=8,
    stateful_step_count=30,
    deadline=None,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.reuse, hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)

# What an action leaves in the marketplace's list of what was done.
DONE_AS = {
    Verb.ACCEPT: "ACCEPTED_BY_MERCHANT",
    Verb.CANCEL: "CANCELLED",
    Verb.ASSEMBLE: "ASSEMBLE",
    Verb.SEND_CODE: "SEND_CODE",
    Verb.ISSUE: "COMPLETED",
    Verb.TAKE_BACK: "ARRIVED_BACKWARD",
    Verb.ARRIVE: "ARRIVED",
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    Verb.CANCEL: {"reason": "MERCHANT_OUT_OF_STOCK"},
    Verb.ASSEMBLE: {"parcels": 1},
}


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

    def meet(self, trouble: Trouble) -> None:
        self.trouble, self.count = trouble, 0
        self.losses, self.failures, self.lies = trouble.lost_answers, trouble.failures, set(trouble.lies)

    async def send(self, request: kaspi.Request) -> kaspi.Response:
        dies = self.trouble.dies_at == self.count
        self.count += 1
        if dies and not self.trouble.dies_after:
            raise WorkerDied
        response = await super().send(request)
        if dies:
            raise WorkerDied
        return self._perhaps_older(request, response)

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
        for delivery in (BY_KASPI, COLLECTED, OWN_COURIER):
            self.a_buyer_orders(delivery, 0, signs=False)
        self.orders_are_read(Trouble())

    # --- The marketplace's side

    @rule(
        delivery=st.sampled_from([BY_KASPI, COLLECTED, OWN_COURIER]),
        preorder=st.sampled_from([0, 0, 0, 3]),
        signs=st.booleans(),
    )
    def a_buyer_orders(self, delivery: Delivery, preorder: int, signs: bool) -> None:
        payment = {"payment": UNSIGNED} if signs else {}
        self.desk.place(delivery, preorder_days=preorder, **payment)
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

    @rule(trouble=TROUBLES)
    def orders_are_looked_up(self, trouble: Trouble) -> None:
        Order.everything.exclude(check_at=None).update(check_at=timezone.now() - timedelta(seconds=1))
        self._work(checks.check_due_orders, trouble)

    @precondition(lambda self: OrderAction.everything.filter(state__in=OrderAction.OPEN).exists())
    @rule(trouble=TROUBLES)
    def actions_are_sent(self, trouble: Trouble) -> None:
        OrderAction.everything.update(next_try_at=timezone.now() - timedelta(seconds=1))
        self._work(actions.send_due_actions, trouble)

    @precondition(lambda self: self._possible())
    @rule(data=st.data(), trouble=TROUBLES)
    def the_seller_acts(self, data: st.DataObject, trouble: Trouble) -> None:
        order, verb = data.draw(st.sampled_from(self._possible()))
        actions.plan(order, verb, ARGUMENTS.get(verb, {}), None)
        self.actions_are_sent(trouble)

    # --- What holds at every moment

    @invariant()
    def nothing_was_done_that_was_not_asked_for_or_twice(self) -> None:
        if not hasattr(self, "road"):
            return
        asked = Counter(
            (code, DONE_AS[Verb(kind)])
            for code, kind in OrderAction.everything.exclude(sent_at=None).values_list("order__code", "kind")
        )
        done = Counter((order.code, verb) for order in self.desk.world.book.orders for verb in order.done)
        assert done - asked == Counter()

    @invariant()
    def each_action_was_sent_at_most_once(self) -> None:
        if hasattr(self, "road"):
            assert self.road.writes <= OrderAction.everything.exclude(sent_at=None).count()

    # --- Help

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
        verbs = DONE_AS.keys() - {Verb.ISSUE}
        return [(order, verb) for order in free for verb in sorted(verbs_in(stage_of_order(order)) & verbs)]

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


def test_our_orders_are_theirs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    Trade.store, Trade.monkeypatch = store, monkeypatch
    is_thorough = hypothesis.settings.get_current_profile_name() == "orders"
    run_state_machine_as_test(Trade, settings=hypothesis.settings() if is_thorough else SUITE)
