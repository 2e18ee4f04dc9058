"""Batches of new cards, and a card with what its category asks for."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from cabinet.forms.refusals import RefusalForm
from money.fields import WholeNumberField
from stores.models import CardAttribute, CardCategory, NewCard
from stores.services.cards.checks import LONGEST, LONGEST_WEIGHT, MOST_IMAGES, Problem

Type = CardAttribute.Type
# A longer list is no help in a browser: the value is typed then.
LONGEST_LIST = 300
YES_OR_NO = [("", "—"), ("yes", _("Yes")), ("no", _("No"))]


class BatchForm(forms.Form):
    """A name that tells the seller what is in the batch."""

    name = forms.CharField(label=_("Name of the batch"), max_length=200)


class ResolveForm(forms.Form):
    """What the seller has seen in the marketplace's cabinet."""

    was_taken = forms.ChoiceField(choices=[("yes", ""), ("no", "")])


class LinkForm(forms.Form):
    """The page that the marketplace has made."""

    card_id = forms.CharField(label=_("Address of the card"), max_length=500)


class NumberField(forms.DecimalField):
    """A number, with a comma or a point."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)

    def clean(self, value: Any) -> Any:
        """An int where it is whole, for 600 is not 600.0 to the marketplace."""
        number: Decimal | None = super().clean(value)
        if number is None:
            return None
        return int(number) if number == number.to_integral_value() else float(number)


class YesNoField(forms.ChoiceField):
    """Yes, no, or nothing said."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=YES_OR_NO, **kwargs)

    def clean(self, value: Any) -> Any:
        """True, False, or None."""
        return {"yes": True, "no": False}.get(super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no", None: ""}.get(value, value) if not isinstance(value, str) else value


class AddressesField(forms.CharField):
    """Addresses of pictures, one in a line; kept as a list."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def clean(self, value: Any) -> Any:
        return super().clean(value).split()

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value


class CardForm(RefusalForm):
    """
    A card of one category. What is missing does not keep it from being saved: `show` puts what is wrong at the fields.

    The fields of attributes are `attribute_<place>`, in the category's order.
    """

    version = WholeNumberField(required=False, widget=forms.HiddenInput)
    sku = forms.CharField(
        label=_("SKU"),
        max_length=64,
        help_text=_("1 to 20 Latin letters, digits, dashes; the same as in the price list."),
    )
    title = forms.CharField(
        label=_("Name"), max_length=LONGEST["title"], required=False, help_text=_("Without the category.")
    )
    brand = forms.CharField(label=_("Brand"), max_length=LONGEST["brand"], required=False)
    weight = forms.CharField(
        label=_("Weight"), max_length=LONGEST_WEIGHT, required=False, help_text=_("For example 1.25.")
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=4 * LONGEST["description"],
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    images = AddressesField(
        label=_("Pictures"),
        required=False,
        max_length=20_000,
        help_text=_("Addresses that begin with https://, one in a line, at most %(most)s.") % {"most": MOST_IMAGES},
    )

    def __init__(
        self, card: NewCard, attributes: Sequence[CardAttribute], data: Mapping[str, Any] | None = None
    ) -> None:
        self.card = card
        self.names = {f"attribute_{place}": each for place, each in enumerate(attributes)}
        super().__init__(data, initial=self._initial())
        for name, attribute in self.names.items():
            self.fields[name] = _field_of(attribute)

    def attribute_fields(self) -> list[forms.BoundField]:
        """The category's part of the form."""
        return [self[name] for name in self.names]

    def values(self) -> dict[str, Any]:
        """What was filled in, as the service takes it."""
        told = {name: self.cleaned_data[name] for name in ("sku", "title", "brand", "weight", "description", "images")}
        filled = {each.code: self.cleaned_data[name] for name, each in self.names.items()}
        attributes = {code: value for code, value in filled.items() if value not in (None, "", [])}
        return told | {"category": self.card.category.code, "attributes": attributes}

    def show(self, problems: Iterable[Problem]) -> None:
        """Put what is wrong at the fields; the form is not bound, and nothing was refused."""
        places = {f"attributes.{each.code}": name for name, each in self.names.items()}
        found = ErrorDict()
        for problem in problems:
            name = places.get(problem.field, problem.field)
            key = name if name in self.fields else NON_FIELD_ERRORS
            found.setdefault(key, self.error_class()).append(str(problem.message))
        self._errors = found

    def _initial(self) -> dict[str, Any]:
        card = self.card
        told = {name: getattr(card, name) for name in ("sku", "title", "brand", "weight", "description", "images")}
        filled = {name: card.attributes.get(each.code) for name, each in self.names.items()}
        return {"version": card.version, **told, **filled}


def unsaved(category: CardCategory) -> NewCard:
    """An empty card of the category."""
    return NewCard(category=category)


def _field_of(attribute: CardAttribute) -> forms.Field:
    label = f"{attribute.name} *" if attribute.mandatory else attribute.name
    choices = [(code, name) for code, name in attribute.values]
    match attribute.type:
        case Type.BOOLEAN:
            return YesNoField(label=label, required=False)
        case Type.NUMBER:
            return NumberField(label=label, required=False)
        case Type.ENUM if 0 < len(choices) <= LONGEST_LIST and attribute.multi_valued:
            return forms.MultipleChoiceField(label=label, required=False, choices=choices)
        case Type.ENUM if 0 < len(choices) <= LONGEST_LIST:
            return forms.ChoiceField(label=label, required=False, choices=[("", "—"), *choices])
    return forms.CharField(label=label, required=False, max_length=LONGEST["title"])
