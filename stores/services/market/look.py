"""Look at many cards at once: one task, one pool of connections, one pace."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

import kaspi
from stores.models import CardMarket
from stores.services.market.pace import Pace

# Without a word from the marketplace about how long, everybody keeps still for this long after a block.
HOLD_SECONDS = 10.0
# The longest time somebody waits for his turn; whoever would wait longer leaves the market to a later task.
LONGEST_WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Look:
    """One market and what came of looking at it: the offers, an error, or neither when its turn never came."""

    market: CardMarket
    answer: kaspi.CardOffers | kaspi.KaspiError | None


def look_at(markets: Iterable[CardMarket]) -> list[Look]:
    """Fetch the offers of all these markets. Errors are answers: each market gets its own."""
    return asyncio.run(_look_at(tuple(markets)))


async def _look_at(markets: tuple[CardMarket, ...]) -> list[Look]:
    async with (
        kaspi.AiohttpTransport() as transport,
        Pace(settings.REDIS_URL, settings.LOOKS_PER_SECOND) as pace,
    ):
        storefront = kaspi.Storefront(settings.KASPI_URL, transport, clock=lambda: datetime.now(UTC))
        return await asyncio.gather(*(_look(market, storefront, pace) for market in markets))


async def _look(market: CardMarket, storefront: kaspi.Storefront, pace: Pace) -> Look:
    wait = await pace.take_turn()
    if wait > LONGEST_WAIT_SECONDS:
        return Look(market, None)
    await asyncio.sleep(wait)
    try:
        return Look(market, await storefront.offers(market.card_id, market.city_id))
    except kaspi.KaspiError as error:
        await _slow_down(pace, error)
        return Look(market, error)


async def _slow_down(pace: Pace, error: kaspi.KaspiError) -> None:
    """A block is meant for our address, not for one card: everybody waits."""
    if isinstance(error, kaspi.Throttled):
        await pace.hold(HOLD_SECONDS if error.retry_after is None else error.retry_after)
    elif isinstance(error, kaspi.Blocked):
        await pace.hold(HOLD_SECONDS)
