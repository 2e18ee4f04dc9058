"""Days as plain values, since the engine has no calendar: an ISO date or the ordinal number of a day."""

import re
from typing import TypeAlias

# "2026-01-31", or the number that `datetime.date.toordinal` gives for it.
Day: TypeAlias = int | str

_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def ordinal(day: Day) -> int:
    """The number of the day, 1 for 0001-01-01, as `datetime.date.toordinal`. Raises ValueError for what is no day."""
    if type(day) is int:
        return day
    parts = _ISO_DATE.fullmatch(day) if isinstance(day, str) else None
    if parts is None:
        raise ValueError(f"neither an ISO date nor an ordinal: {day!r}")
    year, month, of_month = (int(part) for part in parts.groups())
    if year < 1 or not 1 <= month <= 12 or not 1 <= of_month <= _month_lengths(year)[month - 1]:
        raise ValueError(f"no such day: {day}")
    return _days_before_year(year) + sum(_month_lengths(year)[: month - 1]) + of_month


def _days_before_year(year: int) -> int:
    past = year - 1
    return past * 365 + past // 4 - past // 100 + past // 400


def _month_lengths(year: int) -> tuple[int, ...]:
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (31, 29, *_MONTH_LENGTHS[2:]) if is_leap else _MONTH_LENGTHS
