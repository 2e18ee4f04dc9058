"""
How many explained decisions a second one core makes.

    .venv/bin/python bench/decide.py

The reference, timed in the same run, is what a simple price robot does: a tenge under the cheapest, no questions asked.
CPU time, best of several rounds, because the machines are noisy.

The rows of the batch decide the same situations with changing prices, without explanations, as a replay does: from
arrays of recorded prices to `Lanes` (cutting the wave's rows out of the store's arrays), and from there to prices. Not
included: reading the record from the database.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from pricing import Conditions, Limits, Move, Offer, Plan, Situation, Truce, daily, decide
from pricing.batch import Lanes, decide_lanes, lanes_of

ROUNDS, CALLS = 7, 5_000
LANES = 2_000
OFFERS = tuple(Offer(f"3020{n:04}", 10_000 + n * 37, 4.0 + n % 10 / 10, n * 11, n % 6, 0) for n in range(19))
OURS = Offer("30125007", 10_400)
SIMPLE = Situation(10_400, Limits(9_000, 12_000, 10), OURS.merchant_id, (*OFFERS, OURS))


def with_plan(plan: Plan, **facts: object) -> Situation:
    return Situation(10_400, Limits(9_000, 12_000, 10), OURS.merchant_id, (*OFFERS, OURS), plan=plan, **facts)  # type: ignore[arg-type]


CAREFUL = with_plan(
    Plan(
        conditions=Conditions(lowest_rating=4.2, fewest_reviews=20, most_delivery_days=3),
        working_hours=daily(8 * 60, 22 * 60),
        smallest_move=20,
    ),
    minute_of_week=600,
    stock=7,
    dead_zones=((10_000, 10_540, 9_990),),
)
AT_WAR = with_plan(
    Plan(truce=Truce()),
    history=tuple(Move(("30125007", "30200000")[n % 2], 10_500 - n * 10, 3_600.0 - n * 300) for n in range(10)),
)

SITUATIONS = {"undercut": SIMPLE, "conditions, hours, dead zones": CAREFUL, "truce in a war": AT_WAR}


def robot(situation: Situation) -> int:
    """The reference: under the cheapest, not under the floor."""
    cheapest = min(offer.price for offer in situation.offers if offer.merchant_id != situation.merchant_id)
    return max(cheapest - 1, situation.limits.floor or 0)


def seconds_a_call(function: Callable[[Situation], object], situation: Situation) -> float:
    """CPU seconds, the best round."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(CALLS):
            function(situation)
        best = min(best, time.process_time() - began)
    return best / CALLS


def recorded(situation: Situation) -> Lanes:
    """Twice as many lanes as one wave decides, each with prices of its own."""
    lanes = lanes_of([situation] * LANES * 2)
    lanes.offers.price[:, :-1] += np.random.default_rng(1).integers(0, 800, (LANES * 2, len(OFFERS)))
    return lanes


def seconds_a_lane(situation: Situation) -> float:
    """CPU seconds per decision of a wave, the best round."""
    store, wave = recorded(situation), np.arange(0, LANES * 2, 2)
    best = float("inf")
    for _ in range(ROUNDS * 3):
        began = time.process_time()
        decide_lanes(situation.plan, store.take(wave))
        best = min(best, time.process_time() - began)
    return best / LANES


def main() -> None:
    reference = seconds_a_call(robot, SIMPLE)
    print(f"{'20 offers on the card':42} {'µs':>8} {'a second':>10} {'× reference':>12}")
    print(f"{'reference: a robot without questions':42} {reference * 1e6:8.1f} {1 / reference:10,.0f} {1:12.1f}")
    one = {name: seconds_a_call(decide, situation) for name, situation in SITUATIONS.items()}
    for name, seconds in one.items():
        print(f"{name:42} {seconds * 1e6:8.1f} {1 / seconds:10,.0f} {seconds / reference:12.1f}")
    print(f"\n{f'in batches of {LANES:,}':42} {'µs':>8} {'a second':>10} {'× faster':>12}")
    for name in ("undercut", "conditions, hours, dead zones"):
        seconds = seconds_a_lane(SITUATIONS[name])
        print(f"{name:42} {seconds * 1e6:8.2f} {1 / seconds:10,.0f} {one[name] / seconds:12.1f}")


if __name__ == "__main__":
    main()
