"""Where a seller's goods lie."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

import kaspi
from cabinet.fields import offer_choices
from cabinet.forms.hours import HoursForm
from stores.models import SalesPoint
from stores.services.cities import city_name


class PointForm(HoursForm):
    """A sales point's address and hours."""

    address = forms.CharField(label=_("Address"), max_length=300, required=False)

    def __init__(self, point: SalesPoint | None = None, data: Mapping[str, Any] | None = None) -> None:
        key = "new" if point is None else str(point.pk)
        hours = None if point is None else point.hours
        super().__init__(hours, data, label_suffix="", auto_id=f"id_%s_{key}")
        self.fields["address"].initial = "" if point is None else point.address

    def values(self) -> dict[str, Any]:
        """Address and hours as the service takes them."""
        return {"address": self.cleaned_data["address"], "hours": self.told_hours()}


class NewPointForm(PointForm):
    """A point that is not there yet."""

    code = forms.CharField(label=_("Code, for example PP3"), max_length=64)
    city_id = forms.ChoiceField(label=_("City"))

    field_order = ["code", "city_id", "address"]

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(None, data)
        known = sorted(((code, city_name(code)) for code in kaspi.CITIES), key=lambda city: city[1])
        offer_choices(self, "city_id", [("", "–"), *known])

    def values(self) -> dict[str, Any]:
        """All of it."""
        return super().values() | {"code": self.cleaned_data["code"], "city_id": self.cleaned_data["city_id"]}
