"""Where a request came from, and whom it says it is of."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """
    The address of the person's machine, as the outermost trusted proxy saw it.

    Each proxy appends the address it was called from; only the last TRUSTED_PROXIES entries were written by our own.
    """
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    trusted = settings.TRUSTED_PROXIES
    if trusted and len(forwarded) >= trusted:
        return forwarded[-trusted]
    return str(request.META.get("REMOTE_ADDR", ""))


def tried_email(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """Whose password is tried, as wrong ones are counted: one address, however it is written."""
    return str((credentials or {}).get("email", "")).strip().lower()
