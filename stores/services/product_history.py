"""Who changed what of one product, where a person edits it or a guard pauses it; `catalogue` keeps that of many."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from stores.models import CatalogueBatch, CatalogueChange, CityPrice, Product

Source = CatalogueBatch.Source
OF_PRODUCT = (
    *("card_id", "model", "brand", "category_code", "weight_g", "purchase_cost", "packaging_cost", "least_margin"),
    *("strategy", "plan", "step", "is_paused", "is_exclusive"),
)
HISTORY_OF_CITY = ("price", "floor", "ceiling", "strategy", "plan", "step")

# (field, city) → value; no city: of the product.
EditableFacts: TypeAlias = Mapping[tuple[str, str], Any]


def editable_facts(product_id: int) -> EditableFacts:
    """What a person may edit of a product, as it stands; two queries."""
    product = Product.everything.filter(pk=product_id).values(*OF_PRODUCT).get()
    facts = {(name, ""): storable(product[name]) for name in OF_PRODUCT}
    for row in CityPrice.everything.filter(product=product_id).order_by("city_id").values("city_id", *HISTORY_OF_CITY):
        facts |= {(name, row["city_id"]): row[name] for name in HISTORY_OF_CITY}
    return facts


def record_edit(product: Product, before: EditableFacts, actor: Any, source: Source) -> None:
    """Keep what has changed of the product since `before`, as a batch. The caller holds the lock of its store."""
    changes = _changes_since(product, before)
    if changes:
        store_id = product.store_id
        batch = CatalogueBatch.everything.create(store_id=store_id, actor=actor, source=source, products_changed=1)
        _write(batch, changes)


def record_in(batch: CatalogueBatch, product: Product, before: EditableFacts) -> None:
    """Like `record_edit`, as part of a batch that exists."""
    _write(batch, _changes_since(product, before))


def _changes_since(product: Product, before: EditableFacts) -> list[CatalogueChange]:
    """Of no batch yet."""
    return [
        CatalogueChange(
            store_id=product.store_id,
            product=product,
            sku=product.sku,
            field=field,
            city_id=city_id,
            old=before.get((field, city_id)),
            new=value,
        )
        for (field, city_id), value in editable_facts(product.pk).items()
        if before.get((field, city_id)) != value
    ]


def _write(batch: CatalogueBatch, changes: Sequence[CatalogueChange]) -> None:
    for change in changes:
        change.batch = batch
    CatalogueChange.everything.bulk_create(changes)


def storable(value: Any) -> Any:
    """The value as the history keeps it."""
    return str(value) if isinstance(value, Decimal) else value
