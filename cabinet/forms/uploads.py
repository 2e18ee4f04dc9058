"""A file to bring in, what its columns are, how it is meant, and the yes to what is strange about it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

import kaspi
from money.fields import WholeNumberField
from stores.models import ProductUpload, SalesPoint
from stores.services.cities import city_name
from stores.services.uploads.texts import doubt_text

ACCEPTED = ".xml,.xlsx,.xls,.csv,.txt"
FIELDS: Sequence[tuple[str, Any]] = (
    ("", _("is not read")),
    ("sku", _("SKU")),
    ("model", _("name")),
    ("brand", _("brand")),
    ("price", _("price, ₸")),
    ("floor", _("floor, ₸")),
    ("ceiling", _("ceiling, ₸")),
    ("cost", _("purchase cost, ₸")),
    ("packaging", _("packaging cost, ₸")),
    ("step", _("step, ₸")),
    ("card", _("card")),
    ("category", _("category")),
    ("weight", _("weight, g")),
    ("weight_kg", _("weight, kg")),
    ("preorder", _("pre-order, days")),
    ("merchant", _("merchant id")),
    ("city", _("city id")),
)
PRICES = (("price", _("Price in %(city)s")), ("floor", _("Floor in %(city)s")), ("ceiling", _("Ceiling in %(city)s")))


class ReceiveForm(forms.Form):
    """The file itself."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
        help_text=_("XML price list, Excel (.xlsx, .xls) or CSV. You see what it would change before it does."),
    )
    is_whole_range = forms.BooleanField(
        label=_("This file is my whole range"),
        required=False,
        help_text=_("Products that it does not name go off sale. Without this they stay as they are."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, files: Any = None) -> None:
        super().__init__(data, files, label_suffix="")


class ColumnsForm(forms.Form):
    """One choice for each column of the file, with its first values beside it."""

    def __init__(self, upload: ProductUpload, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, label_suffix="")
        names, present = upload.header["names"], upload.columns or upload.header["suggested"]
        choices = choices_of(upload)
        for number, name in enumerate(names):
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=name or _("Column %(number)s") % {"number": number + 1},
                choices=choices,
                required=False,
                initial=present[number] if number < len(present) else "",
                help_text=" · ".join(row[number] for row in upload.header["samples"] if number < len(row)),
            )

    def columns(self) -> list[str]:
        """What each column is, in the file's order."""
        return list(self.cleaned_data.values())


class TermsForm(forms.Form):
    """How the file is meant."""

    is_whole_range = ReceiveForm.base_fields["is_whole_range"]
    move_prices = forms.BooleanField(
        label=_("Move prices into new limits"),
        required=False,
        help_text=_(
            "A price that a new floor or ceiling leaves outside goes to the nearest. Without this it is refused."
        ),
    )
    is_confirmed = forms.BooleanField(
        label=_("I mean the numbers that look like a slip"),
        required=False,
        help_text=_(
            "A floor under the cost or halved, a price or a cost a hundred times off. Without this they are refused."
        ),
    )

    def __init__(self, upload: ProductUpload, data: Mapping[str, Any] | None = None) -> None:
        present = {name: getattr(upload, name) for name in self.base_fields}
        super().__init__(data, initial=present, label_suffix="")


class ApplyForm(forms.Form):
    """A yes to each doubt, and which preview was seen."""

    preview_number = WholeNumberField(widget=forms.HiddenInput)

    def __init__(self, upload: ProductUpload, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, label_suffix="", initial={"preview_number": upload.preview_number})
        for doubt in upload.doubts:
            self.fields[doubt["code"]] = forms.BooleanField(label=doubt_text(doubt), required=False)

    def confirmed(self) -> list[str]:
        """The doubts that got their yes."""
        return [code for code, is_meant in self.cleaned_data.items() if is_meant is True]


def choices_of(upload: ProductUpload) -> list[tuple[str, Any]]:
    """What a column of the upload can be: fields, stock at the store's points, prices in their cities."""
    points = list(SalesPoint.objects.for_store(upload.store_id).order_by("code").values_list("code", "city_id"))
    suggested = [name for name in upload.header["suggested"] if name.startswith("point:")]
    at_points = dict.fromkeys([*(f"point:{code}" for code, _city in points), *suggested])
    cities = sorted({city for _code, city in points if city in kaspi.CITIES})
    return [
        *FIELDS,
        *((name, _("Stock at %(point)s") % {"point": name.removeprefix("point:")}) for name in at_points),
        *((f"{name}:{city}", text % {"city": city_name(city)}) for city in cities for name, text in PRICES),
    ]
