"""What the marketplace and the state take, on one day."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Self

from pricing.economics.days import Day
from pricing.economics.errors import MissingRate, OverlappingRates
from pricing.economics.rates import DeliveryRow, RateName, ShareRow, Zone, row_on, rows_on
from pricing.economics.whole import check_int, half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeTable:
    """
    The rates that hold on `day`. A rate that is not there raises MissingRate where it is asked for; it is never zero.

    Raises OverlappingRates when two rows claim the same thing, MissingRate when a row does not hold on the day.
    """

    day: Day
    shares: tuple[ShareRow, ...]
    delivery: tuple[DeliveryRow, ...]
    _by_key: dict[tuple[RateName, str], ShareRow] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_key", _one_by_key(self.shares, self.day))
        _check_delivery(self.delivery, self.day)

    @classmethod
    def on(cls, day: Day, shares: Iterable[ShareRow], delivery: Iterable[DeliveryRow]) -> Self:
        """The table of one day, out of rows of all times."""
        return cls(day=day, shares=rows_on(shares, day), delivery=rows_on(delivery, day))

    def share(self, rate: RateName, key: str = "") -> ShareRow:
        """The row of a share, e.g. the commission of a category. Raises MissingRate."""
        try:
            return self._by_key[rate, key]
        except KeyError:
            raise MissingRate(rate, key, self.day) from None

    def delivery_rows(self, weight_g: int, zone: Zone) -> tuple[DeliveryRow, ...]:
        """The rows for a parcel of that weight, cheapest orders first. Raises MissingRate when there is none."""
        check_int(weight_g, "a weight")
        rows = sorted((row for row in self.delivery if row.carries(weight_g, zone)), key=lambda row: row.price_from)
        if not rows:
            raise MissingRate(RateName.DELIVERY, f"{zone}, {weight_g} g", self.day)
        return tuple(rows)

    def delivery_fee(self, price: int, weight_g: int, zone: Zone) -> int:
        """
        What the seller is charged for the parcel of an order of that price: tenge, VAT included, rounded half up.

        Equals `deliveryCostForSeller` of the orders API. Raises MissingRate.
        """
        check_int(price)
        for row in self.delivery_rows(weight_g, zone):
            if row.covers(price):
                part, whole = self.share(RateName.VAT).share.as_integer_ratio()
                return half_up(row.fee * (whole + part), whole)
        raise MissingRate(RateName.DELIVERY, f"{zone}, {weight_g} g, {price} tenge", self.day)


def _one_by_key(rows: Iterable[ShareRow], day: Day) -> dict[tuple[RateName, str], ShareRow]:
    groups: defaultdict[tuple[RateName, str], list[ShareRow]] = defaultdict(list)
    for row in rows:
        groups[row.rate, row.key].append(row)
    return {(rate, key): row_on(group, day, rate, key) for (rate, key), group in groups.items()}


def _check_delivery(rows: tuple[DeliveryRow, ...], day: Day) -> None:
    for row in rows:
        row_on([row], day, RateName.DELIVERY, row.code)
    for one, other in combinations(rows, 2):
        if one.overlaps(other):
            codes = tuple(sorted((one.code, other.code)))
            raise OverlappingRates(RateName.DELIVERY, one.zone, day, codes)
