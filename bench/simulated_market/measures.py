"""How late what changed was seen and answered, and how old the picture was when the marketplace pulled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.simulated_market.worlds import HOUR, Numbers, World

# From a look to a price list that can be pulled.
PUBLISHING = 60.0
# Changes of the last hours of a world are not counted: their answers would come after its end.
AFTERMATH = 3 * HOUR


@dataclass(frozen=True)
class Freshness:
    """
    What is measured from a moment to the end of the world; seconds where nothing else is said.

    `looks`: of all markets together. `stale_time`: from a change to the look that saw it, by value. `delivery_time`:
    from a change to the pull that carried our answer, by value. `stale_share`: the part of the time in which a picture
    was wrong, by value.

    At the pulls: `age`, how long the picture had been wrong, 0 where it was right (`mean_age` and `p95_age` of all,
    `stale_at_pull` by value), and `wrong_share`, the part of the positions whose picture was wrong; `p95_unseen`, the
    time since the last look.

    `longest_gap`: the longest time in which a market was not looked at.
    """

    looks: int
    stale_time: float
    delivery_time: float
    stale_share: float
    mean_age: float
    p95_age: float
    stale_at_pull: float
    wrong_share: float
    p95_unseen: float
    longest_gap: float


def measure(world: World, looks: Sequence[Numbers], since: float) -> Freshness:
    """How fresh the picture was that these looks gave of a world, from the second `since` on."""
    seen, delivered, change_value = np.hstack(list(_fates(world, looks, since)))
    age, unseen, pull_value = np.hstack(list(_pictures(world, looks, since)))
    stale, value = np.array([_staleness(world, market, moments, since) for market, moments in enumerate(looks)]).T
    return Freshness(
        looks=sum(int((moments >= since).sum()) for moments in looks),
        stale_time=float(np.average(seen, weights=change_value)),
        delivery_time=float(np.average(delivered, weights=change_value)),
        stale_share=float(np.average(stale, weights=value)),
        mean_age=float(age.mean()),
        p95_age=float(np.quantile(age, 0.95)),
        stale_at_pull=float(np.average(age, weights=pull_value)),
        wrong_share=float((age > 0).mean()),
        p95_unseen=float(np.quantile(unseen, 0.95)),
        longest_gap=max(float(np.diff(moments, prepend=0.0, append=world.duration).max()) for moments in looks),
    )


def _fates(world: World, looks: Sequence[Numbers], since: float) -> Iterator[Numbers]:
    """For each change and store: seconds until it was seen, until the answer was pulled, and the value."""
    for market, moments in enumerate(looks):
        changes = world.changes[market]
        counted = changes[(changes >= since) & (changes < world.duration - AFTERMATH)]
        seen_at = np.minimum(_next(moments, counted), world.duration)
        for store, value in world.values[market].items():
            pulled_at = np.minimum(_next(world.pulls[store], seen_at + PUBLISHING), world.duration)
            yield np.array([seen_at - counted, pulled_at - counted, np.full(counted.size, value)])


def _pictures(world: World, looks: Sequence[Numbers], since: float) -> Iterator[Numbers]:
    """For each pull and market of the store: the age of the picture, seconds since the last look, and the value."""
    for market, moments in enumerate(looks):
        for store, value in world.values[market].items():
            pulls = world.pulls[store][world.pulls[store] >= since]
            looked_at = np.append(0.0, moments)[np.searchsorted(moments, pulls - PUBLISHING, side="right")]
            age = np.maximum(pulls - _next(world.changes[market], looked_at), 0.0)
            yield np.array([age, pulls - looked_at, np.full(pulls.size, value)])


def _staleness(world: World, market: int, moments: Numbers, since: float) -> tuple[float, float]:
    """The part of the time in which the picture of a market was wrong, and the market's value."""
    edges = np.concatenate(([since], moments[moments > since], [world.duration]))
    wrong = np.maximum(edges[1:] - _next(world.changes[market], edges[:-1]), 0.0)
    return float(wrong.sum()) / (world.duration - since), sum(world.values[market].values())


def _next(moments: Numbers, after: Numbers) -> Numbers:
    """For each of `after` the first of the moments that is later; infinity where none is."""
    return np.append(moments, np.inf)[np.searchsorted(moments, after, side="right")]
