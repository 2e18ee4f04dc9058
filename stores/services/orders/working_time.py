"""
Time in which a sales point is open: added up, and measured. Pure: the moments are told, and are aware.

Hours are as `SalesPoint.hours` has them, weekday (`mon` … `sun`) → [opens, closes] in Almaty time; a day that is not
among them is closed. None: nobody has told, so all time counts, and whatever is due is due sooner rather than later.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ALMATY = ZoneInfo("Asia/Almaty")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Hours = Mapping[str, Sequence[str]] | None


def after_working_time(start: datetime, span: timedelta, hours: Hours) -> datetime:
    """The moment at which so much working time has passed since the start."""
    if not hours:
        return start + span
    for opens, closes in _open_spans(start, hours):
        begins = max(start, opens)
        if span <= closes - begins:
            return begins + span
        span -= closes - begins
    raise AssertionError("days do not end")


def working_time(start: datetime, end: datetime, hours: Hours) -> timedelta:
    """How much working time lies between; nothing where the end is before the start."""
    if not hours:
        return max(end - start, timedelta(0))
    total = timedelta(0)
    for opens, closes in _open_spans(start, hours):
        if opens >= end:
            break
        total += min(closes, end) - max(opens, start)
    return max(total, timedelta(0))


def end_of_working_day(start: datetime, count: int, hours: Hours) -> datetime:
    """When the point closes on the so manieth open day after the start's own; without hours, midnight of that day."""
    day = _day_of(start)
    while count:
        day += timedelta(days=1)
        count -= not hours or WEEKDAYS[day.weekday()] in hours
    closes = "24:00" if not hours else hours[WEEKDAYS[day.weekday()]][1]
    return _at(day, closes)


def days_later(start: datetime, days: int) -> datetime:
    """The same time of day, so many days of Almaty later."""
    return (start.astimezone(ALMATY) + timedelta(days=days)).astimezone(UTC)


def at_hour(moment: datetime, hour: int) -> datetime:
    """This hour of the moment's day."""
    return _at(_day_of(moment), f"{hour:02}:00")


def _open_spans(start: datetime, hours: Mapping[str, Sequence[str]]) -> Iterator[tuple[datetime, datetime]]:
    """When the point is open, from the start on, without end."""
    day = _day_of(start)
    while True:
        if told := hours.get(WEEKDAYS[day.weekday()]):
            opens, closes = (_at(day, each) for each in told)
            if closes > start:
                yield opens, closes
        day += timedelta(days=1)


def _day_of(moment: datetime) -> date:
    return moment.astimezone(ALMATY).date()


def _at(day: date, told: str) -> datetime:
    """`09:30` of a day; `24:00` is the next day's first moment."""
    hour, minute = map(int, told.split(":"))
    midnight = day + timedelta(days=hour // 24)
    return datetime.combine(midnight, time(hour % 24, minute), ALMATY).astimezone(UTC)
