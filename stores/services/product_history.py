"""Who changed what of one product, where a person edits it or a guard pauses it; `catalogue` keeps that of many."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from stores.models import CatalogueBatch, CatalogueChange, CityPrice, Product

Source = CatalogueBatch.Source
OF_PRODUCT = (
    *("card_id", "model", "brand", "category_code", "weight_g", "purchase_cost", "packaging_cost", "least_margin"),
    *("strategy", "plan", "step", "is_paused", "is_exclusive"),
)
OF_CITY = ("price", "floor", "ceiling", "strategy", "plan", "step")

# (field, city) → value; no city: of the product.
Facts: TypeAlias = Mapping[tuple[str, str], Any]


def read_facts(product_id: int) -> Facts:
    """What a person may edit of a product, as it stands; two queries."""
    product = Product.everything.filter(pk=product_id).values(*OF_PRODUCT).get()
    facts = {(name, ""): storable(product[name]) for name in OF_PRODUCT}
    for row in CityPrice.everything.filter(product=product_id).order_by("city_id").values("city_id", *OF_CITY):
        facts |= {(name, row["city_id"]): row[name] for name in OF_CITY}
    return facts


def record_edit(product: Product, before: Facts, actor: Any, source: Source) -> None:
    """Keep what has changed of the product since `before`. The caller holds the lock of its store."""
    after = read_facts(product.pk)
    changed = [key for key, value in after.items() if before.get(key) != value]
    if not changed:
        return
    batch = CatalogueBatch.everything.create(store_id=product.store_id, actor=actor, source=source, products_changed=1)
    CatalogueChange.everything.bulk_create(
        CatalogueChange(
            store_id=product.store_id,
            batch=batch,
            product=product,
            sku=product.sku,
            field=field,
            city_id=city_id,
            old=before.get((field, city_id)),
            new=after[field, city_id],
        )
        for field, city_id in changed
    )


def storable(value: Any) -> Any:
    """The value as the history keeps it."""
    return str(value) if isinstance(value, Decimal) else value
