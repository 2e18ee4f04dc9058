"""
Dated rates: what one row says, and which rows hold on a day.

A share is a Decimal part of one (0.125 is 12.5 %). A fee is whole tenge without VAT. Bounds of prices, weights and days
are inclusive on both sides, as tariffs are printed; None as an upper bound means "and more" or "until further notice".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeVar

from pricing.economics.days import Day, ordinal
from pricing.economics.errors import BadRate, MissingRate, OverlappingRates

# Finer shares than a millionth are a slip, and would let the scaled numbers grow without need.
SHARE_PLACES = 6


class RateName(StrEnum):
    """Which rate a row states. The codes are stored with explanations: they are added to, never renamed."""

    COMMISSION = "commission"
    DELIVERY = "delivery"
    VAT = "vat"
    TURNOVER_TAX = "turnover_tax"
    RETURNED = "returned"
    BONUS = "bonus"


class Zone(StrEnum):
    """How a parcel travels, as the marketplace charges it."""

    CITY = "city"
    COUNTRY = "country"
    EXPRESS = "express"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """
    A share of the price (commission, tax on turnover, bonus), of a fee (VAT) or of the parcels sent (returned).

    `key` is the category of a commission and the regime of a tax; the other rates have none. `code` names the row in
    explanations. Raises BadRate for a value that no share can have.
    """

    rate: RateName
    key: str = ""
    share: Decimal
    code: str
    valid_from: Day
    valid_to: Day | None = None

    def __post_init__(self) -> None:
        check_share(self.share)
        _check_days(self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """
    What the seller pays for one parcel: `fee` in whole tenge without VAT, by price of the order, weight in grams and
    zone. Raises BadRate for a fee or a bound that cannot be.
    """

    zone: Zone
    price_from: int
    price_to: int | None
    weight_from_g: int
    weight_to_g: int | None
    fee: int
    code: str
    valid_from: Day
    valid_to: Day | None = None

    def __post_init__(self) -> None:
        _check_whole(self.fee, least=0)
        _check_bounds(self.price_from, self.price_to)
        _check_bounds(self.weight_from_g, self.weight_to_g)
        _check_days(self.valid_from, self.valid_to)

    def carries(self, weight_g: int, zone: Zone) -> bool:
        return self.zone == zone and _is_within(weight_g, self.weight_from_g, self.weight_to_g)

    def covers(self, price: int) -> bool:
        return _is_within(price, self.price_from, self.price_to)

    def overlaps(self, other: "DeliveryRow") -> bool:
        """Whether one parcel could be charged by both."""
        return (
            self.zone == other.zone
            and _do_meet(self.price_from, self.price_to, other.price_from, other.price_to)
            and _do_meet(self.weight_from_g, self.weight_to_g, other.weight_from_g, other.weight_to_g)
        )


class Dated(Protocol):
    """A row that holds from a day to a day."""

    @property
    def code(self) -> str: ...
    @property
    def valid_from(self) -> Day: ...
    @property
    def valid_to(self) -> Day | None: ...


Row = TypeVar("Row", bound=Dated)


def rows_on(rows: Iterable[Row], day: Day) -> tuple[Row, ...]:
    """The rows that hold on the day, in the order given."""
    number = ordinal(day)
    return tuple(
        row
        for row in rows
        if ordinal(row.valid_from) <= number and (row.valid_to is None or number <= ordinal(row.valid_to))
    )


def row_on(rows: Iterable[Row], day: Day, rate: RateName, key: str = "") -> Row:
    """
    The one row that holds on the day, of the rows for one rate and key.

    Raises MissingRate when the day lies in a gap, OverlappingRates when more than one row holds.
    """
    valid = rows_on(rows, day)
    if not valid:
        raise MissingRate(rate, key, day)
    if len(valid) > 1:
        raise OverlappingRates(rate, key, day, tuple(sorted(row.code for row in valid)))
    return valid[0]


def check_share(share: Decimal) -> None:
    """Raises BadRate unless the share is a Decimal from 0 to under 1 with at most six decimal places."""
    if not isinstance(share, Decimal) or not share.is_finite():
        raise BadRate(f"a share is a finite Decimal, not {share!r}")
    if not 0 <= share < 1:
        raise BadRate(f"a share lies between 0 and 1: {share}")
    if 10**SHARE_PLACES % share.as_integer_ratio()[1]:
        raise BadRate(f"a share has at most {SHARE_PLACES} decimal places: {share}")


def _check_whole(number: int, *, least: int) -> None:
    # A bool is an int to isinstance, and True is no fee.
    if type(number) is not int or number < least:
        raise BadRate(f"a whole number from {least} was expected, not {number!r}")


def _check_bounds(lowest: int, highest: int | None) -> None:
    _check_whole(lowest, least=1)
    if highest is not None:
        _check_whole(highest, least=lowest)


def _check_days(first: Day, last: Day | None) -> None:
    try:
        is_backward = last is not None and ordinal(last) < ordinal(first)
        ordinal(first)
    except ValueError as error:
        raise BadRate(str(error)) from error
    if is_backward:
        raise BadRate(f"a row cannot end on {last} and begin on {first}")


def _is_within(number: int, lowest: int, highest: int | None) -> bool:
    return lowest <= number and (highest is None or number <= highest)


def _do_meet(lowest: int, highest: int | None, other_lowest: int, other_highest: int | None) -> bool:
    return _is_within(max(lowest, other_lowest), lowest, highest) and _is_within(
        max(lowest, other_lowest), other_lowest, other_highest
    )
