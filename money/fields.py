"""Form fields that read whole tenge and whole numbers, and a column of whole tenge."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from money import MoneyError, parse_money
from money.messages import money_message


class MoneyFormField(forms.IntegerField):
    """
    Whole tenge, typed as people write money.

    An integer field for its bounds and validators; it reads with `parse_money`, because Django's own reading makes 12
    of `12.000`. Errors carry the reader's codes.
    """

    widget = forms.TextInput
    read = staticmethod(parse_money)

    def to_python(self, value: Any) -> int | None:
        """The amount, or None for an empty field. Raises ValidationError."""
        if not isinstance(value, str):
            return super().to_python(value)
        if not value.strip():
            return None
        try:
            return self.read(value)
        except MoneyError as error:
            raise ValidationError(money_message(error.code, error.facts), code=error.code) from None

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """No `min` and `max` of a number box: a text box takes the spaces, and the validators know the bounds."""
        return {"inputmode": "numeric"}


class TengeField(models.PositiveIntegerField):
    """Whole tenge. To the database a positive integer like any other; a form reads it as money."""

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": MoneyFormField} | kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """As the column it is: migrations need not know who reads it."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.PositiveIntegerField", args, kwargs


class WholeNumberField(forms.IntegerField):
    """
    A number typed as digits only.

    Django's own field reads `12.000` as 12, while people here write twelve thousand that way.
    """

    def to_python(self, value: object) -> int | None:
        """The number, or None for an empty field. Raises ValidationError for anything but ASCII digits."""
        if isinstance(value, str):
            value = value.strip()
            refuse_anything_but_digits(value)
        return super().to_python(value)


def refuse_anything_but_digits(text: str) -> None:
    """Raise ValidationError unless `text` is empty or made of the digits 0-9."""
    if text and not (text.isascii() and text.isdigit()):
        raise ValidationError(
            _("“%(text)s” can be read in two ways. Write the number with digits only: 12000."),
            code="not_digits",
            params={"text": text},
        )
