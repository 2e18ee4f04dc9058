"""The admin asks everybody for a second factor, in the session at hand."""

# Unfold is written without types.
# mypy: allow-subclassing-any

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from unfold.sites import UnfoldAdminSite


class StaffSite(UnfoldAdminSite):
    """Open to staff whose session has passed a second factor."""

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(super().has_permission(request)) and passed_second_factor(request)

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one sign-in; here is only said which step of it is missing. 403 for who is no staff."""
        wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(wanted)
        if not super().has_permission(request):
            raise PermissionDenied
        if self.has_permission(request):
            return redirect("admin:index")
        if is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
            return redirect_to_login(wanted, reverse("mfa_reauthenticate"))
        messages.error(request, _("The admin is open with a second factor only. Switch it on first."))
        return redirect("mfa_activate_totp")


def passed_second_factor(request: HttpRequest) -> bool:
    """Whether somebody showed a second factor in this session."""
    records = get_authentication_records(request, request.user)
    return any(record["method"] == "mfa" for record in records)
