"""Which products a seller looks for."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from cabinet.fields import offer_choices
from stores.models import Product, SalesPoint, Store
from stores.services.catalogue.finding import FIRST_SORTING, LONGEST_SEARCH, Wanted

YES_OR_NO = [("", _("All")), ("true", _("Yes")), ("false", _("No"))]
SORTS = [
    ("new", _("Newest first")),
    ("name", _("By name")),
    ("-name", _("By name, from the end")),
    ("sku", _("By SKU")),
    ("brand", _("By brand")),
    ("changed", _("Changed last")),
]


def _yes_or_no(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, choices=YES_OR_NO, required=False, coerce=lambda told: told == "true", empty_value=None
    )


class FindForm(forms.Form):
    """The conditions above a list of products. What cannot be read asks nothing."""

    q = forms.CharField(label=_("SKU, name, brand"), required=False, max_length=LONGEST_SEARCH)
    brand = forms.CharField(label=_("Brand"), required=False, max_length=256)
    category_code = forms.CharField(label=_("Category"), required=False, max_length=512)
    strategy = forms.ChoiceField(
        label=_("Strategy"), choices=[("", _("All")), *Product.Strategy.choices], required=False
    )
    point_code = forms.ChoiceField(label=_("Sales point"), required=False)
    is_paused = _yes_or_no(_("Paused"))
    has_limits = _yes_or_no(_("Has a floor and a ceiling"))
    is_on_sale = _yes_or_no(_("On sale"))
    has_card = _yes_or_no(_("Has a card"))
    lost_place = _yes_or_no(_("Place lost"))
    has_price = forms.TypedChoiceField(
        label=_("Price in this city"),
        choices=[("", _("There is one")), ("false", _("There is none yet"))],
        required=False,
        coerce=lambda told: told != "false",
        empty_value=None,
    )
    sort = forms.ChoiceField(label=_("Order"), choices=SORTS, required=False)

    def __init__(self, store: Store, data: Mapping[str, Any]) -> None:
        told = {name: data[name] for name in data} | {"q": data.get("q", "").strip()[:LONGEST_SEARCH]}
        super().__init__(told, label_suffix="", auto_id="find_%s")
        codes = SalesPoint.everything.filter(store=store).order_by("code").values_list("code", flat=True)
        offer_choices(self, "point_code", [("", _("All")), *((code, code) for code in codes)])
        for name, each in self.fields.items():
            if name != "q":
                each.widget.attrs["form"] = "find"
        self.is_valid()

    def wanted(self, city_id: str = "") -> Wanted:
        """The conditions that could be read, in this city."""
        told = {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
        told.pop("sort", None)
        told.pop("has_price", None)
        wanted = Wanted(search=told.pop("q", ""), **told)
        return replace(wanted, lacks_price_in=city_id) if self.is_for_unpriced else replace(wanted, city_id=city_id)

    @property
    def sorting(self) -> str:
        """The sorting that was chosen, or the usual one."""
        return str(self.cleaned_data.get("sort") or FIRST_SORTING)

    def query(self) -> str:
        """What was given, for an address."""
        return urlencode({name: self.data[name] for name in self.fields if self.data.get(name)})

    @property
    def is_narrowed(self) -> bool:
        """Whether more than words were given."""
        return bool(self.wanted().told().keys() - {"search"}) or self.is_for_unpriced

    @property
    def is_for_unpriced(self) -> bool:
        """Whether products without a price in the city are looked for."""
        return self.cleaned_data.get("has_price") is False
