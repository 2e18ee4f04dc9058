"""What an action of the admin asks before it acts: one page, one form, about one row."""

# Unfold is written without types.
# mypy: allow-subclassing-any

from django import forms
from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from users.mails import Text


class ReasonForm(forms.Form):
    """Why somebody of the staff does it, in his words: they are kept with what he did."""

    # What happens after it; said above the fields.
    explanation: Text = ""
    reason = forms.CharField(label=_("Why"), min_length=5, max_length=300, widget=UnfoldAdminTextInputWidget)


def ask(
    admin: "ModelAdmin[Model]", request: HttpRequest, row: Model, form: ReasonForm, title: Text
) -> TemplateResponse:
    """The page that asks. Its form comes back to the same address; `title` is also what its button says."""
    opts = admin.opts
    context = {
        **admin.admin_site.each_context(request),
        "opts": opts,
        "original": row,
        "title": title,
        "form": form,
        "back": reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk]),
    }
    return TemplateResponse(request, "admin/question.html", context)
