"""The token of the marketplace's official API, typed in and never shown."""

from django import forms
from django.utils.translation import gettext_lazy as _

from stores.services.errors import Refusal


class TokenForm(forms.Form):
    """A token as it was copied. A browser keeps it to itself: it is neither remembered nor sent back."""

    token = forms.CharField(
        label=_("API token"),
        max_length=400,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("In the marketplace's cabinet: Settings → API token. Only the head of the company sees it."),
    )

    def refuse(self, refusal: Refusal) -> None:
        """Show why it was not taken."""
        self.add_error("token" if "token" in refusal.fields else None, str(refusal))
