"""The simulated market says what is true of it, and the policy meets its goals there."""

import numpy as np
import pytest

from bench import freshness
from bench.simulated_market import worlds
from bench.simulated_market.measures import measure
from bench.simulated_market.watching import Learned, RoundRobin, watch
from bench.simulated_market.worlds import World

HOUR = 3600.0


def test_the_measures_of_one_day_of_two_markets() -> None:
    """A store pulls on each hour. One market changes at 2:15 and 2:45 and is seen at 3:30; the other never changes."""
    world = World(
        duration=24 * HOUR,
        changes=(np.array([2.25, 2.75]) * HOUR, np.array([])),
        values=({0: 3.0}, {0: 1.0}),
        pulls=(np.arange(1, 24) * HOUR,),
    )
    looks = [np.array([1.5, 3.5, 20.0]) * HOUR, np.array([1.0, 12.0]) * HOUR]
    seen = measure(world, looks, since=HOUR)
    assert seen.looks == 5
    assert seen.stale_time == pytest.approx(HOUR)
    assert seen.delivery_time == pytest.approx(1.5 * HOUR)
    assert seen.stale_share == pytest.approx(1.25 / 23 * 3 / 4)
    # Wrong at one pull of 23, at 3:00, for three quarters of an hour.
    assert seen.wrong_share == pytest.approx(1 / 46)
    assert seen.mean_age == pytest.approx(0.75 * HOUR / 46)
    assert seen.stale_at_pull == pytest.approx(0.75 * HOUR / 23 * 3 / 4)
    assert seen.longest_gap == pytest.approx(16.5 * HOUR)


@pytest.mark.parametrize("make", [worlds.mixed, worlds.wars, worlds.even])
def test_one_seed_is_one_world(make: worlds.Making) -> None:
    once, again = (make(np.random.default_rng(5), 20, 24 * HOUR) for _ in range(2))
    other = make(np.random.default_rng(6), 20, 24 * HOUR)
    assert [moments.tolist() for moments in once.changes] == [moments.tolist() for moments in again.changes]
    assert [moments.tolist() for moments in once.changes] != [moments.tolist() for moments in other.changes]
    assert once.values == again.values


def test_a_round_robin_looks_at_everything_in_its_turn() -> None:
    world = worlds.even(np.random.default_rng(1), 10, 5 * HOUR)
    looks = watch(world, RoundRobin(10, budget=10 / HOUR), pace=1.0)
    assert [len(moments) for moments in looks] == [5] * 10
    assert looks[3].tolist() == pytest.approx([1080 + n * HOUR for n in range(5)])


def test_no_two_looks_are_closer_than_the_pace_allows() -> None:
    world = worlds.wars(np.random.default_rng(1), 60, 12 * HOUR)
    budget = 60 / HOUR
    moments = np.sort(np.concatenate(watch(world, Learned(world, budget), pace=budget / 0.8)))
    assert np.diff(moments).min() >= 0.8 / budget - 1e-6


def test_one_life_is_the_same_each_time() -> None:
    size = freshness.Size(markets=40, hours=8, counted_from=2)
    assert freshness.live("wars", 3, size) == freshness.live("wars", 3, size)


def test_the_goals_are_met_in_small(capsys: pytest.CaptureFixture[str]) -> None:
    assert freshness.main(["--quick"]) == 0, capsys.readouterr().out


def test_a_missed_goal_is_an_exit_code(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(freshness, "QUICK", freshness.Size(markets=30, hours=12, counted_from=4))
    unreachable = freshness.Goal("even", "looks", freshness.LEARNED, freshness.ROUND_ROBIN, 0.01, 0.01)
    monkeypatch.setattr(freshness, "GOALS", (unreachable,))
    assert freshness.main(["--quick"]) == 1
    assert "MISSED  even   looks" in capsys.readouterr().out
