"""Who belongs to a store: invitations and roles."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from stores.models.roles import Role
from stores.services.errors import Refusal


class InvitationForm(forms.Form):
    """Whom to invite, as what."""

    email = forms.EmailField(label=_("E-mail"), max_length=254)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.VIEWER)

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, label_suffix="")

    def refuse(self, refusal: Refusal) -> None:
        """Show why a service did not do it, at the field it is about."""
        field = next((name for name in refusal.fields if name in self.fields), None)
        self.add_error(field, str(refusal))


class RoleForm(forms.Form):
    """A member's role."""

    role = forms.ChoiceField(choices=Role.choices)
