"""
How often a market changes, learnt from looks that only say whether anything moved since the last one.

A look cannot count: two changes between two looks are seen as one. So what is learnt from a look is what is true of it,
"nothing for so long" or "at least one in that time", and no more: a change after a long while says little, a change
after a short one says much.

Two things are believed of each market. Its calm rate is a gamma distribution with a memory of days. Whether a price war
is on is a probability with a memory of hours, so that a burst is noticed within a look or two and forgotten as fast.
What is usual, the prior of both, is learnt from all markets together: where they are all alike, a market of which
little is known is taken for one like the others, and where wars are rare, one change is no war.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from statistics import fmean

from stores.services.market.policy.numbers import HOUR, checked, clamped

# What a market knows of its calm fades so: cards come into fashion and leave it.
CALM_MEMORY = 7 * 24 * HOUR
# A war adds so many changes a second to the calm ones, and lasts about so long.
WAR_RATE = 4 / HOUR
WAR_MEMORY = 4 * HOUR
# The part of the time in which there is war, until something is known.
USUAL_WAR = 0.03

# Two looks at the same moment, and a market forgotten for a year, are counted as these.
SHORTEST_ELAPSED, LONGEST_ELAPSED = 1.0, 30 * 24 * HOUR

# However alike or unlike the markets seem, a market's own looks are heard.
FEWEST_MARKETS = 30
LEAST_SHAPE, MOST_SHAPE = 0.3, 20.0
LEAST_RATE, MOST_RATE = 1e-3 / HOUR, 10 / HOUR
LEAST_WAR, MOST_WAR = 1e-3, 0.3


@dataclass(frozen=True, slots=True)
class Usual:
    """
    What is usual among all markets; shared by all workers.

    `rate`: changes a second in calm times. `shape`: how much alike the markets are in that, the shape of a gamma
    distribution. `war`: the part of the time in which there is war.
    """

    rate: float = 1 / (8 * HOUR)
    shape: float = 0.4
    war: float = USUAL_WAR

    def __post_init__(self) -> None:
        checked("rate", self.rate, above=0)
        checked("shape", self.shape, above=0)
        checked("war", self.war, least=0, most=MOST_WAR)

    @property
    def exposure(self) -> float:
        """The seconds of looking that would tell as much."""
        return self.shape / self.rate


@dataclass(frozen=True, slots=True)
class History:
    """
    What its looks have told about one market: three numbers, kept with it.

    `changes` in `exposure` seconds, both beyond the usual and both fading: its calm. `war`: the probability that there
    is war now.
    """

    changes: float = 0.0
    exposure: float = 0.0
    war: float = USUAL_WAR

    def __post_init__(self) -> None:
        checked("changes", self.changes, least=0)
        checked("exposure", self.exposure, least=0)
        checked("war", self.war, least=0, most=1)


def expected_rate(history: History, usual: Usual) -> float:
    """Changes a second to expect in a market now."""
    return _calm_rate(history, usual) + history.war * WAR_RATE


def after_look(history: History, usual: Usual, elapsed: float, *, has_changed: bool) -> History:
    """
    What is known after a look `elapsed` seconds after the one before, which found a change or none.

    A time under a second, also a negative one of a clock put back, counts as one second. Raises ValueError for NaN.
    """
    seconds = clamped(checked("elapsed", elapsed), SHORTEST_ELAPSED, LONGEST_ELAPSED)
    # Wars also begin and end between two looks. What a look tells, it tells of the middle of the time before it.
    before = _drifted(_faded(history, seconds), usual, seconds / 2)
    war = _war_after(before, usual, seconds, has_changed=has_changed)
    calm = _calm_after(before, usual, seconds, has_changed=has_changed)
    # What a war did says nothing about the calm.
    after = History(
        before.changes + (1 - war) * (calm.changes - before.changes),
        before.exposure + (1 - war) * (calm.exposure - before.exposure),
        war,
    )
    return _drifted(after, usual, seconds / 2)


def learn_usual(histories: Collection[History], usual: Usual) -> Usual:
    """What is usual, by all that is known now and by what was thought usual before."""
    if len(histories) < FEWEST_MARKETS:
        return usual
    rates = [_calm_rate(history, usual) for history in histories]
    rate = clamped(fmean(rates), LEAST_RATE, MOST_RATE)
    # How far the rates lie apart is how far what is believed of them does, and the doubt in each belief.
    doubts = (own / (usual.exposure + history.exposure) for own, history in zip(rates, histories, strict=True))
    spread = fmean((own - rate) ** 2 for own in rates) + fmean(doubts)
    war = fmean(history.war for history in histories)
    return Usual(rate, clamped(rate**2 / spread, LEAST_SHAPE, MOST_SHAPE), clamped(war, LEAST_WAR, MOST_WAR))


def _calm_rate(history: History, usual: Usual) -> float:
    return (usual.shape + history.changes) / (usual.exposure + history.exposure)


def _faded(history: History, seconds: float) -> History:
    kept = math.exp(-seconds / CALM_MEMORY)
    return replace(history, changes=history.changes * kept, exposure=history.exposure * kept)


def _drifted(history: History, usual: Usual, seconds: float) -> History:
    """With time it becomes as likely as usual that there is war."""
    return replace(history, war=usual.war + (history.war - usual.war) * math.exp(-seconds / WAR_MEMORY))


def _war_after(history: History, usual: Usual, seconds: float, *, has_changed: bool) -> float:
    """The probability of war by Bayes' rule."""
    quiet = -WAR_RATE * seconds
    if has_changed:
        quiet_at_peace = -(usual.shape + history.changes) * math.log1p(seconds / (usual.exposure + history.exposure))
        likelier = math.expm1(quiet_at_peace + quiet) / math.expm1(quiet_at_peace)
    else:
        likelier = math.exp(quiet)
    return history.war * likelier / (history.war * likelier + 1 - history.war)


def _calm_after(history: History, usual: Usual, seconds: float, *, has_changed: bool) -> History:
    """
    The calm after `seconds` without a change, or with at least one, if it was calm.

    The first is exact. After the second the belief is a difference of two gamma distributions, for which the one with
    the same mean and variance is taken.
    """
    if not has_changed:
        return replace(history, exposure=history.exposure + seconds)
    shape, exposure = usual.shape + history.changes, usual.exposure + history.exposure
    log_kept = -math.log1p(seconds / exposure)
    first, second, third = (-math.expm1((shape + extra) * log_kept) for extra in range(3))
    mean = shape / exposure * second / first
    variance = shape * (shape + 1) / exposure**2 * third / first - mean**2
    return replace(
        history,
        changes=max(mean**2 / variance - usual.shape, 0.0),
        exposure=max(mean / variance - usual.exposure, 0.0),
    )
