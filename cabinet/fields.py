"""Form fields that read what sellers type, and show it as they would type it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from money import parse_move
from money.fields import MoneyFormField
from stores.models.fields import MAX_PRICE, MIN_PRICE
from stores.services.money import thousands

BASIS_POINTS_OF_PERCENT = 100
MOST_PERCENT = Decimal("99.99")


class MoneyField(MoneyFormField):
    """Whole tenge, shown as they are typed: `12 000`."""

    def prepare_value(self, value: Any) -> Any:
        """`12 000` for an amount; what was typed, as it was typed."""
        return thousands(value) if isinstance(value, int) else value


class MoveField(MoneyField):
    """Whole tenge more or less: `−500` takes them off."""

    read = staticmethod(parse_move)


class PriceField(MoneyField):
    """A price or a limit of one, within the range in which prices are touched at all."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=MIN_PRICE, max_value=MAX_PRICE, **kwargs)


class PercentField(forms.DecimalField):
    """A share typed as `1,5` per cent and kept in hundredths of a per cent (150), as strategies take it."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=MOST_PERCENT, decimal_places=2, **kwargs)

    def to_python(self, value: Any) -> Any:
        """The per cent, or None for an empty field. Raises ValidationError."""
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)

    def clean(self, value: Any) -> Any:
        """Hundredths of a per cent, or None for an empty field. Raises ValidationError."""
        percent = super().clean(value)
        return None if percent is None else int(percent * BASIS_POINTS_OF_PERCENT)

    def prepare_value(self, value: Any) -> Any:
        """`1.5` for 150; what was typed, as it was typed."""
        return f"{value / BASIS_POINTS_OF_PERCENT:g}" if isinstance(value, int) else value


class ClockField(forms.TimeField):
    """A time of day, to the minute."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class MomentField(forms.DateTimeField):
    """A moment in Almaty's time, empty allowed."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)


class CategoryField(forms.ChoiceField):
    """One of the categories that are offered; empty: the whole store."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def offer(self, categories: Iterable[str]) -> None:
        """Let these be chosen."""
        self.choices = [("", _("The whole store")), *((code, code) for code in sorted(set(categories) - {""}))]


def offer_choices(form: forms.Form, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
    """Let these be chosen in a field whose choices are known only when the form is made."""
    field = form.fields[name]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices
