"""
Cards of which the marketplace shows nothing: asked for ever more seldom, and told of once.

A card that is unknown and one that nobody sells answer alike, and so may a fault that passes: a card that has just
fallen silent is asked again within seconds, and the pauses double up to an hour.
"""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

import kaspi
from stores.models import CardMarket, CityPrice, Notification, PathStep
from stores.services.notifications import notify

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(hours=1)
# By then it has been asked for over an hour.
TOLD_AFTER = 12
# Where no other card could be read lately either, it is not the card.
OTHERS_READ_WITHIN = timedelta(minutes=10)


def is_nothing(answer: kaspi.CardOffers | kaspi.KaspiError) -> bool:
    """Whether the marketplace has answered, and has nothing to show of the card."""
    return isinstance(answer, kaspi.Refused) or (isinstance(answer, kaspi.CardOffers) and not answer.offers)


def pause_after(looks: int) -> timedelta:
    """How long to leave a card alone that so many looks in a row found empty."""
    return min(FIRST_PAUSE * 2 ** min(looks, 20), LONGEST_PAUSE, settings.LOOK_INTERVAL)


def tell_unknown(market: CardMarket) -> None:
    """Tell the sellers on the card that it seems not to be there; each of them once, in the caller's transaction."""
    if not _are_others_read():
        return
    rows = CityPrice.everything.filter(market=market).select_related("product").order_by("pk")
    for row in rows:
        notify(
            row.product.store_id,
            Notification.Kind.CARD_UNKNOWN,
            event=f"card_unknown:{row.product_id}:{market.card_id}",
            product_id=row.product_id,
            facts={"sku": row.product.sku, "city_id": market.city_id, "card": market.card_id},
        )


def _are_others_read() -> bool:
    lately = timezone.now() - OTHERS_READ_WITHIN
    return PathStep.objects.filter(name=PathStep.Name.LOOKED, finished_at__gte=lately).exists()
