"""The replay as a pure machine: in waves or one by one, in portions or at once, it goes the same way."""

from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing import Conditions, Hours, Limits, LowStock, Plan, Situation, make_strategy
from pricing.replay import BUDGET_SPENT, Change, Hooks, Merchant, Outcome, Price, Replay, Wish, worst_half_hour

END = 7_200.0
ME = Merchant("me", 4.5, 10)
RIVALS = [Merchant("a", 4.9, 50), Merchant("b", 4.0, 2), Merchant("friend", None, None)]
PLANS = [
    Plan(),
    Plan(make_strategy("stay_above", tenge=50), Conditions(4.5), cool_down_seconds=400.0, smallest_move=20),
    Plan(make_strategy("hold_place", place=2), quiet_hours=(Hours(30, 60),), low_stock=LowStock(3)),
]
changes = st.lists(
    st.builds(
        Change,
        st.integers(0, 7_199).map(float),
        st.integers(0, 3),
        st.sampled_from([ME, *RIVALS]),
        st.none() | st.integers(8_000, 12_000),
    ),
    max_size=40,
).map(lambda drawn: sorted(drawn, key=lambda change: change.at))


def spare_budget(wish: Wish) -> str | None:
    return BUDGET_SPENT if wish.changes_in_half_hour >= 3 else None


def opened() -> Replay:
    """Five prices in four markets, three plans; everybody is there when it begins."""
    prices = [
        Price(
            key,
            key % 4,
            Situation(
                10_000, Limits(9_000, 12_000, 5), "me", (), frozenset({"friend"}), plan=PLANS[key % 3], stock=key
            ),
            10_000,
            10_000,
        )
        for key in range(5)
    ]
    replay = Replay(prices, [1_800.0, 3_600.0, 5_400.0], END, Hooks(spare_budget, lambda at: int(at // 60)))
    for market in range(4):
        for number, merchant in enumerate([ME, *RIVALS]):
            replay.stand(market, merchant, 10_000 - 100 * number, (number, 0))
    replay.start()
    return replay


def gone(replay: Replay, *portions: list[Change]) -> tuple[list[Outcome], list[float], dict[str, int]]:
    for portion in portions:
        replay.take(portion)
    return replay.finish(), sorted(replay.would.change_times), dict(replay.held)


@settings(max_examples=60, deadline=None)
@given(changes)
def test_in_waves_or_one_by_one(drawn: list[Change]) -> None:
    in_waves = gone(opened(), drawn)
    with patch("pricing.replay.run.has_lanes", return_value=False):
        assert gone(opened(), drawn) == in_waves
    assert worst_half_hour(in_waves[1]) <= 3


@settings(max_examples=60, deadline=None)
@given(changes, st.integers(0, 40))
def test_in_portions_or_at_once(drawn: list[Change], cut: int) -> None:
    assert gone(opened(), drawn[:cut], drawn[cut:]) == gone(opened(), drawn)


@settings(max_examples=60, deadline=None)
@given(changes)
def test_a_wave_holds_no_price_twice(drawn: list[Change]) -> None:
    """One record at a time, each settled before the next is heard of, goes the same way."""
    alone = opened()
    for change in drawn:
        alone.take([change])
        if change.at not in {other.at for other in drawn if other is not change}:
            alone._flush()
    assert gone(alone) == gone(opened(), drawn)


@pytest.mark.parametrize(
    ("times", "worst"),
    [([], 0), ([0.0], 1), ([0.0, 1_799.0], 2), ([0.0, 1_800.0], 1), ([5_000.0, 0.0, 100.0, 200.0, 1_900.0], 3)],
)
def test_the_worst_half_hour(times: list[float], worst: int) -> None:
    assert worst_half_hour(times) == worst
