"""A store that is to be opened here."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from cabinet.forms.refusals import RefusalForm


class OpeningForm(RefusalForm):
    """Its name, and the merchant account it is on the marketplace."""

    name = forms.CharField(label=_("Name"), max_length=200)
    merchant_id = forms.CharField(
        label=_("Merchant id"),
        max_length=64,
        validators=[RegexValidator(r"^[A-Za-z0-9_-]+\Z", _("Write it as the marketplace's cabinet shows it."))],
        help_text=_("In the marketplace's cabinet: Settings → Company, or in the address of your shop's page."),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="")
