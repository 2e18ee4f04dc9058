"""
New orders, decided by the rules and accepted through the same intents as a person's.

An order is decided as soon as it is new, and anew when something it depends on has changed: what concerns its store is
compared in each round, its own facts, stocks and costs ring (`waking`). Without either it is asked about more and more
seldom, for fees change too. Its one decision tells the last reasons. Once anything was planned for it, by the rules or
by a person, and not stopped before it left, the rules leave it alone for ever.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from stores.models import AcceptanceDecision, AcceptanceRules, MerchantToken, Order, OrderAction, Store
from stores.services.errors import Refusal
from stores.services.merchant.asking import usable_token
from stores.services.orders.acceptance.judge import is_within_hours, read_lines, why_not
from stores.services.orders.acceptance.reasons import Code, Reason
from stores.services.orders.acceptance.rules import rules_of
from stores.services.orders.actions import handled, plan
from stores.services.orders.lifecycle import Stage, Verb, stage_of
from stores.services.prices.switches import read_switches
from stores.services.rows import update_rows
from stores.services.transactions import in_transaction

log = logging.getLogger(__name__)

# Orders of one store in one transaction, whose lock the store's prices wait for.
AT_ONCE = 100
# How long an order waits after so many answers in a row that were the same; the last holds for all further ones.
WAITS = tuple(timedelta(seconds=seconds) for seconds in (0, 30, 60, 120, 300))
ANSWER = ("action_id", "is_accepted", "reasons", "rules_version", "decided_at", "ask_at", "same_answers", "standing")


@dataclass(frozen=True)
class Round:
    """What one transaction did: how many orders it asked about, and how many of them were accepted."""

    asked: int = 0
    accepted: int = 0


def accept_new_orders() -> int:
    """Decide the new orders of the stores whose rules are on; returns how many were accepted."""
    waiting = _waiting().filter(store__acceptance_rules__is_on=True).order_by()
    began = timezone.now()
    return sum(_accept_of_store(store_id, began) for store_id in waiting.values_list("store", flat=True).distinct())


def _accept_of_store(store_id: int, began: datetime) -> int:
    """
    All that are due: each of them is asked about once before another is asked about again. What fails at one store
    keeps no other's orders waiting.
    """
    accepted = 0
    try:
        while (done := _decide_some(store_id, began)).asked:
            accepted += done.accepted
    except SoftTimeLimitExceeded:  # Of the whole round: what is left is due in the next one.
        raise
    except Exception:  # Whatever it is: the other sellers are not to wait for its repair.
        log.exception("the new orders of store %s cannot be decided", store_id)
    return accepted


def _waiting() -> QuerySet[Order]:
    """New orders that nobody has begun to handle, and that the stock has followed."""
    begun = handled().filter(order=OuterRef("pk"))
    new = {"state": Order.State.NEW, "status": Order.Status.APPROVED_BY_BANK}
    return Order.everything.filter(~Exists(begun), **new, stock_due_at=None)


def _due(store_id: int, standing: str, began: datetime) -> list[int]:
    """The ids of those that are due as the round begins: new and changed ones first, then whoever waits longest."""
    is_changed = Q(acceptance=None) | Q(acceptance__ask_at=None) | ~Q(acceptance__standing=standing)
    due = _waiting().filter(is_changed | Q(acceptance__ask_at__lt=began), store=store_id)
    return list(due.order_by("acceptance__ask_at", "placed_at", "pk").values_list("pk", flat=True)[:AT_ONCE])


@in_transaction
def _decide_some(store_id: int, began: datetime) -> Round:
    """Everything that may say no is read under the locks of the store and of the orders."""
    store = Store.everything.select_for_update().get(pk=store_id)
    rules, now = rules_of(store_id), timezone.now()
    if not rules.is_on:
        return Round()
    of_store = _reasons_of_store(store)
    standing = _standing(rules, of_store, now)
    orders = _locked(_due(store_id, standing, began))
    lines = read_lines(orders)
    decisions = _decisions_of(orders)
    for order, decision in zip(orders, decisions, strict=True):
        reasons = [*of_store, *why_not(order, lines[order.pk], rules, now)]
        action = None if reasons else plan(order, Verb.ACCEPT, {}, None)
        _answer(decision, rules, action, reasons)
        decision.standing = standing
    _keep(decisions)
    return Round(len(orders), sum(decision.is_accepted for decision in decisions))


def _locked(order_ids: Iterable[int]) -> list[Order]:
    """Those of the orders, in the order that they were placed in, that are still waiting under their locks."""
    rows = Order.everything.select_for_update().filter(pk__in=list(order_ids)).order_by("pk").defer("raw")
    orders = [order for order in rows if stage_of(order) is Stage.NEW and order.stock_due_at is None]
    begun = set(handled().filter(order__in=orders).values_list("order", flat=True))
    return sorted((order for order in orders if order.pk not in begun), key=lambda order: (order.placed_at, order.pk))


def _reasons_of_store(store: Store) -> list[Reason]:
    """Reasons that no rule can outweigh, and that concern all orders of the store."""
    switches = read_switches(store)
    rest = {
        Code.STOPPED: switches.is_stopped or not switches.is_recorded_build,
        Code.ALARM_UNREAD: switches.has_unread_alarm,
        Code.NO_TOKEN: not _has_valid_token(store),
    }
    return [Reason(code) for code, is_so in rest.items() if is_so]


def _standing(rules: AcceptanceRules, reasons: Sequence[Reason], now: datetime) -> str:
    """What each answer of the store depends on, in a word that changes with it."""
    hours = "within" if is_within_hours(rules, now) else "outside"
    return " ".join((str(rules.version), hours, *(str(reason.code) for reason in reasons)))


def _has_valid_token(store: Store) -> bool:
    try:
        return usable_token(store).state == MerchantToken.State.VALID
    except Refusal:
        return False


def _decisions_of(orders: Sequence[Order]) -> list[AcceptanceDecision]:
    """The one decision of each order; unsaved where there is none yet."""
    known = {row.order_id: row for row in AcceptanceDecision.everything.filter(order__in=orders)}
    return [known.get(order.pk) or AcceptanceDecision(store_id=order.store_id, order=order) for order in orders]


def _answer(
    decision: AcceptanceDecision, rules: AcceptanceRules, action: OrderAction | None, reasons: Sequence[Reason]
) -> None:
    """Write it into the decision; the same answer as before was given then, and the next question waits longer."""
    told, now = [reason.to_stored() for reason in reasons], timezone.now()
    is_same = action is None and (decision.reasons, decision.rules_version) == (told, rules.version)
    if not is_same:
        decision.action, decision.is_accepted = action, action is not None
        decision.reasons, decision.rules_version, decision.decided_at = told, rules.version, now
    decision.same_answers = decision.same_answers + 1 if is_same else 0
    # A doubted state is looked up within seconds, and nothing rings when that is done.
    is_short = any(reason.code is Code.STATE_DOUBTED for reason in reasons)
    decision.ask_at = now if is_short else now + WAITS[min(decision.same_answers, len(WAITS) - 1)]


def _keep(decisions: Sequence[AcceptanceDecision]) -> None:
    AcceptanceDecision.everything.bulk_create([row for row in decisions if row.pk is None])
    known = (row for row in decisions if row.pk is not None)
    update_rows(AcceptanceDecision, ANSWER, ([row.pk, *(getattr(row, name) for name in ANSWER)] for row in known))
