"""A question about the recorded market: which period, which strategy, which products."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cabinet.fields import CategoryField, MomentField, MoneyField
from cabinet.forms.plan import PlanForm
from stores.models import PricingRule
from stores.models.rules import STRATEGIES
from stores.services.prices import plans
from stores.services.prices.replay.work import Wanted

AS_NOW: tuple[str, str | Promise] = ("", _("As now: each product by its own strategy"))
DATES = "dates"
LASTING: Mapping[str, timedelta] = {"1": timedelta(days=1), "3": timedelta(days=3), "7": timedelta(days=7)}
PERIODS: Sequence[tuple[str, str | Promise]] = (
    ("1", _("The last 24 hours")),
    ("3", _("The last 3 days")),
    ("7", _("The last 7 days")),
    (DATES, _("From one moment to another")),
)


class WhatIfForm(PlanForm):
    """What to replay; the fields of a rule stand in it where the question is about that rule."""

    strategies = [AS_NOW, *STRATEGIES]

    period = forms.ChoiceField(label=_("Period"), choices=PERIODS, initial="1")
    begins_at = MomentField(label=_("From"))
    ends_at = MomentField(label=_("To"))
    category_code = CategoryField(
        label=_("Category"), help_text=_("It is tried on all products there, whatever strategy they follow now.")
    )
    step = MoneyField(
        label=_("Step"), required=False, min_value=1, max_value=1_000_000, help_text=_("Empty: each product's own.")
    )
    strategy = forms.ChoiceField(label=_("Strategy"), required=False)

    def __init__(
        self, categories: Sequence[str], rule: PricingRule | None = None, data: Mapping[str, Any] | None = None
    ) -> None:
        if rule is None:
            super().__init__(plans.Policy("", {}, step=1), {"step": None}, data)
        else:
            policy = plans.Policy(rule.strategy, rule.plan, rule.step)
            super().__init__(policy, {"category_code": rule.category_code}, data)
        self.fields["category_code"].offer(categories)  # type: ignore[attr-defined] # a CategoryField, as declared

    def clean(self) -> dict[str, Any]:
        """Moments count where they are asked for, and then both."""
        super().clean()
        if self.cleaned_data.get("period") == DATES:
            for name in ("begins_at", "ends_at"):
                if self.cleaned_data.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Write both moments, or choose another period."))
        return self.cleaned_data

    def wanted(self) -> Wanted:
        """The question, as the service takes it."""
        begins_at, ends_at = self._moments()
        return Wanted(
            begins_at=begins_at,
            ends_at=ends_at,
            strategy=self.cleaned_data["strategy"],
            plan=self.stored_plan(),
            step=self.cleaned_data["step"],
            category_code=self.cleaned_data["category_code"],
        )

    def _moments(self) -> tuple[datetime, datetime]:
        if self.cleaned_data["period"] == DATES:
            return self.cleaned_data["begins_at"], self.cleaned_data["ends_at"]
        now = timezone.now()
        return now - LASTING[self.cleaned_data["period"]], now
