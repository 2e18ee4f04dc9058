"""
A price of ours that somebody changed by hand in the marketplace's own cabinet: the product pauses and asks.

The person wins, but nobody tells us that he acted; it has to be read from the storefront. The marketplace shows our
prices late and in any order, so what may still be on its way is no sign of a hand, and one look alone is none either.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Max

from stores.models import CityPrice, CompetitorProductMonitoring, Notification, Product, Store
from stores.services.announcements import announce_prices
from stores.services.notifications import notify
from stores.services.prices.locked_prices import known_prices
from stores.services.prices.situation import market_of
from stores.services.prices.switches import pause_product
from stores.services.transactions import in_transaction

Kind = CompetitorProductMonitoring.Kind


def pause_changed_by_hand(rows: Sequence[CityPrice], shown: Mapping[int, int]) -> frozenset[int]:
    """
    Pause the products of these prices that somebody changed elsewhere, ask what is meant, and return their ids.

    `rows`: prices that rules move, read with product, store and market. `shown`: price row → our price on the
    storefront at the last look; absent where we do not stand there.
    """
    strange = _strange(rows, shown)
    moved_at = _moved_at(strange, shown)
    by_hand = [row for row in strange if row.pk in moved_at and _is_by_hand(row, moved_at[row.pk])]
    return frozenset(row.product_id for row in by_hand if _pause(row, shown[row.pk]))


def _strange(rows: Sequence[CityPrice], shown: Mapping[int, int]) -> list[CityPrice]:
    """Prices that the storefront shows otherwise than we ever meant, and that can only be theirs."""
    others = [row for row in rows if shown.get(row.pk, row.price) != row.price]
    if not others:
        return []
    # A card shows one price of a merchant; of two articles on it nobody can tell which one it is.
    in_markets = CityPrice.everything.filter(market__in=[row.market_id for row in others])
    articles = Counter(in_markets.values_list("product__store", "market"))
    alone = [row for row in others if articles[row.product.store_id, market_of(row).pk] == 1]
    known = known_prices(alone)
    return [row for row in alone if shown[row.pk] not in known[row.pk]]


def _moved_at(rows: Sequence[CityPrice], shown: Mapping[int, int]) -> dict[int, datetime]:
    """Price row → when our offer was last seen to change, if it moved to what it shows; absent where it came so."""
    if not rows:
        return {}
    changes = CompetitorProductMonitoring.objects.filter(
        market__in=[row.market_id for row in rows],
        competitor_store__merchant_id__in={row.product.store.merchant_id for row in rows},
    )
    newest = changes.order_by().values("market", "competitor_store").annotate(newest=Max("pk")).values("newest")
    moves = CompetitorProductMonitoring.objects.filter(pk__in=newest, kind=Kind.MOVED)
    columns = ("market_id", "competitor_store__merchant_id", "price_after", "seen_at")
    moved_at = {(market, merchant, price): at for market, merchant, price, at in moves.values_list(*columns)}
    ours = {row.pk: (row.market_id, row.product.store.merchant_id, shown[row.pk]) for row in rows}
    return {pk: moved_at[move] for pk, move in ours.items() if move in moved_at}


def _is_by_hand(row: CityPrice, moved_at: datetime) -> bool:
    """Whether a second look shows it still, and nobody has touched the product here since: then it is not answered."""
    looked_at = market_of(row).looked_at
    return looked_at is not None and row.product.updated_at < moved_at < looked_at


@in_transaction
def _pause(row: CityPrice, shown: int) -> bool:
    """Pause and ask, unless somebody has moved the price or edited the product meanwhile."""
    store_id = row.product.store_id
    Store.everything.select_for_update().get(pk=store_id)
    as_read = Product.everything.filter(pk=row.product_id, version=row.product.version)
    if not as_read.filter(city_prices__pk=row.pk, city_prices__version=row.version).exists():
        return False
    pause_product(row.product_id)
    notify(
        store_id,
        Notification.Kind.CHANGED_BY_HAND,
        event=f"by_hand:{row.pk}:{market_of(row).look_number}",
        product_id=row.product_id,
        facts={"sku": row.product.sku, "city_id": row.city_id, "old_price": row.price, "shown_price": shown},
    )
    announce_prices(store_id, [row.product_id])
    return True
