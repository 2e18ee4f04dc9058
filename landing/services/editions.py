"""Which edition of the landing page is out, for all processes: what was made of an older one is not shown."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar, TypeVarTuple
from uuid import uuid4

from landing.models import Edition

Asked = TypeVarTuple("Asked")
Made = TypeVar("Made")

ONLY = 1
# The page and the parts of the API in each language, of the edition that is out and of the one before.
MOST_KEPT = 64
_forgetters: list[Callable[[], None]] = []


def current() -> str:
    """The token of the edition that is out; empty before the first one."""
    return Edition.objects.filter(pk=ONLY).values_list("token", flat=True).first() or ""


def renew() -> None:
    """Say that the content has changed. Belongs into the transaction that changes it."""
    Edition.objects.update_or_create(pk=ONLY, defaults={"token": uuid4().hex})


def kept(make: Callable[[*Asked], Made]) -> Callable[[*Asked], Made]:
    """Let this process make each answer once for an edition: a call costs one query, whatever `make` reads."""

    @lru_cache(maxsize=MOST_KEPT)
    def make_for(_edition: str, *asked: *Asked) -> Made:
        return make(*asked)

    @wraps(make)
    def answer(*asked: *Asked) -> Made:
        # The edition is read first: content that is newer than its edition is made anew too often, never too seldom.
        return make_for(current(), *asked)

    _forgetters.append(make_for.cache_clear)
    return answer


def forget() -> None:
    """The next answers are made anew."""
    for forget_one in _forgetters:
        forget_one()
