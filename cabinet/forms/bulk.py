"""What a seller wants changed of many products at once."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cabinet.fields import MoneyField, MoveField, offer_choices
from cabinet.forms.refusals import RefusalForm
from money.fields import WholeNumberField
from stores.models import Product, SalesPoint, Store
from stores.services.catalogue import EMPTY, Terms
from stores.services.catalogue.bulk import Amount, BulkChange
from stores.services.cities import city_name

BASES = [
    ("", _("An amount")),
    ("price", _("The price")),
    ("purchase_cost", _("The purchase cost")),
    ("floor", _("The floor")),
    ("ceiling", _("The ceiling")),
]
AMOUNTS = {"price": _("Price"), "floor": _("Floor"), "ceiling": _("Ceiling"), "purchase_cost": _("Purchase cost")}
ROUND_TO = [(1, _("Whole tenge")), (10, "10 ₸"), (50, "50 ₸"), (100, "100 ₸"), (500, "500 ₸"), (1000, "1000 ₸")]


class BulkForm(RefusalForm):
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
        offer_choices(self, "strategy", [as_it_is, *Product.Strategy.choices])
        points = list(SalesPoint.everything.filter(store=store).order_by("code"))
        cities = sorted({point.city_id for point in points}, key=city_name)
        offer_choices(self, "only_city", [("", _("All")), *((each, city_name(each)) for each in cities)])
        offer_choices(self, "only_point", [("", _("All")), *((point.code, point.code) for point in points)])
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
