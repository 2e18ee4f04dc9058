"""
One pace for all workers of all processes, kept in Redis.

The marketplace counts requests by address, so workers share one budget: each asks for the next free moment and waits
for it. When the marketplace says "enough", everybody waits, also those who already had a turn.
"""

import asyncio
import math
from types import TracebackType
from typing import Self

from redis import Redis as SyncRedis
from redis.asyncio import Redis

import kaspi

NEXT_TURN = "look-pace:next"
HELD = "look-pace:held"

# The longest time somebody waits for his turn; whoever would wait longer leaves the market to a later task.
LONGEST_WAIT_SECONDS = 30.0
# Whoever finds so many seconds of turns taken leaves the looking to those who took them.
ENOUGH_AHEAD_SECONDS = 2.0

# KEYS: next turn, hold. ARGV: µs between two requests, longest wait in µs. Answers the µs to wait; -1: no turn taken.
TAKE_TURN = """
if redis.call('EXISTS', KEYS[2]) == 1 then return -1 end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local turn = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
if turn - now > tonumber(ARGV[2]) then return -1 end
redis.call('SET', KEYS[1], string.format('%.0f', turn + ARGV[1]), 'PX', 7200000)
return turn - now
"""

# KEYS[1]: hold. ARGV[1]: ms during which nobody asks. A shorter hold does not end a longer one.
HOLD = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
"""


class NoTurn(Exception):  # noqa: N818 -- not a fault: somebody else goes first
    """This request should not leave now: the line is long, or everybody waits after a block."""


def is_booked_ahead(redis_url: str) -> bool:
    """
    Whether the next seconds already belong to others, or everybody waits after a block.

    Then one more task would only sit and wait for turns, in a place where decisions and price lists could be made.
    """
    with SyncRedis.from_url(redis_url, socket_connect_timeout=3, socket_timeout=5) as redis:
        if redis.exists(HELD):
            return True
        seconds, microseconds = redis.time()
        turn = int(redis.get(NEXT_TURN) or 0) / 1_000_000
    return turn - (seconds + microseconds / 1_000_000) > ENOUGH_AHEAD_SECONDS


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
        """Seconds to wait until this request may leave; nobody else gets that moment. Raises NoTurn."""
        longest_us = int(LONGEST_WAIT_SECONDS * 1_000_000)
        wait_us = int(await self._redis.eval(TAKE_TURN, 2, NEXT_TURN, HELD, self._gap_us, longest_us))
        if wait_us < 0:
            raise NoTurn
        return wait_us / 1_000_000

    async def wait_for_turn(self) -> None:
        """Wait until this request may leave. Raises NoTurn, also when everybody was stopped meanwhile."""
        await asyncio.sleep(await self.take_turn())
        if await self._redis.exists(HELD):
            raise NoTurn

    async def hold(self, seconds: float) -> None:
        """Nobody asks for this long."""
        await self._redis.eval(HOLD, 1, HELD, math.ceil(seconds * 1_000))


class PacedTransport:
    """A transport each of whose requests waits for its turn: the pages of a card are requests too."""

    def __init__(self, transport: kaspi.Transport, pace: Pace) -> None:
        self._transport = transport
        self._pace = pace

    async def send(self, request: kaspi.Request) -> kaspi.Response:
        """Raises NoTurn, and what the transport raises."""
        await self._pace.wait_for_turn()
        return await self._transport.send(request)
