"""
Find the pages that moderators have made.

The official API does not tell them. But once a product stands in the price list, our own offer stands on its page, with
our SKU: so the store's listing is searched for the card's name, and the offers of a page that is new to us say whose it
is. Two or three requests a card, ever less often, for two weeks; a person may be quicker.
"""

import asyncio
import logging
import math
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from redis.exceptions import RedisError

import kaspi
from stores.models import CardBatch, NewCard, Product, SalesPoint
from stores.services.cards.following import link_found
from stores.services.errors import Refusal
from stores.services.market.egress import open_egress
from stores.services.market.pace import NoTurn

log = logging.getLogger(__name__)

LONGEST_SEARCH = timedelta(days=14)
SHORTEST_PAUSE = timedelta(minutes=30)
LONGEST_PAUSE = timedelta(hours=12)
BETWEEN_SEARCHES = timedelta(minutes=5)
PATIENCE = 4
CARDS_AT_ONCE = 10
PAGES_LOOKED_AT = 3
CANNOT_LOOK = (kaspi.KaspiError, NoTurn, RedisError, ValueError)


def find_next() -> bool:
    """Look for the pages of the batch that waits longest for it; False when none is due."""
    batch = _claim()
    if batch is None:
        return False
    # Those that were never looked for come first: their time is null.
    cards = list(_without_page(batch).order_by("searched_at", "pk")[:CARDS_AT_ONCE])
    NewCard.everything.filter(pk__in=[card.pk for card in cards]).update(searched_at=Now())
    points = SalesPoint.objects.for_store(batch.store).filter(is_open=True)
    city_id = points.order_by("pk").values_list("city_id", flat=True).first()
    if cards and city_id is not None:
        for card, card_id in asyncio.run(_look_for(cards, batch.store.merchant_id, city_id, _known(batch))):
            _link(card, card_id)
    return True


def _claim() -> CardBatch | None:
    """The next search's time is moved on before this one begins; none after two weeks, or when each has its page."""
    due = CardBatch.everything.filter(state=CardBatch.State.JUDGED, next_at__lte=Now())
    batch = due.select_related("store").order_by("next_at", "pk").first()
    if batch is None:
        return None
    age = timezone.now() - (batch.judged_at or timezone.now())
    searches = math.ceil(_without_page(batch).count() / CARDS_AT_ONCE)
    is_over = age > LONGEST_SEARCH or not searches
    # Each card has its turn within that time.
    round_time = min(max(age / PATIENCE, SHORTEST_PAUSE), LONGEST_PAUSE)
    pause = max(round_time / max(searches, 1), BETWEEN_SEARCHES)
    mine = CardBatch.everything.filter(pk=batch.pk, next_at=batch.next_at)
    return batch if mine.update(next_at=None if is_over else timezone.now() + pause) else None


def _without_page(batch: CardBatch) -> "QuerySet[NewCard]":
    return batch.cards.filter(state=NewCard.State.MODERATED)


def _known(batch: CardBatch) -> frozenset[str]:
    """The cards that the store has already: none of them is new."""
    return frozenset(Product.objects.for_store(batch.store).exclude(card_id="").values_list("card_id", flat=True))


async def _look_for(
    cards: Sequence[NewCard], merchant_id: str, city_id: str, known: frozenset[str]
) -> list[tuple[NewCard, str]]:
    """The pages that were found. What cannot be looked at now is left to the next search."""
    found = []
    try:
        async with open_egress(settings.REDIS_URL, settings.LOOKS_PER_SECOND, settings.EGRESS) as transport:
            storefront = kaspi.Storefront(settings.KASPI_URL, transport, clock=lambda: datetime.now(UTC))
            for card in cards:
                for card_id in await _candidates(storefront, card, merchant_id, city_id, known):
                    offers = await storefront.offers(card_id, city_id)
                    if _is_ours(offers.offers, merchant_id, card.sku):
                        found.append((card, card_id))
                        break
    except CANNOT_LOOK as error:
        log.info("looking for the pages of new cards: %s", error)
    return found


async def _candidates(
    storefront: kaspi.Storefront, card: NewCard, merchant_id: str, city_id: str, known: frozenset[str]
) -> list[str]:
    """The first cards of ours that a search for the name finds, and that the store does not have."""
    async with aclosing(storefront.listing(merchant_id, city_id, text=card.title)) as pages:
        async for page in pages:
            return [each.card_id for each in page.cards if each.card_id not in known][:PAGES_LOOKED_AT]
    return []


def _is_ours(offers: Iterable[kaspi.Offer], merchant_id: str, sku: str) -> bool:
    return any(offer.merchant_id == merchant_id and offer.merchant_sku == sku for offer in offers)


def _link(card: NewCard, card_id: str) -> None:
    try:
        link_found(card, card_id)
    except Refusal as refusal:
        log.info("card %s was found at %s and not linked: %s", card.pk, card_id, refusal)
