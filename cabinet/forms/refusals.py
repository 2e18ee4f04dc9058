"""What a service refused, shown in the form that asked for it."""

from django import forms

from stores.services.errors import Refusal


class RefusalForm(forms.Form):
    """A form whose wish a service may refuse."""

    def refuse(self, refusal: Refusal) -> None:
        """Show why a service did not do it, at the field it is about."""
        field = next((name for name in refusal.fields if name in self.fields), None)
        self.add_error(field, str(refusal))
