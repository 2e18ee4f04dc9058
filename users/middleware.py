"""Notes on each request of a person."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_only_middleware

from users.services.sessions import note_seen


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
