"""
One pace for all workers of all processes, kept in Redis.

The marketplace counts requests by address, so all who leave through one address share one budget: each asks for the
next free moment of any address and waits for it. What says "enough" (429, a block page) silences its address at once,
also for those who already had a turn; it comes back slower, and gets its speed back step by step. An address
through which nothing comes back rests too, and is tried again after the rest.
"""

import asyncio
import hashlib
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from redis import Redis as SyncRedis
from redis.asyncio import BlockingConnectionPool, Redis

# The address this machine has anyway.
OWN_ADDRESS = ""

# A call takes a fraction of a millisecond and a new connection several: the requests of a task queue for one, so long.
LONGEST_QUEUE_SECONDS = 30.0
# The longest time somebody waits for his turn; whoever would wait longer leaves the market to a later task.
LONGEST_WAIT_SECONDS = 30.0
# Whoever finds so many seconds of turns taken leaves the looking to those who took them.
ENOUGH_AHEAD_SECONDS = 2.0
# Each "enough" halves the speed of its address, down to a 32nd; after so long in peace it doubles again.
SLOWEST_LEVEL = 5
EASE_SECONDS = 60.0
# So many failures in a row are an outage, not bad luck: rest so long, and twice as long after as many again.
FAILURES_OF_AN_OUTAGE = 5
REST_SECONDS = 5.0
LONGEST_REST_SECONDS = 30.0

# Of each address a hash: `next` (the next free turn), `held` (until when it is silent), `eases` (when it gets faster),
# all in µs of the Redis server's clock; `level` of slowness; `failures` in a row. Forgotten after two hours of rest.

# KEYS: addresses. ARGV: µs between two requests, longest wait in µs, µs until a level is eased.
# Answers the index (from 1) of the address, the µs to wait, and its failures so far; or nothing: no turn was taken.
TAKE_TURN = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local best, turn, gap = 0, 0, 0
for index, key in ipairs(KEYS) do
  local state = redis.call('HMGET', key, 'next', 'held', 'level', 'eases')
  local level, eases = tonumber(state[3] or 0), tonumber(state[4] or 0)
  if level > 0 and eases <= now then
    level = level - 1
    redis.call('HSET', key, 'level', level, 'eases', string.format('%.0f', now + ARGV[3]))
  end
  if tonumber(state[2] or 0) <= now then
    local free = math.max(now, tonumber(state[1] or 0))
    if best == 0 or free < turn then best, turn, gap = index, free, ARGV[1] * 2 ^ level end
  end
end
if best == 0 or turn - now > tonumber(ARGV[2]) then return {} end
redis.call('HSET', KEYS[best], 'next', string.format('%.0f', turn + gap))
redis.call('PEXPIRE', KEYS[best], 7200000)
return {best, turn - now, tonumber(redis.call('HGET', KEYS[best], 'failures') or 0)}
"""

# KEYS[1]: an address. ARGV: µs of silence, levels that it gets slower, the slowest level, µs until a level is eased.
# A shorter silence does not end a longer one.
SILENCE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local state = redis.call('HMGET', KEYS[1], 'level', 'held')
local level = math.min(tonumber(state[1] or 0) + ARGV[2], tonumber(ARGV[3]))
local held = math.max(tonumber(state[2] or 0), now + ARGV[1])
redis.call('HSET', KEYS[1], 'level', level, 'held', string.format('%.0f', held),
  'eases', string.format('%.0f', held + ARGV[4]))
redis.call('PEXPIRE', KEYS[1], 7200000)
"""


class NoTurn(Exception):  # noqa: N818 -- not a fault: somebody else goes first
    """This request should not leave now: the line is long, or every address is silent."""


@dataclass(frozen=True)
class Turn:
    """The address that a request leaves through, and in how many seconds. `failures`: the address's last in a row."""

    address: str
    wait: float
    failures: int


def is_booked_ahead(redis_url: str, addresses: Sequence[str] = (OWN_ADDRESS,)) -> bool:
    """
    Whether the next seconds of every address already belong to others, or are silent.

    Then one more task would only sit and wait for turns, in a place where decisions and price lists could be made.
    """
    with SyncRedis.from_url(redis_url, socket_connect_timeout=3, socket_timeout=5) as redis:
        seconds, microseconds = redis.time()
        limit = (seconds + ENOUGH_AHEAD_SECONDS) * 1_000_000 + microseconds
        states = [redis.hmget(key_of(address), "next", "held") for address in addresses]
    now = limit - ENOUGH_AHEAD_SECONDS * 1_000_000
    return all(int(turn or 0) > limit or int(held or 0) > now for turn, held in states)


def key_of(address: str) -> str:
    """Where Redis keeps the pace of an address, which may hold a proxy's password."""
    return f"look-pace:{hashlib.sha256(address.encode()).hexdigest()[:16]}"


class Pace:
    """Turns at `per_second` through each of the addresses, for all who use the same Redis. An async context manager."""

    def __init__(self, redis_url: str, per_second: float, addresses: Sequence[str] = (OWN_ADDRESS,)) -> None:
        pool = BlockingConnectionPool.from_url(
            redis_url,
            max_connections=1,
            timeout=LONGEST_QUEUE_SECONDS,
            socket_connect_timeout=3,
            socket_timeout=5,
        )
        self._redis = Redis.from_pool(pool)
        self._gap_us = math.ceil(1_000_000 / per_second)
        self._addresses = tuple(addresses)
        self._keys = [key_of(address) for address in self._addresses]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._redis.aclose()

    async def take_turn(self) -> Turn:
        """The next free moment of any address; nobody else gets it. Raises NoTurn."""
        longest_us, ease_us = int(LONGEST_WAIT_SECONDS * 1e6), int(EASE_SECONDS * 1e6)
        taken = await self._redis.eval(TAKE_TURN, len(self._keys), *self._keys, self._gap_us, longest_us, ease_us)
        if not taken:
            raise NoTurn
        index, wait_us, failures = map(int, taken)
        return Turn(self._addresses[index - 1], wait_us / 1e6, failures)

    async def wait_for_turn(self) -> Turn:
        """Wait until this request may leave. Raises NoTurn, also when the address fell silent meanwhile."""
        turn = await self.take_turn()
        if turn.wait:
            await asyncio.sleep(turn.wait)
            if await self._is_silent(turn.address):
                raise NoTurn
        return turn

    async def silence(self, address: str, seconds: float) -> None:
        """It was told "enough": nobody asks through this address for so long, and slower after that."""
        await self._hold(address, seconds, slower=1)

    async def note_failure(self, address: str) -> None:
        """A request brought no answer. Enough in a row make the address rest, longer each time."""
        failures = int(await self._redis.hincrby(key_of(address), "failures", 1))
        outages, more = divmod(failures, FAILURES_OF_AN_OUTAGE)
        if outages and not more:
            await self._hold(address, min(REST_SECONDS * 2 ** (outages - 1), LONGEST_REST_SECONDS), slower=0)

    async def note_success(self, turn: Turn) -> None:
        """A request brought an answer: the failures before it were no outage."""
        if turn.failures:
            await self._redis.hset(key_of(turn.address), "failures", 0)

    async def _hold(self, address: str, seconds: float, *, slower: int) -> None:
        # Addresses that were silenced together do not come back together.
        jitter = random.uniform(1.0, 1.2)  # noqa: S311 -- not a secret
        held_us, ease_us = math.ceil(seconds * jitter * 1e6), math.ceil(EASE_SECONDS * jitter * 1e6)
        await self._redis.eval(SILENCE, 1, key_of(address), held_us, slower, SLOWEST_LEVEL, ease_us)

    async def _is_silent(self, address: str) -> bool:
        held = int(await self._redis.hget(key_of(address), "held") or 0)
        seconds, microseconds = await self._redis.time()
        return held > seconds * 1_000_000 + microseconds
