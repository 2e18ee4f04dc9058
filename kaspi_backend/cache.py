"""The cache of an installation whose Redis may be away."""

import logging
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class LossyRedisCache(RedisCache):
    """
    While Redis is away nothing is found and nothing kept, and no caller hears of it.

    The API counts requests here: whoever stops prices over it must not need Redis. Tries of passwords and codes are
    counted elsewhere, in the database.
    """

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except RedisError as error:
            _note(error)
            return default

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        try:
            super().set(key, value, timeout, version)
        except RedisError as error:
            _note(error)


def _note(error: RedisError) -> None:
    log.warning("the cache is away: %s", type(error).__name__)
