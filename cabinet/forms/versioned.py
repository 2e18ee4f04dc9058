"""Editing a row that somebody else may change meanwhile."""

from typing import Any

from django import forms
from django.utils.functional import Promise

from money.fields import WholeNumberField


class VersionedForm(forms.Form):
    """An edit of the `version` that was read."""

    version = WholeNumberField(widget=forms.HiddenInput)

    def rebase(self, version: int) -> None:
        """After somebody else's edit: what was typed stays, and saving it once more is an edit of what is there now."""
        self.data = {**dict(self.data.items()), "version": str(version)}

    @property
    def present(self) -> list[tuple[str | Promise, str]]:
        """What is there now, by name, where something else was typed."""
        return [
            (self.fields[name].label or name, shown)
            for name, (value, shown) in self._now().items()
            if self.cleaned_data.get(name) != value
        ]

    def _now(self) -> dict[str, tuple[Any, str]]:
        """Field → its value in the row, and how it is shown."""
        raise NotImplementedError
