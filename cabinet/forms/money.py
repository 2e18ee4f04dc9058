"""Which days the figures are of, what they are told by, and what came of goods that came back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cabinet.fields import offer_choices
from stores.models import Fate, ReturnOutcome
from stores.services.errors import Refusal
from stores.services.ledger.period import Period
from stores.services.ledger.statistics import By

USUAL_DAYS = 30
LASTING: Sequence[tuple[str, str | Promise]] = (
    ("7", _("7 days")),
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("365 days")),
)
TELLING: Sequence[tuple[str, str | Promise]] = (
    (By.DAY, _("By day")),
    (By.CITY, _("By city")),
    (By.PRODUCT, _("By product")),
)
# How orders are looked for: the fates, and what is wrong with their profit.
SHOWING: Sequence[tuple[str, str | Promise]] = (
    ("", _("All")),
    ("loss", _("At a loss")),
    ("unknown", _("Profit not known")),
    *Fate.choices,
)


class PeriodForm(forms.Form):
    """The last days, or from one day to another; whatever cannot be understood is the last 30 days."""

    days = forms.ChoiceField(choices=LASTING, required=False)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    by = forms.ChoiceField(choices=TELLING, required=False)
    show = forms.ChoiceField(choices=SHOWING, required=False)

    def clean(self) -> dict[str, Any]:
        """A period, whichever way it was asked for."""
        asked = super().clean() or {}
        since, until = asked.get("since"), asked.get("until")
        if isinstance(since, date) and isinstance(until, date):
            try:
                asked["period"] = Period.between(since, until)
            except Refusal as refusal:
                self.add_error("until", str(refusal))
        return asked

    @property
    def period(self) -> Period:
        """The period that was asked for, else the usual one."""
        self.is_valid()
        asked: Period | None = self.cleaned_data.get("period")
        return asked or Period.last(int(self.cleaned_data.get("days") or USUAL_DAYS))

    @property
    def told_by(self) -> By:
        """What the statistics are told by, days if nothing else."""
        self.is_valid()
        return By(self.cleaned_data.get("by") or By.DAY)

    @property
    def shown(self) -> str:
        """Which orders are shown; empty: all."""
        self.is_valid()
        return str(self.cleaned_data.get("show") or "")


class CloseReturnForm(forms.Form):
    """What came of the goods of an order."""

    outcome = forms.ChoiceField(choices=ReturnOutcome.Outcome.choices)


class CloseReturnsForm(CloseReturnForm):
    """What came of the goods of the orders that were chosen, by their ids."""

    orders = forms.TypedMultipleChoiceField(coerce=int)

    def __init__(self, ids: Iterable[int], data: Mapping[str, Any]) -> None:
        """`ids`: what may be chosen."""
        super().__init__(data)
        offer_choices(self, "orders", [(pk, str(pk)) for pk in ids])
