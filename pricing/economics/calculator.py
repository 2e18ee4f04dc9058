"""
What one unit earns at a price, and at which price it earns what is wanted.

    profit = price − commission − tax − bonus − delivery − returns reserve − purchase − packaging

Commission, tax and bonus are shares of the price. Delivery is a step function of the price, so the profit is a straight
line within a band of prices and falls at the edge to the next band. All questions are answered band by band, never by
search.

Amounts are kept exact, as integers in parts of a tenge (`scale` parts make one), and rounded once, at the end, half up:
a profit made of rounded lines would be up to three tenge off. No Decimal is touched for a price.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Self

from pricing.economics.answers import BandBreakEven, BreakEven, CostSheet, DeadZone, PriceRange, join_ranges
from pricing.economics.errors import MissingRate, TargetOutOfReach
from pricing.economics.fees import FeeTable
from pricing.economics.rates import RateName, check_share
from pricing.economics.unit import Band, Shares, Unit, scale_band, scale_shares, share_rows
from pricing.economics.whole import check_int, half_up

# Own precision, so that the answer does not depend on the context of the thread.
_CONTEXT = Context(prec=50)


@dataclass(frozen=True, slots=True)
class Economics:
    """
    The calculator of one unit under the rates of one day; build it once, ask it for many prices.

    Every method that takes a price raises MissingRate where no delivery fee is known for it, TypeError for a price that
    is not an int.
    """

    # Answers are kept by the calculator. Its unit tells it from most others, and hashing all rates would cost more.
    unit: Unit
    fees: FeeTable = field(hash=False)
    shares: Shares = field(hash=False)
    bands: tuple[Band, ...] = field(hash=False)
    codes: tuple[tuple[RateName, str], ...] = field(hash=False)
    _starts: tuple[int, ...] = field(hash=False)

    @classmethod
    def for_unit(cls, unit: Unit, fees: FeeTable) -> Self:
        """Raises MissingRate for any rate that is not there, BadRate when the shares leave nothing of the price."""
        rows = share_rows(unit, fees)
        shares = scale_shares(rows)
        bands = tuple(scale_band(row, unit, rows, shares.scale) for row in fees.delivery_rows(unit.weight_g, unit.zone))
        codes = tuple((rate, row.code) for rate, row in rows.items())
        return cls(unit, fees, shares, bands, codes, tuple(band.start for band in bands))

    def commission(self, price: int) -> int:
        return half_up(price * self.shares.commission, self.shares.scale)

    def tax(self, price: int) -> int:
        return half_up(price * self.shares.tax, self.shares.scale)

    def bonus(self, price: int) -> int:
        return half_up(price * self.shares.bonus, self.shares.scale)

    def delivery_fee(self, price: int) -> int:
        """VAT included."""
        return half_up(self._band(price).delivery, self.shares.scale)

    def returns_reserve(self, price: int) -> int:
        """A buyer's return costs the delivery there; this is the share of it that each parcel sent has to carry."""
        return half_up(self._band(price).reserve, self.shares.scale)

    def profit(self, price: int) -> int:
        """What is left of the price after everything, rounded half up; negative is a loss."""
        scale = self.shares.scale
        # An odd scale has no exact half, so the part that `// 2` drops cannot matter.
        return (price * self.shares.kept - self._band(price).fixed + scale // 2) // scale

    def margin(self, price: int) -> Decimal:
        """The exact profit as a share of the price, to 50 digits."""
        return _CONTEXT.divide(Decimal(self._parts(price)), Decimal(self.shares.scale * price))

    def costs(self, price: int) -> CostSheet:
        """Every line of the price."""
        return CostSheet(
            price=price,
            purchase=self.unit.cost,
            packaging=self.unit.packaging,
            commission=self.commission(price),
            delivery=self.delivery_fee(price),
            tax=self.tax(price),
            bonus=self.bonus(price),
            returns_reserve=self.returns_reserve(price),
            profit=self.profit(price),
            codes=((RateName.DELIVERY, self._band(price).code), *self.codes),
        )

    def break_even(self) -> BreakEven:
        """The prices that lose nothing. Raises TargetOutOfReach."""
        return BreakEven(self.ranges_for_profit(0))

    def break_even_by_band(self) -> tuple[BandBreakEven, ...]:
        """The same for each delivery band alone, cheapest orders first; nothing is raised for a band that loses."""
        return tuple(self._break_even_of(band) for band in self.bands)

    def floor_for_margin(self, share: Decimal) -> int:
        """
        The lowest price of which at least this share is profit (0.08 is 8 %). Raises TargetOutOfReach.

        Prices above it can have a lower margin, also outside the dead zones: `ranges_for_margin` has no such holes.
        """
        return self.ranges_for_margin(share)[0].start

    def ranges_for_profit(self, tenge: int) -> tuple[PriceRange, ...]:
        """All prices that earn at least so much, exactly counted. Raises TargetOutOfReach."""
        check_int(tenge)
        target = tenge * self.shares.scale
        return self._ranges(self.shares.kept, lambda band: band.fixed + target)

    def ranges_for_margin(self, share: Decimal) -> tuple[PriceRange, ...]:
        """All prices of which at least this share is profit, exactly counted. Raises TargetOutOfReach."""
        check_share(share)
        part, whole = share.as_integer_ratio()
        slope = self.shares.kept * whole - part * self.shares.scale
        return self._ranges(slope, lambda band: band.fixed * whole)

    def dead_zones(self, below: int = 1) -> tuple[DeadZone, ...]:
        """
        The prices that earn no more than a lower one at the end of an earlier band.

        `below` says how far under an edge the seller would really price: 1 is 9 999, 10 is 9 990.
        """
        zones = _join_zones(self._beaten(below))
        return tuple(self._dead_zone(prices, better_price) for prices, better_price in zones)

    def _band(self, price: int) -> Band:
        check_int(price)
        index = bisect_right(self._starts, price) - 1
        if index >= 0:
            band = self.bands[index]
            if band.end is None or price <= band.end:
                return band
        raise MissingRate(RateName.DELIVERY, f"{self.unit.zone}, {self.unit.weight_g} g, {price} tenge", self.fees.day)

    def _parts(self, price: int) -> int:
        return price * self.shares.kept - self._band(price).fixed

    def _break_even_of(self, band: Band) -> BandBreakEven:
        found = band.reaching(self.shares.kept, band.fixed)
        return BandBreakEven(
            start=band.start,
            end=band.end,
            delivery=half_up(band.delivery, self.shares.scale),
            price=None if found is None else found.start,
        )

    def _ranges(self, slope: int, needed: Callable[[Band], int]) -> tuple[PriceRange, ...]:
        by_band = (band.reaching(slope, needed(band)) for band in self.bands)
        ranges = join_ranges(found for found in by_band if found is not None)
        if not ranges:
            raise TargetOutOfReach("no price with a known delivery fee earns that much")
        return ranges

    def _beaten(self, below: int) -> Iterator[tuple[range, int]]:
        """For each band the prices at its start that earn no more than the best end of the bands before, and that."""
        best = self._end_of(self.bands[0], below)
        for band in self.bands[1:]:
            last = (self._parts(best) + band.fixed) // self.shares.kept
            prices = range(band.start, 1 + (last if band.end is None else min(last, band.end)))
            if prices:
                yield prices, best
            # Of two that earn the same, `max` keeps the first, which is the cheaper and sells better.
            best = max(best, self._end_of(band, below), key=self._parts)

    @staticmethod
    def _end_of(band: Band, below: int) -> int:
        if below < 1:
            raise ValueError(f"a price below an edge is at least one tenge below it, not {below}")
        return band.start if band.end is None else max(band.start, band.end + 1 - below)

    def _dead_zone(self, prices: range, better_price: int) -> DeadZone:
        return DeadZone(
            start=prices[0],
            end=prices[-1],
            better_price=better_price,
            better_profit=self.profit(better_price),
            start_profit=self.profit(prices[0]),
            end_profit=self.profit(prices[-1]),
        )


def _join_zones(beaten: Iterable[tuple[range, int]]) -> list[tuple[range, int]]:
    """A band that is dead as a whole makes one zone with the dead prices after it."""
    zones: list[tuple[range, int]] = []
    for prices, better_price in beaten:
        start = prices.start
        if zones and zones[-1][1] == better_price and zones[-1][0].stop == start:
            start = zones.pop()[0].start
        zones.append((range(start, prices.stop), better_price))
    return zones
