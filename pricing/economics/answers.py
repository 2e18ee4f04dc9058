"""What the economics of a product answers. Prices and amounts are whole tenge."""

from collections.abc import Iterable
from dataclasses import dataclass

from pricing.economics.rates import RateName


@dataclass(frozen=True, slots=True, kw_only=True)
class CostSheet:
    """
    Where the price of one unit goes.

    Each line is rounded half up for itself and the profit once, from the exact amounts: `rounding` is the tenge or two
    by which the lines miss the profit. `codes` names the rate rows used.
    """

    price: int
    purchase: int
    packaging: int
    commission: int
    delivery: int
    tax: int
    bonus: int
    returns_reserve: int
    profit: int
    codes: tuple[tuple[RateName, str], ...]

    @property
    def rounding(self) -> int:
        """What is left of the price after all lines and the profit; may be negative."""
        goods = self.purchase + self.packaging
        fees = self.commission + self.delivery + self.tax + self.bonus + self.returns_reserve
        return self.price - goods - fees - self.profit


@dataclass(frozen=True, slots=True)
class PriceRange:
    """Prices from `start` to `end`, both inside; an `end` of None means that there is no upper bound."""

    start: int
    end: int | None

    def __contains__(self, price: int) -> bool:
        return self.start <= price and (self.end is None or price <= self.end)


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The prices that lose nothing. There may be holes: above an edge of the delivery bands a loss can come back."""

    ranges: tuple[PriceRange, ...]

    @property
    def price(self) -> int:
        """The lowest price that loses nothing."""
        return self.ranges[0].start


@dataclass(frozen=True, slots=True, kw_only=True)
class BandBreakEven:
    """
    Orders from `start` to `end` (None: and more), both inside, pay one `delivery` fee, VAT included.

    `price` is the lowest of the band that loses nothing; None where all of them lose.
    """

    start: int
    end: int | None
    delivery: int
    price: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadZone:
    """
    Prices from `start` to `end`, both inside, that earn no more than the lower `better_price`.

    `start_profit` and `end_profit` are the profits at both ends. Exact amounts are compared, so the profits may look
    equal at the end.
    """

    start: int
    end: int
    better_price: int
    better_profit: int
    start_profit: int
    end_profit: int

    def __contains__(self, price: int) -> bool:
        return self.start <= price <= self.end

    @property
    def bounds(self) -> tuple[int, int, int]:
        """Start, end and better price: all that a strategy needs."""
        return self.start, self.end, self.better_price


def join_ranges(ranges: Iterable[PriceRange]) -> tuple[PriceRange, ...]:
    """The same prices in as few ranges as possible. The ranges come in order and do not overlap."""
    joined: list[PriceRange] = []
    for following in ranges:
        if joined and joined[-1].end == following.start - 1:
            joined[-1] = PriceRange(joined[-1].start, following.end)
        else:
            joined.append(following)
    return tuple(joined)
