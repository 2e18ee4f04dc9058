"""What a person counts, and what a store wants of its stock."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from landing.forms import WholeNumberField
from stores.models import StockRules
from stores.services.catalogue.checks import MOST_STOCK
from stores.services.stock.rules import MOST_DAYS


class CountForm(forms.Form):
    """So many pieces were counted."""

    stock = WholeNumberField(label=_("Counted"), min_value=0, max_value=MOST_STOCK)


class StockRulesForm(forms.Form):
    """What the store wants of its stock."""

    follows_orders = forms.BooleanField(
        label=_("Orders move the stock"),
        required=False,
        help_text=_("Down when an order comes, up again when it is cancelled before the goods have left."),
    )
    hides_gone = forms.BooleanField(
        label=_("Off sale when nothing is left"),
        required=False,
        help_text=_("The price list says “not available” of goods that are counted and gone."),
    )
    doubted_after_days = WholeNumberField(
        label=_("A count is doubtful after, days"),
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text=_("Empty: however long ago. What is doubtful is not sold cheaper."),
    )

    def __init__(self, rules: StockRules, data: Mapping[str, Any] | None = None) -> None:
        initial = {name: getattr(rules, name) for name in self.base_fields}
        super().__init__(data, label_suffix="", initial=initial)
