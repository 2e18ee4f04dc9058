"""
New orders, decided by the rules and accepted through the same intents as a person's.

Each order is decided anew while it is new, for hours begin and stocks are counted; its one decision tells the last
reasons. Once anything was planned for it, by the rules or by a person, and not stopped before it left, the rules leave
it alone for ever.
"""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef
from django.utils import timezone

from stores.models import AcceptanceDecision, AcceptanceRules, MerchantToken, Order, OrderAction, Store
from stores.services.errors import Refusal
from stores.services.merchant.asking import usable_token
from stores.services.orders.acceptance.judge import read_lines, why_not
from stores.services.orders.acceptance.reasons import Code, Reason
from stores.services.orders.acceptance.rules import rules_of
from stores.services.orders.actions import handled, plan
from stores.services.orders.lifecycle import Stage, Verb, stage_of_order
from stores.services.prices.switches import read_switches
from stores.services.transactions import in_transaction

# New orders of one store in one go; those placed first come first, for their clocks run.
AT_ONCE = 200


def accept_new_orders() -> int:
    """Decide the new orders of the stores whose rules are on; returns how many were accepted."""
    stores = AcceptanceRules.everything.filter(is_on=True).order_by("store").values_list("store", flat=True)
    return sum(_decide(order_id) for store_id in stores for order_id in _undecided(store_id))


def _undecided(store_id: int) -> Sequence[int]:
    """New orders that nobody has begun to handle, and that the stock has followed."""
    begun = handled().filter(order=OuterRef("pk"))
    new = Order.everything.filter(
        ~Exists(begun),
        store=store_id,
        state=Order.State.NEW,
        status=Order.Status.APPROVED_BY_BANK,
        stock_due_at=None,
    )
    return list(new.order_by("placed_at", "pk").values_list("pk", flat=True)[:AT_ONCE])


@in_transaction
def _decide(order_id: int) -> bool:
    """Whether the order was accepted. Everything that may say no is read under the locks of the store and the order."""
    store = Store.everything.select_for_update().get(orders=order_id)
    order = Order.everything.select_for_update().get(pk=order_id)
    rules = rules_of(store.pk)
    is_open = rules.is_on and stage_of_order(order) is Stage.NEW and order.stock_due_at is None
    if not is_open or handled().filter(order=order).exists():
        return False
    reasons = [*_why_rest(store, order), *why_not(order, read_lines(order), rules, timezone.now())]
    action = None if reasons else plan(order, Verb.ACCEPT, {}, None)
    _keep(order, rules, action, reasons)
    return action is not None


def _why_rest(store: Store, order: Order) -> list[Reason]:
    """Reasons that no rule can outweigh."""
    switches = read_switches(store)
    rest = {
        Code.STOPPED: switches.is_stopped or not switches.is_recorded_build,
        Code.ALARM_UNREAD: switches.has_unread_alarm,
        Code.NO_TOKEN: not _has_valid_token(store),
        Code.STATE_DOUBTED: bool(order.doubted_stage),
    }
    return [Reason(code) for code, is_so in rest.items() if is_so]


def _has_valid_token(store: Store) -> bool:
    try:
        return usable_token(store).state == MerchantToken.State.VALID
    except Refusal:
        return False


def _keep(order: Order, rules: AcceptanceRules, action: OrderAction | None, reasons: Sequence[Reason]) -> None:
    """The order's one decision; the same reasons as before write nothing."""
    told = [reason.to_stored() for reason in reasons]
    before = AcceptanceDecision.everything.filter(order=order).first()
    if before is not None and action is None and (before.reasons, before.rules_version) == (told, rules.version):
        return
    decision = before or AcceptanceDecision(store_id=order.store_id, order=order)
    decision.action, decision.is_accepted = action, action is not None
    decision.reasons, decision.rules_version, decision.decided_at = told, rules.version, timezone.now()
    decision.save()
