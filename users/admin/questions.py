"""What an action of the admin asks before it acts: one page, one form, about one row."""

# Unfold is written without types.
# mypy: allow-subclassing-any

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from users.mails import Text
from users.models import User
from users.services.errors import Refusal

# Does it with the answers of the form; where something else came of it, says what. Raises Refusal.
Act = Callable[[dict[str, Any]], str | None]


class ReasonForm(forms.Form):
    """Why somebody of the staff does it, in his words: they are kept with what he did."""

    # What happens after it; said above the fields.
    explanation: Text = ""
    reason = forms.CharField(label=_("Why"), min_length=5, max_length=300, widget=UnfoldAdminTextInputWidget)


class Asking:
    """For admins whose actions ask before they act."""

    def ask(self: Any, request: HttpRequest, row: Model, form: ReasonForm, title: Text) -> TemplateResponse:
        """The page that asks. Its form comes back to the same address; `title` is also what its button says."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": title,
            "form": form,
            "back": self.address_of(row),
        }
        return TemplateResponse(request, "admin/question.html", context)

    def act(self: Any, request: HttpRequest, row: Model, title: Text, form: ReasonForm, do: Act) -> HttpResponse:
        """
        Ask; then do it with what was answered, and go back to the row. What the service refuses is said where it was
        asked. Who did it, what came of it where that is something else, and why, stands in the row's history.
        """
        instead = None
        if form.is_valid():
            try:
                instead = do(form.cleaned_data)
            except Refusal as refusal:
                form.add_error(None, str(refusal))
        if not form.is_valid():
            return cast("HttpResponse", self.ask(request, row, form, title))
        self.log_change(request, row, " ".join(filter(None, (f"{title}:", instead, form.cleaned_data["reason"]))))
        if instead:
            messages.warning(request, instead)
        else:
            messages.success(request, f"{title}: {row}")
        return redirect(self.address_of(row))

    def address_of(self: Any, row: Model) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])


def the_staff(request: HttpRequest) -> User:
    """Who is at the desk: the site lets nobody in without an account."""
    if isinstance(request.user, User):
        return request.user
    raise PermissionDenied
