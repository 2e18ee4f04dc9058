"""Merchants on the store's cards: finding one, and what he is to the store."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stores.models import Competitor


class RivalForm(forms.Form):
    """What a merchant is to the store, the notes about him, his contact."""

    stance = forms.ChoiceField(label=_("Stance"), choices=Competitor.Stance.choices)
    contact = forms.CharField(label=_("Contact"), max_length=300, required=False)
    notes = forms.CharField(
        label=_("Notes"), max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, rival: Competitor, data: Mapping[str, Any] | None = None) -> None:
        present = {"stance": rival.stance, "contact": rival.contact, "notes": rival.notes}
        super().__init__(data, initial=present, auto_id=f"id_%s_{rival.pk}", label_suffix="")
