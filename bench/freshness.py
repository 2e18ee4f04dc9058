"""
How much fresher the market's picture is than with a plain round robin that makes as many requests.

    .venv/bin/python bench/freshness.py [--quick] [--seeds 1 2 3]

Three simulated worlds, each watched by the learnt policy and by the round robin; see `simulated_market.worlds` and
`simulated_market.measures` for what they are and what is measured. Rates are learnt while looking; the first day is not
counted. The exit code is 1 when a goal is missed.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from bench.simulated_market import worlds
from bench.simulated_market.measures import Freshness, measure
from bench.simulated_market.watching import Learned, RoundRobin, Watcher, watch
from stores.services.market import policy

HOUR = 3600.0
# One look at a market in an hour, on average; a fifth of the pace stays free for retries and second pages.
LOOKS_AN_HOUR = 1.0
USE_OF_PACE = 0.8
# A look that is due waits in line; a market that waited longer than this beyond the longest interval is starved.
LONGEST_LINE = 15 * 60.0


@dataclass(frozen=True)
class Size:
    markets: int
    hours: float
    counted_from: float


FULL, QUICK = Size(2_000, 72, 24), Size(250, 36, 18)


@dataclass(frozen=True)
class Goal:
    """A measure of ours may be at most so many times theirs; `quick` is for small worlds, where chance is greater."""

    world: str
    measure: str
    ours: str
    theirs: str
    most: float
    quick: float


LEARNED, UNALIGNED, ROUND_ROBIN = "learned", "unaligned", "round robin"
GOALS = (
    Goal("mixed", "stale_time", LEARNED, ROUND_ROBIN, 0.45, 0.60),
    Goal("wars", "stale_time", LEARNED, ROUND_ROBIN, 0.42, 0.60),
    # Where all are alike nobody sees changes sooner than a round robin; what can be lost is what a seed gives or takes.
    Goal("even", "stale_time", LEARNED, ROUND_ROBIN, 1.01, 1.10),
    Goal("even", "stale_at_pull", LEARNED, ROUND_ROBIN, 1.00, 1.00),
    Goal("even", "delivery_time", LEARNED, UNALIGNED, 0.70, 0.85),
    *(Goal(world, "delivery_time", LEARNED, ROUND_ROBIN, 0.70, 0.85) for world in ("mixed", "wars")),
    *(Goal(world, "p95_age", LEARNED, ROUND_ROBIN, 1.00, 1.00) for world in ("mixed", "wars", "even")),
    *(Goal(world, "stale_at_pull", LEARNED, ROUND_ROBIN, 0.60, 0.80) for world in ("mixed", "wars")),
)
MAKINGS: dict[str, worlds.Making] = {"mixed": worlds.mixed, "wars": worlds.wars, "even": worlds.even}

# World → its lives, each with what each watcher saw.
Life = dict[str, Freshness]
Results = dict[str, list[Life]]


def live(world: str, seed: int, size: Size) -> Life:
    """One life of a world, watched by each watcher; the round robin makes as many looks as ours did."""
    made = MAKINGS[world](np.random.default_rng(seed), size.markets, size.hours * HOUR)
    budget = size.markets * LOOKS_AN_HOUR / HOUR
    pace = budget / USE_OF_PACE

    def measured(watcher: Watcher) -> Freshness:
        return measure(made, watch(made, watcher, pace), size.counted_from * HOUR)

    ours = measured(Learned(made, budget))
    spent = ours.looks / (size.hours - size.counted_from) / HOUR
    return {
        LEARNED: ours,
        UNALIGNED: measured(Learned(made, budget, is_aligned=False)),
        ROUND_ROBIN: measured(RoundRobin(size.markets, spent)),
    }


def mean(lives: Sequence[Life], watcher: str, measure: str) -> float:
    return sum(float(getattr(life[watcher], measure)) for life in lives) / len(lives)


def show(world: str, seeds: Sequence[int], lives: Sequence[Life]) -> None:
    """All measures of a world, the means of its lives, and how the ratio to the round robin differs between them."""
    names = " ".join(f"{watcher:>12}" for watcher in (LEARNED, UNALIGNED, ROUND_ROBIN))
    print(f"\n{world:24} {names}   learned × round robin, seeds {' '.join(map(str, seeds))}")
    for field in fields(Freshness):
        figures = [mean(lives, watcher, field.name) for watcher in (LEARNED, UNALIGNED, ROUND_ROBIN)]
        ratios = [getattr(life[LEARNED], field.name) / (getattr(life[ROUND_ROBIN], field.name) or 1) for life in lives]
        print(
            f"  {field.name:22}",
            *(f"{figure:12,.3f}" for figure in figures),
            "  ",
            *(f"{ratio:6.3f}" for ratio in ratios),
        )


def missed(goals: Iterable[Goal], results: Results, *, is_quick: bool) -> int:
    """Print each goal and whether it is met; how many are not."""
    count = 0
    print()
    for goal in goals:
        ours, theirs = (mean(results[goal.world], watcher, goal.measure) for watcher in (goal.ours, goal.theirs))
        most = goal.quick if is_quick else goal.most
        is_met = ours <= most * theirs
        count += not is_met
        print(
            f"{'met' if is_met else 'MISSED':7} {goal.world:6} {goal.measure:14} {goal.ours} {ours / theirs:.3f} × "
            f"{goal.theirs}, at most {most:.2f}"
        )
    return count


def starved(results: Results) -> int:
    """Print the longest time for which a market was left alone; in how many lives it was too long."""
    longest = [life[LEARNED].longest_gap for lives in results.values() for life in lives]
    most = policy.Bounds().longest + LONGEST_LINE
    count = sum(gap > most for gap in longest)
    print(f"{'MISSED' if count else 'met':7} none starved: {max(longest):,.0f} s without a look, at most {most:,.0f}")
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one seed, small worlds, looser goals")
    parser.add_argument("--seeds", type=int, nargs="+", help="default: 1 2 3; with --quick 1")
    options = parser.parse_args(arguments)
    seeds = options.seeds or ([1] if options.quick else [1, 2, 3])
    results: Results = {}
    for world in MAKINGS:
        results[world] = [live(world, seed, QUICK if options.quick else FULL) for seed in seeds]
        show(world, seeds, results[world])
    return 1 if missed(GOALS, results, is_quick=options.quick) + starved(results) else 0


if __name__ == "__main__":
    sys.exit(main())
