"""Look at many cards at once: one task, one pool of connections, one pace."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings

import kaspi
from stores.models import CardMarket
from stores.services.market.pace import NoTurn, Pace, PacedTransport

log = logging.getLogger(__name__)

# Without a word from the marketplace about how long, everybody keeps still for this long after a block.
HOLD_SECONDS = 10.0


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
        paced = PacedTransport(transport, pace)
        storefront = kaspi.Storefront(settings.KASPI_URL, paced, clock=lambda: datetime.now(UTC))
        return await asyncio.gather(*(_look(market, storefront, pace) for market in markets))


async def _look(market: CardMarket, storefront: kaspi.Storefront, pace: Pace) -> Look:
    try:
        return Look(market, await storefront.offers(market.card_id, market.city_id))
    except NoTurn:
        return Look(market, None)
    except kaspi.KaspiError as error:
        await _slow_down(pace, error)
        return Look(market, error)
    except Exception as error:  # One poisoned market must not take the others of its batch with it, for ever.
        log.exception("looking at %s failed", market)
        return Look(market, kaspi.MalformedAnswer(f"{type(error).__name__}: {error}"))


async def _slow_down(pace: Pace, error: kaspi.KaspiError) -> None:
    """A block is meant for our address, not for one card: everybody waits."""
    if isinstance(error, kaspi.Throttled):
        await pace.hold(HOLD_SECONDS if error.retry_after is None else error.retry_after)
    elif isinstance(error, kaspi.Blocked):
        await pace.hold(HOLD_SECONDS)
