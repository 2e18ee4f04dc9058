import pytest

from sandbox.clock import Agenda, ManualClock, almaty_hour, almaty_midnight, iso
from sandbox.config import MANUAL_CLOCK_STARTS_AT as START


class Actor:
    """Writes down when it acted, every `pause` seconds."""

    def __init__(self, name: str, pause: float, diary: list[tuple[float, str]]) -> None:
        self.name = name
        self.pause = pause
        self.diary = diary

    def act(self, now: float) -> float:
        self.diary.append((now, self.name))
        return now + self.pause


def test_turns_come_in_order_of_time() -> None:
    diary: list[tuple[float, str]] = []
    agenda = Agenda()
    agenda.add(5, Actor("b", 5, diary).act)
    agenda.add(3, Actor("a", 3, diary).act)
    agenda.run_until(10)
    assert diary == [(3, "a"), (5, "b"), (6, "a"), (9, "a"), (10, "b")]
    agenda.run_until(11)
    assert len(diary) == 5


def test_equal_times_keep_the_order_of_entry() -> None:
    diary: list[tuple[float, str]] = []
    agenda = Agenda()
    for name in "xyz":
        agenda.add(1, Actor(name, 9, diary).act)
    agenda.run_until(1)
    assert [name for _, name in diary] == ["x", "y", "z"]


def test_postponing_moves_everybody() -> None:
    diary: list[tuple[float, str]] = []
    agenda = Agenda()
    agenda.add(3, Actor("a", 10, diary).act)
    agenda.postpone(100)
    agenda.add(104, Actor("b", 10, diary).act)
    agenda.run_until(104)
    assert diary == [(103, "a"), (104, "b")]


def test_a_manual_clock_stands_still_and_never_goes_back() -> None:
    clock = ManualClock(START)
    assert (clock.now(), clock.now()) == (START, START)
    clock.move_to(START + 60)
    clock.move_to(START)
    assert clock.now() == START + 60


@pytest.mark.parametrize(
    ("moment", "hour", "midnight"),
    [
        ("2026-01-05T05:00:00.000+00:00", 10.0, "2026-01-04T19:00:00.000+00:00"),
        ("2026-01-05T18:59:00.000+00:00", 23 + 59 / 60, "2026-01-04T19:00:00.000+00:00"),
        ("2026-01-05T19:00:00.000+00:00", 0.0, "2026-01-05T19:00:00.000+00:00"),
    ],
)
def test_almaty_is_five_hours_ahead(moment: str, hour: float, midnight: str) -> None:
    from_start = {
        "2026-01-05T05:00:00.000+00:00": 0.0,
        "2026-01-05T18:59:00.000+00:00": 13 * 3600 + 59 * 60,
        "2026-01-05T19:00:00.000+00:00": 14 * 3600,
    }
    seconds = START + from_start[moment]
    assert iso(seconds) == moment
    assert almaty_hour(seconds) == pytest.approx(hour)
    assert iso(almaty_midnight(seconds)) == midnight
