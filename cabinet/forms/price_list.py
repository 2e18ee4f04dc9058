"""Which versions of the price list are compared, and which refused one is let go."""

from typing import Any

from django import forms

from money.fields import WholeNumberField


class CompareForm(forms.Form):
    """Two versions by number, and how many of the differences were shown already."""

    new = WholeNumberField(min_value=1)
    old = WholeNumberField(min_value=1)
    after = WholeNumberField(min_value=0, required=False)

    def clean_after(self) -> Any:
        return self.cleaned_data["after"] or 0


class ReleaseForm(forms.Form):
    """The refused version that the person looked at, by number."""

    number = WholeNumberField(min_value=1)
