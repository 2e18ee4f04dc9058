"""How a rival behaves, from the moves that were seen."""

import pytest

from stores.services.market.behaviour import Behaviour, Event, learn

US, BOT, PERSON = 1, 2, 3
MINUTE, HOUR = 60.0, 3600.0


def duel(rounds: int, step: int, wait: float, hour: int = 12) -> list[Event]:
    """We go a tenge under the rival, he answers `wait` seconds later by `step`."""
    events = [Event(US, 0.0, hour, 10_000), Event(BOT, 1.0, hour, 10_000)]
    price = 10_000
    for number in range(rounds):
        at = (number + 1) * 2 * HOUR
        events.append(Event(US, at, hour, price - 1))
        price = price - 1 - step
        events.append(Event(BOT, at + wait, hour, price))
    return events


def of_bot(events: list[Event], until: float = 100 * HOUR) -> Behaviour:
    return learn([events], until)[BOT]


def test_a_robot_is_known_by_its_step_and_its_haste() -> None:
    learnt = of_bot(duel(12, step=5, wait=5 * MINUTE))
    assert (learnt.is_bot, learnt.step, learnt.reaction_seconds, learnt.moves) == (True, 5, 300, 12)
    assert learnt.lowest == 10_000 - 12 * 6


def test_few_moves_say_nothing() -> None:
    assert of_bot(duel(9, step=5, wait=5 * MINUTE)).is_bot is None


def test_a_person_is_slow_and_has_no_step() -> None:
    events = [Event(US, 0.0, 12, 50_000), Event(BOT, 1.0, 12, 50_000)]
    for number in range(12):
        at = (number + 1) * 10 * HOUR
        events.append(Event(US, at, 12, 49_000 - number * 1_000))
        events.append(Event(BOT, at + 3 * HOUR, 12, 48_900 - number * 1_001))
    assert of_bot(events, 200 * HOUR).is_bot is False


@pytest.mark.parametrize(
    ("case", "hour", "wait", "is_bot"),
    [
        ("the same step, at night", 3, 3 * HOUR, True),
        ("the same step, by day, slowly", 12, 1.5 * HOUR, False),
        ("the same step, by day, fast", 12, 10 * MINUTE, True),
    ],
)
def test_two_signs_of_three_make_a_robot(case: str, hour: int, wait: float, is_bot: bool) -> None:
    assert of_bot(duel(12, step=5, wait=wait, hour=hour)).is_bot is is_bot


def test_the_time_in_front_is_shared_by_equals() -> None:
    events = [Event(US, 0.0, 12, 1_000), Event(BOT, 0.0, 12, 1_000), Event(BOT, 50.0, 12, 1_100)]
    learnt = learn([events], 100.0)
    assert (learnt[US].first_share, learnt[BOT].first_share) == (1.0, 0.5)


def test_who_left_is_not_there_any_more() -> None:
    events = [Event(US, 0.0, 12, 1_000), Event(BOT, 0.0, 12, 900), Event(BOT, 50.0, 12, None)]
    learnt = learn([events], 100.0)
    assert (learnt[US].first_share, learnt[BOT].first_share) == (0.5, 1.0)
    assert learnt[BOT].moves == 0


def test_a_raise_is_no_answer() -> None:
    events = [
        Event(US, 0.0, 12, 1_000),
        Event(BOT, 0.0, 12, 1_000),
        Event(US, 10.0, 12, 900),
        Event(BOT, 20.0, 12, 1_200),
    ]
    learnt = of_bot(events)
    assert (learnt.reaction_seconds, learnt.step, learnt.moves) == (None, None, 1)


def test_cards_add_up() -> None:
    learnt = learn([duel(6, 5, MINUTE), duel(6, 5, MINUTE)], 100 * HOUR)[BOT]
    assert (learnt.moves, learnt.is_bot) == (12, True)
    assert sum(learnt.hours) == 12


def test_nothing_seen_is_nothing_learnt() -> None:
    assert learn([], 0.0) == {}
