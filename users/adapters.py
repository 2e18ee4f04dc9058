"""
What is ours in allauth's flows: addresses, letters, what is told, what is kept secret.

https://docs.allauth.org/en/latest/account/adapter.html
"""

# allauth is written without complete types.
# mypy: allow-subclassing-any

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import headed_redirect_response
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from landing.languages import Language, active_language
from users.addresses import client_address
from users.mails import MAILS, send
from users.models import User
from users.services import second_factor
from users.services.billing.subscriptions import begin
from users.services.emails import clean_email
from users.services.sessions import begin_noting

log = logging.getLogger(__name__)

WRONG = _("The e-mail or the password is wrong, or there were too many tries.")
TOO_MANY = _("Too many tries. Wait a few minutes.")

# Said on the next page; what is not here goes without saying.
TOLD: Mapping[str, Any] = {
    "account/messages/email_confirmed.txt": _("The address is confirmed."),
    "account/messages/email_confirmation_failed.txt": _("This address cannot be used."),
    "account/messages/password_changed.txt": _("The password is changed. All other sessions are ended."),
    "mfa/messages/totp_activated.txt": _("The second factor is on."),
    "mfa/messages/totp_deactivated.txt": _("The second factor is off."),
    "mfa/messages/recovery_codes_generated.txt": _("New recovery codes are made; the old ones are void."),
}
# Where a letter leads: the first of its facts that is an address, else to a new password.
LINKS = ("activate_url", "password_reset_url", "signup_url")


class AccountAdapter(DefaultAccountAdapter):
    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": WRONG,
        "too_many_login_attempts": TOO_MANY,
        "rate_limited": TOO_MANY,
        "enter_current_password": _("This is not your present password."),
        "incorrect_password": _("The password is wrong, or there were too many tries."),
        "duplicate_email": _("This is your address already."),
        "invalid_password_reset": _("This link has expired or was used already."),
        "same_as_current": _("Write another one than the present one."),
    }

    def new_user(self, request: HttpRequest) -> User:
        """Who signs up is spoken to in the language of the page."""
        language = active_language()
        return User(language=language if language in Language.values else Language.RUSSIAN)

    def clean_email(self, email: str) -> str:
        return clean_email(email)

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Who confirms a first address begins with the trial: its days are not spent before that."""
        is_confirmed: bool = super().confirm_email(request, email_address)
        if is_confirmed:
            begin(email_address.user)
        return is_confirmed

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Wrong passwords are counted by axes, per account and address: a stranger locks nobody out at home."""

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Who is blocked is told no more than who is unknown."""
        return headed_redirect_response("account_login")

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """From now on this browser speaks the person's language."""
        begin_noting(request)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember_language(response, user.language)
        return response

    def add_message(  # noqa: PLR0913, PLR0917 -- allauth's signature
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        text = message or TOLD.get(message_template or "")
        if text and not hasattr(request.allauth, "headless"):  # type: ignore[attr-defined] # set by its middleware
            messages.add_message(request, level, str(text))

    def send_account_already_exists_mail(self, email: str) -> None:
        """A new account costs a hash of its password; this answer costs as much, or the clock would tell them apart."""
        make_password(email)
        super().send_account_already_exists_mail(email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A letter whose link is waited for. No server takes it: 503, the same for known and unknown addresses."""
        try:
            self._send(template_prefix, email, context)
        except OSError:
            log.exception("No mail server took a letter")
            page = render(self.request, "account/mail_unavailable.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
            raise ImmediateHttpResponse(page) from None

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """A notice of what is done already: it stays done, and is answered so, when no server takes the letter."""
        try:
            self._send(template_prefix, email or user.email, {"user": user} | (context or {}))
        except OSError:
            log.exception("No mail server took a notice")

    def _send(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        user: User | None = context.get("user") or User.objects.filter(email=email.lower()).first()
        language = user.language if user else active_language()
        link = next((context[name] for name in LINKS if name in context), reverse("account_reset_password"))
        send(MAILS[template_prefix], email, context, urlsplit(link).path, language)


class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages: ClassVar[dict[str, Any]] = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("The code is wrong, or was used already. Wait for the next one."),
        "unverified_email": _("Confirm your e-mail first."),
    }

    def encrypt(self, text: str) -> str:
        """Raises NoKey when the installation has no VAULT_KEYS."""
        return second_factor.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises CannotOpen."""
        return second_factor.open_sealed(encrypted_text)


def remember_language(response: HttpResponse, language: str) -> None:
    """Let the browser speak this language, signed in or not."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
