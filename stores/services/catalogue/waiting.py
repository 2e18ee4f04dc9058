"""
Prices of a big change that the marketplace does not take at once: each waits for its turn; `sending.py` gives it.

A wait ends when a person changes the price or its limits; what rules do does not end it.
"""

from collections.abc import Iterable

from stores.models import CatalogueBatch, WaitingPrice
from stores.services.catalogue.plan import ProductPlan
from stores.services.prices.waiting_prices import end_wait


def let_wait(batch: CatalogueBatch, wanted: Iterable[tuple[ProductPlan, str]]) -> None:
    """Keep these prices, of (plan, city), until there is room for them. A newer wish takes the place of an older."""
    rows = [_row(batch, plan, city_id) for plan, city_id in wanted]
    end_wait(row.city_price_id for row in rows)
    WaitingPrice.everything.bulk_create(rows)


def _row(batch: CatalogueBatch, plan: ProductPlan, city_id: str) -> WaitingPrice:
    wanted = plan.cities[city_id].after
    return WaitingPrice(
        store_id=batch.store_id,
        batch=batch,
        city_price_id=wanted.id,
        price=wanted.price,
        floor=wanted.floor,
        ceiling=wanted.ceiling,
    )
