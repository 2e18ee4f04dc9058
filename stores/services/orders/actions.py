"""
What is done to orders through the marketplace: planned, sent once, and read back.

The intent is a row before anything leaves. Whoever sends claims it first; an answer that got lost, or a worker that
died, leaves it for the order itself to tell what came of it. Nothing is ever sent because an answer is missing.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

import kaspi
from stores.models import Notification, Order, OrderAction, Store
from stores.services import access
from stores.services.announcements import announce_orders
from stores.services.errors import Refusal
from stores.services.market.pace import NoTurn
from stores.services.merchant.asking import CANNOT_ASK, NoToken, ask
from stores.services.notifications import notify
from stores.services.orders.clocks import keep_clocks
from stores.services.orders.lifecycle import Verb, stage_of, verbs_in
from stores.services.orders.send import send
from stores.services.orders.verdicts import Verdict, what_came_of
from stores.services.orders.wishes import check_wish, read_wish
from stores.services.prices.switches import is_from_backup, is_stopped
from stores.services.transactions import database_time, in_transaction

log = logging.getLogger(__name__)

State, Why = OrderAction.State, OrderAction.Why

# Longer than a request may take with its wait for a turn.
LEASE = timedelta(minutes=2)
AT_ONCE = 50
LONGEST_WORDS = 300
# The marketplace may be slow to show what it did; only after so long "it does not show it" means "it did not do it".
SETTLES = dict.fromkeys(Verb, timedelta(minutes=2)) | {
    Verb.REDUCE: timedelta(minutes=15),
    Verb.WEIGH: timedelta(minutes=15),
}
LOOKS_AGAIN = timedelta(seconds=10)
WITHOUT_TOKEN = timedelta(minutes=5)
# An action that could not leave for so long is given up: what was right then may be wrong now.
GIVES_UP = timedelta(hours=1)


def plan(order: Order, kind: str, arguments: dict[str, Any], actor: Any) -> OrderAction:
    """
    Plan an action; it leaves within seconds. `actor` None: the store's own rules.

    Raises Forbidden, and Refusal: `bad_arguments`, `not_now` (the order's stage does not allow it), `busy` (another
    action on the order is not over). Nothing changes then.
    """
    if actor is not None:
        access.require(actor, order.store, access.Action.HANDLE_ORDERS)
    wish = read_wish(kind, arguments)
    return _write_intent(order.pk, kind, arguments, wish, actor)


@in_transaction
def _write_intent(order_id: int, kind: str, arguments: dict[str, Any], wish: Any, actor: Any) -> OrderAction:
    order = Order.everything.select_for_update().get(pk=order_id)
    if kind not in verbs_in(stage_of(order)):
        raise Refusal("not_now", _("The order does not allow this now. Look at its state."))
    if OrderAction.everything.filter(holds=order).exists():
        raise Refusal("busy", _("The last action on this order is not over yet. Wait for its outcome."))
    check_wish(wish, {item.entry_number: item for item in order.items.all()})
    if kind == Verb.ASSEMBLE:
        arguments = {**arguments, "again": order.is_assembled}
    announce_orders(order.store_id)
    return OrderAction.everything.create(
        store_id=order.store_id, order=order, holds=order, kind=kind, arguments=arguments, actor=actor
    )


def send_due_actions() -> int:
    """Send what is planned, oldest first; returns how many were sent."""
    recover_lost()
    due = OrderAction.everything.filter(state=State.PLANNED, next_try_at__lte=Now()).order_by("pk")
    return sum(_send_claimed(pk) for pk in list(due.values_list("pk", flat=True)[:AT_ONCE]))


def handled() -> "QuerySet[OrderAction]":
    """What makes an order one that somebody has handled: all but what was stopped before it left."""
    return OrderAction.everything.exclude(why=Why.STOPPED)


def withdraw_planned(store: Store, *, is_told: bool) -> None:
    """
    Take back what the store's own rules have planned and what has not left yet. `is_told`: a person has to handle these
    orders now, and gets a message for each.
    """
    of_rules = OrderAction.everything.filter(store=store, actor=None, state=State.PLANNED)
    for action in of_rules.select_related("order"):
        now = timezone.now()
        still = OrderAction.everything.filter(pk=action.pk, state=State.PLANNED)
        if still.update(state=State.NOT_DONE, holds=None, why=Why.STOPPED, sent_at=now, finished_at=now) and is_told:
            _tell_not_moved(action, Why.STOPPED)
    announce_orders(store.pk)


def end_planned(store: Store) -> None:
    """The store is closed: what was planned there, by whomever, does not leave. Buyers' codes are forgotten."""
    planned = OrderAction.everything.filter(store=store, state=State.PLANNED)
    planned.filter(kind=Verb.ISSUE).update(arguments={})
    now = timezone.now()
    planned.update(state=State.NOT_DONE, holds=None, why=Why.CLOSED, sent_at=now, finished_at=now)


def doubt_planned() -> None:
    """The data came back from a backup: what was to leave then may have left since. The orders will tell."""
    planned = OrderAction.everything.filter(state=State.PLANNED)
    planned.update(state=State.LOST, sent_at=timezone.now())


def recover_lost() -> None:
    """
    Actions whose sender died: nobody knows whether they left. Their orders are read, and so are those of others that
    left and that nobody is looking up.
    """
    OrderAction.everything.filter(state=State.SENDING, leased_until__lt=Now()).update(state=State.LOST)
    forgotten = OrderAction.everything.filter(state__in=(State.SENT, State.LOST), order__check_at=None)
    for order_id in forgotten.values_list("order_id", flat=True):
        _look_up(order_id)


def settle(order: Order, read_at: datetime) -> None:
    """
    Judge the order's open action by what the order shows. `read_at` is the moment before that was asked for: what was
    asked for before the sending tells nothing.
    """
    action = OrderAction.everything.filter(holds=order, state__in=(State.SENT, State.LOST)).first()
    if action is None or action.sent_at is None or action.sent_at >= read_at:
        return
    verdict = what_came_of(action, order, {item.entry_number: item for item in order.items.all()})
    if verdict is Verdict.UNTOLD:
        # Where the order cannot show it, an answer is believed, and a lost one is a person's to look up.
        verdict = Verdict.DONE if action.state == State.SENT else Verdict.UNTOLD
    if verdict is Verdict.DONE:
        _finish(action, State.DONE)
    elif verdict is Verdict.UNTOLD:
        _finish(action, State.UNCLEAR, Why.NO_ANSWER)
    elif read_at - action.sent_at > SETTLES[Verb(action.kind)]:
        _finish(action, State.NOT_DONE, Why.NO_EFFECT)
    else:
        _look_up(action.order_id, LOOKS_AGAIN)


def _send_claimed(pk: int) -> int:
    """Send one action if nobody else does; 1 if it left."""
    claimed = OrderAction.everything.filter(pk=pk, state=State.PLANNED).update(
        state=State.SENDING, sent_at=timezone.now(), leased_until=database_time(LEASE)
    )
    if not claimed:
        return 0
    action = OrderAction.everything.select_related("order", "store").get(pk=pk)
    if action.store.closed_at is not None:
        _finish(action, State.NOT_DONE, Why.CLOSED)
        return 0
    if action.kind not in verbs_in(stage_of(action.order)):
        _finish(action, State.NOT_DONE, Why.MOVED_ON)
        return 0
    if is_from_backup() or (action.actor_id is None and is_stopped(action.store)):
        _finish(action, State.NOT_DONE, Why.STOPPED)
        return 0
    items = list(action.order.items.all())
    wish = read_wish(action.kind, action.arguments)
    try:
        ask(action.store, lambda api: send(kaspi.OrdersApi(api), Verb(action.kind), action.order, items, wish))
    except (NoTurn, NoToken, kaspi.Throttled) as error:
        _wait(action, error)
        return 0
    except kaspi.TokenRejected:
        _finish(action, State.NOT_DONE, Why.TOKEN)
    except kaspi.Refused as refused:
        _finish(action, State.REFUSED, Why.REFUSED, refused.title or str(refused))
        _look_up(action.order_id)
    except CANNOT_ASK as error:
        log.warning("action %s: %s; the order will tell", action.pk, error)
        _is_over(action, State.LOST)
    else:
        _is_over(action, State.SENT)
    return 1


def _wait(action: OrderAction, why: Exception) -> None:
    """It has not left: later, unless it has waited too long."""
    if timezone.now() - action.created_at > GIVES_UP:
        _finish(action, State.NOT_DONE, Why.LATE)
        return
    match why:
        case kaspi.Throttled(retry_after=int(seconds)):
            pause = timedelta(seconds=seconds)
        case NoToken():
            pause = WITHOUT_TOKEN
        case _:
            pause = LOOKS_AGAIN
    OrderAction.everything.filter(pk=action.pk, state=State.SENDING).update(
        state=State.PLANNED, sent_at=None, leased_until=None, next_try_at=timezone.now() + pause
    )


def _is_over(action: OrderAction, state: OrderAction.State) -> None:
    """It left. Whatever was answered, the order is read next."""
    OrderAction.everything.filter(pk=action.pk, state=State.SENDING).update(state=state, leased_until=None)
    _look_up(action.order_id)


def _look_up(order_id: int, after: timedelta = timedelta(0)) -> None:
    Order.everything.filter(pk=order_id).update(check_at=timezone.now() + after)


@in_transaction
def _finish(action: OrderAction, state: OrderAction.State, why: str = "", words: str = "") -> None:
    """The end of an action; a bad one is told. The buyer's code is forgotten."""
    still = OrderAction.everything.filter(pk=action.pk, state__in=OrderAction.OPEN)
    ended = still.update(
        state=state,
        holds=None,
        arguments={} if action.kind == Verb.ISSUE else action.arguments,
        why=why,
        refusal=words[:LONGEST_WORDS],
        leased_until=None,
        finished_at=timezone.now(),
    )
    if ended and state == State.DONE and action.kind == Verb.ARRIVE:
        _end_waiting(action)
    if ended:
        announce_orders(action.store_id)
    if ended and state != State.DONE:
        _tell_not_moved(action, why, words)


def _end_waiting(action: OrderAction) -> None:
    """The goods of a pre-order came: it is handled like any other, also where the marketplace keeps its mark."""
    order = Order.everything.filter(pk=action.order_id)
    order.update(is_preorder=False)
    keep_clocks(order.select_related("sales_point").defer("raw"))


def _tell_not_moved(action: OrderAction, why: str, words: str = "") -> None:
    facts = {"code": action.order.code, "kind": action.kind, "why": why, "words": words[:LONGEST_WORDS]}
    notify(action.store_id, Notification.Kind.ORDER_NOT_MOVED, event=f"order_action:{action.pk}", facts=facts)
