"""Days and months of a subscription: counted by the calendar of Almaty, whatever an hour or a month is long there."""

import calendar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ALMATY = ZoneInfo("Asia/Almaty")


def add_days(moment: datetime, days: int) -> datetime:
    """The same time of day, so many days later."""
    local = moment.astimezone(ALMATY).replace(tzinfo=None)
    return _from_wall(local + timedelta(days=days))


def add_months(moment: datetime, months: int) -> datetime:
    """
    The same day and time, so many months later; from a month's last day to a month's last day.

    31 January leads to 28 February, and that to 31 March: nobody loses days because a month between is short.
    """
    local = moment.astimezone(ALMATY).replace(tzinfo=None)
    years, month = divmod(local.month - 1 + months, 12)
    year, month = local.year + years, month + 1
    last = _last_day(year, month)
    day = last if local.day == _last_day(local.year, local.month) else min(local.day, last)
    return _from_wall(local.replace(year=year, month=month, day=day))


def _last_day(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _from_wall(local: datetime) -> datetime:
    return local.replace(tzinfo=ALMATY).astimezone(UTC)
