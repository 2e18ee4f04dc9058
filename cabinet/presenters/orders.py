"""A store's orders by what is to be done with them, and one order with all that may be done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cabinet.forms.orders import FORMS, ActionForm
from stores.models import Order, OrderAction, OrderItem, Store
from stores.models.roles import Action
from stores.services.keyset import BadCursor, Page, read_page
from stores.services.orders.buyers import address_of, shows_buyer
from stores.services.orders.clocks import deadline_of_row
from stores.services.orders.finding import Desk, Wanted, count_desks, find, sorting_of
from stores.services.orders.lifecycle import Stage, Verb, stage_of, verbs_in

Duty = Order.Duty
ROWS_PER_PAGE = 50

DESKS: Mapping[Desk, str | Promise] = {
    Desk.ACCEPT: _("Accept"),
    Desk.ASSEMBLE: _("Assemble"),
    Desk.HAND_OVER: _("Hand over"),
    Desk.RETURNS: _("Returns"),
    Desk.ALL: _("All"),
}
STAGES: Mapping[Stage, str | Promise] = {
    Stage.NEW: _("New"),
    Stage.SIGNING: _("The buyer signs papers"),
    Stage.AWAITED: _("Pre-order, goods awaited"),
    Stage.PACKING: _("To be packed"),
    Stage.PACKED: _("Packed"),
    Stage.CARRIED: _("Carried by Kaspi"),
    Stage.READY: _("Waits for the buyer"),
    Stage.DELIVERING: _("Being delivered"),
    Stage.COMING_BACK: _("Coming back"),
    Stage.RETURNING: _("Being returned"),
    Stage.COMPLETED: _("Received"),
    Stage.CANCELLED: _("Cancelled"),
    Stage.RETURNED: _("Returned"),
    Stage.UNKNOWN: _("Unknown, look in the marketplace's cabinet"),
}
# What is offered first; the rest of what an order allows stands below it.
FIRST: Mapping[str, tuple[Verb, ...]] = {
    Duty.ACCEPT: (Verb.ACCEPT,),
    Duty.ARRIVE: (Verb.ARRIVE,),
    Duty.ASSEMBLE: (Verb.ASSEMBLE,),
    Duty.HAND_OUT: (Verb.SEND_CODE, Verb.ISSUE),
    Duty.DELIVER: (Verb.SEND_CODE, Verb.ISSUE),
    Duty.DECIDE: (Verb.TAKE_BACK,),
    Duty.TAKE_BACK: (Verb.TAKE_BACK,),
}
HINTS: Mapping[Verb, str | Promise] = {
    Verb.ACCEPT: _("The goods are there and will be handed over in time. This cannot be taken back."),
    Verb.CANCEL: _("The whole order is given up. This cannot be taken back."),
    Verb.REDUCE: _("The buyer gets less, and pays less. This cannot be taken back."),
    Verb.WEIGH: _("The buyer pays for what it really weighs."),
    Verb.ASSEMBLE: _("The waybill appears minutes later."),
    Verb.SEND_CODE: _("The buyer gets a message with four digits, and shows them when he has the goods."),
    Verb.ISSUE: _("The buyer has the goods and shows the code. This cannot be taken back."),
    Verb.IMEI: _("The marketplace wants the numbers of the phones before they are handed over."),
    Verb.ARRIVE: _("The goods of the pre-order are here: the order goes on."),
    Verb.TAKE_BACK: _("The goods are in your hands again."),
}
DANGEROUS = frozenset({Verb.CANCEL, Verb.REDUCE})
# What many orders are told at once, by heap.
BULK: Mapping[Desk, tuple[Verb, ...]] = {
    Desk.ACCEPT: (Verb.ACCEPT,),
    Desk.ASSEMBLE: (Verb.ASSEMBLE,),
    Desk.HAND_OVER: (),
    Desk.RETURNS: (),
    Desk.ALL: (Verb.ACCEPT, Verb.ASSEMBLE),
}


@dataclass(frozen=True)
class Tab:
    """A heap of orders, and how many lie there; None for all."""

    desk: Desk
    name: str | Promise
    count: int | None


@dataclass(frozen=True)
class Clock:
    """Until when something has to be done, and whether that is soon, or over."""

    ends: datetime
    is_soon: bool
    is_over: bool


@dataclass(frozen=True)
class Row:
    """An order of a list. Its buyer is masked there, for everybody."""

    order: Order
    stage: str | Promise
    clock: Clock | None
    goods: Sequence[OrderItem]
    is_busy: bool
    is_chosen: bool


@dataclass(frozen=True)
class Offer:
    """Something that may be done to an order, with its form and a word about it."""

    verb: Verb
    form: ActionForm
    hint: str | Promise
    is_dangerous: bool


@dataclass(frozen=True)
class Buyer:
    """A buyer, whole or masked."""

    name: str
    phone: str
    address: str


@dataclass(frozen=True)
class OrderPage:
    """
    One order: what was ordered by whom, what was done to it, and what may be done now. `needs_hours`: its clock would
    rest by night if the hours of its point were known.
    """

    order: Order
    stage: str | Promise
    clock: Clock | None
    needs_hours: bool
    buyer: Buyer | None
    items: Sequence[OrderItem]
    actions: Sequence[OrderAction]
    open_action: OrderAction | None
    first: Sequence[Offer]
    others: Sequence[Offer]
    has_label: bool


def tabs_of(store: Store) -> list[Tab]:
    """The heaps in the order of a day; one query."""
    counts = count_desks(store)
    return [Tab(desk, name, counts.get(desk)) for desk, name in DESKS.items()]


def read_orders(store: Store, wanted: Wanted, cursor: str) -> Page[Order]:
    """A page of what is looked for, what ends first at the top; a cursor that is none begins anew."""
    orders = Order.objects.for_store(store).select_related("client", "sales_point").defer("raw")
    found = find(orders.prefetch_related("items", "open_action"), wanted)
    try:
        return read_page(found, sorting_of(wanted.desk), ROWS_PER_PAGE, cursor)
    except BadCursor:
        return read_page(found, sorting_of(wanted.desk), ROWS_PER_PAGE)


def rows_of(orders: Sequence[Order], chosen: Collection[int]) -> list[Row]:
    """The rows, no query more."""
    return [
        Row(
            order=order,
            stage=STAGES[stage_of(order)],
            clock=clock_of(order),
            goods=list(order.items.all()),
            is_busy=hasattr(order, "open_action"),
            is_chosen=order.pk in chosen,
        )
        for order in orders
    ]


def clock_of(order: Order) -> Clock | None:
    """The clock that runs for the order, if one does."""
    deadline, now = deadline_of_row(order), timezone.now()
    if deadline.ends is None or deadline.soon is None:
        return None
    return Clock(deadline.ends, is_soon=now >= deadline.soon, is_over=now >= deadline.ends)


def page_of(order: Order, may: Collection[Action], tried: tuple[str, ActionForm] | None = None) -> OrderPage:
    """An order for somebody who may do this. `tried`: an action whose form was filled in wrongly."""
    items, actions = list(order.items.all()), list(order.actions.all())
    offers = _offers(order, items, tried) if Action.HANDLE_ORDERS in may else {}
    first = [offers.pop(verb) for verb in FIRST.get(order.duty, ()) if verb in offers]
    return OrderPage(
        order=order,
        stage=STAGES[stage_of(order)],
        clock=clock_of(order),
        needs_hours=order.duty == Duty.ACCEPT and not order.is_express and not _has_hours(order),
        buyer=_buyer_of(order, may),
        items=items,
        actions=actions,
        open_action=next((action for action in actions if action.state in OrderAction.OPEN), None),
        first=first,
        others=list(offers.values()),
        has_label=bool(order.waybill_url) and Action.HANDLE_ORDERS in may,
    )


def _has_hours(order: Order) -> bool:
    return order.sales_point is not None and bool(order.sales_point.hours)


def _offers(order: Order, items: Sequence[OrderItem], tried: tuple[str, ActionForm] | None) -> dict[Verb, Offer]:
    allowed = verbs_in(stage_of(order))
    forms = {verb: FORMS[verb](items) for verb in Verb if verb in allowed}
    if tried is not None and tried[0] in forms:
        forms[Verb(tried[0])] = tried[1]
    return {
        verb: Offer(verb, form, HINTS[verb], verb in DANGEROUS)
        for verb, form in forms.items()
        if _makes_sense(verb, items)
    }


def _makes_sense(verb: Verb, items: Sequence[OrderItem]) -> bool:
    """Whether the order has lines for it."""
    match verb:
        case Verb.IMEI:
            return any(item.needs_imei and item.quantity for item in items)
        case Verb.WEIGH:
            return any(item.weight_g > 1 for item in items)
        case Verb.REDUCE:
            return sum(item.quantity for item in items if item.unit_type == OrderItem.PIECES) > 1
    return True


def _buyer_of(order: Order, may: Collection[Action]) -> Buyer | None:
    if order.client is None:
        return None
    if not shows_buyer(order, may):
        return Buyer(str(order.client), order.client.masked_phone, "")
    name = f"{order.client.first_name} {order.client.last_name}".strip()
    return Buyer(name, order.client.phone, address_of(order))


def named(orders: Any) -> list[int]:
    """The ids among what a form or an address says."""
    return [int(each) for each in orders if each.isascii() and each.isdigit() and len(each) <= 18]
