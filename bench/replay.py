"""
A day of a big store, replayed: 1,000 products, about 50,000 recorded changes of 12 rivals each.

    .venv/bin/python bench/replay.py

Two references, timed in the same run: the same replay with every price decided by `pricing.decide`, and `decide` alone
on as many situations with as many offers. A wave ends where a price is concerned twice, so here it holds some forty
prices. The record is made by a seed; reading it from the database is not included. CPU seconds, one round.
"""

import sys
import time
from pathlib import Path
from random import Random
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from pricing import Limits, Offer, Situation, decide
from pricing.replay import Change, Hooks, Merchant, Price, Replay, worst_half_hour

PRODUCTS, RIVALS, CHANGES = 1_000, 12, 50_000
DAY = 86_400.0
ME = Merchant("30125007", 4.8, 500)
MERCHANTS = [Merchant(f"3020{number:04}", 4.0 + number % 10 / 10, number * 40) for number in range(RIVALS)]


def record(chance: Random) -> list[Change]:
    """Rivals move in steps around 10,000; one move in ten is a departure, and the next one brings him back."""
    moments = sorted(chance.uniform(0, DAY) for _ in range(CHANGES))
    return [
        Change(
            at,
            chance.randrange(PRODUCTS),
            chance.choice(MERCHANTS),
            None if chance.random() < 0.1 else chance.randrange(9_000, 11_000, 10),
        )
        for at in moments
    ]


def replay(changes: list[Change]) -> Replay:
    """The whole day; every wish is let through, so that there is as much to decide as can be."""
    facts = Situation(10_000, Limits(8_000, 12_000), ME.merchant_id, ())
    prices = [Price(key, key, facts, 10_000, 10_000) for key in range(PRODUCTS)]
    pulls = [3_600.0 * hour for hour in range(1, 24)]
    running = Replay(prices, pulls, DAY, Hooks(lambda wish: None, lambda seconds: 0))
    for market in range(PRODUCTS):
        running.stand(market, ME, 10_000, (None, None))
        for number, merchant in enumerate(MERCHANTS):
            running.stand(market, merchant, 9_500 + number * 90, (1, 0))
    running.start()
    running.take(changes)
    running.finish()
    return running


def seconds_of_reference(count: int) -> float:
    offers = tuple(
        Offer(each.merchant_id, 9_500 + n * 90, each.rating, each.reviews, 1, 0) for n, each in enumerate(MERCHANTS)
    )
    situation = Situation(10_000, Limits(8_000, 12_000), ME.merchant_id, (*offers, Offer(ME.merchant_id, 10_000)))
    began = time.process_time()
    for _ in range(count):
        decide(situation)
    return time.process_time() - began


def main() -> None:
    changes = record(Random(1))
    began = time.process_time()
    done = replay(changes)
    seconds = time.process_time() - began
    reference = seconds_of_reference(done.decisions)
    print(f"{PRODUCTS:,} products, {len(changes):,} changes, {done.decisions:,} decisions")
    print(
        f"changes made {int(done.would.changes.sum()):,}, worst half hour {worst_half_hour(done.would.change_times):,}"
    )
    print(f"replay, with its bookkeeping  {seconds:6.2f} s  {done.decisions / seconds:10,.0f} decisions a second")
    began = time.process_time()
    with patch("pricing.replay.run.has_lanes", return_value=False):
        one_by_one = replay(changes)
    slow = time.process_time() - began
    if one_by_one.would.change_times != done.would.change_times:
        raise SystemExit("the two replays differ")
    print(f"the same, one by one          {slow:6.2f} s  {done.decisions / slow:10,.0f} decisions a second")
    print(f"reference: decide alone       {reference:6.2f} s  {done.decisions / reference:10,.0f} decisions a second")


if __name__ == "__main__":
    main()
