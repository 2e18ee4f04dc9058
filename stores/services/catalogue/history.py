"""The history of products: written with each change, never changed itself."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from stores.models import CatalogueBatch, CatalogueChange, Product
from stores.services.catalogue.plan import FieldChange, ProductPlan
from stores.services.rows import AT_ONCE


def record(batch: CatalogueBatch, plans: Iterable[ProductPlan]) -> None:
    """Keep what was changed of each product: a row a field, and one for a product that is new."""
    rows = [row for plan in plans for row in _rows(batch, plan)]
    CatalogueChange.everything.bulk_create(rows, batch_size=AT_ONCE)


def record_removed(batch: CatalogueBatch, products: Iterable[Product]) -> None:
    """Keep that these products are removed: their name is all that is left of them."""
    CatalogueChange.everything.bulk_create(
        CatalogueChange(store_id=batch.store_id, batch=batch, sku=product.sku, field=CatalogueChange.REMOVED)
        for product in products
    )


def _rows(batch: CatalogueBatch, plan: ProductPlan) -> Iterator[CatalogueChange]:
    if plan.is_new:
        yield _row(batch, plan, FieldChange(CatalogueChange.ADDED, None, _told(plan.changes)))
    else:
        yield from (_row(batch, plan, change) for change in plan.changes)


def _row(batch: CatalogueBatch, plan: ProductPlan, change: FieldChange) -> CatalogueChange:
    return CatalogueChange(
        store_id=batch.store_id,
        batch=batch,
        product=plan.product,
        sku=plan.sku,
        field=change.field,
        city_id=change.city_id,
        point_code=change.point_code,
        old=storable(change.old),
        new=storable(change.new),
    )


def _told(changes: Sequence[FieldChange]) -> dict[str, Any]:
    """What a new product began with: `{"model": …, "price": {city: …}, "is_available": {point: …}}`."""
    told: dict[str, Any] = {}
    for change in changes:
        where = change.city_id or change.point_code
        if where:
            told.setdefault(change.field, {})[where] = storable(change.new)
        else:
            told[change.field] = storable(change.new)
    return told


def storable(value: Any) -> Any:
    """The value as the history keeps it."""
    return str(value) if isinstance(value, Decimal) else value
