"""Which products a seller looks for, what he wants changed of all of them, and where his goods lie."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

import kaspi
from cabinet.fields import MoneyField, MoveField
from cabinet.forms.hours import HoursForm
from landing.forms import WholeNumberField
from stores.models import Product, SalesPoint, Store
from stores.services.catalogue import EMPTY, Terms
from stores.services.catalogue.bulk import Amount, BulkChange
from stores.services.catalogue.finding import FIRST_ORDER, LONGEST_SEARCH, Wanted
from stores.services.cities import city_name

YES_OR_NO = [("", _("All")), ("true", _("Yes")), ("false", _("No"))]
SORTS = [
    ("new", _("Newest first")),
    ("name", _("By name")),
    ("-name", _("By name, from the end")),
    ("sku", _("By SKU")),
    ("brand", _("By brand")),
    ("changed", _("Changed last")),
]
BASES = [
    ("", _("An amount")),
    ("price", _("The price")),
    ("purchase_cost", _("The purchase cost")),
    ("floor", _("The floor")),
    ("ceiling", _("The ceiling")),
]
AMOUNTS = {"price": _("Price"), "floor": _("Floor"), "ceiling": _("Ceiling"), "purchase_cost": _("Purchase cost")}
ROUND_TO = [(1, _("Whole tenge")), (10, "10 ₸"), (50, "50 ₸"), (100, "100 ₸"), (500, "500 ₸"), (1000, "1000 ₸")]


def _yes_or_no(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, choices=YES_OR_NO, required=False, coerce=lambda told: told == "true", empty_value=None
    )


def _choose(form: forms.Form, name: str, choices: list[tuple[Any, Any]]) -> None:
    """What a field offers in this store."""
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices


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
        _choose(self, "point_code", [("", _("All")), *((code, code) for code in codes)])
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
    def order(self) -> str:
        """The order that was chosen, or the usual one."""
        return str(self.cleaned_data.get("sort") or FIRST_ORDER)

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


class BulkForm(forms.Form):
    """One change of all products that were found. Fields that are left empty stay as they are."""

    strategy = forms.ChoiceField(label=_("Strategy"), required=False)
    step = MoneyField(label=_("Step, ₸"), required=False, min_value=1, max_value=1_000_000)
    is_paused = forms.TypedChoiceField(
        label=_("Rules"),
        choices=[("", _("As it is")), ("true", _("Leave it alone")), ("false", _("May change it"))],
        required=False,
        coerce=lambda told: told == "true",
        empty_value=None,
    )
    is_available = forms.TypedChoiceField(
        label=_("On sale"),
        choices=[("", _("As it is")), ("true", _("Yes")), ("false", _("No"))],
        required=False,
        coerce=lambda told: told == "true",
        empty_value=None,
    )
    stock_count = WholeNumberField(label=_("Stock"), required=False, min_value=0, max_value=1_000_000_000)
    is_not_counted = forms.BooleanField(label=_("Stock is not counted"), required=False)
    preorder_days = WholeNumberField(label=_("Pre-order, days (0: none)"), required=False, min_value=0, max_value=30)
    only_city = forms.ChoiceField(label=_("Only in the city"), required=False)
    only_point = forms.ChoiceField(label=_("Only at the point"), required=False)
    move_prices = forms.BooleanField(label=_("Prices outside the new limits go to the nearest limit"), required=False)
    is_confirmed = forms.BooleanField(label=_("Numbers that look like a slip are meant"), required=False)

    def __init__(self, store: Store, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, label_suffix="", auto_id="bulk_%s", prefix="to")
        as_it_is = ("", _("As it is"))
        _choose(self, "strategy", [as_it_is, *Product.Strategy.choices])
        points = list(SalesPoint.everything.filter(store=store).order_by("code"))
        cities = sorted({point.city_id for point in points}, key=city_name)
        _choose(self, "only_city", [("", _("All")), *((each, city_name(each)) for each in cities)])
        _choose(self, "only_point", [("", _("All")), *((point.code, point.code) for point in points)])
        for name, label in AMOUNTS.items():
            self.fields[f"{name}_of"] = forms.ChoiceField(label=label, choices=BASES, required=False)
            self.fields[f"{name}_percent"] = forms.DecimalField(
                label=_("per cent more (− less)"), required=False, min_value=-99, max_value=1000, decimal_places=2
            )
            self.fields[f"{name}_plus"] = MoveField(
                label=_("₸ more (− less), or the amount"), required=False, min_value=-100_000_000, max_value=100_000_000
            )
            self.fields[f"{name}_round_to"] = forms.TypedChoiceField(
                label=_("in whole"), choices=ROUND_TO, required=False, coerce=int, empty_value=None
            )

    def amounts(self) -> list[tuple[Any, list[Any]]]:
        """The fields of each sum, for the page."""
        parts = ("of", "percent", "plus", "round_to")
        return [(label, [self[f"{name}_{part}"] for part in parts]) for name, label in AMOUNTS.items()]

    def change(self) -> BulkChange:
        """What was typed."""
        told = self.cleaned_data
        return BulkChange(
            **{name: self._amount(name) for name in AMOUNTS},
            strategy=told["strategy"] or None,
            step=told["step"],
            is_paused=told["is_paused"],
            is_available=told["is_available"],
            stock_count=EMPTY if told["is_not_counted"] else told["stock_count"],
            preorder_days=EMPTY if told["preorder_days"] == 0 else told["preorder_days"],
            city_ids=(told["only_city"],) if told["only_city"] else (),
            point_codes=(told["only_point"],) if told["only_point"] else (),
        )

    def terms(self) -> Terms:
        """How it is meant."""
        return Terms(self.cleaned_data["move_prices"], self.cleaned_data["is_confirmed"])

    def _amount(self, name: str) -> Amount | None:
        of, percent, plus, round_to = (
            self.cleaned_data[f"{name}_{part}"] for part in ("of", "percent", "plus", "round_to")
        )
        if percent is None and plus is None:
            return None
        return Amount(of or None, percent or Decimal(0), plus or 0, round_to or 1)


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
        _choose(self, "city_id", [("", "–"), *known])

    def values(self) -> dict[str, Any]:
        """All of it."""
        return super().values() | {"code": self.cleaned_data["code"], "city_id": self.cleaned_data["city_id"]}
