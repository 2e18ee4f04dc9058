"""Waiting for what another process does."""

import asyncio
from collections.abc import Awaitable, Callable

Condition = Callable[[], Awaitable[bool]]


async def until(condition: Condition, *, pause: float, limit: float) -> None:
    """Ask again and again, `pause` seconds apart. Raises TimeoutError after `limit` seconds."""
    async with asyncio.timeout(limit):
        while not await condition():  # noqa: ASYNC110 -- nothing in this process could set an event
            await asyncio.sleep(pause)
