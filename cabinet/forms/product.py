"""A product: limits, price, strategy and plan in one form; and its pause."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from cabinet.fields import MoneyField, PercentField, PriceField
from cabinet.forms.plan import EditForm
from money.fields import WholeNumberField
from stores.models import CityPrice, Product
from stores.services.errors import Refusal
from stores.services.prices import plans
from stores.services.prices.pricing_edit import PricingEdit

BASIS_POINTS = 10_000
# What may have to be typed twice.
CONFIRMED = ("floor", "ceiling", "price")


class ProductForm(EditForm):
    """
    Limits, price, strategy and plan of a product, as one edit.

    `row` is the price in the city at hand, read with its product. Floor, ceiling and price are for that city, or for
    all of them. An empty price stays as it is; an empty limit is none.
    """

    strategies = Product.Strategy.choices
    shown_at: ClassVar[Mapping[str, str]] = {"price_outside_limits": "move_prices"}

    floor = PriceField(label=_("Floor"), required=False)
    ceiling = PriceField(label=_("Ceiling"), required=False)
    price = PriceField(label=_("New price"), required=False, help_text=_("Empty: as it is."))
    least_margin = PercentField(
        label=_("Margin at least"),
        required=False,
        help_text=_(
            "After all fees and costs, also when it is sent to another city, which costs more. Empty: none is wanted."
        ),
    )
    all_cities = forms.BooleanField(label=_("Floor, ceiling and price for all cities"), required=False)
    only_here = forms.BooleanField(label=_("Step, strategy and plan for this city only"), required=False)
    move_prices = forms.BooleanField(
        label=_("A price outside of the new limits goes to the nearest one"), required=False
    )

    def __init__(self, row: CityPrice, data: Mapping[str, Any] | None = None) -> None:
        self.row = row
        self.doubted: list[str] = []
        super().__init__(plans.own_policy(row), self._present(), data)
        self.fields |= {confirm_name(name): _confirmation(self.fields[name]) for name in CONFIRMED}

    def clean(self) -> dict[str, Any]:
        """One edit is for all cities or for one."""
        super().clean()
        if self.cleaned_data.get("only_here") and self.cleaned_data.get("all_cities"):
            self.add_error("only_here", _("Choose one: all cities, or this city only."))
        return self.cleaned_data

    def edit(self) -> PricingEdit:
        """The edit that was asked for."""
        values = {name: self.cleaned_data[name] for name in ("floor", "ceiling", "step", "strategy")}
        if self.cleaned_data["price"] is not None:
            values["price"] = self.cleaned_data["price"]
        if "least_margin" in self.changed_data:
            values["least_margin"] = share_of_basis_points(self.cleaned_data["least_margin"])
        confirmed = {name: self.cleaned_data[confirm_name(name)] for name in CONFIRMED}
        return PricingEdit(
            version=self.cleaned_data["version"],
            values=values | {"plan": self.stored_plan()},
            city_id=None if self.cleaned_data["all_cities"] else self.row.city_id,
            is_policy_of_product=not self.cleaned_data["only_here"],
            move_prices=self.cleaned_data["move_prices"],
            confirm={name: number for name, number in confirmed.items() if number is not None},
        )

    def refuse(self, refusal: Refusal) -> None:
        """Show why a service did not do it; a number that looks like a slip asks to be typed once more."""
        if refusal.code != "confirm_needed":
            super().refuse(refusal)
            return
        self.doubted = [name for name in refusal.fields if name in self.fields]
        for name in self.doubted:
            self.add_error(name, [str(doubt) for doubt in refusal.fields[name]])

    @property
    def confirmations(self) -> list[forms.BoundField]:
        """Where the numbers that looked like a slip are typed once more."""
        return [self[confirm_name(name)] for name in self.doubted]

    def _present(self) -> dict[str, Any]:
        product = self.row.product
        return {
            "version": product.version,
            "floor": self.row.floor,
            "ceiling": self.row.ceiling,
            "only_here": bool(self.row.strategy),
            "least_margin": basis_points_of_share(product.least_margin),
        }


class PauseForm(forms.Form):
    """Pause a product, as it was read (`version`), or let it go on."""

    version = WholeNumberField()
    is_paused = forms.BooleanField(required=False)


def confirm_name(name: str) -> str:
    """What the field is called in which a number is typed once more."""
    return f"confirm-{name}"


def basis_points_of_share(share: Decimal | None) -> int | None:
    """0.08 is 800."""
    return None if share is None else int(share * BASIS_POINTS)


def share_of_basis_points(basis_points: int | None) -> Decimal | None:
    """800 is 0.08."""
    return None if basis_points is None else Decimal(basis_points) / BASIS_POINTS


def _confirmation(field: forms.Field) -> forms.Field:
    return MoneyField(label=format_lazy(_("{name} once more"), name=field.label or ""), required=False)
