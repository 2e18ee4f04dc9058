"""What a product is and where it lies: of one that is there, and of one that is to be added."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cabinet.fields import MoneyField, PriceField
from cabinet.forms.versioned import VersionedForm
from money.fields import WholeNumberField
from stores.models import Availability, Product, SalesPoint
from stores.models.fields import MAX_SUM
from stores.services.cards.following import card_id_in
from stores.services.catalogue import EMPTY, CityChange, PointChange, ProductChange, Terms
from stores.services.catalogue.checks import HEAVIEST_G, LONGEST_SKU, MOST_STOCK
from stores.services.catalogue.range import OF_POINT
from stores.services.cities import city_name
from stores.services.errors import Refusal

# The list that a page offers while a category is typed.
CATEGORIES = "categories"
MOST_PREORDER_DAYS = 30
FACTS = ("model", "brand", "category_code", "card_id", "weight_g", "purchase_cost", "packaging_cost")


@dataclass(frozen=True)
class Place:
    """A sales point, and what lies there; None: nobody has ever said."""

    point: SalesPoint
    there: Availability | None


class GoodsForm(forms.Form):
    """
    The facts of a product, and for each of `places` whether it is on sale there, its stock and its pre-order.

    Of a point only what was typed over is told: a stock that orders have moved while the page was open is not put back,
    and one that is left alone is not counted anew.
    """

    model = forms.CharField(label=gettext_lazy("Name"), max_length=1024)
    brand = forms.CharField(label=gettext_lazy("Brand"), max_length=256, required=False)
    category_code = forms.CharField(
        label=gettext_lazy("Category"),
        max_length=512,
        required=False,
        widget=forms.TextInput(attrs={"list": CATEGORIES, "autocomplete": "off"}),
        help_text=gettext_lazy("As the marketplace names it: the commission goes by it."),
    )
    card_id = forms.CharField(
        label=gettext_lazy("Card"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("The address of its page on the marketplace, or the number at its end."),
    )
    weight_g = WholeNumberField(label=gettext_lazy("Weight, g"), min_value=1, max_value=HEAVIEST_G, required=False)
    purchase_cost = MoneyField(label=gettext_lazy("Purchase cost"), min_value=0, max_value=MAX_SUM, required=False)
    packaging_cost = MoneyField(label=gettext_lazy("Packaging cost"), min_value=0, max_value=MAX_SUM, required=False)

    def __init__(self, places: Sequence[Place], present: Mapping[str, Any], data: Mapping[str, Any] | None) -> None:
        self.places = places
        super().__init__(data, initial=dict(present), label_suffix="")
        for place in places:
            self.fields |= _fields_of(place)

    def clean_card_id(self) -> str:
        """The number of the card, however it was given."""
        typed: str = self.cleaned_data["card_id"]
        if not typed.strip():
            return ""
        try:
            return card_id_in(typed)
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from None

    def clean_packaging_cost(self) -> int:
        """Nothing typed is no packaging."""
        return self.cleaned_data["packaging_cost"] or 0

    def refuse(self, refusal: Refusal) -> None:
        """Show why a service did not do it, at the fields it is about."""
        told = refusal.fields or {NON_FIELD_ERRORS: [str(refusal)]}
        for name, texts in told.items():
            self.add_error(self._field_named(name), [str(text) for text in texts])

    @property
    def points(self) -> list[tuple[SalesPoint, str, list[forms.BoundField]]]:
        """Each sales point: itself, its city, its fields."""
        return [
            (each.point, city_name(each.point.city_id), [self[name_at(each.point, name)] for name in OF_POINT])
            for each in self.places
        ]

    def told_facts(self) -> dict[str, Any]:
        """The facts as the service takes them: a field without anything in it has no value."""
        told = {name: self.cleaned_data[name] for name in FACTS}
        return {name: EMPTY if value in ("", None) else value for name, value in told.items()}

    def told_points(self) -> dict[str, PointChange]:
        """What was typed over at each point, by its code."""
        told = {each.point.code: self._told_at(each.point) for each in self.places}
        return {code: PointChange(**values) for code, values in told.items() if values}

    def _told_at(self, point: SalesPoint) -> dict[str, Any]:
        changed = [name for name in OF_POINT if name_at(point, name) in self.changed_data]
        values = {name: self.cleaned_data[name_at(point, name)] for name in changed}
        return {name: EMPTY if value is None else value for name, value in values.items()}

    def _field_named(self, name: str) -> str:
        """Where the page shows what a service says of `name`: `stock_count.PP1`, `price.750000000`, `model`."""
        field, _dot, where = name.partition(".")
        at_point = next((name_at(each.point, field) for each in self.places if each.point.code == where), "")
        return next((each for each in (at_point, field) if each in self.fields), NON_FIELD_ERRORS)


class FactsForm(VersionedForm, GoodsForm):
    """The facts of a product that is there. `priced`: the cities in which it has a price."""

    price = PriceField(
        label=gettext_lazy("Price in a new city"),
        required=False,
        help_text=gettext_lazy("Only where it goes on sale in a city in which it has no price yet."),
    )

    def __init__(
        self,
        product: Product,
        places: Sequence[Place],
        priced: Collection[str],
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.product, self.priced = product, priced
        present = {name: getattr(product, name) for name in ("version", *FACTS)}
        super().__init__(places, present, data)
        if not self._new_cities:
            del self.fields["price"]

    def clean(self) -> dict[str, Any]:
        """A price is for a city where it goes on sale."""
        super().clean()
        if self.cleaned_data.get("price") is not None and not self._cities_told():
            self.add_error("price", _("Say at which point of the new city it goes on sale."))
        return self.cleaned_data

    def change(self) -> ProductChange:
        """What was typed."""
        return ProductChange(
            self.product.sku, **self.told_facts(), points=self.told_points(), cities=self._cities_told()
        )

    def title_of(self, name: str) -> str | Promise:
        """With the sales point whose field it is."""
        points = {name_at(each.point, field): each.point.code for each in self.places for field in OF_POINT}
        own = super().title_of(name)
        return f"{own} · {points[name]}" if name in points else own

    @property
    def _new_cities(self) -> set[str]:
        return {each.point.city_id for each in self.places} - set(self.priced)

    def _cities_told(self) -> dict[str, CityChange]:
        """The new cities where something was typed, with the price."""
        price = self.cleaned_data.get("price")
        if price is None:
            return {}
        touched = {each.point.city_id for each in self.places if self._told_at(each.point)}
        return {city_id: CityChange(price) for city_id in sorted(touched & self._new_cities)}


class NewProductForm(GoodsForm):
    """A product that is to be added, with one price and corridor for all its cities."""

    sku = forms.CharField(
        label=gettext_lazy("SKU"),
        max_length=LONGEST_SKU,
        strip=False,
        help_text=gettext_lazy("Your own article number. It cannot be changed later."),
    )
    price = PriceField(label=gettext_lazy("Price"))
    floor = PriceField(label=gettext_lazy("Floor"), required=False)
    ceiling = PriceField(label=gettext_lazy("Ceiling"), required=False)
    is_confirmed = forms.BooleanField(label=gettext_lazy("Numbers that look like a slip are meant"), required=False)

    def __init__(self, points: Sequence[SalesPoint], data: Mapping[str, Any] | None = None) -> None:
        self.is_doubted = False
        super().__init__([Place(point, None) for point in points], {}, data)

    def clean(self) -> dict[str, Any]:
        """Without a point it would have a price nowhere."""
        super().clean()
        if not self.errors and not self.told_points():
            self.add_error(None, _("Say at which sales point it is sold, or lies."))
        return self.cleaned_data

    def refuse(self, refusal: Refusal) -> None:
        """Shown at its field; a number that looks like a slip asks whether it is meant."""
        self.is_doubted = refusal.code == "confirm_needed"
        super().refuse(refusal)

    @property
    def asks_to_confirm(self) -> bool:
        """Whether the page shows the question, which it does from the first doubt on."""
        return self.is_doubted or bool(self["is_confirmed"].value())

    def change(self) -> ProductChange:
        """What was typed."""
        told = self.cleaned_data
        everywhere = CityChange(told["price"], told["floor"], told["ceiling"])
        return ProductChange(told["sku"], **self.told_facts(), points=self.told_points(), everywhere=everywhere)

    def terms(self) -> Terms:
        """How it is meant."""
        return Terms(is_confirmed=self.cleaned_data["is_confirmed"])


def name_at(point: SalesPoint, field: str) -> str:
    """What the field of a sales point is called in the form."""
    return f"{field}-{point.code}"


def _fields_of(place: Place) -> dict[str, forms.Field]:
    there = place.there or Availability()
    made: dict[str, forms.Field] = {
        "is_available": forms.BooleanField(label=gettext_lazy("On sale"), required=False),
        "stock_count": WholeNumberField(
            label=gettext_lazy("Stock"),
            required=False,
            min_value=0,
            max_value=MOST_STOCK,
            help_text=gettext_lazy("Empty: not counted."),
        ),
        "preorder_days": WholeNumberField(
            label=gettext_lazy("Pre-order, days"),
            required=False,
            min_value=1,
            max_value=MOST_PREORDER_DAYS,
            help_text=gettext_lazy("Empty: none."),
        ),
    }
    for name, field in made.items():
        field.initial, field.show_hidden_initial = getattr(there, name) if place.there else None, True
    return {name_at(place.point, name): field for name, field in made.items()}
