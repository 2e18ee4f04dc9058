"""API tokens: made and shown once, told by their digest, taken back at any time."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from stores.models import ApiToken
from stores.models.roles import SCOPES
from stores.services.errors import Refusal
from users.models import User

PREFIX = "kb_"
LONGEST = timedelta(days=366)
MOST = 20
# A token that is used a thousand times a minute is written down once a minute.
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class IssuedToken:
    """A new token. Its secret is known at this moment only."""

    token: ApiToken
    secret: str


def issue_token(user: Any, name: str, scopes: Iterable[str], expires_at: datetime) -> IssuedToken:
    """A token of the person for these actions until `expires_at` (UTC). Raises Refusal."""
    wanted = sorted(set(scopes))
    _check(user, wanted, expires_at)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        beginning=secret[:9],
        digest=digest_of(secret),
        scopes=wanted,
        expires_at=expires_at,
    )
    return IssuedToken(token, secret)


def _check(user: Any, scopes: list[str], expires_at: datetime) -> None:
    now = timezone.now()
    if not scopes or not set(scopes) <= set(SCOPES):
        text = _("Choose what the token may do, of what is offered.")
        raise Refusal("unknown_scope", text, {"scopes": [text]})
    if not now < expires_at <= now + LONGEST:
        text = _("A token is valid until some day within a year from now.")
        raise Refusal("expiry_out_of_range", text, {"expires_at": [text]})
    if ApiToken.objects.for_user(user).count() >= MOST:
        raise Refusal("too_many_tokens", _("You have twenty tokens. Take one back first."))


def revoke_token(token: ApiToken) -> None:
    """From the next request on it opens nothing."""
    token.delete()


def owner_of(secret: str) -> User | None:
    """Who stands behind the secret, with what it may do as `token_scopes`; None when it opens nothing (any more)."""
    now = timezone.now()
    found = ApiToken.objects.select_related("user").filter(
        digest=digest_of(secret), expires_at__gt=now, user__is_active=True
    )
    token = found.first()
    if token is None:
        return None
    if token.last_used_at is None or token.last_used_at <= now - NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    user: User = token.user
    user.token_scopes = frozenset(token.scopes)
    return user


def digest_of(secret: str) -> str:
    """What is kept of a secret. 256 bits of chance need no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
