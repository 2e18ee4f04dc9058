"""What follows when stocks of a store have changed, or are believed again."""

from collections.abc import Collection
from functools import partial

from django.db import transaction

from stores.models import CityPrice
from stores.services.announcements import announce_prices
from stores.services.market.watch import look_within
from stores.services.orders.acceptance.waking import wake_orders_of
from stores.services.prices.price_list.stale_offers import mark_stale


def tell_moved(store_id: int, product_ids: Collection[int]) -> None:
    """The price list is due, pages look again, and rules decide anew. The caller holds the lock of the store."""
    if not product_ids:
        return
    mark_stale(store_id, product_ids)
    tell_believed(store_id, product_ids)


def tell_believed(store_id: int, product_ids: Collection[int]) -> None:
    """Stocks of these products were counted or have moved: pages look again, rules of prices and orders decide anew."""
    announce_prices(store_id, product_ids)
    wake_orders_of(store_id, product_ids)
    decide_anew(product_ids)


def decide_anew(product_ids: Collection[int]) -> None:
    """Rules look at the markets of these products next, after the commit."""
    markets = CityPrice.everything.filter(product__in=product_ids, market__isnull=False)
    transaction.on_commit(partial(look_within, list(markets.values_list("market", flat=True).distinct())))
