"""A person's own sessions: seen, ended one by one, ended all."""

from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from users.models import User

# How exactly a session's last use is known: a write at each request would cost more than it tells.
SEEN_EVERY = timedelta(minutes=5)
SEEN_AT = "seen_at"


def sessions_of(user: Any) -> list[UserSession]:
    """The sessions that are still good, the one used last first."""
    sessions: list[UserSession] = UserSession.objects.purge_and_list(user)
    return sorted(sessions, key=lambda session: session.last_seen_at, reverse=True)


def end_session(session: UserSession) -> None:
    """From the next request on it opens nothing."""
    session.end()


def end_all_sessions(user: Any) -> None:
    """End them all at the next request and the next frame, also those that no list knows."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])


def end_other_sessions(request: HttpRequest, user: Any) -> None:
    """All but the one that asks for it."""
    end_all_sessions(user)
    update_session_auth_hash(request, user)
    UserSession.objects.create_from_request(request)


def begin_noting(request: HttpRequest) -> None:
    """The session has just begun."""
    request.session[SEEN_AT] = timezone.now().isoformat()


def note_seen(request: HttpRequest) -> None:
    """Write down that the session is in use, when that was last written some minutes ago."""
    now = timezone.now()
    seen_at = request.session.get(SEEN_AT)
    if seen_at is None or datetime.fromisoformat(seen_at) > now - SEEN_EVERY:
        return
    request.session[SEEN_AT] = now.isoformat()
    UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=now)
