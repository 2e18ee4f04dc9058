"""Which new orders a store accepts by itself."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cabinet.fields import MoneyField, PercentField
from cabinet.forms.hours import HoursForm
from cabinet.forms.product import basis_points_of_share, share_of_basis_points
from cabinet.forms.versioned import VersionedForm
from stores.models import AcceptanceRules
from stores.models.fields import MAX_SUM


class AcceptanceForm(VersionedForm, HoursForm):
    """The rules of acceptance."""

    is_on = forms.BooleanField(label=_("Accept new orders by itself"), required=False)
    least_margin = PercentField(
        label=_("Each line earns at least, %"),
        required=False,
        help_text=_("After all fees and costs, by the order's own price. Empty: whatever it earns."),
    )
    most_total = MoneyField(
        label=_("Up to a total of, ₸"),
        required=False,
        min_value=1,
        max_value=MAX_SUM,
        help_text=_("Empty: whatever it costs."),
    )
    takes_express = forms.BooleanField(label=_("Express too"), required=False)
    takes_preorders = forms.BooleanField(label=_("Pre-orders too"), required=False)

    def __init__(self, rules: AcceptanceRules, data: Mapping[str, Any] | None = None) -> None:
        plain = ("version", "is_on", "most_total", "takes_express", "takes_preorders")
        initial = {name: getattr(rules, name) for name in plain}
        initial["least_margin"] = basis_points_of_share(rules.least_margin)
        super().__init__(rules.hours, data, label_suffix="", initial=initial)

    def values(self) -> dict[str, Any]:
        """All rules, as the service takes them."""
        told = self.cleaned_data
        plain = ("is_on", "most_total", "takes_express", "takes_preorders")
        return {
            **{name: told[name] for name in plain},
            "least_margin": share_of_basis_points(told["least_margin"]),
            "hours": self.told_hours(),
        }
