"""The last proof: the storefront shows the price that we meant."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from stores.models import CityPrice, CompetitorProduct, Notification, PathStep, ProductPriceUpdate
from stores.services import health
from stores.services.announcements import announce_prices_of_stores
from stores.services.notifications import notify

State = ProductPriceUpdate.State
# The marketplace shows a pulled price within minutes; after this long something is wrong.
SEEN_WITHIN = timedelta(minutes=90)


def confirm_seen(rows: Iterable[CityPrice], offers: Mapping[int, Sequence[CompetitorProduct]]) -> int:
    """Note which published prices the storefront now shows; returns how many."""
    shown = {(row.pk, price) for row in rows if (price := _shown_price(row, offers)) is not None}
    waiting = ProductPriceUpdate.everything.filter(
        city_price__in=[city_price_id for city_price_id, _ in shown],
        state__in=[State.PUBLISHED, State.PULLED],
    )
    arrived = [update for update in waiting if (update.city_price_id, update.new_price) in shown]
    count = ProductPriceUpdate.everything.filter(
        pk__in=[update.pk for update in arrived], state__in=[State.PUBLISHED, State.PULLED]
    ).update(state=State.SEEN, seen_at=timezone.now())
    if count:
        health.finished(PathStep.Name.SEEN)
        announce_prices_of_stores((update.store_id, update.product_id) for update in arrived)
    return count


def alarm_unseen() -> int:
    """One urgent message for each price that was fetched and is not on the storefront in time; returns how many."""
    late = ProductPriceUpdate.everything.filter(state=State.PULLED, pulled_at__lt=timezone.now() - SEEN_WITHIN)
    facts = late.annotate(sku=F("product__sku")).values("pk", "store_id", "product_id", "sku", "city_id", "new_price")
    for update in facts:
        notify(
            update["store_id"],
            Notification.Kind.NOT_SEEN,
            event=f"unseen:{update['pk']}",
            product_id=update["product_id"],
            facts={name: update[name] for name in ("sku", "city_id", "new_price")},
        )
    return len(facts)


def _shown_price(row: CityPrice, offers: Mapping[int, Sequence[CompetitorProduct]]) -> int | None:
    ours = row.product.store.merchant_id
    if row.market_id is None:
        return None
    return next((offer.price for offer in offers[row.market_id] if offer.competitor_store.merchant_id == ours), None)
