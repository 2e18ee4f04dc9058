"""How often a market changes, learnt from looks that only say whether anything moved."""

import math
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores.services.market.policy import History, Usual, after_look, expected_rate, learn_usual

HOUR = 3600.0
DAY = 24 * HOUR
USUAL = Usual()
PEACEFUL = Usual(war=0.001)

looks = st.lists(st.tuples(st.floats(-1e3, 1e8), st.booleans()), max_size=60)
usuals = st.builds(Usual, st.floats(1e-7, 3e-3), st.floats(0.3, 20), st.floats(0, 0.3))


def watched(*looks: tuple[float, bool], history: History | None = None, usual: Usual = USUAL) -> History:
    """What is known after looks, each so many hours after the one before."""
    known = history or History()
    for hours, has_changed in looks:
        known = after_look(known, usual, hours * HOUR, has_changed=has_changed)
    return known


def rate(history: History, usual: Usual = USUAL) -> float:
    """Changes an hour."""
    return expected_rate(history, usual) * HOUR


def lived(changes_an_hour: float, hours_between: float, seed: int) -> float:
    """The mean of what is believed in the second week of a market that changes by chance."""
    random = Random(seed)
    moments = [0.0]
    while moments[-1] < 14 * 24:
        moments.append(moments[-1] + random.expovariate(changes_an_hour))
    history, believed = History(), []
    edges = [number * hours_between for number in range(int(14 * 24 / hours_between))]
    for before, now in pairwise(edges):
        has_changed = any(before < moment <= now for moment in moments)
        history = after_look(history, PEACEFUL, hours_between * HOUR, has_changed=has_changed)
        if now > 7 * 24:
            believed.append(rate(history, PEACEFUL))
    return math.fsum(believed) / len(believed)


@pytest.mark.parametrize(
    ("changes_an_hour", "hours_between"),
    [(0.02, 1.0), (0.2, 1.0), (0.2, 4.0), (1.0, 0.5), (1.0, 2.0)],
)
def test_the_rate_is_found_however_often_one_looks(changes_an_hour: float, hours_between: float) -> None:
    """Also where a look sees several changes as one: the share of looks with a change would say 0.43 for the last."""
    found = math.fsum(lived(changes_an_hour, hours_between, seed) for seed in range(20)) / 20
    # A change in a hundred hours is what it costs to be ready for a war.
    assert found == pytest.approx(changes_an_hour, rel=0.2, abs=0.01)


def test_a_change_after_a_long_while_says_less() -> None:
    soon, late = (rate(watched(*[(1, False)] * 40, (hours, True))) for hours in (0.2, 20))
    assert soon > 10 * late


def test_a_war_is_noticed_within_two_looks() -> None:
    calm = watched(*[(1, False)] * 48)
    assert rate(calm) < 0.05
    assert rate(watched((1, True), (0.5, True), history=calm)) > 1


def test_a_war_is_forgotten_within_hours_and_does_not_spoil_what_is_known_of_the_calm() -> None:
    calm = watched(*[(1, False)] * 48)
    after_war = watched(*[(0.2, True)] * 20, (0.5, False), *[(1, False)] * 7, history=calm)
    assert rate(after_war) < 3 * rate(calm)


def test_a_new_market_is_what_is_usual() -> None:
    assert expected_rate(History(), Usual(rate=0.001, war=0.03)) == pytest.approx(0.001 + 0.03 * 4 / HOUR)


@pytest.mark.parametrize("elapsed", [-5.0, 0.0, 0.5])
def test_less_than_a_second_counts_as_one(elapsed: float) -> None:
    before = watched((1, False), (2, True))
    assert after_look(before, USUAL, elapsed, has_changed=True) == after_look(before, USUAL, 1.0, has_changed=True)


@pytest.mark.parametrize("elapsed", [math.nan, math.inf, -math.inf])
def test_a_time_that_is_no_number_is_refused(elapsed: float) -> None:
    with pytest.raises(ValueError, match="elapsed"):
        after_look(History(), USUAL, elapsed, has_changed=False)


@pytest.mark.parametrize(
    "numbers", [(math.nan, 1, 0.1), (1, math.inf, 0.1), (-1, 1, 0.1), (1, -1, 0.1), (1, 1, 1.1), (1, 1, math.nan)]
)
def test_a_history_that_cannot_be_is_refused(numbers: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        History(*numbers)


@given(looks, usuals)
def test_what_is_known_stays_believable(looks: list[tuple[float, bool]], usual: Usual) -> None:
    history = History()
    for elapsed, has_changed in looks:
        history = after_look(history, usual, elapsed, has_changed=has_changed)
        assert 0 < expected_rate(history, usual) < 100


@given(looks, usuals, st.floats(1, 1e7))
def test_a_change_never_makes_a_market_seem_slower_than_none(
    looks: list[tuple[float, bool]], usual: Usual, elapsed: float
) -> None:
    history = History()
    for seconds, has_changed in looks:
        history = after_look(history, usual, seconds, has_changed=has_changed)
    changed, quiet = (
        expected_rate(after_look(history, usual, elapsed, has_changed=has_changed), usual)
        for has_changed in (True, False)
    )
    assert changed >= quiet * (1 - 1e-6)


def test_where_all_are_alike_the_usual_becomes_narrow_and_war_rare() -> None:
    random = Random(1)
    histories, usual = [History()] * 200, USUAL
    for _ in range(72):
        histories = [after_look(h, usual, HOUR, has_changed=random.random() < 1 - math.exp(-0.2)) for h in histories]
        usual = learn_usual(histories, usual)
    assert usual.rate * HOUR == pytest.approx(0.2, rel=0.1)
    assert usual.shape > 10
    assert usual.war < 0.005


def test_where_markets_differ_the_usual_stays_wide() -> None:
    random = Random(1)
    histories, usual = [History()] * 200, USUAL
    for _ in range(72):
        histories = [
            after_look(history, usual, HOUR, has_changed=random.random() < (0.9 if number % 10 == 0 else 0.01))
            for number, history in enumerate(histories)
        ]
        usual = learn_usual(histories, usual)
    assert usual.shape < 1


def test_a_handful_of_markets_says_nothing_about_what_is_usual() -> None:
    assert learn_usual([watched((1, True))] * 29, USUAL) == USUAL
    assert learn_usual([watched((1, True))] * 30, USUAL) != USUAL
