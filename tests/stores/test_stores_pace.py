"""One pace for everybody who shares the Redis."""

import asyncio
from itertools import pairwise

import pytest
from django.conf import settings
from redis import Redis

from stores.services.market.pace import NoTurn, Pace, is_booked_ahead


async def turns(pace: Pace, count: int) -> list[float]:
    return [await pace.take_turn() for _ in range(count)]


async def test_turns_are_a_gap_apart(empty_redis: Redis) -> None:
    async with Pace(settings.REDIS_URL, per_second=2) as pace:
        waits = await turns(pace, 4)
    assert waits[0] == 0
    assert all(0.3 < later - earlier <= 0.5 for earlier, later in pairwise(waits))


async def test_two_workers_share_the_turns(empty_redis: Redis) -> None:
    async with Pace(settings.REDIS_URL, 2) as one, Pace(settings.REDIS_URL, 2) as two:
        waits = sorted(sum(await asyncio.gather(turns(one, 5), turns(two, 5)), []))
    assert waits[-1] > 4.0


async def test_a_hold_is_for_everybody(empty_redis: Redis) -> None:
    async with Pace(settings.REDIS_URL, 100) as blocked, Pace(settings.REDIS_URL, 100) as other:
        await blocked.hold(30)
        with pytest.raises(NoTurn):
            await other.take_turn()


async def test_a_shorter_hold_does_not_end_a_longer_one(empty_redis: Redis) -> None:
    async with Pace(settings.REDIS_URL, 100) as pace:
        await pace.hold(30)
        await pace.hold(1)
    assert empty_redis.pttl("look-pace:held") > 29_000


async def test_a_turn_beyond_the_longest_wait_is_not_taken(empty_redis: Redis) -> None:
    async with Pace(settings.REDIS_URL, 0.1) as pace:
        assert [round(wait) for wait in await turns(pace, 4)] == [0, 10, 20, 30]
        for _ in range(3):
            with pytest.raises(NoTurn):
                await pace.take_turn()
    seconds, _ = empty_redis.time()
    assert float(empty_redis.get("look-pace:next")) / 1e6 - seconds < 41


async def test_a_task_that_would_only_wait_leaves_the_looking_to_others(empty_redis: Redis) -> None:
    assert not is_booked_ahead(settings.REDIS_URL)
    async with Pace(settings.REDIS_URL, 1) as pace:
        await turns(pace, 2)
        assert not is_booked_ahead(settings.REDIS_URL)
        await turns(pace, 1)
        assert is_booked_ahead(settings.REDIS_URL)


async def test_after_a_block_no_task_begins_to_look(empty_redis: Redis) -> None:
    async with Pace(settings.REDIS_URL, 100) as pace:
        await pace.hold(30)
    assert is_booked_ahead(settings.REDIS_URL)
