"""A person's own account: name and language, API tokens."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cabinet.forms.refusals import RefusalForm
from landing.languages import Language
from stores.models.roles import SCOPES

LASTING: Mapping[str, tuple[timedelta, Promise]] = {
    "30": (timedelta(days=30), _("30 days")),
    "90": (timedelta(days=90), _("90 days")),
    "365": (timedelta(days=365), _("A year")),
}


class PersonForm(forms.Form):
    """What a person is called, and the language that letters and pages speak."""

    full_name = forms.CharField(label=_("Your name"), max_length=150, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)

    def __init__(self, user: Any, data: Mapping[str, Any] | None = None) -> None:
        present = {"full_name": user.full_name, "language": user.language}
        super().__init__(data, initial=present, label_suffix="")


class ApiTokenForm(RefusalForm):
    """A new API token."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("What it is for: the program, the computer."))
    scopes = forms.MultipleChoiceField(
        label=_("What it may do, as far as your role in a store allows it"),
        choices=[(scope.value, scope.label) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )
    lasting = forms.ChoiceField(
        label=_("Valid for"), choices=[(days, text) for days, (_span, text) in LASTING.items()], initial="90"
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, label_suffix="")

    def expires_at(self) -> datetime:
        """The end, UTC."""
        span, _text = LASTING[self.cleaned_data["lasting"]]
        return timezone.now() + span
