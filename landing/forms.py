from typing import ClassVar

from django import forms
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
