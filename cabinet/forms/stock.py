"""What a person counts, and what a store wants of its stock."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from cabinet.forms.refusals import RefusalForm
from cabinet.forms.versioned import VersionedForm
from money.fields import WholeNumberField
from stores.models import Availability, StockRules
from stores.services.catalogue.checks import MOST_STOCK
from stores.services.stock.counts import Seen
from stores.services.stock.rules import MOST_DAYS


class CountForm(forms.Form):
    """So many pieces were counted."""

    stock = WholeNumberField(label=_("Counted"), min_value=0, max_value=MOST_STOCK)


class SeenField(forms.Field):
    """Stocks as the page shows them, one hidden input each: `<id> <pieces> <moment of the count> <doubt>`."""

    widget = forms.MultipleHiddenInput
    default_error_messages: ClassVar = dict.fromkeys(
        ("required", "invalid"), _("Look at the stocks again, then say that they are right.")
    )
    TOLD = re.compile(r"([0-9]{1,18}) ([0-9]{1,9}) (\S{1,40}) ([a-z_]{0,10})")

    def prepare_value(self, value: Iterable[Availability] | None) -> list[str]:
        """Of rows that are counted."""
        return [
            f"{row.pk} {row.stock_count} {row.counted_at:%Y-%m-%dT%H:%M:%S.%f%z} {row.doubt}" for row in value or ()
        ]

    def to_python(self, value: list[str] | None) -> list[Seen]:
        """Raises ValidationError for what no page of ours shows."""
        return [self._read(told) for told in value or ()]

    def _read(self, told: str) -> Seen:
        parts = self.TOLD.fullmatch(told)
        try:
            pk, stock, moment, doubt = parts.groups() if parts else ()
            return Seen(int(pk), int(stock), datetime.fromisoformat(moment), doubt)
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error


class ConfirmForm(forms.Form):
    """These stocks are right, as they were shown."""

    stock = SeenField()


class StockRulesForm(RefusalForm, VersionedForm):
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
