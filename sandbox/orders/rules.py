"""What a seller may do with an order, in the marketplace's own words where they are known."""

import re
from collections.abc import Mapping, Sequence

from sandbox.chance import stream
from sandbox.orders.life import Life
from sandbox.orders.order import Entry, Order, Reason, State, Status

LONGEST_COMMENT = 1000
ORDER_REASONS = {Reason.MERCHANT_OUT_OF_STOCK, Reason.BUYER_NOT_REACHABLE, Reason.BUYER_CANCELLATION_BY_MERCHANT}
ENTRY_REASONS = ORDER_REASONS | {Reason.PRODUCT_UNDERWEIGHT}
COMING_BACK = {Status.CANCELLING, Status.RETURN_REQUESTED, Status.RETURN_ACCEPTED}
WEIGHED = {"MEASURABLE", "MEASURABLE_PIECES"}

WRONG_CODE = "Security code is not valid. And the order cannot be completed without it"
CANCELLED = "Order is cancelled, so it can't be completed."
COMPLETED = "Order already has been completed, so it can't be completed again."
UNSIGNED = "Order is not may complete allowed"

_IMEI = re.compile(r"[0-9]{15}")


class RuleError(Exception):
    """The call is refused and nothing has changed; the text is the error's title."""


class Rules:
    """
    The verbs of a seller. Each either has its effect, noted in `order.done`, or raises RuleError.

    The titles of a wrong code and of COMPLETED are the marketplace's; those of other refusals are invented.
    """

    def __init__(self, seed: int, life: Life) -> None:
        self._seed = seed
        self._life = life

    def accept(self, order: Order, now: float) -> None:
        _require(order, "ACCEPTED_BY_MERCHANT", may=order.status is Status.APPROVED_BY_BANK)
        self._life.accept(order, now)
        order.done.append("ACCEPTED_BY_MERCHANT")

    def cancel(self, order: Order, reason: object, comment: object, now: float) -> None:
        _require(order, "CANCELLED", may=order.status in {Status.APPROVED_BY_BANK, Status.ACCEPTED})
        known = _reason(reason, ORDER_REASONS)
        if not isinstance(comment, str) or len(comment) > LONGEST_COMMENT:
            raise RuleError(f"Attribute [cancellationComment] is longer than {LONGEST_COMMENT} characters.")
        order.comment = comment
        self._life.cancel(order, now, reason=known)
        order.done.append("CANCELLED")

    def send_code(self, order: Order) -> None:
        """The buyer reads four digits on his phone. Sent again, they are the same."""
        _require_issuable(order)
        if order.security_code is None:
            order.security_code = f"{stream(self._seed, f'code/{order.code}').randint(0, 9999):04}"
        order.done.append("SEND_CODE")

    def complete(self, order: Order, security_code: str | None, now: float) -> None:
        _require_issuable(order)
        if security_code is None or security_code != order.security_code:
            raise RuleError(WRONG_CODE)
        self._life.complete(order, now)
        order.done.append("COMPLETED")

    def assemble(self, order: Order, spaces: object, now: float) -> None:
        is_packing = order.state is State.KASPI_DELIVERY and order.status is Status.ACCEPTED
        _require(order, "ASSEMBLE", may=is_packing and order.handed_over_at is None and not order.awaits_goods)
        self._life.assemble(order, _count(spaces), now)
        order.done.append("ASSEMBLE")

    def arrive(self, order: Order, now: float) -> None:
        _require(order, "ARRIVED", may=order.awaits_goods and order.status is Status.ACCEPTED)
        self._life.arrive(order, now)
        order.done.append("ARRIVED")

    def take_back(self, order: Order, now: float) -> None:
        _require(order, "ARRIVED_BACKWARD", may=order.status in COMING_BACK)
        self._life.take_back(order, now)
        order.done.append("ARRIVED_BACKWARD")

    def reduce_entry(self, order: Order, entry: Entry, quantity: object, reason: object, now: float) -> bool:
        """Take pieces out of a line; True when that is done at once, False when it takes a while."""
        known = self._check_reduction(order, entry, quantity, reason)
        assert isinstance(quantity, int)  # noqa: S101 - checked above
        order.reason = known
        order.done.append(f"REDUCE {entry.number}")
        if order.fate.slow_cancel:
            self._life.reduce_later(order, entry.number, quantity, now)
            return False
        self._life.reduce(order, entry.number, quantity, now)
        return True

    def reduce_entries(self, order: Order, changes: Sequence[Mapping[str, object]], now: float) -> None:
        """Take pieces or weight out of several lines, all of them or none."""
        planned: list[tuple[Entry, int, float | None]] = []
        for change in changes:
            entry = entry_of(order, change.get("entry_id"))
            weight = change.get("weight")
            if weight is None:
                self._check_reduction(order, entry, change.get("quantity"), change.get("reason"))
            else:
                self._check_weight(order, entry, weight, change.get("reason"))
                _check_pieces(entry, change.get("quantity"))
            quantity = change.get("quantity")
            planned.append((entry, quantity if isinstance(quantity, int) else entry.quantity, _grams(weight)))
        for entry, quantity, grams in planned:
            if grams is not None:
                entry.price = round(entry.price * grams / entry.weight)
                entry.weight = grams
            order.done.append(f"REDUCE {entry.number}")
            self._life.reduce(order, entry.number, quantity, now)

    def register_imeis(self, order: Order, entry: Entry, items: object, now: float) -> None:
        """One list of numbers for each unit of the line."""
        _require(order, "IMEI", may=order.status is Status.ACCEPTED and entry.needs_imei)
        if not isinstance(items, list) or len(items) != entry.quantity or not all(map(_are_imeis, items)):
            raise RuleError(f"Attribute [items] has to name the IMEI of {entry.quantity} units.")
        entry.imeis = [list(item["imei"]) for item in items]
        order.changed_at = now
        order.done.append(f"IMEI {entry.number}")

    def _check_reduction(self, order: Order, entry: Entry, quantity: object, reason: object) -> Reason:
        _require_reducible(order)
        known = _reason(reason, ENTRY_REASONS)
        if type(quantity) is not int or not 0 <= quantity < entry.quantity:
            raise RuleError(f"Attribute [remainedQuantity] has to be less than {entry.quantity}.")
        return known

    def _check_weight(self, order: Order, entry: Entry, weight: object, reason: object) -> None:
        _require_reducible(order)
        _reason(reason, ENTRY_REASONS)
        grams = _grams(weight)
        least, most = entry.least_weight, entry.weight
        if entry.unit_type not in WEIGHED or grams is None or not least <= grams < most:
            raise RuleError(f"Attribute [remainedWeight] has to be at least {least} and less than {most}.")


def _check_pieces(entry: Entry, quantity: object) -> None:
    """With a weight all pieces may stay, but not more than there are."""
    if quantity is not None and (type(quantity) is not int or not 0 <= quantity <= entry.quantity):
        raise RuleError(f"Attribute [remainedQuantity] has to be at most {entry.quantity}.")


def entry_of(order: Order, entry_id: object) -> Entry:
    """The line of the order that the plain id `<code>##<number>` names. Raises RuleError."""
    found = next((entry for entry in order.entries if f"{order.code}##{entry.number}" == entry_id), None)
    if found is None:
        raise RuleError("Order entry is not found.")
    return found


def _require(order: Order, verb: str, *, may: bool) -> None:
    if not may:
        raise RuleError(f"Status {verb} is not allowed for the order with state {order.state}, status {order.status}.")


def _require_issuable(order: Order) -> None:
    if order.status in {Status.CANCELLED, Status.CANCELLING}:
        raise RuleError(CANCELLED)
    if order.completed_at is not None:
        raise RuleError(COMPLETED)
    if order.state is State.SIGN_REQUIRED:
        raise RuleError(UNSIGNED)
    is_with_seller = order.state in {State.PICKUP, State.DELIVERY} and not order.awaits_goods
    _require(order, "COMPLETED", may=is_with_seller and order.status is Status.ACCEPTED)


def _require_reducible(order: Order) -> None:
    may = order.status in {Status.APPROVED_BY_BANK, Status.ACCEPTED} and order.handed_over_at is None
    _require(order, "CANCELLED", may=may)


def _reason(text: object, allowed: set[Reason]) -> Reason:
    if not isinstance(text, str) or text not in allowed:
        raise RuleError(f"Attribute [cancellationReason] has to be one of {', '.join(sorted(allowed))}.")
    return Reason(text)


def _count(value: object) -> int:
    """Read a number of parcels, sent as a number or as text."""
    text = str(value) if not isinstance(value, bool) else ""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 99:
        raise RuleError("Attribute [numberOfSpace] has to be a positive number.")
    return int(text)


def _grams(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _are_imeis(item: object) -> bool:
    numbers = item.get("imei") if isinstance(item, dict) else None
    return (
        isinstance(numbers, list)
        and 1 <= len(numbers) <= 2
        and all(isinstance(number, str) and _IMEI.fullmatch(number) for number in numbers)
    )
