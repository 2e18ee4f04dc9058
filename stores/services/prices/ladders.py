"""
Two stores of this service on one card, whose rules undercut each other in turns: a ladder that would end at the floor.

Neither hears of the other. Each is told what it could see by itself: that this rival answers every cut with a cut.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db.models import Count, F
from django.utils import timezone

from stores.models import CityPrice, CompetitorProduct, ProductPriceUpdate
from stores.services.prices.situation import market_of

# So many cuts by rules of both within a day are a ladder, not an answer to somebody else.
RUNGS = 3
WITHIN = timedelta(hours=24)
# Who stands further above the other than this part of the price follows him down all the same.
NEAR = 0.01


def partners_of(rows: Sequence[CityPrice]) -> dict[int, frozenset[str]]:
    """Price row → the merchants with whom its rules have gone down in turns lately; one query, none without rows."""
    if not rows:
        return {}
    cuts = ProductPriceUpdate.everything.filter(
        city_price__in=CityPrice.everything.filter(market__in={market_of(row).pk for row in rows}),
        origin=ProductPriceUpdate.Origin.RULE,
        approved_at__gte=timezone.now() - WITHIN,
        new_price__lt=F("old_price"),
    )
    counted = cuts.order_by().values_list("city_price__market", "store__merchant_id").annotate(cuts=Count("pk"))
    climbers: defaultdict[int, set[str]] = defaultdict(set)
    for market_id, merchant_id, _cuts in counted.filter(cuts__gte=RUNGS):
        climbers[market_id].add(merchant_id)
    return {row.pk: _others(climbers[market_of(row).pk], row.product.store.merchant_id) for row in rows}


def is_next_rung(
    row: CityPrice, led_by: str | None, partners: Collection[str], offers: Sequence[CompetitorProduct]
) -> bool:
    """Whether a cut of this price would only answer the last cut of a partner. `led_by`: the merchant it goes under."""
    if led_by not in partners:
        return False
    prices = [offer.price for offer in offers if offer.competitor_store.merchant_id == led_by]
    return bool(prices) and row.price - min(prices) <= row.price * NEAR


def _others(climbers: Collection[str], merchant_id: str) -> frozenset[str]:
    """The other merchants on the ladder; empty for a merchant who is not on it."""
    return frozenset(climbers) - {merchant_id} if merchant_id in climbers else frozenset()
