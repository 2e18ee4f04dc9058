"""The engine for many decides as the engine for one, price by price."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pricing import STRATEGIES, Limits, Offer, Plan, Rule, Situation, Step, Truce, decide
from pricing.batch import decide_lanes, decide_many, has_lanes, lanes_of
from pricing.batch.lanes import fits_a_lane
from pricing.strategies import Market, Strategy, register
from tests.pricing.market import ME, plan, situation
from tests.pricing.test_properties import plans, situations
from tests.pricing.test_stories import (
    COSTS,
    DEAD_ZONES,
    FOLLOWING,
    RESTRAINT,
    STOCK,
    TIME,
    UNKNOWN,
    WHO_COUNTS,
    Story,
)

STORIES: list[Story] = [*FOLLOWING, *COSTS, *WHO_COUNTS, *TIME, *RESTRAINT, *DEAD_ZONES, *STOCK]

# Drawing many situations takes its time on a busy machine; what is asked here is not how long.
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def one_by_one(told: Sequence[Situation]) -> list[tuple[int, bool]]:
    return [(decision.price, decision.is_hold) for decision in map(decide, told)]


def at_once(told: Sequence[Situation]) -> list[tuple[int, bool]]:
    decided = decide_many(told)
    return list(zip(decided.price.tolist(), decided.is_hold.tolist(), strict=True))


def in_lanes(followed: Plan, told: Sequence[Situation]) -> list[tuple[int, bool]]:
    decided = decide_lanes(followed, lanes_of(told))
    return list(zip(decided.price.tolist(), decided.is_hold.tolist(), strict=True))


@patiently
@given(st.lists(situations(), min_size=1, max_size=8))
def test_any_situations(told: list[Situation]) -> None:
    assert at_once(told) == one_by_one(told)


@patiently
@given(plans, st.lists(situations(), min_size=1, max_size=12))
def test_lanes_that_share_a_plan(followed: Plan, told: list[Situation]) -> None:
    peaceful = dataclasses.replace(followed, truce=None)
    alike = [dataclasses.replace(each, plan=peaceful, history=()) for each in told]
    fit = [each for each in alike if each.cost_floor is None or each.cost_floor <= each.limits.ceiling]
    if fit:
        assert in_lanes(peaceful, fit) == one_by_one(fit)


@patiently
@given(plans, situations())
def test_a_lane_tells_its_situation_again(followed: Plan, told: Situation) -> None:
    again = lanes_of([told]).situation(0, followed)
    assert (again.price, again.limits, again.dead_zones) == (told.price, told.limits, tuple(sorted(told.dead_zones)))
    before = dataclasses.replace(told, plan=dataclasses.replace(followed, truce=None))
    after = dataclasses.replace(again, plan=before.plan)
    assert (decide(after).price, decide(after).is_hold) == (decide(before).price, decide(before).is_hold)


def test_every_story_at_once() -> None:
    told = [situation(rivals, **more) for _, rivals, more, _, _ in STORIES]
    assert [price for price, _ in at_once(told)] == [expected for _, _, _, expected, _ in STORIES]
    assert at_once(told) == one_by_one(told)


@pytest.mark.parametrize(("story", "more", "rule"), UNKNOWN)
def test_unknown_holds_here_too(story: str, more: dict[str, Any], rule: str) -> None:
    told = situation({"a": 9_800}, **more)
    is_price = type(told.price) is int
    decided = decide_many([told, situation({"a": 9_800})]) if is_price else decide_many([situation({"a": 9_800})])
    assert decided.price.tolist() == ([told.price] if is_price else []) + [9_799], story
    assert decided.is_hold.tolist() == [True] * is_price + [False], story


def test_every_strategy_of_ours_has_a_form_for_many() -> None:
    assert [name for name, each in STRATEGIES.items() if each.aim_many is Strategy.aim_many] == []


def test_prices_that_no_list_could_hold_are_decided_one_by_one() -> None:
    huge = situation({"a": 10**30}, limits=Limits(9_000, 12_000))
    steep = situation({"a": 9_800}, plan=plan("stay_above", {"basis_points": 10**30}))
    assert at_once([huge, steep]) == one_by_one([huge, steep]) == [(12_000, False), (12_000, False)]
    assert not has_lanes(steep.plan)


def test_a_truce_has_no_lanes() -> None:
    truce = Plan(truce=Truce())
    assert not has_lanes(truce)
    with pytest.raises(ValueError, match="one situation at a time"):
        decide_lanes(truce, lanes_of([situation({"a": 9_800})]))


@pytest.mark.parametrize("many", [1, 3])
def test_a_strategy_without_a_form_for_many_is_asked_lane_by_lane(monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    @dataclass(frozen=True, slots=True)
    class OverTheBest(Strategy):
        """Twenty over the best rated rival: it looks at more than prices."""

        name: ClassVar[str] = "over_the_best"

        def aim(self, market: Market) -> tuple[Step, ...]:
            best = max(market.rivals, key=lambda offer: (offer.rating or 0, offer.price))
            return (Step(Rule.PREMIUM, best.price + 20, seen=best.price),)

    monkeypatch.setattr("pricing.strategies.base.STRATEGIES", {})
    followed = Plan(strategy=register(OverTheBest)())
    told = situation((Offer("a", 9_700, 4.0), Offer("b", 9_900, 4.9)), plan=followed)
    assert at_once([told] * many) == in_lanes(followed, [told] * many) == [(9_920, False)] * many


def test_lanes_can_be_taken_apart() -> None:
    told = [situation({"a": asked}) for asked in (9_500, 9_600, 9_700)]
    lanes = lanes_of(told)
    assert decide_lanes(Plan(), lanes.take(np.array([2, 0]))).price.tolist() == [9_699, 9_499]
    assert decide_lanes(Plan(), lanes.take(np.array([False, True, False]))).price.tolist() == [9_599]


def test_nobody_is_there_at_all() -> None:
    empty = lanes_of([situation({"a": 9_500})])
    empty.offers.price[:] = 0
    assert (decide_lanes(Plan(), empty).price.tolist(), decide_lanes(Plan(), empty).is_hold.tolist()) == (
        [10_000],
        [True],
    )


def test_our_cheapest_offer_is_what_buyers_see() -> None:
    told = situation((Offer(ME, 9_000), Offer("a", 15_000)), limits=Limits(5_000, 20_000))
    assert at_once([told]) == one_by_one([told]) == [(10_800, False)]


def test_every_fact_of_a_lane_comes_back() -> None:
    """Only the merchants' names are lost: rivals are known by their columns."""
    told = situation(
        [Offer("a", 9_800, 4.5, 12, 2, 0), Offer("b", 9_700, None, 0, 0, 5), Offer("c", 9_600)],
        price=10_050,
        shown=10_000,
        not_rivals=frozenset({"b"}),
        minute_of_week=0,
        seconds_since_change=60.5,
        recent_median=9_900,
        cost_floor=9_100,
        dead_zones=((10_000, 10_539, 9_999), (5_000, 5_676, 4_999)),
        stock=3,
        is_stock_doubtful=True,
        sold_per_week=0,
    )
    offers = (Offer(ME, 10_000), Offer("1", 9_800, 4.5, 12, 2, 0), Offer("friend2", 9_700, None, 0, 0, 5))
    again = dataclasses.replace(
        told,
        offers=(*offers, Offer("3", 9_600)),
        not_rivals=frozenset({"friend2"}),
        dead_zones=((5_000, 5_676, 4_999), (10_000, 10_539, 9_999)),
    )
    bare = situation({}, seconds_since_change=float("inf"))
    lanes = lanes_of([bare, told])
    assert lanes.situation(1, told.plan) == again
    assert lanes.situation(0, bare.plan) == bare


BEYOND = 2**31


@pytest.mark.parametrize(
    ("more", "fits"),
    [
        ({}, True),
        ({"stock": BEYOND - 1}, True),
        ({"stock": BEYOND}, False),
        ({"sold_per_week": BEYOND - 1}, True),
        ({"sold_per_week": BEYOND}, False),
        ({"recent_median": BEYOND - 1}, True),
        ({"recent_median": BEYOND}, False),
        ({"cost_floor": BEYOND}, False),
        ({"dead_zones": ((1, BEYOND - 1, 1),)}, True),
        ({"dead_zones": ((1, BEYOND, 1),)}, False),
        ({"limits": Limits(9_000, 12_000, BEYOND)}, False),
        ({"limits": Limits(9_000, None)}, False),
        ({"limits": Limits(None, 12_000)}, False),
        ({"offers": ()}, False),
    ],
)
def test_what_fits_a_lane(more: dict[str, Any], fits: bool) -> None:
    assert fits_a_lane(situation({"a": 9_800}, **more)) is fits


@pytest.mark.parametrize(
    ("offer", "fits"),
    [
        (Offer("a", 9_800, 4.5, 12, 2, 0), True),
        (Offer("a", BEYOND - 1), True),
        (Offer("a", BEYOND), False),
        (Offer("a", 0), False),
        (Offer("a", 9_800, reviews=BEYOND), False),
        (Offer("a", 9_800, reviews=-1), False),
        (Offer("a", 9_800, delivery_days=BEYOND), False),
        (Offer("a", 9_800, preorder_days=BEYOND), False),
        (Offer("a", 9_800, rating=float("nan")), False),
    ],
)
def test_which_offers_fit_a_lane(offer: Offer, fits: bool) -> None:
    assert fits_a_lane(situation([offer])) is fits
