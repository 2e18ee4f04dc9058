"""What becomes of orders by themselves: buyers, couriers and the marketplace's own clocks."""

from collections.abc import Callable
from functools import partial

from sandbox.clock import Agenda
from sandbox.orders import hours
from sandbox.orders.order import Order, Reason, State, Status

Happening = Callable[[Order, float], None]


class Life:
    """
    Moves orders from stage to stage and keeps an appointment for everything that will happen in a stage unless it is
    left before. `restock` gets what comes back to the point: an order, an article and how many.
    """

    def __init__(self, agenda: Agenda, restock: Callable[[Order, str, int], None]) -> None:
        self._agenda = agenda
        self._restock = restock

    def begin(self, order: Order) -> None:
        """A new order waits to be accepted."""
        deadline = hours.acceptance_deadline(order.placed_at, express=order.delivery.express)
        self._appoint(order, deadline, partial(self.cancel, reason=Reason.MERCHANT_OUT_OF_STOCK))
        self._appoint_change_of_mind(order)

    def accept(self, order: Order, now: float) -> None:
        """The seller took the order: to be signed, or into its tray."""
        if not order.payment.signature_required:
            self.enter_tray(order, now)
            return
        self._move(order, now, State.SIGN_REQUIRED, Status.ACCEPTED)
        self._appoint_change_of_mind(order)
        if order.fate.signs is None:
            unsigned = partial(self.cancel, reason=Reason.TIMEOUT_BUYER_SIGNATURE)
            self._appoint(order, now + hours.SIGNATURE_LIMIT, unsigned)
        else:
            self._appoint(order, now + order.fate.signs, self.enter_tray)

    def enter_tray(self, order: Order, now: float) -> None:
        """The goods may be packed, or are waited for."""
        self._move(order, now, order.delivery.tray, Status.ACCEPTED)
        self._appoint_change_of_mind(order)
        late = partial(self.cancel, reason=Reason.TIMEOUT_MERCHANT_DELIVERY)
        if order.awaits_goods:
            order.reserved_until = order.handover_planned_at
            self._appoint(order, order.placed_at + hours.PREORDER_LIMIT, late)
        elif order.state is State.PICKUP:
            order.reserved_until = hours.reservation_end(now)
            uncollected = partial(self.cancel, reason=Reason.TIMEOUT_BUYER_PICKUP)
            self._appoint(order, order.reserved_until, uncollected)
        elif order.state is State.DELIVERY:
            self._appoint(order, max(order.planned_delivery_at, now) + hours.OWN_DELIVERY_GRACE, late)
        else:
            self._appoint(order, max(order.handover_planned_at, now) + hours.HANDOVER_GRACE, late)

    def arrive(self, order: Order, now: float) -> None:
        """The goods of a pre-order came to the seller."""
        order.awaits_goods = False
        order.reserved_until = None
        self.enter_tray(order, now)

    def assemble(self, order: Order, spaces: int, now: float) -> None:
        """The seller packed so many parcels: a waybill will appear, and the parcels be handed over."""
        self._move(order, now, order.state, order.status)
        order.assembled = True
        order.spaces = spaces
        order.waybill_number = None
        self._appoint_change_of_mind(order)
        self._appoint(order, now + order.fate.waybill, _write_waybill)
        handover = max(order.handover_planned_at, now + order.fate.waybill) + order.fate.hands_over
        self._appoint(order, handover, self.hand_over)

    def hand_over(self, order: Order, now: float) -> None:
        """Kaspi scanned the parcels."""
        _write_waybill(order, now)
        order.handed_over_at = now
        self._move(order, now, order.state, order.status)
        refused = partial(self.cancel, reason=Reason.BUYER_CANCELLATION_BY_COURIER)
        self._appoint(order, now + order.fate.travels, refused if order.fate.refuses else self.complete)

    def complete(self, order: Order, now: float) -> None:
        """The buyer has the goods; he may still want to give them back."""
        order.completed_at = now
        order.security_code = None
        self._move(order, now, State.ARCHIVE, Status.COMPLETED)
        if order.fate.asks_return is not None and order.delivery.by_kaspi:
            self._appoint(order, now + order.fate.asks_return, self.ask_return)

    def ask_return(self, order: Order, now: float) -> None:
        """The buyer gives the goods back through Kaspi."""
        self._move(order, now, State.KASPI_DELIVERY, Status.RETURN_REQUESTED)
        self._appoint_way_back(order, now)

    def accept_return(self, order: Order, now: float) -> None:
        """The seller agreed to the return in his cabinet. Some say that the order tells it, the guide does not."""
        self._move(order, now, order.state, Status.RETURN_ACCEPTED)
        self._appoint_way_back(order, now)

    def cancel(self, order: Order, now: float, *, reason: Reason) -> None:
        """The order ends; what is on its way with Kaspi has to come back first."""
        order.reason = reason
        if order.handed_over_at is None:
            self._end(order, now, Status.CANCELLED)
            return
        self._move(order, now, State.KASPI_DELIVERY, Status.CANCELLING)
        self._appoint_way_back(order, now)

    def take_back(self, order: Order, now: float) -> None:
        """The goods are with the seller again. What had been handed over he counts in by hand."""
        order.is_back = True
        is_return = order.status in {Status.RETURN_REQUESTED, Status.RETURN_ACCEPTED}
        self._end(order, now, Status.RETURNED if is_return else Status.CANCELLED)

    def reduce(self, order: Order, number: int, quantity: int, now: float) -> None:
        """So many pieces of a line stay, the others go back to the shelf; an order without lines is cancelled."""
        entry = next(entry for entry in order.entries if entry.number == number)
        self._restock(order, entry.sku, entry.quantity - quantity)
        entry.quantity = quantity
        order.changed_at = now
        if all(entry.quantity == 0 for entry in order.entries):
            self.cancel(order, now, reason=order.reason or Reason.MERCHANT_OUT_OF_STOCK)

    def reduce_later(self, order: Order, number: int, quantity: int, now: float) -> None:
        """Reduce the line a minute later, unless the order has moved on."""
        self._appoint(order, now + hours.SLOW_CANCEL, lambda order, now: self.reduce(order, number, quantity, now))

    def _end(self, order: Order, now: float, status: Status) -> None:
        if order.handed_over_at is None:
            for entry in order.entries:
                self._restock(order, entry.sku, entry.quantity)
        self._move(order, now, State.ARCHIVE, status)

    def _move(self, order: Order, now: float, state: State, status: Status) -> None:
        order.state, order.status = state, status
        order.changed_at = now
        order.turn += 1

    def _appoint_change_of_mind(self, order: Order) -> None:
        if order.fate.changes_mind is not None:
            moment = order.placed_at + order.fate.changes_mind
            self._appoint(order, moment, partial(self.cancel, reason=Reason.BUYER_CANCELLATION_HIMSELF))

    def _appoint_way_back(self, order: Order, now: float) -> None:
        self._appoint(order, now + hours.WAY_BACK, _lie_at_drop_off)
        self._appoint(order, now + hours.WAY_BACK + hours.LIES_AT_DROP_OFF, self.take_back)

    def _appoint(self, order: Order, moment: float, happening: Happening) -> None:
        turn = order.turn

        def act(now: float) -> None:
            if order.turn == turn:
                happening(order, now)

        self._agenda.add(max(moment, order.changed_at), act)


def _write_waybill(order: Order, now: float) -> None:
    if order.waybill_number is None:
        order.waybill_number = f"1{order.code}"
        order.changed_at = now


def _lie_at_drop_off(order: Order, now: float) -> None:
    order.is_back = True
    order.changed_at = now
