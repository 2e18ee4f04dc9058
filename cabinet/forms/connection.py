"""The token of the marketplace's official API, typed in and never shown."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cabinet.forms.refusals import RefusalForm


class MerchantTokenForm(RefusalForm):
    """A token as it was copied. A browser keeps it to itself: it is neither remembered nor sent back."""

    token = forms.CharField(
        label=_("API token"),
        max_length=400,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("In the marketplace's cabinet: Settings → API token. Only the head of the company sees it."),
    )
