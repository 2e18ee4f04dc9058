"""What each step of a decision says: the rule, the price after it, whom it was about, and the number behind it."""

import dataclasses
from typing import Any

import pytest

from pricing import (
    Answer,
    Conditions,
    Limits,
    LowStock,
    Move,
    Offer,
    Slot,
    SlowSales,
    Truce,
    daily,
    decide,
    find_war,
    make_strategy,
)
from tests.pricing.market import AT_10_000, ME, MONDAY_NIGHT, MONDAY_NOON, plan, situation

NIGHT = daily(23 * 60, 7 * 60)
PICKY = Conditions(lowest_rating=4.0, fewest_reviews=5, most_delivery_days=3, with_preorder=False)
UNDER_A = ("undercut", 9_799, "a", 9_800)
# We and "a" by turns, 100 lower each minute: we from 12,000 on, he down to 11,300.
RACE = tuple(Move((ME, "a")[turn % 2], 12_000 - 100 * turn, 60.0 * (20 - turn)) for turn in range(8))
WE_ROSE, HE_ROSE = Move(ME, 11_500, 300.0), Move("a", 11_800, 200.0)
WAR = [
    ("war", None, "a", 700),
    ("war_follower", None, "a", None),
    ("war_step", None, "a", 100),
    ("war_reaction", None, "a", 60),
]


def at_war(rival: int, answer: Answer = Answer.HOLD, *later: Move, **told: Any) -> dict[str, Any]:
    truce = Truce(answer, sleep_hours=NIGHT)
    return {
        "rivals": {"a": rival},
        "plan": plan(truce=truce),
        "history": (*RACE, *later),
        "price": 11_400,
        "minute_of_week": MONDAY_NOON,
    } | told


@pytest.mark.parametrize(
    ("story", "told", "steps"),
    [
        (
            "who pulls us under the floor, and who leads then",
            {"rivals": {"a": 8_500, "b": 9_800}},
            [("under_my_floor", None, "a", 8_500), ("undercut", 9_799, "b", 9_800)],
        ),
        (
            "everybody is under the floor",
            {"rivals": {"a": 8_500}},
            [("under_my_floor", None, "a", 8_500), ("floor", 9_000, None, None)],
        ),
        (
            "slow sales would go under the floor",
            {"rivals": {"a": 9_050}, "plan": plan(slow_sales=SlowSales(1, 200)), "sold_per_week": 0},
            [("undercut", 9_049, "a", 9_050), ("slow_sales", 8_868, None, 0), ("floor", 9_000, None, 8_868)],
        ),
        (
            "over the ceiling",
            {"rivals": {"a": 15_000}},
            [("undercut", 14_999, "a", 15_000), ("ceiling", 12_000, None, 14_999)],
        ),
        (
            "further than a fifth",
            {"rivals": {"a": 7_000}, "limits": Limits(1_000, 99_000)},
            [("undercut", 6_999, "a", 7_000), ("bounded_step", 8_000, None, 6_999)],
        ),
        (
            "below a dead zone",
            {"rivals": {"a": 10_301}, "dead_zones": AT_10_000},
            [("undercut", 10_300, "a", 10_301), ("below_dead_zone", 9_999, None, 10_300)],
        ),
        (
            "over a dead zone",
            {"rivals": {"a": 10_000}, "plan": plan("stay_above", {"tenge": 300}), "dead_zones": AT_10_000},
            [("premium", 10_300, "a", 10_000), ("over_dead_zone", 10_540, None, 10_300)],
        ),
        (
            "a place that nobody contests",
            {"rivals": {"a": 9_800}, "plan": plan("hold_place", {"place": 3})},
            [("place_is_safe", 12_000, None, 3)],
        ),
        (
            "a margin and its cost",
            {"rivals": {}, "plan": plan("margin_target", {"basis_points": 500}), "cost_floor": 9_600},
            [("margin", 10_080, None, 9_600)],
        ),
        (
            "the last pieces",
            {"rivals": {"a": 9_800}, "plan": plan(low_stock=LowStock(2)), "stock": 2},
            [UNDER_A, ("low_stock", 10_100, None, 2)],
        ),
        (
            "too small a move",
            {"rivals": {"a": 9_990}, "plan": plan(smallest_move=50)},
            [
                ("undercut", 9_989, "a", 9_990),
                ("small_move", 10_000, None, 9_989),
                ("unchanged", None, None, None),
            ],
        ),
        (
            "too soon",
            {"rivals": {"a": 9_800}, "plan": plan(cool_down_seconds=600), "seconds_since_change": 60.9},
            [UNDER_A, ("cool_down", 10_000, None, 60), ("unchanged", None, None, None)],
        ),
        (
            "nobody knows whether it is there",
            {"rivals": {"a": 9_800}, "is_stock_doubtful": True},
            [UNDER_A, ("doubtful_stock", 10_000, None, 9_799), ("unchanged", None, None, None)],
        ),
        (
            "nothing to sell",
            {"rivals": {"a": 9_800}, "stock": 0},
            [("out_of_stock", None, None, 0), ("unchanged", None, None, None)],
        ),
        (
            "night",
            {"rivals": {"a": 9_800}, "plan": plan(quiet_hours=NIGHT), "minute_of_week": MONDAY_NIGHT},
            [("quiet_hours", None, None, 180), ("unchanged", None, None, None)],
        ),
        (
            "after work",
            {"rivals": {"a": 9_800}, "plan": plan(working_hours=NIGHT), "minute_of_week": MONDAY_NOON},
            [("after_hours", None, None, 720), ("unchanged", None, None, None)],
        ),
        (
            "after work another strategy",
            {
                "rivals": {"a": 9_800},
                "plan": plan(working_hours=NIGHT, after_hours=make_strategy("match")),
                "minute_of_week": MONDAY_NOON,
            },
            [("after_hours", None, None, 720), ("match", 9_800, "a", 9_800)],
        ),
        (
            "at night another strategy",
            {
                "rivals": {"a": 9_800},
                "plan": plan(schedule=(Slot(NIGHT[0], make_strategy("match")),)),
                "minute_of_week": 1_400,
            },
            [("scheduled", None, None, 1_400), ("match", 9_800, "a", 9_800)],
        ),
        (
            "a partner",
            {"rivals": {"friend": 9_200, "a": 9_800}, "not_rivals": frozenset({"friend"})},
            [("not_a_rival", None, "friend", 9_200), UNDER_A],
        ),
        (
            "a slip of the keyboard",
            {"rivals": {"typo": 98, "a": 9_800, "b": 9_900}},
            [("outlier", None, "typo", 98), UNDER_A],
        ),
        (
            "far under what was usual",
            {"rivals": {"typo": 4_200, "a": 9_800}, "recent_median": 12_000},
            [("outlier_of_recent", None, "typo", 4_200), UNDER_A],
        ),
        (
            "who does not meet the conditions: by rule, then by price",
            {
                "rivals": (
                    Offer("late", 9_300, delivery_days=4),
                    Offer("low", 9_400, 3.9),
                    Offer("new", 9_500, 5.0, 4),
                    Offer("low too", 9_600, 3.0),
                    Offer("low as well", 9_600, 3.0),
                    Offer("later", 9_700, preorder_days=1),
                    Offer("a", 9_800),
                ),
                "plan": plan(conditions=PICKY),
            },
            [
                ("few_reviews", None, "new", 9_500),
                ("low_rating", None, "low", 9_400),
                ("low_rating", None, "low as well", 9_600),
                ("low_rating", None, "low too", 9_600),
                ("preorder", None, "later", 9_700),
                ("slow_delivery", None, "late", 9_300),
                UNDER_A,
            ],
        ),
        (
            "a war is held",
            at_war(11_300),
            [("undercut", 11_299, "a", 11_300), *WAR, ("war_hold", 11_400, "a", None), ("unchanged", None, None, None)],
        ),
        (
            "a war in which going along is no fall",
            at_war(11_401),
            [("undercut", 11_400, "a", 11_401), *WAR, ("unchanged", None, None, None)],
        ),
        (
            "a step up",
            at_war(11_300, Answer.STEP_UP),
            [("undercut", 11_299, "a", 11_300), *WAR, ("war_step_up", 11_500, "a", 11_400)],
        ),
        (
            "back to the price of peace",
            at_war(11_300, Answer.RESET, minute_of_week=MONDAY_NIGHT),
            [("undercut", 11_299, "a", 11_300), *WAR, ("war_reset", 12_000, "a", 180)],
        ),
        (
            "he followed up",
            at_war(11_800, Answer.STEP_UP, WE_ROSE, HE_ROSE),
            [("undercut", 11_799, "a", 11_800), *WAR, ("truce", 11_800, "a", 11_800)],
        ),
        (
            "he followed up, and left the card: we stay where the truce was made",
            at_war(0, Answer.STEP_UP, WE_ROSE, HE_ROSE, rivals={"b": 11_300}),
            [
                ("undercut", 11_299, "b", 11_300),
                *WAR,
                ("truce", 11_400, "a", 11_400),
                ("unchanged", None, None, None),
            ],
        ),
    ],
)
def test_steps(story: str, told: dict[str, Any], steps: list[tuple[str, int | None, str | None, int | None]]) -> None:
    decision = decide(situation(**told))
    assert [dataclasses.astuple(step) for step in decision.steps] == steps, story


@pytest.mark.parametrize(("first", "later"), [("a", "b"), ("b", "a")])
def test_of_two_wars_the_longer_one_counts(first: str, later: str) -> None:
    """Five rounds: we go first, then who has fought from the start, then who joined in the second round."""
    history = [
        Move(who, 12_000 - 90 * turn - 30 * place, 60.0 * (40 - 3 * turn - place))
        for turn in range(5)
        for place, who in enumerate((ME, first, later))
        if turn or who != later
    ]
    war = find_war(situation({}, history=tuple(history)), Truce())
    assert (war.rival, war.fallen) == (first, 390)
