"""The hours of each weekday, as forms ask for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cabinet.forms.refusals import RefusalForm
from stores.services.sales_points import WEEKDAYS

DAYS = {
    "mon": _("Monday"),
    "tue": _("Tuesday"),
    "wed": _("Wednesday"),
    "thu": _("Thursday"),
    "fri": _("Friday"),
    "sat": _("Saturday"),
    "sun": _("Sunday"),
}


class HoursForm(RefusalForm):
    """Two times for each weekday; what they mean is the form's."""

    def __init__(self, hours: Mapping[str, Sequence[str]] | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day in WEEKDAYS:
            begins, ends = (hours or {}).get(day, ("", ""))
            for name, initial in ((f"{day}_from", begins), (f"{day}_to", ends)):
                widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
                self.fields[name] = forms.CharField(
                    label=DAYS[day], required=False, max_length=5, initial=initial, widget=widget
                )

    def days(self) -> list[tuple[Any, Any, Any]]:
        """The fields of each day, for the page."""
        return [(DAYS[day], self[f"{day}_from"], self[f"{day}_to"]) for day in WEEKDAYS]

    def told_hours(self) -> dict[str, list[str]]:
        """Hours as the services take them: days of which something was typed."""
        pairs = {day: [self.cleaned_data[f"{day}_from"], self.cleaned_data[f"{day}_to"]] for day in WEEKDAYS}
        return {day: pair for day, pair in pairs.items() if any(pair)}
