from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from landing.models import Review


class ReviewForm(forms.ModelForm):
    """What a customer writes about the service."""

    rating = forms.TypedChoiceField(
        label=_("Your rating"),
        coerce=int,
        choices=[(stars, stars) for stars in range(5, 0, -1)],
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Review
        fields: ClassVar[list[str]] = ["author_name", "company", "rating", "text"]


class WholeNumberField(forms.IntegerField):
    """A number typed as digits only.

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
