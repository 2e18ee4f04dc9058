"""
Prices of a big change that the marketplace does not take at once: each waits for its turn, and is judged anew then.

A price that somebody has moved since, or whose product he has edited, waits no longer. A fifth of what the marketplace
takes is left to corrections, as rules leave it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from stores.models import CatalogueBatch, Store, WaitingPrice
from stores.services import access
from stores.services.catalogue.changes import EMPTY, CityChange, Number, ProductChange
from stores.services.catalogue.plan import ProductPlan
from stores.services.prices.budget import budget_of
from stores.services.transactions import in_transaction


def let_wait(batch: CatalogueBatch, wanted: Iterable[tuple[ProductPlan, str]]) -> None:
    """Keep these prices, of (plan, city), until there is room for them. A newer wish takes the place of an older."""
    rows = [_row(batch, plan, city_id) for plan, city_id in wanted]
    WaitingPrice.everything.filter(city_price__in=[row.city_price_id for row in rows]).delete()
    WaitingPrice.everything.bulk_create(rows)


def stores_that_wait() -> list[int]:
    """The stores with prices that wait."""
    return list(WaitingPrice.everything.order_by().values_list("store", flat=True).distinct())


def is_overtaken(row: WaitingPrice) -> bool:
    """Whether the price has moved since, its product was edited, or who wanted it may no longer."""
    price = row.city_price
    is_moved = (price.version, price.product.version) != (row.seen_version, row.seen_product_version)
    actor = row.batch.actor
    return is_moved or actor is None or access.Action.CHANGE_PRICES not in access.allowed(actor, row.store)


def changes_of(rows: Sequence[WaitingPrice]) -> list[ProductChange]:
    """The wishes of these rows, one a product."""
    cities: defaultdict[str, dict[str, CityChange]] = defaultdict(dict)
    for row in rows:
        change = CityChange(row.price, _limit(row.floor), _limit(row.ceiling))
        cities[row.city_price.product.sku][row.city_price.city_id] = change
    return [ProductChange(sku, cities=wanted) for sku, wanted in cities.items()]


@in_transaction
def take_next(store_id: int) -> dict[CatalogueBatch, list[WaitingPrice]]:
    """Take the prices whose turn it is out of the line: batch → rows that are still wanted. Locks the store."""
    store = Store.everything.select_for_update().get(pk=store_id)
    waiting = WaitingPrice.everything.filter(store=store_id).select_related("store", "batch__actor", "batch__store")
    rows = list(waiting.select_related("city_price__product").order_by("pk")[: budget_of(store).free_for_rules])
    WaitingPrice.everything.filter(pk__in=[row.pk for row in rows]).delete()
    taken: defaultdict[CatalogueBatch, list[WaitingPrice]] = defaultdict(list)
    for row in rows:
        if not is_overtaken(row):
            taken[row.batch].append(row)
    return dict(taken)


def follow_own_edit(product_ids: Iterable[int]) -> None:
    """Prices of the same products that go on waiting were not overtaken by those that have just left."""
    rest = WaitingPrice.everything.filter(city_price__product__in=list(product_ids))
    for row in rest.select_related("city_price__product"):
        WaitingPrice.everything.filter(pk=row.pk).update(seen_product_version=row.city_price.product.version)


def _row(batch: CatalogueBatch, plan: ProductPlan, city_id: str) -> WaitingPrice:
    before, after = plan.cities[city_id].before, plan.cities[city_id].after
    return WaitingPrice(
        store_id=batch.store_id,
        batch=batch,
        city_price_id=after.id,
        price=after.price,
        floor=after.floor,
        ceiling=after.ceiling,
        seen_version=before.version,
        # The edit that lets the price wait counts the product's version up itself.
        seen_product_version=plan.after.version + 1,
    )


def _limit(value: int | None) -> Number:
    return EMPTY if value is None else value
