"""Which orders are looked for, and what an action on an order needs to be told."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

import kaspi
from cabinet.fields import offer_choices
from cabinet.forms.refusals import RefusalForm
from money.fields import WholeNumberField
from stores.models import OrderItem, SalesPoint, Store
from stores.services.orders.finding import Desk, Wanted
from stores.services.orders.lifecycle import Verb

LONGEST_NUMBER = 32
DELIVERIES = [("", _("All")), ("true", _("Kaspi Delivery")), ("false", _("Own delivery and pickup"))]
# No reason is chosen beforehand: only the true one may be sent.
REASONS = [
    ("", "—"),
    (kaspi.CancelReason.MERCHANT_OUT_OF_STOCK, _("Out of stock (counts against the shop)")),
    (kaspi.CancelReason.BUYER_CANCELLATION_BY_MERCHANT, _("The buyer asked for it")),
    (kaspi.CancelReason.BUYER_NOT_REACHABLE, _("The buyer cannot be reached")),
]


class FindOrdersForm(forms.Form):
    """The conditions above a list of orders. What cannot be read asks nothing."""

    q = forms.CharField(label=_("Order number"), required=False, max_length=LONGEST_NUMBER)
    point = forms.ChoiceField(label=_("Sales point"), required=False)
    delivery = forms.ChoiceField(label=_("Delivery"), choices=DELIVERIES, required=False)
    express = forms.BooleanField(label=_("Express only"), required=False)

    def __init__(self, store: Store, data: Mapping[str, Any]) -> None:
        super().__init__(data, label_suffix="")
        points = SalesPoint.objects.for_store(store).order_by("code").values_list("pk", "code")
        offer_choices(self, "point", [("", _("All")), *((str(pk), code) for pk, code in points)])
        self.is_valid()

    def wanted(self, desk: Desk) -> Wanted:
        """What is looked for in a heap. A number is looked for in all of them."""
        told = self.cleaned_data
        return Wanted(
            desk=Desk.ALL if told.get("q") else desk,
            search=told.get("q", ""),
            point_id=int(told["point"]) if told.get("point") else None,
            is_express=told.get("express", False),
            is_kaspi_delivery={"true": True, "false": False}.get(told.get("delivery", "")),
        )

    def query(self) -> str:
        """The conditions as they stand in an address."""
        told = {name: value for name, value in self.cleaned_data.items() if value}
        return urlencode({name: "on" if value is True else value for name, value in told.items()})

    @property
    def is_narrowed(self) -> bool:
        """Whether more than a number is asked."""
        return any(value for name, value in self.cleaned_data.items() if name != "q")


class ActionForm(RefusalForm):
    """An action that needs to be told nothing."""

    def __init__(self, items: Sequence[OrderItem], data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, label_suffix="")
        self.items = items
        self.add_fields()

    def add_fields(self) -> None:
        """Fields that depend on the order's lines."""

    def arguments(self) -> dict[str, Any]:
        """What the service is told."""
        return {}


class CancelForm(ActionForm):
    """Why the whole order is given up."""

    reason = forms.ChoiceField(label=_("Reason"), choices=REASONS)
    comment = forms.CharField(label=_("A word to the buyer"), required=False, max_length=kaspi.LONGEST_COMMENT)

    def arguments(self) -> dict[str, Any]:
        return {"reason": self.cleaned_data["reason"], "comment": self.cleaned_data["comment"]}


class ReduceForm(CancelForm):
    """How many pieces stay of each line."""

    def add_fields(self) -> None:
        for item in self.items:
            if item.quantity and item.unit_type == OrderItem.PIECES:
                self.fields[f"remaining_{item.entry_number}"] = WholeNumberField(
                    label=_("%(name)s: how many stay of %(quantity)s")
                    % {"name": item.name[:80], "quantity": item.quantity},
                    required=False,
                    min_value=0,
                    max_value=item.quantity - 1,
                )
        self.order_fields([name for name in self.fields if name.startswith("remaining_")])

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if not self._entries():
            raise forms.ValidationError(_("Write how many pieces stay, at least of one line."))
        return told

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "entries": self._entries()}

    def _entries(self) -> list[dict[str, int]]:
        told = {item.entry_number: self.cleaned_data.get(f"remaining_{item.entry_number}") for item in self.items}
        return [{"number": number, "remaining": left} for number, left in told.items() if left is not None]


class WeighForm(ActionForm):
    """What goods sold by weight really weigh."""

    def add_fields(self) -> None:
        for item in self.items:
            if item.weight_g > 1:
                self.fields[f"weight_{item.entry_number}"] = WholeNumberField(
                    label=_("%(name)s: weighs, g (ordered: %(weight)s)")
                    % {"name": item.name[:80], "weight": round(item.weight_g)},
                    min_value=1,
                    max_value=int(item.weight_g),
                )

    def arguments(self) -> dict[str, Any]:
        entries = [
            {"number": int(name.removeprefix("weight_")), "weight_g": grams}
            for name, grams in self.cleaned_data.items()
        ]
        return {"entries": entries}


class AssembleForm(ActionForm):
    """Into how many parcels the order was packed."""

    parcels = WholeNumberField(label=_("Parcels"), min_value=1, max_value=99, initial=1)

    def arguments(self) -> dict[str, Any]:
        return {"parcels": self.cleaned_data["parcels"]}


class IssueForm(ActionForm):
    """The code that the buyer shows."""

    code = forms.RegexField(
        r"^[0-9]{4}\Z",
        label=_("Code of the buyer"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": 4}),
        error_messages={"invalid": _("The code has four digits.")},
    )

    def arguments(self) -> dict[str, Any]:
        return {"code": self.cleaned_data["code"]}


class ImeiForm(ActionForm):
    """The numbers of the phones of one line, one field for each unit."""

    def add_fields(self) -> None:
        self.line = next((item for item in self.items if item.needs_imei and item.quantity), None)
        for unit in range(self.line.quantity if self.line else 0):
            self.fields[f"unit_{unit}"] = forms.RegexField(
                re.compile(r"^[0-9]{15}(?:[\s,]+[0-9]{15})?\Z"),
                label=_("Phone %(number)s: IMEI, or both of them") % {"number": unit + 1},
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
                error_messages={"invalid": _("An IMEI has 15 digits. Two are parted by a space.")},
            )

    def arguments(self) -> dict[str, Any]:
        units = [re.split(r"[\s,]+", numbers) for numbers in self.cleaned_data.values()]
        return {"number": self.line.entry_number if self.line else 0, "units": units}


FORMS: Mapping[str, type[ActionForm]] = {
    Verb.ACCEPT: ActionForm,
    Verb.CANCEL: CancelForm,
    Verb.REDUCE: ReduceForm,
    Verb.WEIGH: WeighForm,
    Verb.ASSEMBLE: AssembleForm,
    Verb.SEND_CODE: ActionForm,
    Verb.ISSUE: IssueForm,
    Verb.IMEI: ImeiForm,
    Verb.ARRIVE: ActionForm,
    Verb.TAKE_BACK: ActionForm,
}
