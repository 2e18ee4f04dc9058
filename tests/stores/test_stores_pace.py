"""One pace for everybody who shares the Redis."""

import asyncio
from itertools import pairwise

from django.conf import settings
from redis import Redis

from stores.services.market.pace import Pace, is_booked_ahead


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
        assert 29 < await other.take_turn() <= 30


async def test_a_shorter_hold_does_not_end_a_longer_one(empty_redis: Redis) -> None:
    async with Pace(settings.REDIS_URL, 100) as pace:
        await pace.hold(30)
        await pace.hold(1)
        assert await pace.take_turn() > 29


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
