"""Windows of the local week. Times come in as minutes since Monday 00:00, so nobody here needs a clock or a zone."""

from collections.abc import Iterable
from dataclasses import dataclass

from pricing.strategies.base import Strategy, check

MINUTES_OF_DAY = 24 * 60
MINUTES_OF_WEEK = 7 * MINUTES_OF_DAY
EVERY_DAY = range(7)


@dataclass(frozen=True, slots=True)
class Hours:
    """From `start` up to, not including, `end`, in minutes of the week; goes over Sunday midnight when end <= start."""

    start: int
    end: int

    def __post_init__(self) -> None:
        is_sound = 0 <= self.start < MINUTES_OF_WEEK and 0 <= self.end <= MINUTES_OF_WEEK
        check(is_sound=is_sound, problem="a week has 10,080 minutes")

    def __contains__(self, minute_of_week: int) -> bool:
        if self.start < self.end:
            return self.start <= minute_of_week < self.end
        return minute_of_week >= self.start or minute_of_week < self.end


@dataclass(frozen=True, slots=True)
class Slot:
    """Which strategy rules in these hours."""

    hours: Hours
    strategy: Strategy


def daily(start: int, end: int, days: Iterable[int] = EVERY_DAY) -> tuple[Hours, ...]:
    """
    The same hours on several days (0 is Monday), in minutes of the day; an `end` not after `start` is on the next day.
    """
    length = end - start if start < end else end - start + MINUTES_OF_DAY
    starts = [day * MINUTES_OF_DAY + start for day in days]
    return tuple(Hours(begin, (begin + length) % MINUTES_OF_WEEK) for begin in starts)


def is_minute_of_week(minute: object) -> bool:
    """Whether it is a minute of the week: no None, no float, nothing past Sunday."""
    return type(minute) is int and 0 <= minute < MINUTES_OF_WEEK


def is_within(minute_of_week: int, windows: Iterable[Hours]) -> bool:
    """Whether the minute is in one of the windows."""
    return any(minute_of_week in hours for hours in windows)
