"""A person's own pages: name and language, sessions, API tokens, data."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views import i18n
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cabinet.forms.account import ApiTokenForm, PersonForm
from landing.languages import Language
from stores.models import ApiToken
from stores.services import teams
from stores.services.accounts import delete_account, export_of, stores_owned_alone
from stores.services.errors import Refusal
from stores.services.tokens import issue_token, revoke_token
from users.adapters import remember_language
from users.models import Impersonation
from users.services import impersonation
from users.services.people import change_person
from users.services.sessions import end_all_sessions, end_other_sessions, end_session, sessions_of

# More of them are in the export of the person's data.
LAST_IMPERSONATIONS = 20

password_asked = reauthentication_required(app="allauth.account")


def set_language(request: HttpRequest) -> HttpResponseBase:
    """Speak another language from the next page on; for who is signed in, in letters too."""
    answer = i18n.set_language(request)
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in Language.values:
        change_person(request.user, {"language": language})
    return answer


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """The person, the ways to sign in, the open sessions."""
    return _page(request, PersonForm(request.user))


@login_required
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Save name and language; the page answers in the new language."""
    form = PersonForm(request.user, request.POST)
    if not form.is_valid():
        return _page(request, form)
    change_person(request.user, form.cleaned_data)
    language = form.cleaned_data["language"]
    with override(language):
        messages.success(request, _("Saved."))
    answer = redirect("cabinet:account")
    if language != get_language():
        remember_language(answer, language)
    return answer


@login_required
@require_POST
def end_one(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one of the person's other sessions."""
    end_session(get_object_or_404(UserSession, user=request.user, pk=session_id))
    messages.success(request, _("The session is ended."))
    return redirect("cabinet:account")


@login_required
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """End all sessions but this one."""
    end_other_sessions(request, request.user)
    messages.success(request, _("All other sessions are ended."))
    return redirect("cabinet:account")


@login_required
@require_POST
def end_all(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere, here too."""
    end_all_sessions(request.user)
    logout(request)
    return redirect("account_login")


@login_required
@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    """The person's API tokens, and a form for another one."""
    return _tokens_page(request, ApiTokenForm())


@login_required
@require_POST
@password_asked
@never_cache
def create_token(request: HttpRequest) -> HttpResponse:
    """A new token; its secret stands on this page only."""
    form = ApiTokenForm(request.POST)
    if not form.is_valid():
        return _tokens_page(request, form)
    wanted = form.cleaned_data
    try:
        issued = issue_token(request.user, wanted["name"], wanted["scopes"], form.expires_at())
    except Refusal as refusal:
        form.refuse(refusal)
        return _tokens_page(request, form)
    return _tokens_page(request, ApiTokenForm(), issued=issued)


@login_required
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Take a token back."""
    token = get_object_or_404(ApiToken.objects.for_user(request.user), pk=token_id)
    revoke_token(token)
    messages.success(request, _("The token “%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("cabinet:tokens")


@login_required
@require_safe
@password_asked
@never_cache
def export(request: HttpRequest) -> HttpResponse:
    """All that is kept of the person, as a file."""
    answer = JsonResponse(export_of(request.user), json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = 'attachment; filename="kaspi-backend-account.json"'
    return answer


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@password_asked
def delete(request: HttpRequest) -> HttpResponse:
    """Ask once more, then forget the person."""
    if request.method == "POST":
        try:
            delete_account(request.user)
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("cabinet:delete-account")
        logout(request)
        return redirect("account_login")
    return render(request, "cabinet/delete_account.html", {"alone": list(stores_owned_alone(request.user))})


@login_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """The service desk has seen enough of a person's cabinet, and goes back to the person's page in the admin."""
    left = impersonation.end(request.session)
    return redirect(settings.LOGIN_REDIRECT_URL) if left is None else redirect("admin:users_user_change", left.user_id)


def _page(request: HttpRequest, form: PersonForm) -> HttpResponse:
    person = request.user
    context = {
        "form": form,
        "sessions": sessions_of(person),
        "session_key": request.session.session_key,
        "has_second_factor": is_mfa_enabled(person),
        "token_count": ApiToken.objects.for_user(person).count(),
        "is_billed": settings.BILLING,
        "invitations": list(teams.invitations_to(person)),
        "impersonations": Impersonation.objects.for_user(person).select_related("staff")[:LAST_IMPERSONATIONS],
    }
    return render(request, "cabinet/account.html", context)


def _tokens_page(request: HttpRequest, form: ApiTokenForm, **more: Any) -> HttpResponse:
    rows = ApiToken.objects.for_user(request.user)
    return render(request, "cabinet/tokens.html", {"form": form, "tokens": rows} | more)
