"""Look at many cards at once: one task, one pool of connections, one pace."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from redis.exceptions import RedisError

import kaspi
from stores.models import CardMarket
from stores.services.market.egress import open_egress
from stores.services.market.pace import NoTurn

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """One market and what came of looking at it: the offers, an error, or neither when its turn never came."""

    market: CardMarket
    answer: kaspi.CardOffers | kaspi.KaspiError | None


def look_at(markets: Iterable[CardMarket]) -> list[Look]:
    """Fetch the offers of all these markets. Errors are answers: each market gets its own."""
    return asyncio.run(_look_at(tuple(markets)))


async def _look_at(markets: tuple[CardMarket, ...]) -> list[Look]:
    async with open_egress(settings.REDIS_URL, settings.LOOKS_PER_SECOND, settings.EGRESS) as transport:
        storefront = kaspi.Storefront(settings.KASPI_URL, transport, clock=lambda: datetime.now(UTC))
        return await asyncio.gather(*(_look(market, storefront) for market in markets))


async def _look(market: CardMarket, storefront: kaspi.Storefront) -> Look:
    try:
        return Look(market, await storefront.offers(market.card_id, market.city_id))
    except (NoTurn, RedisError):
        # Without Redis nobody has a turn.
        return Look(market, None)
    except kaspi.KaspiError as error:
        return Look(market, error)
    except Exception as error:  # One poisoned market must not take the others of its batch with it, for ever.
        log.exception("looking at %s failed", market)
        return Look(market, kaspi.MalformedAnswer(f"{type(error).__name__}: {error}"))
