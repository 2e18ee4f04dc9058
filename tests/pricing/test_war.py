"""Two who answer each other downwards: how it is seen, and what is done about it."""

import dataclasses
from typing import Any

import pytest

from pricing import Answer, Limits, Move, Offer, Rule, Situation, Truce, daily, decide, find_war
from tests.pricing.market import ME, MONDAY_NIGHT, MONDAY_NOON, plan, situation

# Each minute somebody goes 100 lower, we first: 12,000, 11,900, … The rival "a" has gone last.
RACE = tuple(
    Move(
        ME if turn % 2 == 0 else "a",
        12_000 - 100 * turn,
        seconds_ago=60.0 * (20 - turn),
        unit_profit=1_000 - 100 * turn if turn % 2 == 0 else None,
        units_sold=3,
    )
    for turn in range(8)
)
NIGHT = daily(23 * 60, 7 * 60)


def at_war(truce: Truce, *later: Move, shown: int = 11_400, rival: int = 11_300, **told: Any) -> Situation:
    return situation({"a": rival}, price=shown, plan=plan(truce=truce), history=(*RACE, *later), **told)


def test_a_war_is_described() -> None:
    war = find_war(at_war(Truce()), Truce())
    assert war is not None
    assert (war.rival, war.follower, war.step, war.reaction_seconds, war.fallen) == ("a", "a", 100, 60, 700)
    assert (war.peace_price, war.is_offered, war.is_accepted) == (12_000, False, False)
    # Three pieces at 1,000, at 800, at 600 and at 400 each, where peace would have earned 1,000.
    assert war.cost == 3 * (0 + 200 + 400 + 600)


def test_who_answers_faster_follows() -> None:
    slower_rival = tuple(
        dataclasses.replace(move, seconds_ago=move.seconds_ago - (30 if move.merchant_id == "a" else 0))
        for move in RACE
    )
    war = find_war(situation({}, history=slower_rival), Truce())
    assert war is not None
    assert (war.follower, war.reaction_seconds) == (ME, 90)


@pytest.mark.parametrize(
    ("story", "history", "changes"),
    [
        ("nobody moved", (), {}),
        ("too few answers", RACE[:6], {}),
        ("more answers are asked for", RACE, {"answers": 4}),
        ("it took them longer than a reaction", RACE, {"reaction_seconds": 59.0}),
        ("it is too long ago", RACE, {"window_seconds": 600.0}),
        ("only the rival moves", tuple(dataclasses.replace(move, merchant_id="a") for move in RACE), {}),
        ("they rise", tuple(dataclasses.replace(move, price=20_000 - move.price) for move in RACE), {}),
        ("moves of the future", tuple(dataclasses.replace(move, seconds_ago=-move.seconds_ago) for move in RACE), {}),
        (
            "two strangers fight",
            tuple(dataclasses.replace(m, merchant_id={ME: "b"}.get(m.merchant_id, "a")) for m in RACE),
            {},
        ),
    ],
)
def test_no_war(story: str, history: tuple[Move, ...], changes: dict[str, Any]) -> None:
    assert find_war(situation({}, history=history), dataclasses.replace(Truce(), **changes)) is None, story


# He begins: "a" at 12,000, we at 11,900, …
HE_BEGAN = tuple(dataclasses.replace(move, merchant_id={ME: "a", "a": ME}[move.merchant_id]) for move in RACE)


@pytest.mark.parametrize(
    ("story", "history", "changes", "is_war"),
    [
        ("three answers each", RACE[:7], {}, True),
        ("three of ours, two of his", HE_BEGAN[:6], {}, False),
        ("three each, and he began", HE_BEGAN[:7], {}, True),
        ("four of ours, three of his", HE_BEGAN, {"answers": 4}, False),
        ("as slow as a reaction may be", RACE, {"reaction_seconds": 60.0}, True),
        ("as old as the window", RACE[:7], {"window_seconds": 1_200.0}, True),
        ("its first move just left the window", RACE[:7], {"window_seconds": 1_199.0}, False),
        (
            "he only draws level",
            tuple(dataclasses.replace(move, price=12_000 - 100 * (turn // 2)) for turn, move in enumerate(RACE)),
            {},
            False,
        ),
    ],
)
def test_where_a_war_begins(story: str, history: tuple[Move, ...], changes: dict[str, Any], is_war: bool) -> None:
    war = find_war(situation({}, history=history), dataclasses.replace(Truce(), **changes))
    assert (war is not None) is is_war, story


def test_the_move_of_this_second_belongs_to_the_war() -> None:
    now = tuple(dataclasses.replace(move, seconds_ago=move.seconds_ago - 780) for move in RACE)
    war = find_war(situation({}, history=now), Truce())
    assert (now[-1].seconds_ago, war.fallen) == (0, 700)


def test_a_partner_makes_no_war() -> None:
    assert find_war(situation({}, history=RACE, not_rivals=frozenset("a")), Truce()) is None


def test_the_cost_is_unknown_without_profits() -> None:
    half_known = tuple(dataclasses.replace(move, units_sold=None) for move in RACE)
    unknown = tuple(dataclasses.replace(move, unit_profit=None) for move in RACE)
    assert [find_war(situation({}, history=told), Truce()).cost for told in (half_known, unknown)] == [None, None]


WE_ROSE = Move(ME, 11_500, 300.0)
HE_ROSE = Move("a", 11_800, 200.0)
HE_FELL = Move("a", 11_200, 200.0)
WAR = ["undercut", "war", "war_follower", "war_step", "war_reaction", "war_cost"]


@pytest.mark.parametrize(
    ("story", "told", "expected", "rules"),
    [
        ("no truce: on it goes", situation({"a": 11_300}, price=11_400, history=RACE), 11_299, ["undercut"]),
        ("hold", at_war(Truce()), 11_400, [*WAR, "war_hold", "unchanged"]),
        ("hold is no reason not to rise", at_war(Truce(), rival=11_700), 11_699, WAR),
        ("step up once", at_war(Truce(Answer.STEP_UP)), 11_500, [*WAR, "war_step_up"]),
        (
            "stepped up, and he is thinking: hold",
            at_war(Truce(Answer.STEP_UP), WE_ROSE, shown=11_500),
            11_500,
            [*WAR, "war_hold", "unchanged"],
        ),
        (
            "he followed up: match him",
            at_war(Truce(Answer.STEP_UP), WE_ROSE, HE_ROSE, shown=11_500, rival=11_800),
            11_800,
            [*WAR, "truce"],
        ),
        (
            "he refused: the war is forgotten, until it is one again",
            at_war(Truce(Answer.STEP_UP), WE_ROSE, HE_FELL, shown=11_500, rival=11_200),
            11_199,
            ["undercut"],
        ),
        (
            "while he sleeps: back to the price of peace",
            at_war(Truce(Answer.RESET, sleep_hours=NIGHT), minute_of_week=MONDAY_NIGHT),
            12_000,
            [*WAR, "war_reset"],
        ),
        (
            "by day: hold",
            at_war(Truce(Answer.RESET, sleep_hours=NIGHT), minute_of_week=MONDAY_NOON),
            11_400,
            [*WAR, "war_hold", "unchanged"],
        ),
        (
            "a step up ends at the ceiling",
            at_war(Truce(Answer.STEP_UP, step_up=2_000)),
            12_000,
            [*WAR, "war_step_up", "ceiling"],
        ),
        (
            "holding does not keep a price under a new floor",
            at_war(Truce(), limits=Limits(11_600, 12_000)),
            11_600,
            ["under_my_floor", "floor", *WAR[1:]],
        ),
    ],
)
def test_what_is_done(story: str, told: Situation, expected: int, rules: list[str]) -> None:
    decision = decide(told)
    assert (decision.price, [step.rule for step in decision.steps]) == (expected, rules), story


def race(truce: Truce | None, rounds: int) -> tuple[int, int]:
    """Our lowest and our last price against a bot that asks 100 less than we do, down to 6,000, every ten minutes."""
    ours, rivals, lowest = 15_000, 15_050, 15_000
    moves: list[tuple[int, str, int]] = []
    for minute in range(0, rounds * 20, 20):
        history = tuple(Move(who, price, 60.0 * (minute - at)) for at, who, price in moves[-20:])
        offers = (Offer(ME, ours), Offer("bot", rivals))
        limits = Limits(12_929, 16_000, 100)
        decided = decide(Situation(ours, limits, ME, offers, plan=plan(truce=truce), history=history)).price
        if decided != ours:
            moves.append((minute, ME, decided))
        ours = decided
        lowest = min(lowest, ours)
        answer = max(ours - 100, 6_000)
        if answer != rivals:
            moves.append((minute + 10, "bot", answer))
        rivals = answer
    return lowest, ours


def test_two_bots_race_to_the_floor() -> None:
    assert race(None, rounds=20) == (12_929, 12_929)


def test_with_a_truce_they_stop_far_above_it() -> None:
    lowest, last = race(Truce(), rounds=20)
    assert (lowest, last) == (14_350, 14_350)


def test_the_numbers_of_a_war_are_in_the_steps() -> None:
    steps = {step.rule: step for step in decide(at_war(Truce())).steps}
    assert (steps[Rule.WAR].merchant_id, steps[Rule.WAR].seen) == ("a", 700)
    assert steps[Rule.WAR_FOLLOWER].merchant_id == "a"
    assert (steps[Rule.WAR_STEP].seen, steps[Rule.WAR_REACTION].seen, steps[Rule.WAR_COST].seen) == (100, 60, 3_600)
