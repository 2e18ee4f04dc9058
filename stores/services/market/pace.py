"""
One pace for all workers of all processes, kept in Redis.

The marketplace counts requests by address, so workers share one budget: each asks for the next free moment and waits
for it. When the marketplace says "enough", everybody waits.
"""

import math
from types import TracebackType
from typing import Self

from redis import Redis as SyncRedis
from redis.asyncio import Redis

NEXT_MOMENT = "look-pace:next"

# KEYS[1]: when the next request may leave, in µs. ARGV[1]: µs between two requests. Answers how many µs to wait.
TAKE_TURN = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local turn = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
redis.call('SET', KEYS[1], string.format('%.0f', turn + ARGV[1]), 'PX', 7200000)
return string.format('%.0f', turn - now)
"""

# KEYS[1] as above. ARGV[1]: µs during which nobody asks.
HOLD = """
local time = redis.call('TIME')
local resume = time[1] * 1000000 + time[2] + ARGV[1]
local turn = math.max(resume, tonumber(redis.call('GET', KEYS[1]) or 0))
redis.call('SET', KEYS[1], string.format('%.0f', turn), 'PX', 7200000)
"""


# Whoever finds so many seconds of turns taken leaves the looking to those who took them.
ENOUGH_AHEAD_SECONDS = 2.0


def is_booked_ahead(redis_url: str) -> bool:
    """
    Whether the next seconds already belong to others, or everybody waits after a block.

    Then one more task would only sit and wait for turns, in a place where decisions and price lists could be made.
    """
    with connect(redis_url) as redis:
        seconds, microseconds = redis.time()
        turn = int(redis.get(NEXT_MOMENT) or 0) / 1_000_000
    return turn - (seconds + microseconds / 1_000_000) > ENOUGH_AHEAD_SECONDS


def connect(redis_url: str) -> SyncRedis:
    """A connection whose every wait is bounded."""
    return SyncRedis.from_url(redis_url, socket_connect_timeout=3, socket_timeout=5)


class Pace:
    """Turns at `per_second`, for all who use the same Redis. An async context manager."""

    def __init__(self, redis_url: str, per_second: float) -> None:
        self._redis = Redis.from_url(redis_url, socket_connect_timeout=3, socket_timeout=5)
        self._gap_us = math.ceil(1_000_000 / per_second)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._redis.aclose()

    async def take_turn(self) -> float:
        """Seconds to wait until this request may leave. The turn is taken: nobody else gets that moment."""
        return int(await self._redis.eval(TAKE_TURN, 1, NEXT_MOMENT, self._gap_us)) / 1_000_000

    async def hold(self, seconds: float) -> None:
        """Nobody asks for this long."""
        await self._redis.eval(HOLD, 1, NEXT_MOMENT, math.ceil(seconds * 1_000_000))
