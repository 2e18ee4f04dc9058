"""
Where tries are counted: in the database, so that a lost Redis forgets none.

allauth counts in Django's default cache, and no setting names another; `count_in_database` gives its two counting
modules a cache of rows. How many tries are allowed stands in the settings.
"""

from typing import Any

from allauth.core.internal import ratelimit
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.utils.connection import ConnectionProxy

STEPS_ACCEPTED = 3


class UsedCodes(DatabaseCache):
    """
    The codes of second factors that were used.

    allauth asks to remember one for a step of 30 seconds. A code of the step before and after is accepted too, so it
    is remembered for all three: nobody who looks over a shoulder uses it again.
    """

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        return super().add(key, value, timeout * STEPS_ACCEPTED, version)


def count_in_database() -> None:
    """Called once, when the app is ready."""
    ratelimit.cache = ConnectionProxy(caches, "throttles")
    totp.cache = ConnectionProxy(caches, "used-codes")
