"""
Read the listings of stores, a few pages in each round, within a share of the requests that all have.

A page shows a dozen cards with the city's lowest price and best merchant: it notices change at a twelfth of the price.
What becomes of it is said in `detect`.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

import kaspi
from stores.models import CityPrice, Listing
from stores.services.market import detect, trust
from stores.services.market.egress import PacedTransport, open_egress
from stores.services.market.pace import NoTurn
from stores.services.transactions import database_time

log = logging.getLogger(__name__)

# One round at a time, for all workers; longer where the share is not enough for a round's pages.
ROUND_SECONDS = 5.0
# The end of a listing shows only when a page follows; and whoever reads many holds up the others.
FEWEST_PAGES, MOST_PAGES = 2, 4
# Longer than the waits and time-outs of so many pages, and than a task may run.
LEASE = timedelta(minutes=5)


@dataclass(frozen=True)
class Claim:
    """The listings that one task reads, `pages` of each, and the token that proves it when they are put back."""

    token: str
    listings: tuple[Listing, ...]
    pages: int


@dataclass
class Reading:
    """What came of a listing: pages, and whether its end was met or something stood in the way."""

    listing: Listing
    pages: list[kaspi.ListedPage] = field(default_factory=list)
    is_at_end: bool = False
    has_failed: bool = False


def read_due_listings() -> int:
    """Read some listings and note what they tell; how many markets became due by it."""
    pages = _pages_of_round()
    if not pages:
        return 0
    claim = claim_due_listings(pages)
    if not claim.listings:
        return 0
    readings = asyncio.run(_read_all(claim))
    made_due = sum(_note(reading) for reading in readings)
    _put_back(claim, readings)
    return made_due


def claim_due_listings(pages: int) -> Claim:
    """Take the listings that wait longest and that nobody holds, as many as `pages` in all allow."""
    each = min(pages, MOST_PAGES)
    token = secrets.token_hex(16)
    is_free = Q(leased_until__isnull=True) | Q(leased_until__lt=Now())
    is_due = is_free & Q(next_read_at__lte=Now())
    sells = CityPrice.everything.filter(
        product__store=OuterRef("store"),
        product__store__list_ended_at=None,
        city_id=OuterRef("city_id"),
        market__isnull=False,
    )
    due = Listing.everything.filter(is_due, Exists(sells)).exclude(city_id__in=trust.cities_left_alone())
    seen = due.order_by("next_read_at", "pk").values_list("pk", flat=True)[: pages // each]
    Listing.everything.filter(is_due, pk__in=list(seen)).update(claim=token, leased_until=database_time(LEASE))
    mine = Listing.everything.filter(claim=token).select_related("store").order_by("pk")
    return Claim(token, tuple(mine), each)


def _pages_of_round() -> int:
    """The pages that this round may read; 0 when there is no share, or another worker has the round."""
    a_second = settings.LISTING_SHARE * settings.LOOKS_PER_SECOND * len(settings.EGRESS)
    if not a_second:
        return 0
    seconds = max(ROUND_SECONDS, FEWEST_PAGES / a_second)
    # A little more, so that 2 pages that come out as 1.9999 are 2.
    pages = int(a_second * seconds + 1e-6)
    slot = int(time.time() / seconds)
    return pages if cache.add(f"listings:{seconds}:{slot}", 1, timeout=2 * seconds) else 0


async def _read_all(claim: Claim) -> list[Reading]:
    async with open_egress(settings.REDIS_URL, settings.LOOKS_PER_SECOND, settings.EGRESS) as transport:
        return await asyncio.gather(*(_read(listing, claim.pages, transport) for listing in claim.listings))


async def _read(listing: Listing, most: int, transport: PacedTransport) -> Reading:
    """Each page is good by itself: what came before an error is kept."""
    reading = Reading(listing)
    storefront = kaspi.Storefront(settings.KASPI_URL, transport, clock=lambda: datetime.now(UTC))
    merchant_id = listing.store.merchant_id
    try:
        async with aclosing(storefront.listing(merchant_id, listing.city_id, listing.next_page)) as pages:
            async for page in pages:
                reading.pages.append(page)
                if len(reading.pages) == most:
                    return reading
        reading.is_at_end = True
    except NoTurn:
        pass
    except (kaspi.KaspiError, ValueError) as error:
        log.info("the listing of %s: %s", listing, error)
        reading.has_failed = True
    return reading


def _note(reading: Reading) -> int:
    """Compare what was read with our pictures; how many markets became due."""
    city_id = reading.listing.city_id
    is_believed = city_id in trust.believed_cities([city_id])
    told = [detect.note_page(city_id, page, is_believed=is_believed) for page in reading.pages]
    trust.count(comparison for page in told for comparison in page.comparisons)
    return sum(page.due for page in told)


def _put_back(claim: Claim, readings: Sequence[Reading]) -> None:
    """What was read to its end begins anew, and so does what failed, which is not urgent; others go on next round."""
    for reading in readings:
        listing = reading.listing
        is_over = reading.is_at_end or reading.has_failed
        Listing.everything.filter(pk=listing.pk, claim=claim.token).update(
            claim="",
            leased_until=None,
            next_page=0 if is_over else listing.next_page + len(reading.pages),
            next_read_at=database_time(settings.LISTING_INTERVAL) if is_over else Now(),
        )
