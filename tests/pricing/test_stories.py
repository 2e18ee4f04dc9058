"""Stories from the market, each with its price and the rules that led to it."""

from typing import Any

import pytest

from pricing import Conditions, Limits, LowStock, Move, Offer, Slot, SlowSales, Truce, daily, decide, make_strategy
from pricing.engine import open_market
from pricing.rivals import Picture, has_jumped
from tests.pricing.market import (
    AT_5_000,
    AT_10_000,
    MONDAY_NIGHT,
    MONDAY_NOON,
    SATURDAY_NOON,
    plan,
    situation,
)

Rivals = dict[str, int] | tuple[Offer, ...]
Story = tuple[str, Rivals, dict[str, Any], int, list[str]]

WORKING_HOURS = daily(9 * 60, 21 * 60)
NIGHT = daily(23 * 60, 7 * 60)
WEEKEND = daily(0, 0, days=(5, 6))
PICKY = Conditions(lowest_rating=4.0, fewest_reviews=5, most_delivery_days=3, with_preorder=False)
B = Offer("b", 9_900, 4.9, 300, 1, 0)

FOLLOWING: list[Story] = [
    ("under by fifty", {"a": 9_800}, {"plan": plan("undercut", {"tenge": 50})}, 9_750, ["undercut"]),
    (
        "under by one per cent, rounded",
        {"a": 9_850},
        {"plan": plan("undercut", {"basis_points": 100})},
        9_751,
        ["undercut"],
    ),
    ("the same as the cheapest", {"a": 9_800, "b": 9_900}, {"plan": plan("match")}, 9_800, ["match"]),
    (
        "matching a rival exactly at the floor, not the one under it",
        {"a": 8_500, "b": 9_000},
        {"plan": plan("match")},
        9_000,
        ["under_my_floor", "match"],
    ),
    ("matched, then the rival rose", {"a": 11_000}, {"plan": plan("match"), "price": 9_800}, 11_000, ["match"]),
    (
        "matched, then alone: up as far as one move may go",
        {},
        {"plan": plan("match"), "price": 9_800},
        11_760,
        ["alone", "bounded_step"],
    ),
    ("second place", {"a": 9_800, "b": 9_900}, {"plan": plan("hold_place", {"place": 2})}, 9_899, ["place"]),
    (
        "top three among two",
        {"a": 9_800, "b": 9_900},
        {"plan": plan("hold_place", {"place": 3})},
        12_000,
        ["place_is_safe"],
    ),
    ("top three, alone", {}, {"plan": plan("hold_place", {"place": 3})}, 12_000, ["alone"]),
    (
        "second place is under the floor: the third",
        {"a": 8_000, "b": 8_500, "c": 9_500},
        {"plan": plan("hold_place", {"place": 2})},
        9_499,
        ["under_my_floor", "place"],
    ),
    (
        "all places are under the floor",
        {"a": 8_000, "b": 8_500},
        {"plan": plan("hold_place", {"place": 2})},
        9_000,
        ["under_my_floor", "floor"],
    ),
    (
        "held second place, then the second left",
        {"a": 9_800, "c": 10_500},
        {"plan": plan("hold_place", {"place": 2}), "price": 9_899},
        10_499,
        ["place"],
    ),
    ("follow the second, not the dumper", {"a": 9_300, "b": 9_900}, {"plan": plan("follow_second")}, 9_900, ["second"]),
    ("an only rival is followed himself", {"a": 9_300}, {"plan": plan("follow_second")}, 9_300, ["second"]),
    ("a premium of 300", {"a": 9_800}, {"plan": plan("stay_above", {"tenge": 300})}, 10_100, ["premium"]),
    (
        "a premium of three per cent",
        {"a": 9_850},
        {"plan": plan("stay_above", {"basis_points": 300})},
        10_146,
        ["premium"],
    ),
    (
        "a premium ends at the ceiling",
        {"a": 11_900},
        {"plan": plan("stay_above", {"tenge": 300})},
        12_000,
        ["premium", "ceiling"],
    ),
    (
        "even with the premium under the floor: above the next one",
        {"a": 8_500, "b": 9_500},
        {"plan": plan("stay_above", {"tenge": 300})},
        9_800,
        ["under_my_floor", "premium"],
    ),
    ("nines under the cheapest", {"a": 9_850}, {"plan": plan("nine_ending")}, 9_799, ["undercut"]),
    ("the seller's own price", {"a": 9_000}, {"plan": plan("fixed", {"price": 11_111})}, 11_111, ["fixed"]),
    (
        "the seller's own price is over his ceiling",
        {},
        {"plan": plan("fixed", {"price": 15_000})},
        12_000,
        ["fixed", "ceiling"],
    ),
]

MOVES: list[Story] = [
    ("two bots race: he went under us, we go under him", {"bot": 9_799}, {"price": 9_800}, 9_798, ["undercut"]),
    (
        "two bots race: our floor ends it, and he is left alone",
        {"bot": 8_999},
        {"price": 9_000},
        9_000,
        ["under_my_floor", "floor", "unchanged"],
    ),
    (
        "two bots race: with a truce we stop where we are",
        {"bot": 11_300},
        {
            "price": 11_400,
            "plan": plan(truce=Truce()),
            "history": tuple(Move(("me", "bot")[n % 2], 12_000 - 100 * n, 60.0 * (20 - n)) for n in range(8)),
        },
        11_400,
        ["undercut", "war", "war_follower", "war_step", "war_reaction", "war_hold", "unchanged"],
    ),
    ("the rival left, the next one leads: up to him", {"b": 9_900}, {"price": 9_799}, 9_899, ["undercut"]),
    (
        "the rival left, and nobody is there: up as far as one move may go",
        {},
        {"price": 9_799},
        11_758,
        ["alone", "bounded_step"],
    ),
    ("the rival came back", {"a": 9_800}, {"price": 11_758}, 9_799, ["undercut"]),
    ("a typo, a nought is missing: he does not lead", {"typo": 980, "a": 9_900}, {}, 9_899, ["outlier", "undercut"]),
    ("a typo, a nought too many: he does not lead either", {"typo": 98_000, "a": 9_900}, {}, 9_899, ["undercut"]),
]

COSTS: list[Story] = [
    ("the margin's price", {"a": 9_100}, {"plan": plan("margin_target"), "cost_floor": 9_600}, 9_600, ["margin"]),
    (
        "the margin's price rises with costs",
        {"a": 9_100},
        {"plan": plan("margin_target"), "cost_floor": 10_700},
        10_700,
        ["margin"],
    ),
    (
        "five per cent over it",
        {"a": 9_100},
        {"plan": plan("margin_target", {"basis_points": 500}), "cost_floor": 9_600},
        10_080,
        ["margin"],
    ),
    (
        "costs end the fight earlier than the floor",
        {"a": 9_600},
        {"cost_floor": 9_700},
        9_700,
        ["under_my_floor", "cost_floor"],
    ),
    (
        "costs and floor are the same: the seller's word is named",
        {"a": 8_500},
        {"cost_floor": 9_000},
        9_000,
        ["under_my_floor", "floor"],
    ),
    (
        "the seller's floor is higher than costs",
        {"a": 8_500},
        {"cost_floor": 8_000},
        9_000,
        ["under_my_floor", "floor"],
    ),
]

WHO_COUNTS: list[Story] = [
    (
        "five days of delivery are no threat",
        (Offer("a", 9_500, 4.9, 300, 5, 0), B),
        {"plan": plan(conditions=PICKY)},
        9_899,
        ["slow_delivery", "undercut"],
    ),
    (
        "a shop of rating 3",
        (Offer("a", 9_500, 3.0, 300, 1, 0), B),
        {"plan": plan(conditions=PICKY)},
        9_899,
        ["low_rating", "undercut"],
    ),
    (
        "a new seller",
        (Offer("a", 9_500, 5.0, 0, 1, 0), B),
        {"plan": plan(conditions=PICKY)},
        9_899,
        ["few_reviews", "undercut"],
    ),
    (
        "a pre-order",
        (Offer("a", 9_500, 4.9, 300, 1, 7), B),
        {"plan": plan(conditions=PICKY)},
        9_899,
        ["preorder", "undercut"],
    ),
    (
        "exactly good enough",
        (Offer("a", 9_500, 4.0, 5, 3, 0), B),
        {"plan": plan(conditions=PICKY)},
        9_499,
        ["undercut"],
    ),
    ("what is unknown excludes nobody", {"a": 9_500}, {"plan": plan(conditions=PICKY)}, 9_499, ["undercut"]),
    ("without conditions everybody counts", (Offer("a", 9_500, 1.0, 0, 30, 30),), {}, 9_499, ["undercut"]),
    (
        "nobody is good enough: as if alone",
        (Offer("a", 9_500, 3.0), Offer("b", 9_400, 5.0, 0)),
        {"plan": plan(conditions=PICKY)},
        12_000,
        ["few_reviews", "low_rating", "alone"],
    ),
    (
        "own second shop and a partner",
        {"mine": 9_100, "friend": 9_200, "a": 9_800},
        {"not_rivals": frozenset({"mine", "friend"})},
        9_799,
        ["not_a_rival", "not_a_rival", "undercut"],
    ),
    (
        "far under what the card asked lately",
        {"a": 4_200, "b": 9_100},
        {"recent_median": 12_000},
        9_099,
        ["outlier_of_recent", "undercut"],
    ),
    (
        "far under the usual, where we are too",
        {"a": 4_500, "b": 30_000, "c": 30_000},
        {"limits": Limits(1_000, 99_000)},
        12_000,
        ["outlier", "undercut", "bounded_step"],
    ),
    (
        "two fifths of the usual are no slip, a tenge less is one",
        {"typo": 3_999, "a": 4_000},
        {"limits": Limits(1_000, 99_000)},
        8_000,
        ["outlier", "undercut", "bounded_step"],
    ),
    (
        "two fifths of the usual alone",
        {"a": 4_000},
        {"limits": Limits(1_000, 99_000)},
        8_000,
        ["undercut", "bounded_step"],
    ),
    ("far under what the others ask", {"a": 1, "b": 9_900, "c": 9_950}, {}, 9_899, ["outlier", "undercut"]),
]

TIME: list[Story] = [
    (
        "night: the price sleeps",
        {"a": 9_800},
        {"plan": plan(quiet_hours=NIGHT), "minute_of_week": MONDAY_NIGHT},
        10_000,
        ["quiet_hours", "unchanged"],
    ),
    (
        "the first minute of the week",
        {"a": 9_800},
        {"plan": plan(quiet_hours=NIGHT), "minute_of_week": 0},
        10_000,
        ["quiet_hours", "unchanged"],
    ),
    (
        "day: it is awake",
        {"a": 9_800},
        {"plan": plan(quiet_hours=NIGHT), "minute_of_week": MONDAY_NOON},
        9_799,
        ["undercut"],
    ),
    (
        "at night the floor was raised",
        {"a": 9_800},
        {"plan": plan(quiet_hours=NIGHT), "minute_of_week": MONDAY_NIGHT, "limits": Limits(10_500, 12_000)},
        10_500,
        ["quiet_hours", "floor"],
    ),
    (
        "after work: stay",
        {"a": 9_800},
        {"plan": plan(working_hours=WORKING_HOURS), "minute_of_week": MONDAY_NIGHT},
        10_000,
        ["after_hours", "unchanged"],
    ),
    (
        "at work",
        {"a": 9_800},
        {"plan": plan(working_hours=WORKING_HOURS), "minute_of_week": MONDAY_NOON},
        9_799,
        ["undercut"],
    ),
    (
        "after work another strategy",
        {"a": 9_800},
        {
            "plan": plan(working_hours=WORKING_HOURS, after_hours=make_strategy("fixed", price=11_500)),
            "minute_of_week": MONDAY_NIGHT,
        },
        11_500,
        ["after_hours", "fixed"],
    ),
    (
        "on Saturday we match",
        {"a": 9_800},
        {
            "plan": plan(schedule=tuple(Slot(day, make_strategy("match")) for day in WEEKEND)),
            "minute_of_week": SATURDAY_NOON,
        },
        9_800,
        ["scheduled", "match"],
    ),
    (
        "on Monday we undercut",
        {"a": 9_800},
        {
            "plan": plan(schedule=tuple(Slot(day, make_strategy("match")) for day in WEEKEND)),
            "minute_of_week": MONDAY_NOON,
        },
        9_799,
        ["undercut"],
    ),
]

RESTRAINT: list[Story] = [
    (
        "eleven tenge are not worth a change",
        {"a": 9_990},
        {"plan": plan(smallest_move=50)},
        10_000,
        ["undercut", "small_move", "unchanged"],
    ),
    (
        "nor at the floor",
        {"a": 9_021},
        {"plan": plan(smallest_move=50), "price": 9_000},
        9_000,
        ["undercut", "small_move", "unchanged"],
    ),
    (
        "nor at the ceiling",
        {"a": 11_990},
        {"plan": plan(smallest_move=50), "price": 12_000},
        12_000,
        ["undercut", "small_move", "unchanged"],
    ),
    ("fifty are", {"a": 9_951}, {"plan": plan(smallest_move=50)}, 9_950, ["undercut"]),
    (
        "into the corridor no move is too small",
        {"a": 9_001},
        {"plan": plan(smallest_move=50), "price": 8_995},
        9_000,
        ["undercut"],
    ),
    (
        "changed a minute ago",
        {"a": 9_800},
        {"plan": plan(cool_down_seconds=600), "seconds_since_change": 60},
        10_000,
        ["undercut", "cool_down", "unchanged"],
    ),
    (
        "changed long ago",
        {"a": 9_800},
        {"plan": plan(cool_down_seconds=600), "seconds_since_change": 600},
        9_799,
        ["undercut"],
    ),
    ("never changed", {"a": 9_800}, {"plan": plan(cool_down_seconds=600)}, 9_799, ["undercut"]),
    (
        "a raised floor does not wait",
        {"a": 9_500},
        {"plan": plan(cool_down_seconds=600), "seconds_since_change": 60, "price": 8_900},
        9_499,
        ["undercut"],
    ),
    ("a fifth in one move", {"a": 7_000}, {"limits": Limits(1_000, 99_000)}, 8_000, ["undercut", "bounded_step"]),
]

DEAD_ZONES: list[Story] = [
    (
        "down into the zone at 10,000: below it",
        {"a": 10_301},
        {"price": 11_000, "dead_zones": AT_10_000},
        9_999,
        ["undercut", "below_dead_zone"],
    ),
    (
        "up into the zone: not over the rival, but to its edge",
        {"a": 10_301},
        {"price": 9_500, "dead_zones": AT_10_000},
        9_999,
        ["undercut", "below_dead_zone"],
    ),
    ("up and over the zone", {"a": 10_541}, {"price": 9_500, "dead_zones": AT_10_000}, 10_540, ["undercut"]),
    (
        "the last tenge of the zone",
        {"a": 10_540},
        {"price": 9_500, "dead_zones": AT_10_000},
        9_999,
        ["undercut", "below_dead_zone"],
    ),
    (
        "down into the zone at 5,000",
        {"a": 5_301},
        {"price": 6_000, "limits": Limits(4_000, 8_000), "dead_zones": (*AT_10_000, *AT_5_000)},
        4_999,
        ["undercut", "below_dead_zone"],
    ),
    (
        "a premium jumps over",
        {"a": 10_000},
        {"plan": plan("stay_above", {"tenge": 300}), "dead_zones": AT_10_000},
        10_540,
        ["premium", "over_dead_zone"],
    ),
    (
        "a premium that may not jump over",
        {"a": 10_000},
        {"plan": plan("stay_above", {"tenge": 300}), "dead_zones": AT_10_000, "limits": Limits(9_000, 10_400)},
        9_999,
        ["premium", "below_dead_zone"],
    ),
    (
        "a premium jumps over, onto the ceiling itself",
        {"a": 10_000},
        {"plan": plan("stay_above", {"tenge": 300}), "dead_zones": AT_10_000, "limits": Limits(9_000, 10_540)},
        10_540,
        ["premium", "over_dead_zone"],
    ),
    (
        "a tenge over the ceiling is too far to jump",
        {"a": 10_000},
        {"plan": plan("stay_above", {"tenge": 300}), "dead_zones": AT_10_000, "limits": Limits(9_000, 10_539)},
        9_999,
        ["premium", "below_dead_zone"],
    ),
    (
        "below one zone is the end of another: below that as well",
        {"a": 10_301},
        {"dead_zones": ((9_500, 9_999, 9_499), *AT_10_000)},
        9_499,
        ["undercut", "below_dead_zone", "below_dead_zone"],
    ),
    (
        "over one zone is the start of another: over that as well",
        {"a": 10_000},
        {"plan": plan("stay_above", {"tenge": 300}), "dead_zones": ((10_540, 10_800, 10_539), *AT_10_000)},
        10_801,
        ["premium", "over_dead_zone", "over_dead_zone"],
    ),
    (
        "the floor closes the way below: the place is kept",
        {"a": 10_301},
        {"limits": Limits(10_100, 12_000), "dead_zones": AT_10_000, "price": 11_000},
        10_300,
        ["undercut"],
    ),
    (
        "the ceiling is in the zone",
        {},
        {"limits": Limits(9_000, 10_400), "dead_zones": AT_10_000},
        9_999,
        ["alone", "below_dead_zone"],
    ),
    (
        "one move down ends in the zone: stop above",
        {"a": 9_500},
        {"price": 12_600, "limits": Limits(9_000, 13_000), "dead_zones": AT_10_000},
        10_540,
        ["undercut", "bounded_step", "over_dead_zone"],
    ),
    (
        "one move up ends in the zone: stop below",
        {},
        {"price": 8_400, "limits": Limits(8_000, 12_000), "dead_zones": AT_10_000},
        9_999,
        ["alone", "bounded_step", "below_dead_zone"],
    ),
    (
        "a tenge out of the zone is worth the change",
        {"a": 10_001},
        {"plan": plan(smallest_move=50), "dead_zones": AT_10_000},
        9_999,
        ["undercut", "below_dead_zone"],
    ),
    (
        "a tenge over the last one of the zone is worth it too",
        {"a": 10_541},
        {"plan": plan(smallest_move=50), "dead_zones": AT_10_000, "price": 10_539},
        10_540,
        ["undercut"],
    ),
    (
        "a tenge outside of the zone is not",
        {"a": 10_542},
        {"plan": plan(smallest_move=50), "dead_zones": AT_10_000, "price": 10_540},
        10_540,
        ["undercut", "small_move", "unchanged"],
    ),
    (
        "who names a price gets it",
        {},
        {"plan": plan("fixed", {"price": 10_300}), "dead_zones": AT_10_000},
        10_300,
        ["fixed"],
    ),
]

STOCK: list[Story] = [
    ("stock ran out: nothing left to sell", {"a": 9_800}, {"stock": 0}, 10_000, ["out_of_stock", "unchanged"]),
    (
        "the last two: no fight",
        {"a": 9_500},
        {"plan": plan(low_stock=LowStock(2)), "stock": 2},
        10_100,
        ["undercut", "low_stock"],
    ),
    ("the last two, and alone anyway", {}, {"plan": plan(low_stock=LowStock(2)), "stock": 2}, 12_000, ["alone"]),
    (
        "the last two, and the market asks as much",
        {"a": 10_101},
        {"plan": plan(low_stock=LowStock(2)), "stock": 2},
        10_100,
        ["undercut"],
    ),
    ("three are enough", {"a": 9_500}, {"plan": plan(low_stock=LowStock(2)), "stock": 3}, 9_499, ["undercut"]),
    ("nobody counts the stock", {"a": 9_500}, {"plan": plan(low_stock=LowStock(2))}, 9_499, ["undercut"]),
    (
        "the last ones drift over the dead zone",
        {"a": 9_500},
        {"plan": plan(low_stock=LowStock(2)), "stock": 1, "price": 9_950, "dead_zones": AT_10_000},
        10_540,
        ["undercut", "low_stock", "over_dead_zone"],
    ),
    (
        "nobody buys: two per cent lower",
        {"a": 9_800},
        {"plan": plan(slow_sales=SlowSales(1, 200)), "sold_per_week": 1},
        9_603,
        ["undercut", "slow_sales"],
    ),
    (
        "nobody buys, but the floor holds",
        {"a": 9_050},
        {"plan": plan(slow_sales=SlowSales(1, 200)), "sold_per_week": 0},
        9_000,
        ["undercut", "slow_sales", "floor"],
    ),
    ("it sells", {"a": 9_800}, {"plan": plan(slow_sales=SlowSales(1, 200)), "sold_per_week": 2}, 9_799, ["undercut"]),
    ("nobody counts the sales", {"a": 9_800}, {"plan": plan(slow_sales=SlowSales(1, 200))}, 9_799, ["undercut"]),
    (
        "nobody knows whether it is there: no lower",
        {"a": 9_800},
        {"is_stock_doubtful": True},
        10_000,
        ["undercut", "doubtful_stock", "unchanged"],
    ),
    (
        "nobody knows whether it is there: but up with the rival",
        {"a": 10_401},
        {"is_stock_doubtful": True},
        10_400,
        ["undercut"],
    ),
    (
        "nobody knows whether it is there: but the ceiling holds",
        {"a": 9_800},
        {"is_stock_doubtful": True, "price": 12_500},
        10_000,
        ["undercut", "bounded_step"],
    ),
    (
        "the last pieces of a slow seller are no bargain",
        {"a": 9_500},
        {"plan": plan(low_stock=LowStock(2), slow_sales=SlowSales(1)), "stock": 1, "sold_per_week": 0},
        10_100,
        ["undercut", "low_stock"],
    ),
]


@pytest.mark.parametrize(
    ("story", "rivals", "told", "expected", "rules"),
    [*FOLLOWING, *MOVES, *COSTS, *WHO_COUNTS, *TIME, *RESTRAINT, *DEAD_ZONES, *STOCK],
)
def test_story(story: str, rivals: Rivals, told: dict[str, Any], expected: int, rules: list[str]) -> None:
    decision = decide(situation(rivals, **told))
    assert (decision.price, [step.rule for step in decision.steps]) == (expected, rules), story
    assert not decision.is_hold


@pytest.mark.parametrize(
    "told",
    [
        {"limits": Limits(100, 12_000)},
        {"limits": Limits(9_000, 1_000_000_000)},
        {"cost_floor": 12_000},
        {"age_seconds": 3_600.0},
        {"age_seconds": 0},
    ],
)
def test_at_the_edge_of_the_unfit_it_decides(told: dict[str, Any]) -> None:
    assert not decide(situation({"a": 9_800}, **told)).is_hold


NAN = float("nan")


UNKNOWN: list[tuple[str, dict[str, Any], str]] = [
    ("a person has the word", {"plan": plan("manual")}, "manual"),
    ("a person has the word, also outside the corridor", {"plan": plan("manual"), "price": 500}, "manual"),
    ("a margin without costs", {"plan": plan("margin_target")}, "no_cost_floor"),
    ("costs above the ceiling", {"cost_floor": 12_001}, "cost_over_ceiling"),
    ("costs are NaN", {"cost_floor": NAN}, "bad_limits"),
    ("a plan with hours, and no clock", {"plan": plan(quiet_hours=NIGHT)}, "no_time"),
    ("a schedule, and no clock", {"plan": plan(schedule=(Slot(NIGHT[0], make_strategy("match")),))}, "no_time"),
    ("a truce that waits for the night, and no clock", {"plan": plan(truce=Truce(sleep_hours=NIGHT))}, "no_time"),
    ("a minute after Sunday", {"plan": plan(working_hours=NIGHT), "minute_of_week": 10_080}, "no_time"),
    ("half a minute", {"plan": plan(working_hours=NIGHT), "minute_of_week": 60.5}, "no_time"),
    ("our price is NaN", {"price": NAN, "shown": 1}, "bad_price"),
    ("our price is True", {"price": True}, "bad_price"),
    ("our price is a float", {"price": 10_000.0, "shown": 1}, "bad_price"),
    ("our price is text", {"price": "10 000", "shown": 1}, "bad_price"),
    ("our price is nothing", {"price": None, "shown": 1}, "bad_price"),
    ("our price is 0", {"price": 0, "shown": 1}, "bad_price"),
    ("floor is NaN", {"limits": Limits(NAN, 12_000)}, "bad_limits"),
    ("floor is True", {"limits": Limits(True, 12_000)}, "bad_limits"),
    ("ceiling is text", {"limits": Limits(9_000, "12.000")}, "bad_limits"),
    ("step is 0", {"limits": Limits(9_000, 12_000, 0)}, "bad_limits"),
    ("step is half a tenge", {"limits": Limits(9_000, 12_000, 0.5)}, "bad_limits"),
    ("floor is 0", {"limits": Limits(0, 12_000)}, "bad_limits"),
    ("floor is 99 tenge", {"limits": Limits(99, 12_000)}, "absurd_limits"),
    ("ceiling is over a milliard", {"limits": Limits(9_000, 1_000_000_001)}, "absurd_limits"),
    ("age is NaN", {"age_seconds": NAN}, "bad_age"),
    ("age is text", {"age_seconds": "now"}, "bad_age"),
    ("age is True", {"age_seconds": True}, "bad_age"),
    ("the usual price is NaN", {"recent_median": NAN}, "bad_fact"),
    ("the usual price is 0", {"recent_median": 0}, "bad_fact"),
    ("stock is text", {"stock": "5"}, "bad_fact"),
    ("stock is negative", {"stock": -1}, "bad_fact"),
    ("the doubt is text", {"is_stock_doubtful": "no"}, "bad_fact"),
    ("sales are True", {"sold_per_week": True}, "bad_fact"),
    ("changed NaN seconds ago", {"seconds_since_change": NAN}, "bad_fact"),
    ("a dead zone up to NaN", {"dead_zones": ((10_000, NAN, 9_999),)}, "bad_fact"),
    ("a move to a float", {"history": (Move("a", 9_800.0, 60.0),)}, "bad_fact"),
    ("a move NaN seconds ago", {"history": (Move("a", 9_800, NAN),)}, "bad_fact"),
    ("never looked", {"age_seconds": float("inf")}, "stale"),
    ("one of the offers is a float", {"offers": (Offer("me", 10_000), Offer("a", 9_800.0))}, "bad_offer"),
    ("one of the offers is True", {"offers": (Offer("me", 10_000), Offer("a", True))}, "bad_offer"),
    ("one of the offers is text", {"offers": (Offer("me", 10_000), Offer("a", "9800"))}, "bad_offer"),
    ("one of the offers is NaN", {"offers": (Offer("me", 10_000), Offer("a", NAN))}, "bad_offer"),
    ("one of the offers is for nothing", {"offers": (Offer("me", 10_000), Offer("a", 0))}, "bad_offer"),
    (
        "a friend's offer is negative",
        {"offers": (Offer("me", 10_000), Offer("a", -1)), "not_rivals": frozenset("a")},
        "bad_offer",
    ),
    (
        "everything at a hundredth",
        {"offers": (Offer("me", 100), Offer("a", 98)), "recent_median": 10_000},
        "market_jumped",
    ),
    (
        "everything tenfold",
        {"offers": (Offer("me", 99_000), Offer("a", 98_000)), "recent_median": 10_000},
        "market_jumped",
    ),
]


@pytest.mark.parametrize(("story", "told", "rule"), UNKNOWN)
def test_unknown_holds(story: str, told: dict[str, Any], rule: str) -> None:
    decision = decide(situation({"a": 9_800}, **told))
    assert ([step.rule for step in decision.steps], decision.is_hold) == ([rule], True), story
    assert decision.price is told.get("price", 10_000) or decision.price == 10_000


def test_what_buyers_see_of_us_is_our_cheapest_offer() -> None:
    ours = (Offer("me", 15_000), Offer("me", 10_000), Offer("a", 30_000))
    assert decide(situation({}, offers=ours)).price == decide(situation({}, offers=ours[::-1])).price == 12_000


@pytest.mark.parametrize("rival_asks", [9_600, 9_700, 9_800])
def test_the_explanation_carries_the_numbers(rival_asks: int) -> None:
    step = decide(situation({"a": rival_asks})).steps[0]
    assert (step.rule, step.price, step.merchant_id, step.seen) == ("undercut", rival_asks - 1, "a", rival_asks)


@pytest.mark.parametrize(
    ("asked", "jumped"),
    [
        ([100, 10_000], False),
        ([4_000, 4_000], False),
        ([3_999, 3_999], True),
        ([3_999, 4_000], False),
        ([25_000, 25_000], False),
        ([25_001, 25_001], True),
        ([25_000, 25_001], False),
        ([5_000, 30_000, 30_000], True),
        ([100, 100, 5_000], True),
        ([100, 5_000, 5_000], False),
        ([100, 100, 5_000, 5_000], False),
    ],
)
def test_a_market_has_jumped_when_its_middle_has(asked: list[int], jumped: bool) -> None:
    """The usual price is 10,000."""
    assert has_jumped([Offer(f"r{number}", price) for number, price in enumerate(asked)], 10_000) is jumped


@pytest.mark.parametrize("limits", [Limits(None, 12_000), Limits(9_000, None)])
def test_no_market_is_opened_without_a_limit(limits: Limits) -> None:
    with pytest.raises(ValueError, match=r"^a market needs both a floor and a ceiling$"):
        open_market(situation({}, limits=limits), Picture(10_000, (), ()))
