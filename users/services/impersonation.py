"""
The service desk looks on as a user: it sees his cabinet as he does, changes nothing, learns no secret, and he can read
that it did.

The session stays the staff member's own; it names the impersonation, and each request asks anew whether it still holds.
"""

from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from users.models import Impersonation, User

LIFETIME = timedelta(minutes=30)
PERMISSION = "users.impersonate_user"
# Where the session names it.
NAMED_AT = "impersonation"

Session = MutableMapping[str, Any]


def may_impersonate(staff: Any, user: User) -> bool:
    """Whether this person may look on as that one: never as somebody of the staff, or as who is blocked."""
    may_look = staff.is_active and staff.is_staff and staff.has_perm(PERMISSION)
    return bool(may_look and user.is_active and not user.is_staff and not user.is_superuser)


def begin(session: Session, staff: Any, user: User, reason: str, address: str) -> Impersonation:
    """
    From the next request on this session of `staff` looks on as `user`, for half an hour at most.

    `address`: where the staff member sits. Raises PermissionDenied.
    """
    if not may_impersonate(staff, user):
        raise PermissionDenied
    end(session)
    now = timezone.now()
    begun = Impersonation.objects.create(
        staff=staff, user=user, reason=reason, address=address, started_at=now, ends_at=now + LIFETIME
    )
    session[NAMED_AT] = begun.pk
    return begun


def find(session: Session, staff: Any) -> User | None:
    """
    As whom this session of `staff` looks on, with the row as `impersonation`.

    None when it is over: left, past its time, with a right that is gone, or with nobody signed in any more.
    """
    if not staff.is_authenticated:
        return None
    under_way = Impersonation.objects.under_way().filter(pk=session[NAMED_AT], staff=staff)
    found = under_way.select_related("user").first()
    if found is None or not may_impersonate(staff, found.user):
        return None
    found.user.impersonation = found
    return found.user


def end(session: Session) -> Impersonation | None:
    """The session is the staff member's own again. Returns what it was in."""
    named = Impersonation.objects.filter(pk=session.pop(NAMED_AT, None))
    named.under_way().update(ended_at=timezone.now())
    return named.first()
