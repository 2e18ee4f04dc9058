"""The history of products: written with each change, never changed itself."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from stores.models import CatalogueBatch, CatalogueChange, Product
from stores.services.catalogue.plan import FieldChange, ProductPlan
from stores.services.product_history import storable
from stores.services.rows import insert_rows

COLUMNS = ("product_id", "sku", "field", "city_id", "point_code", "old", "new")


def record(batch: CatalogueBatch, plans: Iterable[ProductPlan]) -> None:
    """Keep what was changed of each product: a row a field, and one for a product that is new."""
    like = CatalogueChange(store=batch.store, batch=batch)
    insert_rows(like, COLUMNS, (row for plan in plans for row in _rows(plan)))


def record_removed(batch: CatalogueBatch, products: Iterable[Product]) -> None:
    """Keep that these products are removed: their name is all that is left of them."""
    like = CatalogueChange(store=batch.store, batch=batch, field=CatalogueChange.REMOVED)
    insert_rows(like, ["sku"], ([product.sku] for product in products))


def _rows(plan: ProductPlan) -> Iterator[tuple[Any, ...]]:
    changes = [FieldChange(CatalogueChange.ADDED, None, beginning_of(plan.changes))] if plan.is_new else plan.changes
    for change in changes:
        old, new = storable(change.old), storable(change.new)
        yield plan.after.id, plan.sku, change.field, change.city_id, change.point_code, old, new


def beginning_of(changes: Sequence[FieldChange]) -> dict[str, Any]:
    """What a new product begins with: `{"model": …, "price": {city: …}, "is_available": {point: …}}`."""
    told: dict[str, Any] = {}
    for change in changes:
        where = change.city_id or change.point_code
        if where:
            told.setdefault(change.field, {})[where] = storable(change.new)
        else:
            told[change.field] = storable(change.new)
    return told
