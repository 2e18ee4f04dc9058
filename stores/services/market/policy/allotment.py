"""
How the looks that the marketplace allows are shared among markets and stores.

Looks are spent best when each market's frequency is as the square root of its change rate times its value: twice the
looks where four times as much is at stake. One multiplier, the same for all markets, makes them add up to the budget.
No market is looked at less often than the longest interval allows, nor more often than the shortest, and no store takes
more than a multiple of its even share: a store that would gets a smaller multiplier of its own, and what it leaves goes
to the others.
"""

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from stores.services.market.policy.numbers import HOUR, checked, clamped

# Nothing is believed beyond these: a change in thirty years, a change a second; a thousandth, a thousand usual values.
LOWEST_RATE, HIGHEST_RATE = 1e-9, 1.0
LOWEST_VALUE, HIGHEST_VALUE = 1e-3, 1e3
# A multiplier is found to a thousandth, from below: the budget that this leaves unspent is not missed.
PRECISION = 1.001


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds from one look at a market to the next, and how many times its even share a store may take."""

    shortest: float = 3 * 60.0
    longest: float = 6 * HOUR
    fairness: float = 3.0

    def __post_init__(self) -> None:
        checked("shortest", self.shortest, least=1)
        checked("longest", self.longest, least=self.shortest)
        checked("fairness", self.fairness, least=1)


@dataclass(frozen=True, slots=True)
class Demand:
    """A market: the changes a second to expect, and its value to each store that sells there, by the store's id."""

    rate: float
    values: Mapping[int, float]

    def __post_init__(self) -> None:
        checked("rate", self.rate, least=0)
        if not self.values:
            raise ValueError("a market without stores is not looked at")
        for value in self.values.values():
            checked("value", value, least=0)


@dataclass(frozen=True, slots=True)
class Tempo:
    """What all workers share: the multiplier, and the shortest and longest interval in seconds."""

    multiplier: float
    shortest: float
    longest: float

    def __post_init__(self) -> None:
        checked("multiplier", self.multiplier, least=0)
        checked("shortest", self.shortest, least=1)
        checked("longest", self.longest, least=self.shortest)

    def interval(self, rate: float, value: float) -> float:
        """Seconds to let pass between two looks at a market. Raises ValueError for a NaN or a negative number."""
        root = _root(checked("rate", rate, least=0), checked("value", value, least=0))
        return 1 / clamped(self.multiplier * root, 1 / self.longest, 1 / self.shortest)


@dataclass(frozen=True, slots=True)
class Allotment:
    """The shared tempo, and for each market, in the order given, the value that counts in it."""

    tempo: Tempo
    values: tuple[float, ...]


def allot(demands: Sequence[Demand], budget: float, bounds: Bounds) -> Allotment:
    """
    Share `budget` (looks a second) among markets.

    Where it does not reach for a look at each market in the longest interval, all get the same, and the tempo says
    what. Raises ValueError when there is no budget.
    """
    checked("budget", budget, above=0)
    plain = Tempo(1.0, bounds.shortest, max(bounds.longest, len(demands) / budget))
    if not demands:
        return Allotment(plain, ())
    ceilings = _ceilings(demands, budget * bounds.fairness, plain)
    multiplier = _multiplier(demands, budget, ceilings, plain)
    values = tuple(_value_at(multiplier, demand, ceilings) for demand in demands)
    return Allotment(replace(plain, multiplier=multiplier), values)


class _Markets:
    """Markets of which the roots of what is at stake are known: the looks at all of them, without asking each."""

    def __init__(self, roots: Iterable[float], tempo: Tempo) -> None:
        self._roots = sorted(roots)
        self._sums = [0.0, *accumulate(self._roots)]
        self._least, self._most = 1 / tempo.longest, 1 / tempo.shortest

    def load(self, multiplier: float) -> float:
        """Looks a second with this multiplier."""
        slow = bisect_right(self._roots, self._least / multiplier)
        fast = max(bisect_right(self._roots, self._most / multiplier), slow)
        between = multiplier * (self._sums[fast] - self._sums[slow])
        return slow * self._least + between + (len(self._roots) - fast) * self._most

    def highest_multiplier(self, budget: float) -> float:
        """The highest multiplier that keeps within a budget (looks a second)."""
        # Below the first all wait the longest, above the second none waits longer than the shortest interval.
        return _highest(self.load, budget, self._least / self._roots[-1], self._most / self._roots[0])


def _ceilings(demands: Iterable[Demand], budget: float, tempo: Tempo) -> dict[int, float]:
    """
    The highest multiplier of each store, with which it takes its even share of `budget` if alone in its markets.

    What it has in common with others costs it less, so in the end it takes no more than that.
    """
    roots: defaultdict[int, list[float]] = defaultdict(list)
    for demand in demands:
        for store, value in demand.values.items():
            roots[store].append(_root(demand.rate, _believed(value)))
    positions = sum(map(len, roots.values()))
    return {
        store: _Markets(own, tempo).highest_multiplier(budget * len(own) / positions) for store, own in roots.items()
    }


def _multiplier(demands: Sequence[Demand], budget: float, ceilings: Mapping[int, float], tempo: Tempo) -> float:
    """The highest multiplier for all that keeps within the budget, when no store goes above its ceiling."""
    lowest, highest = min(ceilings.values()), max(ceilings.values())
    everybody = _Markets((_root(demand.rate, _value_at(lowest, demand, ceilings)) for demand in demands), tempo)
    multiplier = everybody.highest_multiplier(budget)
    if multiplier <= lowest:
        return multiplier

    def load(multiplier: float) -> float:
        tried = replace(tempo, multiplier=multiplier)
        return sum(1 / tried.interval(demand.rate, _value_at(multiplier, demand, ceilings)) for demand in demands)

    return _highest(load, budget, multiplier, max(highest, multiplier))


def _highest(load: Callable[[float], float], budget: float, low: float, high: float) -> float:
    """The highest multiplier between two whose load keeps within the budget; the lower one where none does."""
    if load(high) <= budget:
        return high
    while high > low * PRECISION:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if load(middle) <= budget else (low, middle)
    return low


def _value_at(multiplier: float, demand: Demand, ceilings: Mapping[int, float]) -> float:
    """What a market is worth to all its stores, those above their ceiling being held back to it."""
    return sum(_believed(value) * min(1.0, ceilings[store] / multiplier) ** 2 for store, value in demand.values.items())


def _root(rate: float, value: float) -> float:
    return math.sqrt(clamped(rate, LOWEST_RATE, HIGHEST_RATE) * value)


def _believed(value: float) -> float:
    return clamped(value, LOWEST_VALUE, HIGHEST_VALUE)
