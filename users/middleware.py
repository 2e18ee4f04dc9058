"""Whose each request is: when a session was last used, and whom the service desk looks on as."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils.decorators import sync_only_middleware
from django.utils.translation import gettext as _

from users.services import impersonation
from users.services.sessions import note_seen

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# The desk's own pages, and those of a person that hold or make secrets, or the whole of his data.
CLOSED = (
    *("/api/admin/", "/api/auth/", "/api/account/tokens", "/api/account/export"),
    *("/cabinet/account/tokens/", "/cabinet/account/export/", "/cabinet/account/delete/"),
    *("/cabinet/login/", "/cabinet/logout/", "/cabinet/signup/", "/cabinet/reauthenticate/", "/cabinet/email/"),
    *("/cabinet/confirm-email/", "/cabinet/password/", "/cabinet/second-factor/"),
)
# Names of addresses that know no person.
PUBLIC = frozenset({"price-list", "health"})
LEAVE = "/cabinet/account/leave/"
SIGN_OUT = frozenset(
    {
        ("POST", "/cabinet/logout/"),
        ("DELETE", "/api/session/"),
        ("DELETE", "/api/auth/browser/v1/auth/session"),
    }
)


@sync_only_middleware
def seen_middleware(answer: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Keep the list of a person's sessions true: when each was last used."""

    def note_and_answer(request: HttpRequest) -> HttpResponseBase:
        response = answer(request)
        # Only where the session was looked at: the price list is served without one, and without a database.
        if request.session.accessed and request.user.is_authenticated:
            note_seen(request)
        return response

    return note_and_answer


class ImpersonationMiddleware:
    """
    Lets the service desk read as a user, and nothing else.

    Every address is closed to what is no reading, whatever its view would say; so are those that hold secrets. What is
    left is answered as to the user, whose roles allow no more than to see while `impersonation` is set.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.answer(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        if is_everybodys(request) or impersonation.NAMED_AT not in request.session:
            return None
        if request.path == LEAVE:
            return None
        if (request.method, request.path) in SIGN_OUT:
            impersonation.end(request.session)
            return None
        user = impersonation.find(request.session, request.user)
        if user is None:
            impersonation.end(request.session)
            if not request.user.is_authenticated:
                # The staff member was signed out elsewhere: whoever this is now is answered as a stranger.
                return None
            return refuse(request, "impersonation_over", _("Looking on is over. Begin anew in the admin."))
        request.user = user
        if request.method not in SAFE or request.path.startswith(CLOSED):
            return refuse(request, "read_only", _("You are looking on: nothing is changed here, and no secret told."))
        return None


def is_everybodys(request: HttpRequest) -> bool:
    """Whether the answer is the same for all: then no session is looked at, and caches may keep it."""
    match = request.resolver_match
    is_public = match is not None and (match.namespace == "landing" or match.view_name in PUBLIC)
    return request.session.session_key is None or (is_public and request.method in SAFE)


def refuse(request: HttpRequest, code: str, text: str) -> HttpResponse:
    """403, in the API's shape under `/api/`, as a page elsewhere."""
    if request.path.startswith("/api/") and not request.path.startswith("/api/admin/"):
        return JsonResponse({"code": code, "message": text, "fields": {}}, status=HTTPStatus.FORBIDDEN)
    shown = {"text": text, "cabinet": resolve_url(settings.LOGIN_REDIRECT_URL)}
    return render(request, "account/looking_on.html", shown, status=HTTPStatus.FORBIDDEN)
