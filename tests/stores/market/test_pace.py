"""One pace for everybody who shares the Redis."""

import asyncio
from itertools import pairwise

import pytest
from django.conf import settings
from redis import Redis

from stores.services.market import pace as pace_module
from stores.services.market.pace import OWN_ADDRESS, NoTurn, Pace, is_booked_ahead, key_of

OTHER = "192.0.2.7"


async def turns(pace: Pace, count: int) -> list[float]:
    return [(await pace.take_turn()).wait for _ in range(count)]


def held_seconds(redis: Redis, address: str = OWN_ADDRESS) -> float:
    """For how long nobody may ask through the address."""
    seconds, microseconds = redis.time()
    return int(redis.hget(key_of(address), "held") or 0) / 1e6 - seconds - microseconds / 1e6


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
        await blocked.silence(OWN_ADDRESS, 30)
        with pytest.raises(NoTurn):
            await other.take_turn()


async def test_a_shorter_hold_does_not_end_a_longer_one(empty_redis: Redis) -> None:
    async with Pace(settings.REDIS_URL, 100) as pace:
        await pace.silence(OWN_ADDRESS, 30)
        await pace.silence(OWN_ADDRESS, 1)
    assert held_seconds(empty_redis) > 29


async def test_a_turn_beyond_the_longest_wait_is_not_taken(empty_redis: Redis) -> None:
    async with Pace(settings.REDIS_URL, 0.1) as pace:
        assert [round(wait) for wait in await turns(pace, 4)] == [0, 10, 20, 30]
        for _ in range(3):
            with pytest.raises(NoTurn):
                await pace.take_turn()
    seconds, _ = empty_redis.time()
    assert float(empty_redis.hget(key_of(OWN_ADDRESS), "next")) / 1e6 - seconds < 41


async def test_a_task_that_would_only_wait_leaves_the_looking_to_others(empty_redis: Redis) -> None:
    assert not is_booked_ahead(settings.REDIS_URL)
    async with Pace(settings.REDIS_URL, 1) as pace:
        await turns(pace, 2)
        assert not is_booked_ahead(settings.REDIS_URL)
        await turns(pace, 1)
        assert is_booked_ahead(settings.REDIS_URL)


async def test_after_a_block_no_task_begins_to_look(empty_redis: Redis) -> None:
    async with Pace(settings.REDIS_URL, 100) as pace:
        await pace.silence(OWN_ADDRESS, 30)
    assert is_booked_ahead(settings.REDIS_URL)


async def test_each_address_has_turns_of_its_own(empty_redis: Redis) -> None:
    async with Pace(settings.REDIS_URL, 1, [OWN_ADDRESS, OTHER]) as pace:
        taken = [await pace.take_turn() for _ in range(4)]
    assert sorted(turn.address for turn in taken) == [OWN_ADDRESS, OWN_ADDRESS, OTHER, OTHER]
    assert [round(turn.wait) for turn in taken] == [0, 0, 1, 1]


async def test_a_silent_address_leaves_the_asking_to_the_others(empty_redis: Redis) -> None:
    async with Pace(settings.REDIS_URL, 10, [OWN_ADDRESS, OTHER]) as pace:
        await pace.silence(OWN_ADDRESS, 30)
        assert {(await pace.take_turn()).address for _ in range(5)} == {OTHER}
        assert not is_booked_ahead(settings.REDIS_URL, [OWN_ADDRESS, OTHER])
        await pace.silence(OTHER, 30)
        with pytest.raises(NoTurn):
            await pace.take_turn()
    assert is_booked_ahead(settings.REDIS_URL, [OWN_ADDRESS, OTHER])


async def test_after_enough_an_address_is_slower_and_recovers_step_by_step(
    empty_redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace_module, "EASE_SECONDS", 3600.0)
    async with Pace(settings.REDIS_URL, 10) as pace:
        for _ in range(2):
            await pace.silence(OWN_ADDRESS, 0)
        assert [round(wait, 1) for wait in await turns(pace, 3)] == [0.0, 0.4, 0.8]
        for level in ("1", "0"):
            empty_redis.hset(key_of(OWN_ADDRESS), "eases", 0)
            await pace.take_turn()
            assert empty_redis.hget(key_of(OWN_ADDRESS), "level") == level.encode()
        empty_redis.hdel(key_of(OWN_ADDRESS), "next")
        assert [round(wait, 1) for wait in await turns(pace, 3)] == [0.0, 0.1, 0.2]


async def test_however_often_it_is_told_enough_it_asks_once_in_32_gaps(empty_redis: Redis) -> None:
    async with Pace(settings.REDIS_URL, 10) as pace:
        for _ in range(9):
            await pace.silence(OWN_ADDRESS, 0)
        assert [round(wait, 1) for wait in await turns(pace, 2)] == [0.0, 3.2]


async def test_failures_in_a_row_are_an_outage_and_each_rest_is_longer(empty_redis: Redis) -> None:
    rests = []
    async with Pace(settings.REDIS_URL, 10) as pace:
        for _ in range(5):
            for _ in range(5):
                await pace.note_failure(OWN_ADDRESS)
            rests.append(held_seconds(empty_redis))
            empty_redis.hset(key_of(OWN_ADDRESS), "held", 0)
    expected = [5, 10, 20, 30, 30]
    assert [least * 0.9 < rest < least * 1.25 for least, rest in zip(expected, rests, strict=True)] == [True] * 5


async def test_an_answer_between_failures_makes_them_bad_luck(empty_redis: Redis) -> None:
    async with Pace(settings.REDIS_URL, 100) as pace:
        for _ in range(3):
            for _ in range(4):
                await pace.note_failure(OWN_ADDRESS)
            await pace.note_success(await pace.take_turn())
    assert held_seconds(empty_redis) < 0


def test_the_password_of_a_proxy_is_in_no_key() -> None:
    assert "pa55" not in key_of("http://user:pa55@proxy:3128")
