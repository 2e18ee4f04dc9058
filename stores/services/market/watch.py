"""Which cards in which cities are watched, and who looks at which now."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from stores.models import CardMarket, CityPrice, Listing
from stores.services.transactions import database_time

# Longer than the longest wait for a turn and the time-outs of the fetch after it (see `look` and `kaspi.transport`).
LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Claim:
    """The markets that one task looks at, and the token that proves it in each of its writes."""

    token: str
    markets: tuple[CardMarket, ...]


def watch_markets(city_prices: Iterable[CityPrice]) -> None:
    """
    Connect these prices with the markets they live in, and have their stores' listings read.

    Markets nobody watched before are due at once.
    """
    rows = [row for row in city_prices if row.product.card_id]
    wanted = {(row.product.card_id, row.city_id) for row in rows}
    CardMarket.objects.bulk_create(
        [
            CardMarket(card_id=card_id, city_id=city_id, next_look_at=timezone.now())
            for card_id, city_id in sorted(wanted)
        ],
        ignore_conflicts=True,
    )
    found = CardMarket.objects.filter(card_id__in={card_id for card_id, _ in wanted})
    market_ids = {(market.card_id, market.city_id): market.pk for market in found}
    for row in rows:
        row.market_id = market_ids[row.product.card_id, row.city_id]
    CityPrice.everything.bulk_update(rows, ["market"], batch_size=500)
    listed = {(row.product.store_id, row.city_id) for row in rows}
    Listing.everything.bulk_create(
        [
            Listing(store_id=store_id, city_id=city_id, next_read_at=timezone.now())
            for store_id, city_id in sorted(listed)
        ],
        ignore_conflicts=True,
    )


def claim_due_markets(limit: int) -> Claim:
    """
    Take up to `limit` due markets that nobody holds, the longest due first.

    The UPDATE repeats what was read, so of two workers that saw the same row one gets it and one does not. A claim
    whose worker died ends with its lease.
    """
    token = secrets.token_hex(16)
    is_free = Q(leased_until__isnull=True) | Q(leased_until__lt=Now())
    due = CardMarket.objects.filter(is_free, next_look_at__lte=Now(), city_prices__isnull=False)
    seen = due.order_by("next_look_at", "pk").values_list("pk", flat=True).distinct()[:limit]
    CardMarket.objects.filter(is_free, next_look_at__lte=Now(), pk__in=list(seen)).update(
        claim=token, leased_until=database_time(LEASE)
    )
    return Claim(token, tuple(CardMarket.objects.filter(claim=token).order_by("pk")))


def has_due_markets() -> bool:
    """Whether somebody should look now."""
    is_free = Q(leased_until__isnull=True) | Q(leased_until__lt=Now())
    return CardMarket.objects.filter(is_free, next_look_at__lte=Now(), city_prices__isnull=False).exists()
