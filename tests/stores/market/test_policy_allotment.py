"""How the looks that the marketplace allows are shared."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stores.services.market.policy import Allotment, Bounds, Demand, Tempo, allot

HOUR = 3600.0
BOUNDS = Bounds(shortest=180, longest=6 * HOUR, fairness=2)
# A multiplier is found to a thousandth.
PRECISE = 1.002

rates = st.floats(0, 10)
values = st.floats(0, 1e6)
demands = st.builds(Demand, rates, st.dictionaries(st.integers(1, 5), values, min_size=1, max_size=3))
lonely_demands = st.builds(Demand, rates, st.dictionaries(st.integers(1, 5), values, min_size=1, max_size=1))
budgets = st.floats(1e-4, 10)


def looks(demands: list[Demand], allotment: Allotment) -> list[float]:
    """Looks a second at each market."""
    shared = zip(demands, allotment.values, strict=True)
    return [1 / allotment.tempo.interval(demand.rate, value) for demand, value in shared]


def taken(store: int, demands: list[Demand], frequencies: list[float]) -> float:
    """Looks a second at the markets of a store."""
    return math.fsum(f for demand, f in zip(demands, frequencies, strict=True) if store in demand.values)


def test_four_times_the_stake_gets_twice_the_looks() -> None:
    demands = [Demand(1e-4, {1: 1.0}), Demand(4e-4, {2: 1.0}), Demand(1e-4, {3: 4.0}), Demand(2e-4, {4: 2.0})]
    frequencies = looks(demands, allot(demands, 7 / HOUR, BOUNDS))
    assert [round(frequency / frequencies[0], 6) for frequency in frequencies] == [1, 2, 2, 2]
    assert math.fsum(frequencies) * HOUR == pytest.approx(7, rel=0.002)


def test_one_look_serves_all_stores_on_a_card() -> None:
    demands = [Demand(1e-4, {1: 1.0, 2: 3.0}), Demand(1e-4, {3: 4.0})]
    frequencies = looks(demands, allot(demands, 2 / HOUR, BOUNDS))
    assert frequencies[0] == pytest.approx(frequencies[1])


@given(st.lists(demands, min_size=1, max_size=40), budgets)
def test_the_budget_is_kept(demands: list[Demand], budget: float) -> None:
    frequencies = looks(demands, allot(demands, budget, BOUNDS))
    assert math.fsum(frequencies) <= budget * (1 + 1e-9)


@given(st.lists(demands, min_size=1, max_size=40), budgets)
def test_nobody_starves(demands: list[Demand], budget: float) -> None:
    allotment = allot(demands, budget, BOUNDS)
    longest = max(BOUNDS.longest, len(demands) / budget)
    assert allotment.tempo.longest == longest
    assert min(looks(demands, allotment)) >= 1 / longest * (1 - 1e-9)


@given(rates, values, st.floats(0, 1e9))
def test_nobody_is_looked_at_without_a_pause_or_never(rate: float, value: float, multiplier: float) -> None:
    interval = Tempo(multiplier, BOUNDS.shortest, BOUNDS.longest).interval(rate, value)
    assert BOUNDS.shortest * (1 - 1e-9) <= interval <= BOUNDS.longest * (1 + 1e-9)


@given(rates, rates, values, values, st.floats(0, 1e9))
def test_more_changes_or_value_never_wait_longer(
    rate: float, other_rate: float, value: float, other_value: float, multiplier: float
) -> None:
    tempo = Tempo(multiplier, BOUNDS.shortest, BOUNDS.longest)
    less = tempo.interval(min(rate, other_rate), min(value, other_value))
    assert tempo.interval(max(rate, other_rate), max(value, other_value)) <= less


@given(st.lists(lonely_demands, min_size=2, max_size=30), budgets, st.floats(1, 1e3))
def test_a_market_that_moves_more_never_loses_looks(demands: list[Demand], budget: float, times: float) -> None:
    busier = [Demand(demands[0].rate * times, demands[0].values), *demands[1:]]
    before, after = (looks(all_of, allot(all_of, budget, BOUNDS))[0] for all_of in (demands, busier))
    assert after >= before / PRECISE


@given(st.lists(lonely_demands, min_size=1, max_size=40), budgets)
def test_no_store_takes_more_than_a_multiple_of_its_share(demands: list[Demand], budget: float) -> None:
    assume(len(demands) / budget <= BOUNDS.longest)
    frequencies = looks(demands, allot(demands, budget, BOUNDS))
    for store in {store for demand in demands for store in demand.values}:
        share = sum(store in demand.values for demand in demands) / len(demands)
        assert taken(store, demands, frequencies) <= BOUNDS.fairness * share * budget * (1 + 1e-9)


def test_what_a_greedy_store_leaves_goes_to_the_others() -> None:
    """Ten stores of ten markets each; in one of them everything moves, and is said to be worth a fortune."""
    demands = [Demand(2e-3 if store == 0 else 1e-5, {store: 1e3 if store == 0 else 1.0}) for store in range(10)] * 10
    frequencies = looks(demands, allot(demands, 100 / HOUR, BOUNDS))
    assert taken(0, demands, frequencies) * HOUR == pytest.approx(20, rel=PRECISE - 1)
    assert [round(taken(store, demands, frequencies) * HOUR, 1) for store in range(1, 10)] == [
        pytest.approx(80 / 9, rel=0.01)
    ] * 9


def test_a_greedy_store_is_held_back_also_where_it_shares_its_markets() -> None:
    demands = [Demand(1e-4, {1: 1e3, 2: 1.0})] * 10 + [Demand(1e-4, {2: 1.0})] * 90
    shared, alone = looks(demands, allot(demands, 100 / HOUR, BOUNDS))[9:11]
    # Alone in its ten markets it would get 2 × 10 / 110 of the budget; the other store's interest adds a little.
    assert shared * HOUR == pytest.approx(2 * 100 / 110, rel=0.15)
    assert alone * HOUR == pytest.approx((100 - 10 * shared * HOUR) / 90, rel=0.01)


def test_the_same_demands_get_the_same_in_any_order() -> None:
    demands = [Demand(number * 1e-5, {number % 3: 1.0 + number, 3: 0.5}) for number in range(1, 30)]
    once, again = allot(demands, 0.01, BOUNDS), allot(demands, 0.01, BOUNDS)
    backwards = allot(demands[::-1], 0.01, BOUNDS)
    assert once == again
    assert backwards.tempo.multiplier == pytest.approx(once.tempo.multiplier)
    assert backwards.values[::-1] == pytest.approx(once.values)


def test_nothing_to_look_at_is_no_fault() -> None:
    assert allot([], 1.0, BOUNDS).values == ()


@pytest.mark.parametrize("budget", [0.0, -1.0, math.nan, math.inf])
def test_without_a_budget_nothing_is_shared(budget: float) -> None:
    with pytest.raises(ValueError, match="budget"):
        allot([Demand(1e-4, {1: 1.0})], budget, BOUNDS)


@pytest.mark.parametrize(
    ("rate", "of_stores"),
    [(math.nan, {1: 1.0}), (-1.0, {1: 1.0}), (math.inf, {1: 1.0}), (1.0, {1: math.nan}), (1.0, {1: -1.0}), (1.0, {})],
)
def test_a_demand_that_cannot_be_is_refused(rate: float, of_stores: dict[int, float]) -> None:
    with pytest.raises(ValueError, match=r"cannot be|without stores"):
        Demand(rate, of_stores)


@pytest.mark.parametrize("limits", [(0.0, 60.0, 2.0), (120.0, 60.0, 2.0), (60.0, math.nan, 2.0), (60.0, 120.0, 0.9)])
def test_bounds_that_cannot_be_are_refused(limits: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        Bounds(*limits)
