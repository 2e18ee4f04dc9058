"""When a store's price list will be pulled next, learnt from when it was pulled."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median, median_low

from stores.services.market.policy.numbers import HOUR, checked

FEWEST_PULLS = 4
# Two requests so close together are one pull: the marketplace tried again, or a person opened the address.
SAME_PULL = 5 * 60.0
SHORTEST_PERIOD, LONGEST_PERIOD = 10 * 60.0, 24 * HOUR
# Less regular than this is no rhythm to wait for.
MOST_JITTER = 0.12
# A pull that has failed to come so many times in a row is not expected at its time any more.
MOST_MISSED = 6
# The phase may wander: only the newest pulls say where it is now.
RECENT = 3


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A pull each `period` seconds, one of them at `anchor` (UTC seconds), give or take `jitter` seconds."""

    period: float
    anchor: float
    jitter: float

    def __post_init__(self) -> None:
        checked("period", self.period, least=1)
        checked("anchor", self.anchor)
        checked("jitter", self.jitter, least=0)

    def nearest(self, moment: float) -> float:
        """The expected pull that is nearest to a moment (UTC seconds)."""
        return self.anchor + round((moment - self.anchor) / self.period) * self.period


def learn_rhythm(pulls: Sequence[float], now: float) -> Rhythm | None:
    """
    The rhythm of pulls (UTC seconds, in any order; a day of them is plenty), or None where there is none to rely on.

    Pulls that were missed or repeated and pulls a little early or late do no harm. Raises ValueError for NaN.
    """
    moments = _distinct(sorted(checked("pull", pull) for pull in pulls))
    if len(moments) < FEWEST_PULLS:
        return None
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    period = _period(gaps)
    is_plausible = SHORTEST_PERIOD <= period <= LONGEST_PERIOD
    if not is_plausible or now - moments[-1] > MOST_MISSED * period:
        return None
    jitter = median(_distance(gap, period) for gap in gaps)
    if jitter > MOST_JITTER * period:
        return None
    late = median(math.remainder(moment - moments[-1], period) for moment in moments[-RECENT:])
    return Rhythm(period, moments[-1] + late, jitter)


def _distinct(moments: Iterable[float]) -> list[float]:
    distinct: list[float] = []
    for moment in moments:
        if not distinct or moment - distinct[-1] >= SAME_PULL:
            distinct.append(moment)
    return distinct


def _period(gaps: Sequence[float]) -> float:
    """The usual time from one pull to the next: a gap over missed pulls counts as the several that it is."""
    usual = median_low(sorted(gaps)[: len(gaps) // 2 + 1])
    counts = [max(1, round(gap / usual)) for gap in gaps]
    middle = median_low(gap / count for gap, count in zip(gaps, counts, strict=True))
    # Gaps around a pull out of turn say nothing; the others add up, so that early and late make no difference.
    fitting = [(gap, count) for gap, count in zip(gaps, counts, strict=True) if _fits(gap / count, middle)]
    return sum(gap for gap, _ in fitting) / sum(count for _, count in fitting)


def _fits(gap: float, period: float) -> bool:
    return abs(gap - period) <= 2 * MOST_JITTER * period


def _distance(gap: float, period: float) -> float:
    """How far a gap is from a whole number of periods."""
    return abs(math.remainder(gap, period))
