"""What changed of products, in the words of their forms."""

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from stores.models import Availability, CatalogueBatch, CatalogueChange, CityPrice, Product, SalesPoint
from stores.services.catalogue import FieldChange
from stores.services.cities import city_name
from stores.services.money import thousands

LONGEST_TOLD = 120
LAST_EDITS = 20
NAMES = {
    each.name: each.verbose_name
    for model in (SalesPoint, Availability, CityPrice, Product)
    for each in model._meta.concrete_fields  # noqa: SLF001 -- Django's own way to ask
}


@dataclass(frozen=True)
class Told:
    """One field, where it is, from and to, as a person reads them."""

    sku: str
    field: str
    where: str
    old: str
    new: str


def tell(change: CatalogueChange | FieldChange, sku: str = "") -> Told:
    """The change in words."""
    return Told(
        sku=getattr(change, "sku", sku),
        field=field_name(change.field),
        where=city_name(change.city_id) if change.city_id else change.point_code,
        old=_value(change.field, change.old),
        new="" if change.field == CatalogueChange.ADDED else _value(change.field, change.new),
    )


def edits_of(product: Product) -> list[tuple[CatalogueChange, Told]]:
    """The newest changes of the product; one query."""
    changes = CatalogueChange.objects.for_store(product.store_id).filter(product=product)
    return [(change, tell(change)) for change in changes.select_related("batch__actor").order_by("-pk")[:LAST_EDITS]]


def is_undoable(batch: CatalogueBatch) -> bool:
    """Whether a person may take the batch back."""
    products = batch.products_added + batch.products_changed
    is_undone = hasattr(batch, "undone_by")
    return products > 0 and not is_undone and batch.source != CatalogueBatch.Source.PROGRAM


def field_name(name: str) -> str:
    """As the forms and tables call it."""
    if name == CatalogueChange.ADDED:
        return _("added")
    if name == CatalogueChange.REMOVED:
        return _("removed")
    return str(NAMES.get(name, name))


def _value(field: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return thousands(value)
    if field == "strategy":
        return str(dict(Product.Strategy.choices).get(value, value))
    told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return told if len(told) <= LONGEST_TOLD else f"{told[:LONGEST_TOLD]}…"
