"""When a store's list is pulled next, and when its markets are looked at before that."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores.services.market.policy import (
    Puller,
    Rhythm,
    Tempo,
    first_look_at,
    learn_rhythm,
    next_look_at,
    window_of,
)

MINUTE, HOUR = 60.0, 3600.0
NOON = 1_793_440_800.0
TEMPO = Tempo(1.0, 3 * MINUTE, 6 * HOUR)
HOURLY = Rhythm(HOUR, NOON, jitter=30.0)

rhythms = st.builds(Rhythm, st.floats(600, 24 * HOUR), st.floats(NOON - 1e6, NOON + 1e6), st.floats(0, 600))
pullers = st.builds(Puller, rhythms, st.floats(0, HOUR), st.floats(0, 100))


def pulls(*minutes: float) -> list[float]:
    """Pulls so many minutes after noon."""
    return [NOON + minute * MINUTE for minute in minutes]


HOURLY_PULLS = pulls(*range(0, 720, 60))


@pytest.mark.parametrize(
    ("case", "seen", "period", "phase", "jitter"),
    [
        ("on the minute", HOURLY_PULLS, 60, 0, 0),
        ("in any order", HOURLY_PULLS[::-1], 60, 0, 0),
        ("each half hour", pulls(*range(7, 367, 30)), 30, 7, 0),
        ("one was missed", [pull for pull in HOURLY_PULLS if pull != HOURLY_PULLS[5]], 60, 0, 0),
        ("a third was missed", [pull for n, pull in enumerate(HOURLY_PULLS) if n % 3], 60, 0, 0),
        ("each was tried twice", HOURLY_PULLS + [pull + 20 for pull in HOURLY_PULLS], 60, 0, 0),
        ("a person opened the address", [*HOURLY_PULLS, NOON + 200 * MINUTE], 60, 0, 0),
        ("a person opened it just now", [*HOURLY_PULLS, NOON + 695 * MINUTE], 60, 0, 0),
        ("now early, now late", pulls(*(60 * n + (-1) ** n for n in range(13))), 60, None, 2),
        ("an hour and a minute", pulls(*range(0, 732, 61)), 61, 0, 0),
        ("it moved to another minute", HOURLY_PULLS[:6] + [pull + 25 * MINUTE for pull in HOURLY_PULLS[6:]], 60, 25, 0),
    ],
)
def test_a_rhythm_is_learnt(case: str, seen: list[float], period: float, phase: float | None, jitter: float) -> None:
    rhythm = learn_rhythm(seen, now=max(seen))
    assert rhythm is not None, case
    assert rhythm.period == pytest.approx(period * MINUTE, abs=1), case
    assert rhythm.jitter == pytest.approx(jitter * MINUTE, abs=1), case
    if phase is not None:
        assert math.remainder(rhythm.anchor - NOON - phase * MINUTE, period * MINUTE) == pytest.approx(0, abs=1), case


@pytest.mark.parametrize(
    ("case", "seen", "now"),
    [
        ("never pulled", [], NOON),
        ("three times only", pulls(0, 60, 120), NOON + 2 * HOUR),
        ("no rhythm in it", pulls(0, 37, 151, 172, 300, 391, 402, 566, 610), NOON + 610 * MINUTE),
        ("silent for long", HOURLY_PULLS, NOON + 24 * HOUR),
        ("once in two days", pulls(*range(0, 2880 * 5, 2880)), NOON + 2880 * 4 * MINUTE),
    ],
)
def test_where_there_is_no_rhythm_none_is_made_up(case: str, seen: list[float], now: float) -> None:
    assert learn_rhythm(seen, now) is None, case


@pytest.mark.parametrize("seed", range(5))
def test_the_next_pull_is_foretold_to_a_minute_or_two(seed: int) -> None:
    """Pulls a minute early or late, one in twenty missing."""
    random = Random(seed)
    period, phase = random.uniform(55, 65) * MINUTE, random.uniform(0, 60) * MINUTE
    seen = [NOON + phase + n * period + random.gauss(0, MINUTE) for n in range(24) if n == 23 or random.random() > 0.05]
    rhythm = learn_rhythm(seen, now=seen[-1])
    assert rhythm is not None
    due = NOON + phase + 24 * period
    assert rhythm.nearest(due) == pytest.approx(due, abs=3 * MINUTE)


@given(st.lists(st.floats(NOON - 1e6, NOON + 1e6), max_size=30), st.floats(NOON - 1e6, NOON + 2e6))
def test_whatever_was_pulled_when_a_rhythm_is_plausible(seen: list[float], now: float) -> None:
    rhythm = learn_rhythm(seen, now)
    if rhythm is not None:
        assert 10 * MINUTE <= rhythm.period <= 24 * HOUR
        assert rhythm.jitter <= 0.12 * rhythm.period
        assert abs(rhythm.anchor - max(seen)) <= rhythm.period


@pytest.mark.parametrize("pull", [math.nan, math.inf])
def test_a_pull_at_no_time_is_refused(pull: float) -> None:
    with pytest.raises(ValueError, match="pull"):
        learn_rhythm([*HOURLY_PULLS, pull], NOON)


def test_without_pulls_a_look_comes_when_it_is_due() -> None:
    assert next_look_at(7, NOON, 50 * MINUTE, (), TEMPO) == NOON + 50 * MINUTE


@pytest.mark.parametrize(
    ("case", "after_noon", "interval", "expected"),
    [
        ("due at the pull: a little earlier", 10, 50, 56),
        ("due soon after it: before it", 10, 70, 56),
        ("due long before it: not moved", 10, 20, 30),
        ("due in three hours: before the nearest pull", 0, 200, 176),
        ("often due: only the look near the pull is moved", 48, 10, 56),
        ("not moved to where it would come too soon", 54, 3.5, 57.5),
    ],
)
def test_a_look_is_moved_before_the_pull(case: str, after_noon: float, interval: float, expected: float) -> None:
    # Three minutes for deciding and publishing, and twice the jitter of half a minute; market 0 is the last in line.
    look = next_look_at(0, NOON + after_noon * MINUTE, interval * MINUTE, [Puller(HOURLY, 300, 1.0)], TEMPO)
    assert (look - NOON) / MINUTE == pytest.approx(expected), case


@given(st.integers(1, 10**9), st.floats(0, HOUR), st.floats(HOUR, 3.9 * HOUR), st.floats(60, 1200))
def test_a_look_that_is_due_hourly_or_rarer_comes_in_the_window_before_a_pull(
    market: int, after_noon: float, interval: float, window: float
) -> None:
    look = next_look_at(market, NOON + after_noon, interval, [Puller(HOURLY, window, 1.0)], TEMPO)
    before_pull = -(look - NOON) % HOUR
    assert 180 + 60 - 1e-3 <= before_pull <= 180 + 60 + window + 1e-3


@given(st.integers(1, 10**9), st.floats(0, 1e5), st.lists(pullers, max_size=4))
def test_a_look_is_never_sooner_or_later_than_is_allowed(market: int, interval: float, pullers: list[Puller]) -> None:
    wait = next_look_at(market, NOON, interval, pullers, TEMPO) - NOON
    assert TEMPO.shortest - 1e-3 <= wait <= TEMPO.longest + 1e-3


def test_of_two_stores_the_one_with_more_at_stake_decides() -> None:
    early, late = Rhythm(HOUR, NOON + 20 * MINUTE, 0), Rhythm(HOUR, NOON + 40 * MINUTE, 0)
    for early_value, late_value, expected in [(5.0, 1.0, 77), (1.0, 5.0, 37), (1.0, 1.0, 77)]:
        both = [Puller(early, 0, early_value), Puller(late, 0, late_value)]
        look = next_look_at(0, NOON, 65 * MINUTE, both, TEMPO)
        assert (look - NOON) / MINUTE == pytest.approx(expected)


@pytest.mark.parametrize("markets", [1, 50, 400])
def test_a_burst_before_a_pull_stays_within_its_part_of_the_budget(markets: int) -> None:
    budget = 1.0
    window = window_of(markets, budget, HOURLY)
    looks = [next_look_at(7_000 + n, NOON, HOUR, [Puller(HOURLY, window, 1.0)], TEMPO) for n in range(markets)]
    assert NOON + HOUR - 240 - window <= min(looks) <= max(looks) <= NOON + HOUR - 240
    busiest = max(sum(start <= look < start + MINUTE for look in looks) for start in looks)
    assert busiest <= max(0.4 * budget * MINUTE * 1.2, 1)


@pytest.mark.parametrize(("markets", "budget", "window"), [(1, 1.0, 60), (100, 1.0, 250), (10_000, 1.0, 3_600)])
def test_a_window_is_as_long_as_its_looks_need(markets: int, budget: float, window: float) -> None:
    assert window_of(markets, budget, HOURLY) == window


def test_new_markets_are_seen_within_minutes_and_leave_room_for_the_known() -> None:
    assert [first_look_at(NOON, line, budget=1.0) - NOON for line in (0, 1, 100)] == [0, 2, 200]


def test_the_same_question_has_the_same_answer() -> None:
    ask = (12_345, NOON + 1_234, 3_000.0, [Puller(HOURLY, 200, 2.0)], TEMPO)
    assert next_look_at(*ask) == next_look_at(*ask)


@pytest.mark.parametrize(("now", "interval"), [(math.nan, HOUR), (NOON, math.nan), (NOON, math.inf)])
def test_a_time_that_is_no_number_is_refused(now: float, interval: float) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        next_look_at(1, now, interval, [Puller(HOURLY, 200, 2.0)], TEMPO)
