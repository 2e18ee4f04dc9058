"""Editing a row that somebody else may change meanwhile."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from money.fields import WholeNumberField

BASE = "version"


class VersionedForm(forms.Form):
    """
    An edit of the `version` that was read.

    Each field carries along, hidden, what stood in it when the page was read: `changed_data` is what was typed over.
    """

    version = WholeNumberField(widget=forms.HiddenInput)
    is_stale = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self._carried().values():
            field.show_hidden_initial = True

    def rebase(self) -> None:
        """
        After somebody else's edit: what was typed over stays, everything else becomes what is there now. Saving it once
        more is an edit of that.
        """
        typed = {name: self.data.get(name, "") for name in self.changed_data if name in self._carried()}
        now = {name: _as_sent(self[name]) for name in self.fields}
        read = {self[name].html_initial_name: now[name] for name in self._carried()}
        self.data = now | read | typed
        self.is_stale = True
        self.full_clean()

    @property
    def present(self) -> list[tuple[str | Promise, str]]:
        """What is there now, by name, where something else was typed over it."""
        held = {name for name, field in self._carried().items() if name in self.initial or field.initial is not None}
        return [(self.title_of(name), _in_words(self[name])) for name in self.changed_data if name in held]

    def title_of(self, name: str) -> str | Promise:
        """What a field is called where it stands alone."""
        return self.fields[name].label or name

    def _carried(self) -> dict[str, forms.Field]:
        return {name: field for name, field in self.fields.items() if name != BASE}


def _as_sent(bound: forms.BoundField) -> str:
    """What the row holds, as a browser sends it."""
    return bound.field.hidden_widget().format_value(bound.field.prepare_value(bound.initial)) or ""


def _in_words(bound: forms.BoundField) -> str:
    """What the row holds, for people."""
    if isinstance(bound.initial, bool):
        return _("yes") if bound.initial else _("no")
    named = dict(getattr(bound.field, "choices", ()))
    value = bound.initial or ""
    return f"{named.get(value) or _as_sent(bound) or '–'} {getattr(bound.field, 'unit', '')}".rstrip()
