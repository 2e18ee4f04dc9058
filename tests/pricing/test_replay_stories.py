"""Replays that can be followed by hand: when a price is decided, what the gate is asked, and what is counted."""

import dataclasses

import pytest

from pricing import Hours, Limits, Move, Offer, Plan, Situation, Slot, Truce, daily, make_strategy
from pricing.replay import BUDGET_SPENT, Change, Figures, Hooks, Meant, Merchant, Outcome, Price, Replay, Wish
from pricing.replay.run import _turns

ME = Merchant("me", 4.5, 10)
RIVAL = Merchant("a", 4.9, 50)
DAY = 86_400.0
WEEK = 7 * DAY


class Gate:
    """Remembers what it was asked; lets through so many changes in half an hour."""

    def __init__(self, budget: int = 100) -> None:
        self.budget = budget
        self.wishes: list[Wish] = []

    def __call__(self, wish: Wish) -> str | None:
        self.wishes.append(wish)
        return BUDGET_SPENT if wish.changes_in_half_hour >= self.budget else None

    @property
    def prices(self) -> list[int]:
        return [wish.price for wish in self.wishes]


def price(key: int = 7, plan: Plan | None = None) -> Price:
    """We ask 10,000 where the rival asks 9,800; a person agreed to 10,500 once."""
    facts = Situation(10_000, Limits(9_000, 12_000, 5), "me", (), plan=plan or Plan())
    return Price(key=key, market=key + 100, facts=facts, price=10_000, confirmed=10_500)


def started(gate: Gate, *prices: Price, pulls: tuple[float, ...] = (), end: float = 3_600.0) -> Replay:
    replay = Replay(prices, pulls, end, Hooks(gate, lambda at: int(at // 60)))
    for each in prices:
        replay.stand(each.market, ME, 10_000, (1, 0))
        replay.stand(each.market, RIVAL, 9_800, (2, 0))
    replay.start()
    return replay


def rival_asks(at: float, tenge: int | None, key: int = 7) -> Change:
    return Change(at, key + 100, RIVAL, tenge)


def test_one_price_all_the_way() -> None:
    gate = Gate()
    replay = started(gate, price(), pulls=(1_200.0, 600.0))
    replay.take([rival_asks(700.0, 9_700), rival_asks(900.0, None), Meant(1_000.0, 7, 9_900), Meant(1_000.0, 8, 1)])
    (outcome,) = replay.finish()

    asked = Wish(9_795, 10_000, 10_000, 10_000, 10_500, 9_900, 0, 9_000, 12_000)
    assert gate.wishes == [
        asked,
        # Buyers see 9,795 since 600 s; the median of 9,795 and 9,700 is rounded down.
        dataclasses.replace(
            asked, price=9_695, current=9_795, shown=9_795, market_median=9_747, changes_in_half_hour=1
        ),
        # Alone: up to the ceiling, as far as one move may go from what buyers see.
        dataclasses.replace(
            asked, price=11_754, current=9_695, shown=9_795, market_median=9_795, changes_in_half_hour=2
        ),
        dataclasses.replace(
            asked,
            price=12_000,
            current=11_754,
            shown=11_754,
            highest_of_day=11_754,
            market_median=11_754,
            changes_in_half_hour=3,
        ),
    ]
    assert outcome == Outcome(
        key=7,
        would=Figures(
            first=10_000,
            last=12_000,
            lowest=9_695,
            highest=12_000,
            # 700 s at 9,795, 200 s at 9,695, 300 s at 11,754, 2,400 s at 12,000
            average=11_423,
            changes=4,
            at_floor=0.0,
            # Second for 600 s, first with 9,795 for 100 s, second for 200 s after the rival's answer, then alone
            place=1.22,
            first_place=0.7778,
            top_three=1.0,
        ),
        was=Figures(
            first=10_000,
            last=9_900,
            lowest=9_900,
            highest=10_000,
            average=9_928,
            changes=1,
            at_floor=0.0,
            place=1.25,
            first_place=0.75,
            top_three=1.0,
        ),
    )
    assert replay.decisions == 5  # at the start, at both pulls, at both changes
    assert replay.would.change_times == [0.0, 700.0, 900.0, 1_200.0]


def test_what_the_budget_holds_back_is_tried_every_five_minutes() -> None:
    gate = Gate(budget=1)
    replay = started(gate, price(1), price(2))
    replay.finish()
    assert replay.would.change_times == [0.0, 1_800.0]
    assert replay.held == {BUDGET_SPENT: 6}
    assert [wish.changes_in_half_hour for wish in gate.wishes] == [0, 1, 1, 1, 1, 1, 1, 0]


def test_another_refusal_is_counted_and_not_tried_again() -> None:
    replay = Replay([price()], (), 3_600.0, Hooks(lambda wish: "drift_of_day", lambda at: 0))
    replay.stand(107, ME, 10_000, (1, 0))
    replay.stand(107, RIVAL, 9_800, (2, 0))
    replay.start()
    (outcome,) = replay.finish()
    assert (replay.held, replay.decisions) == ({"drift_of_day": 1}, 1)
    assert (outcome.would.changes, outcome.would.last) == (0, 10_000)


def test_a_cool_down_ends_with_a_decision() -> None:
    gate = Gate()
    replay = started(gate, price(plan=Plan(cool_down_seconds=400.0)))
    replay.take([rival_asks(100.0, 9_700)])
    replay.finish()
    assert (replay.would.change_times, gate.prices) == ([0.0, 400.0], [9_795, 9_695])


def test_the_end_of_quiet_hours_is_a_moment_to_decide() -> None:
    gate = Gate()
    replay = started(gate, price(plan=Plan(quiet_hours=(Hours(10, 50),))))
    replay.take([rival_asks(1_200.0, 9_700)])
    replay.finish()
    assert (replay.would.change_times, gate.prices) == ([0.0, 3_000.0], [9_795, 9_695])


def test_the_highest_price_of_the_day_is_forgotten_after_a_day() -> None:
    gate = Gate()
    replay = started(gate, price(), end=2 * DAY)
    replay.take([rival_asks(DAY, 9_700), rival_asks(DAY + 1, 9_600)])
    replay.finish()
    # 10,000 was left at 0 s, 9,795 at 86,400 s.
    assert [wish.highest_of_day for wish in gate.wishes] == [10_000, 10_000, 9_795]


def test_an_offer_of_ours_that_is_gone_decides_nothing_until_it_is_back() -> None:
    gate = Gate()
    replay = started(gate, price())
    gone, back = Change(900.0, 107, ME, None), Change(1_800.0, 107, ME, 10_000)
    replay.take([gone, rival_asks(1_000.0, 9_700), back])
    (outcome,) = replay.finish()
    assert gate.prices == [9_795, 9_695]
    # Back with what we mean by then, not with what was recorded.
    assert (replay.would.change_times, gate.wishes[1].shown) == ([0.0, 1_800.0], 9_795)
    assert (outcome.would.place, outcome.would.first_place) == (2.0, 0.0)
    assert outcome.was.place == 2.0


def test_changes_on_cards_of_others_decide_nothing() -> None:
    replay = started(Gate(), price())
    replay.take([Change(100.0, 5, RIVAL, 9_000)])
    replay.finish()
    assert replay.decisions == 1


def test_a_friend_is_seen_and_not_followed() -> None:
    facts = dataclasses.replace(price().facts, not_rivals=frozenset({"friend"}))
    gate = Gate()
    replay = started(gate, dataclasses.replace(price(), facts=facts))
    replay.take([Change(100.0, 107, Merchant("friend"), 9_100)])
    replay.finish()
    assert gate.prices == [9_795]
    assert replay.board.listed(0, "me") == (
        Offer("me", 10_000, 4.5, 10),
        Offer("a", 9_800, 4.9, 50, 2, 0),
        Offer("friend", 9_100),
    )


class TestTruce:
    PLAN = Plan(truce=Truce(window_seconds=1_000.0))

    def test_the_engine_is_told_of_the_moves_in_the_window(self) -> None:
        replay = started(Gate(), price(plan=self.PLAN), pulls=(600.0,))
        replay.take(
            [rival_asks(100.0, 9_700), rival_asks(650.0, None), rival_asks(700.0, 9_600), rival_asks(800.0, 9_600)]
        )
        told = replay._situation(0, 750.0)
        assert told.history == (Move("a", 9_700, 650.0), Move("me", 9_695, 150.0), Move("a", 9_600, 50.0))
        assert (told.price, told.seconds_since_change, told.minute_of_week) == (9_595, 50.0, 12)
        assert told.offers == (Offer("me", 9_695, 4.5, 10), Offer("a", 9_600, 4.9, 50, 2, 0))

    def test_a_move_older_than_the_window_is_forgotten(self) -> None:
        replay = started(Gate(), price(plan=self.PLAN))
        replay.take([rival_asks(at, 9_700) for at in (100.0, 1_100.0, 1_101.0, 2_000.0)])
        assert [move.seconds_ago for move in replay._situation(0, 1_101.0).history] == [1.0, 0.0]

    def test_before_the_first_change_nothing_was_waited(self) -> None:
        replay = started(Gate(), price(plan=self.PLAN))
        assert replay._situation(0, 10.0).seconds_since_change is None
        assert replay._situation(0, 10.0).history == ()


@pytest.mark.parametrize(
    ("plan", "first_minute", "end", "turns"),
    [
        (Plan(), 0, WEEK, []),
        (Plan(quiet_hours=(Hours(30, 60),)), 10, 3_000.0, [1_200.0]),
        (Plan(quiet_hours=(Hours(30, 60),)), 10, 3_000.5, [1_200.0, 3_000.0]),
        (Plan(quiet_hours=(Hours(30, 60),)), 10, 8 * DAY, [1_200.0, 3_000.0, WEEK + 1_200.0, WEEK + 3_000.0]),
        (Plan(working_hours=(Hours(0, 10_080),)), 10_079, DAY, [60.0]),
        (Plan(working_hours=daily(0, 60, days=(0, 1))), 0, DAY, [0.0, 3_600.0]),
        (Plan(schedule=(Slot(Hours(1, 2), make_strategy("match")),)), 0, DAY, [60.0, 120.0]),
        (Plan(truce=Truce(sleep_hours=(Hours(5, 7),))), 0, DAY, [300.0, 420.0]),
    ],
)
def test_the_hours_of_a_plan_turn(plan: Plan, first_minute: int, end: float, turns: list[float]) -> None:
    assert _turns(plan, first_minute, end) == turns
