"""
What an order earns, line by line, once it is known what became of it.

    profit = amount − commission − tax − bonus − delivery − returns reserve − packaging − purchase

An order is one parcel: its delivery is charged on its total, and shared among its lines by their amounts. What the
marketplace charged counts where it is known, what its table says where it is not. A fact or a rate that is not there
makes the profit None and is named; it is never zero. Each line is rounded half up for itself, so the lines of an order
add up to it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pricing.economics.errors import EconomicsError, code_of
from pricing.economics.fees import FeeTable
from pricing.economics.rates import RateName, Zone
from pricing.economics.whole import half_up


class Fate(StrEnum):
    """What became of an order, as far as money is concerned. The codes are stored: they are added to, never renamed."""

    OPEN = "open"
    SOLD = "sold"
    CANCELLED = "cancelled"  # before it left the seller
    REFUSED = "refused"  # on its way, or not collected: the goods come back
    RETURNED = "returned"  # by the buyer who had it


EARNING = frozenset({Fate.OPEN, Fate.SOLD})
# On a buyer's return the seller still pays the way there; nothing is charged for an order that was cancelled.
CHARGED = EARNING | {Fate.RETURNED}
COMING_BACK = frozenset({Fate.REFUSED, Fate.RETURNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLine:
    """
    A line of an order: tenge for all its pieces, and of one piece purchase cost and packaging (tenge) and weight
    (grams), as they were when the order came. `commission` is the key of its category. None: nobody has told.
    """

    amount: int
    quantity: int
    purchase: int | None
    packaging: int | None
    weight_g: int | None
    commission: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldOrder:
    """
    An order: what became of it, its lines, the seller's tax regime (empty: not known), and its parcel.

    `is_carried`: by the marketplace. `zone`: None where the order does not tell. `charged`: tenge with VAT for the
    parcel, None: not told. `is_lost`: its goods came back damaged, or never.
    """

    fate: Fate
    lines: tuple[SoldLine, ...]
    regime: str
    is_carried: bool
    zone: Zone | None
    charged: int | None
    is_lost: bool = False

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAccount:
    """Where the amount of a line goes, in tenge. `missing` is the code of what is not known to say the profit."""

    purchase: int | None
    packaging: int | None
    commission: int | None
    tax: int | None
    bonus: int | None
    delivery: int | None
    returns_reserve: int | None
    profit: int | None
    missing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAccount:
    """
    The lines' accounts in their order, and their sum. `delivery_expected` is what the tables say, with VAT;
    `expected_missing` the code of why they do not. `overcharge`: what was charged more than expected, None where one of
    the two is not known or nothing was charged yet.
    """

    lines: tuple[LineAccount, ...]
    profit: int | None
    missing: str
    delivery_expected: int | None
    expected_missing: str
    overcharge: int | None


@dataclass(frozen=True, slots=True)
class _Known:
    """An amount, or the code of why there is none."""

    tenge: int | None
    missing: str = ""


NOTHING = _Known(0)


def account_of(order: SoldOrder, fees: FeeTable) -> OrderAccount:
    """The account of an order by the fees of its day."""
    expected = _expected_delivery(order, fees)
    delivery = _delivery(order, expected)
    reserve = _reserve(order, delivery, fees)
    shares = zip(order.lines, _shared(delivery, order.lines), _shared(reserve, order.lines), strict=True)
    lines = tuple(_line_account(order, fees, *share) for share in shares)
    return _sum(order, lines, expected)


def unknown_account(order: SoldOrder, code: str) -> OrderAccount:
    """The account by tables that contradict themselves: `code` is what is missing wherever a fee is needed."""
    needs_fees = order.fate in CHARGED
    delivery = _Known(None, code) if needs_fees else NOTHING
    lines = tuple(_account(order, line, [_Known(None, code) if needs_fees else NOTHING] * 5) for line in order.lines)
    return _sum(order, lines, delivery)


def _expected_delivery(order: SoldOrder, fees: FeeTable) -> _Known:
    if not order.is_carried or order.fate not in CHARGED or not order.total:
        return NOTHING
    if order.zone is None:
        return _Known(None, "zone")
    weights = [line.weight_g * line.quantity for line in order.lines if line.quantity and line.weight_g]
    if len(weights) < sum(line.quantity > 0 for line in order.lines):
        return _Known(None, "weight")
    zone = order.zone
    return _known(lambda: fees.delivery_fee(order.total, sum(weights), zone))


def _delivery(order: SoldOrder, expected: _Known) -> _Known:
    """What was charged, where that is told; a marketplace that does not carry charges nothing."""
    if not order.is_carried or order.fate not in CHARGED or order.charged is None:
        return expected
    return _Known(order.charged)


def _reserve(order: SoldOrder, delivery: _Known, fees: FeeTable) -> _Known:
    """What each parcel sent has to carry of those that come back; one that came back is a cost by itself."""
    if order.fate not in EARNING or delivery.tenge is None:
        return NOTHING
    return _part(delivery.tenge, fees, RateName.RETURNED)


def _line_account(order: SoldOrder, fees: FeeTable, line: SoldLine, delivery: _Known, reserve: _Known) -> LineAccount:
    if order.fate in EARNING and line.quantity:
        commission = _keyed(line.commission, "category", lambda key: _part(line.amount, fees, RateName.COMMISSION, key))
        tax = _keyed(order.regime, "tax_regime", lambda key: _part(line.amount, fees, RateName.TURNOVER_TAX, key))
        bonus = _part(line.amount, fees, RateName.BONUS)
    else:
        commission = tax = bonus = NOTHING
    return _account(order, line, [commission, tax, bonus, delivery, reserve])


def _account(order: SoldOrder, line: SoldLine, fees: Sequence[_Known]) -> LineAccount:
    """`fees`: commission, tax, bonus, delivery, reserve."""
    amount = line.amount if order.fate in EARNING else 0
    costs = [_purchase(order, line), _packaging(order, line), *fees]
    missing = next((cost.missing for cost in costs if cost.missing), "")
    purchase, packaging, commission, tax, bonus, delivery, reserve = (cost.tenge for cost in costs)
    return LineAccount(
        purchase=purchase,
        packaging=packaging,
        commission=commission,
        tax=tax,
        bonus=bonus,
        delivery=delivery,
        returns_reserve=reserve,
        profit=None if missing else amount - sum(cost.tenge or 0 for cost in costs),
        missing=missing,
    )


def _purchase(order: SoldOrder, line: SoldLine) -> _Known:
    """Goods that come back sound can be sold again."""
    is_gone = order.fate in EARNING or (order.fate in COMING_BACK and order.is_lost)
    return _pieces(line, line.purchase) if is_gone else NOTHING


def _packaging(order: SoldOrder, line: SoldLine) -> _Known:
    return NOTHING if order.fate is Fate.CANCELLED else _pieces(line, line.packaging)


def _pieces(line: SoldLine, each: int | None) -> _Known:
    if not line.quantity:
        return NOTHING
    return _Known(None, "purchase_cost") if each is None else _Known(each * line.quantity)


def _keyed(key: str | None, code: str, amount: Callable[[str], _Known]) -> _Known:
    return amount(key) if key else _Known(None, code)


def _part(amount: int, fees: FeeTable, rate: RateName, key: str = "") -> _Known:
    """The share of an amount that a rate takes."""

    def taken() -> int:
        part, whole = fees.share(rate, key).share.as_integer_ratio()
        return half_up(amount * part, whole)

    return _known(taken)


def _known(amount: Callable[[], int]) -> _Known:
    try:
        return _Known(amount())
    except EconomicsError as error:
        return _Known(None, code_of(error))


def _shared(cost: _Known, lines: Sequence[SoldLine]) -> list[_Known]:
    """An order's cost among its lines, by their amounts; what rounding leaves goes to the last of them."""
    if cost.tenge is None:
        return [cost if line.amount else NOTHING for line in lines]
    total, shared, amounts = sum(line.amount for line in lines), 0, 0
    parts = []
    for line in lines:
        amounts += line.amount
        until = half_up(cost.tenge * amounts, total) if total else 0
        parts.append(_Known(until - shared))
        shared = until
    return parts


def _sum(order: SoldOrder, lines: tuple[LineAccount, ...], expected: _Known) -> OrderAccount:
    missing = next((line.missing for line in lines if line.missing), "")
    if not lines and order.fate is not Fate.CANCELLED:
        missing = "lines"
    is_charged = order.is_carried and order.fate in {Fate.SOLD, Fate.RETURNED} and order.charged is not None
    return OrderAccount(
        lines=lines,
        profit=None if missing else _total(line.profit for line in lines),
        missing=missing,
        delivery_expected=expected.tenge,
        expected_missing=expected.missing,
        overcharge=_difference(order.charged, expected.tenge) if is_charged else None,
    )


def _difference(charged: int | None, expected: int | None) -> int | None:
    return None if charged is None or expected is None else charged - expected


def _total(amounts: Iterable[int | None]) -> int:
    return sum(amount or 0 for amount in amounts)
