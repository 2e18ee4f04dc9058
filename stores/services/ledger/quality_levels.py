"""
How near a measure is to its limit. Pure: no clock, no rows.

A level that was reached is left only with some distance: a shop that stands just at a limit is warned once, not each
time an order comes or goes.
"""

from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from stores.models import Indicator, QualityState

Level = QualityState.Level

# Of the limit of a share: from here on near, and below here fine again; below here no longer over.
NEAR_FROM, FINE_BELOW, OVER_UNTIL = Decimal(2) / 3, Decimal("0.5"), Decimal("0.9")
# Above the limit of a rating: below here near, from here on fine again; from here on no longer over.
NEAR_BELOW, FINE_FROM, ENOUGH_FROM = Decimal("0.2"), Decimal("0.3"), Decimal("0.1")
WORSE = {Level.FINE: 0, Level.NEAR: 1, Level.OVER: 2}


@dataclass(frozen=True)
class Measure:
    """
    What was counted: `bad` of `of` orders, or the shop's rating; `value` is the share or the rating, None where there
    is nothing to measure.
    """

    value: Decimal | None
    bad: int = 0
    of: int = 0

    @classmethod
    def share(cls, bad: int, of: int) -> "Measure":
        """So many of so many."""
        return cls(Decimal(bad) / of if of else None, bad, of)


def level_of(indicator: str, measure: Measure, limit: Decimal, before: str) -> str:
    """The level of a measure, by the level that it had before."""
    if measure.value is None:
        return before
    if indicator == Indicator.RATING:
        return _level_of_rating(measure.value - limit, before)
    return _level_of_share(measure.value / limit, before)


def left_of(indicator: str, measure: Measure, limit: Decimal) -> int | None:
    """
    How many of the orders that were counted may still turn bad before the limit is reached; None for the rating, and
    where nothing was counted.
    """
    if indicator == Indicator.RATING or measure.value is None:
        return None
    return max(ceil(limit * measure.of) - 1 - measure.bad, 0)


def is_worse(level: str, than: str) -> bool:
    """Whether one level is worse than another."""
    return WORSE[Level(level)] > WORSE[Level(than)]


def _level_of_share(used: Decimal, before: str) -> str:
    if used >= 1 or (before == Level.OVER and used >= OVER_UNTIL):
        return Level.OVER
    near_from = NEAR_FROM if before == Level.FINE else FINE_BELOW
    return Level.NEAR if used >= near_from else Level.FINE


def _level_of_rating(above: Decimal, before: str) -> str:
    if above < 0 or (before == Level.OVER and above < ENOUGH_FROM):
        return Level.OVER
    fine_from = NEAR_BELOW if before == Level.FINE else FINE_FROM
    return Level.NEAR if above < fine_from else Level.FINE
