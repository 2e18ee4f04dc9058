"""From which day to which day figures are asked for: days of Almaty, both inside."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from django.utils import timezone
from django.utils.translation import gettext as _

from stores.services.errors import Refusal

LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Period:
    """Days in a row, `since` and `until` inside."""

    since: date
    until: date

    @classmethod
    def between(cls, since: date, until: date) -> Self:
        """Raises Refusal (`bad_period`) for one that ends before it begins, or is longer than a year."""
        if not timedelta(0) <= until - since < LONGEST:
            raise Refusal("bad_period", _("Choose at most a year, and an end that is not before the beginning."))
        return cls(since, until)

    @classmethod
    def last(cls, days: int) -> Self:
        """So many days, today the last of them."""
        today = timezone.localdate()
        return cls(today - timedelta(days=days - 1), today)

    @property
    def days(self) -> list[date]:
        """Every day of it."""
        return [self.since + timedelta(days=number) for number in range((self.until - self.since).days + 1)]
