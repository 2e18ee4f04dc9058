"""
Markets that move, stores that sell there, and the pulls of their price lists. One seed, one world.

Times are seconds from the start of the world. Rates and values are spread evenly over their distribution, so that two
seeds are two lives of the same world: how long its tail is does not depend on luck.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

HOUR = 3600.0
DAY = 24 * HOUR
MARKETS_A_STORE = 50

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """
    What happens in `duration` seconds.

    `changes`: for each market the moments at which its lowest rival's price changed. `values`: for each market what it
    is worth to each of its stores. `pulls`: for each store the moments of its pulls.
    """

    duration: float
    changes: tuple[Numbers, ...]
    values: tuple[dict[int, float], ...]
    pulls: tuple[Numbers, ...]


# Makes a world of so many markets that lasts so many seconds.
Making = Callable[[Generator, int, float], World]


def even(rng: Generator, markets: int, duration: float) -> World:
    """All markets alike, each with one store: nothing to be learnt, so something to be lost by believing in chance."""
    stores = _store_count(markets)
    return World(
        duration,
        tuple(_poisson(rng, 0.2 / HOUR, 0.0, duration) for _ in range(markets)),
        tuple({market % stores: 1.0} for market in range(markets)),
        _pulls(rng, stores, duration),
    )


def mixed(rng: Generator, markets: int, duration: float) -> World:
    """Heavy tails: most markets change once in a day or a week, some several times an hour; values likewise."""
    rates = np.minimum(0.05 * np.exp(1.75 * _spread(rng, markets)), 20) / HOUR
    return World(
        duration,
        tuple(_poisson(rng, rate, 0.0, duration) for rate in rates),
        _values(rng, markets),
        _pulls(rng, _store_count(markets), duration),
    )


def wars(rng: Generator, markets: int, duration: float) -> World:
    """Calm markets in which wars break out: some days or weeks of peace, then hours of undercutting."""
    calms = np.minimum(0.03 * np.exp(_spread(rng, markets)), 2) / HOUR
    peaces = DAY * np.exp(1.5 + _spread(rng, markets))
    return World(
        duration,
        tuple(_with_wars(rng, calm, peace, duration) for calm, peace in zip(calms, peaces, strict=True)),
        _values(rng, markets),
        _pulls(rng, _store_count(markets), duration),
    )


def _with_wars(rng: Generator, calm: float, peace: float, duration: float) -> Numbers:
    """Calm changes all the time, and in a war some more each hour."""
    parts = [_poisson(rng, calm, 0.0, duration)]
    began = rng.exponential(peace)
    while began < duration:
        ended = min(began + rng.exponential(6 * HOUR), duration)
        parts.append(_poisson(rng, rng.uniform(2, 8) / HOUR, began, ended))
        began = ended + rng.exponential(peace)
    return np.sort(np.concatenate(parts))


def _poisson(rng: Generator, rate: float, start: float, end: float) -> Numbers:
    return np.sort(rng.uniform(start, end, rng.poisson(rate * (end - start))))


def _spread(rng: Generator, count: int) -> Numbers:
    """The normal distribution in `count` equal parts, in any order."""
    normal = NormalDist()
    return rng.permutation([normal.inv_cdf((part + 0.5) / count) for part in range(count)])


def _store_count(markets: int) -> int:
    return max(4, markets // MARKETS_A_STORE)


def _values(rng: Generator, markets: int) -> tuple[dict[int, float], ...]:
    """Large stores and small ones; seven markets in ten have one of them, the others two or three."""
    stores = _store_count(markets)
    sizes = np.arange(1, stores + 1) ** -0.7
    counts = rng.choice([1, 2, 3], markets, p=[0.7, 0.2, 0.1])
    worths = iter(np.clip(np.exp(1.1 * _spread(rng, counts.sum())), 0.1, 10).tolist())
    return tuple(
        {store: next(worths) for store in rng.choice(stores, count, replace=False, p=sizes / sizes.sum()).tolist()}
        for count in counts
    )


def _pulls(rng: Generator, stores: int, duration: float) -> tuple[Numbers, ...]:
    return tuple(_pulls_of_one(rng, duration) for _ in range(stores))


def _pulls_of_one(rng: Generator, duration: float) -> Numbers:
    """About once an hour at a minute of its own, a little early or late; three of a hundred do not come at all."""
    period = HOUR * rng.uniform(0.97, 1.03)
    due = np.arange(rng.uniform(0, period), duration, period)
    came = due[rng.random(due.size) > 0.03]
    return np.sort(came + rng.normal(0, 60, came.size))
