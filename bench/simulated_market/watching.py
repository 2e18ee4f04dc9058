"""Who looks at a world: ours, and the plain one it is measured against. Neither knows what will happen."""

import heapq
from bisect import bisect_right
from typing import Protocol

import numpy as np

from bench.simulated_market.worlds import HOUR, Numbers, World
from stores.services.market import policy

# So often the shared numbers are found anew.
RENEWED_EVERY = HOUR / 2
PULLS_KEPT = 24


class Watcher(Protocol):
    """Says when to look at a market. Times are seconds from the start of the world."""

    def first_look_at(self, market: int) -> float: ...

    def next_look_at(self, market: int, now: float, *, has_changed: bool) -> float: ...


class RoundRobin:
    """Each market in its turn, all equally often: `budget` looks a second."""

    def __init__(self, markets: int, budget: float) -> None:
        self._gap = 1 / budget
        self._round = markets / budget

    def first_look_at(self, market: int) -> float:
        return market * self._gap

    def next_look_at(self, market: int, now: float, *, has_changed: bool) -> float:
        return now + self._round


class Learned:
    """The policy as the watch uses it: a history with each market, shared numbers, the pulls that have come so far."""

    def __init__(self, world: World, budget: float, *, is_aligned: bool = True) -> None:
        markets = range(len(world.changes))
        self._values, self._pulls, self._budget, self._is_aligned = world.values, world.pulls, budget, is_aligned
        self._sizes = [sum(store in values for values in world.values) for store in range(len(world.pulls))]
        self._histories = [policy.History() for _ in markets]
        self._looked_at: list[float | None] = [None for _ in markets]
        self._usual = policy.Usual()
        self._renew(0.0)

    def first_look_at(self, market: int) -> float:
        return policy.first_look_at(0.0, market, self._budget)

    def next_look_at(self, market: int, now: float, *, has_changed: bool) -> float:
        if now >= self._renewed_at + RENEWED_EVERY:
            self._renew(now)
        self._learn(market, now, has_changed=has_changed)
        tempo = self._allotment.tempo
        rate = policy.expected_rate(self._histories[market], self._usual)
        interval = tempo.interval(rate, self._allotment.values[market])
        return policy.next_look_at(market, now, interval, self._pullers(market), tempo)

    def _learn(self, market: int, now: float, *, has_changed: bool) -> None:
        before = self._looked_at[market]
        if before is not None:
            self._histories[market] = policy.after_look(
                self._histories[market], self._usual, now - before, has_changed=has_changed
            )
        self._looked_at[market] = now

    def _pullers(self, market: int) -> list[policy.Puller]:
        return [
            policy.Puller(rhythm, policy.window_of(self._sizes[store], self._budget, rhythm), value)
            for store, value in self._values[market].items()
            if self._is_aligned and (rhythm := self._rhythms[store]) is not None
        ]

    def _renew(self, now: float) -> None:
        self._renewed_at = now
        self._usual = policy.learn_usual(self._histories, self._usual)
        demands = [
            policy.Demand(policy.expected_rate(history, self._usual), values)
            for history, values in zip(self._histories, self._values, strict=True)
        ]
        self._allotment = policy.allot(demands, self._budget, policy.Bounds())
        self._rhythms = [policy.learn_rhythm(pulls[pulls <= now][-PULLS_KEPT:].tolist(), now) for pulls in self._pulls]


def watch(world: World, watcher: Watcher, pace: float) -> list[Numbers]:
    """
    The moments of the looks at each market.

    No two looks are closer together than `pace` (looks a second) allows; who is due waits in line.
    """
    changes = [moments.tolist() for moments in world.changes]
    looks: list[list[float]] = [[] for _ in changes]
    line = [(watcher.first_look_at(market), market) for market in range(len(changes))]
    heapq.heapify(line)
    free_at = 0.0
    while (now := max(line[0][0], free_at)) < world.duration:
        market = line[0][1]
        before = looks[market][-1] if looks[market] else now
        has_changed = bisect_right(changes[market], now) > bisect_right(changes[market], before)
        looks[market].append(now)
        heapq.heapreplace(line, (watcher.next_look_at(market, now, has_changed=has_changed), market))
        free_at = now + 1 / pace
    return [np.array(moments) for moments in looks]
