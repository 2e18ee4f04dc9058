"""
When to look at a market next: after the interval that is its due, moved to where a look is worth most.

A price list is pulled about once an hour, and what is seen after a pull waits for the next one. So where an expected
pull is near the moment at which a look is due, the look is made shortly before that pull instead. The markets of a
store share the time before its pull, each at a place of its own, so that the burst of looks stays within the budget.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from stores.services.market.policy.allotment import Tempo
from stores.services.market.policy.numbers import checked, clamped
from stores.services.market.policy.rhythm import Rhythm

# Deciding, publishing and a short line at the pace take so long; a pull may come early by twice its usual jitter.
LEAD = 180.0
JITTERS = 2.0
# A look may be moved to a pull by so much of its interval, earlier or later.
REACH = 0.5
# The looks before one store's pull take no more than this part of the budget; nor are they closer together than needed.
BURST_SHARE = 0.4
SHORTEST_WINDOW = 60.0
# New markets leave this part of the budget to the known ones.
NEW_SHARE = 0.5
GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True)
class Puller:
    """
    A store's pulls as one of its markets sees them.

    `window`: the seconds before the pull in which the store's looks are made (see `window_of`). `value`: what the
    market is worth to the store, which decides between the pulls of several stores.
    """

    rhythm: Rhythm
    window: float
    value: float

    def __post_init__(self) -> None:
        checked("window", self.window, least=0)
        checked("value", self.value, least=0)

    def slot_near(self, moment: float, place: float) -> float:
        """The moment to look before a pull that is nearest to a moment (UTC seconds); `place` is from 0 to 1."""
        ahead = LEAD + JITTERS * self.rhythm.jitter + place * self.window
        return self.rhythm.nearest(moment + ahead) - ahead


def window_of(markets: int, budget: float, rhythm: Rhythm) -> float:
    """The seconds that a store's so many markets need before its pull, given the budget (looks a second)."""
    needed = markets / (BURST_SHARE * checked("budget", budget, above=0))
    return clamped(needed, SHORTEST_WINDOW, rhythm.period)


def first_look_at(now: float, line: int, budget: float) -> float:
    """When to look at a new market (UTC seconds) before which `line` other new ones stand."""
    return checked("now", now) + checked("line", line, least=0) / (NEW_SHARE * checked("budget", budget, above=0))


def next_look_at(market_id: int, now: float, interval: float, pullers: Iterable[Puller], tempo: Tempo) -> float:
    """
    When to look at a market again (UTC seconds) that was looked at `now`, given the interval that is its due.

    Never sooner than the tempo's shortest interval, nor later than its longest.
    """
    due = clamped(checked("interval", interval), tempo.shortest, tempo.longest)
    reach = REACH * due
    earliest, latest = max(due - reach, tempo.shortest), min(due + reach, tempo.longest)
    place = market_id * GOLDEN % 1
    best, best_worth = due, 0.0
    for puller in pullers:
        wait = puller.slot_near(checked("now", now) + due, place) - now
        worth = puller.value * (1 - abs(wait - due) / reach)
        if earliest <= wait <= latest and worth > best_worth:
            best, best_worth = wait, worth
    return now + best
