"""Time: seconds since 1970 (UTC) inside, ISO text outside, Almaty hours for people's habits."""

import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

HOUR = 3600.0
DAY = 24 * HOUR
# All Kazakhstan has been at UTC+5 since 1 March 2024.
ALMATY_OFFSET = 5 * HOUR


class Clock(Protocol):
    """Tells the time in seconds since 1970, UTC."""

    def now(self) -> float: ...


class RealClock:
    """The computer's own clock."""

    def now(self) -> float:
        return time.time()


class ManualClock:
    """A clock that stands still until it is moved, and never goes back."""

    def __init__(self, starts_at: float) -> None:
        self._now = starts_at

    def now(self) -> float:
        return self._now

    def move_to(self, moment: float) -> None:
        self._now = max(self._now, moment)


def iso(moment: float) -> str:
    """Return the moment as the storefront writes it: `2026-01-06T18:00:00.000+00:00`, UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


def almaty_hour(moment: float) -> float:
    """Return the hour of the day in Almaty, 0 up to 24."""
    return (moment + ALMATY_OFFSET) % DAY / HOUR


def almaty_midnight(moment: float) -> float:
    """Return the moment at which the Almaty day of `moment` began."""
    return moment - (moment + ALMATY_OFFSET) % DAY


Action = Callable[[float], float | None]
"""Does what is due at the given moment and returns the moment of its next turn, or None when there is none."""


class Agenda:
    """Who acts when. Turns come in order of time; equal times in order of entry."""

    def __init__(self) -> None:
        self._turns: list[tuple[float, int, Action]] = []
        self._numbers = itertools.count()
        self._shift = 0.0

    def add(self, due: float, action: Action) -> None:
        heapq.heappush(self._turns, (due - self._shift, next(self._numbers), action))

    def run_until(self, moment: float) -> None:
        """Let everybody who is due up to and including `moment` act, each at his own time."""
        while self._turns and self._turns[0][0] + self._shift <= moment:
            due, _, action = heapq.heappop(self._turns)
            following = action(due + self._shift)
            if following is not None:
                self.add(following, action)

    def postpone(self, seconds: float) -> None:
        """Move every turn into the future by the same span."""
        self._shift += seconds
