"""
Take back a batch of changes: each field that nobody has changed since goes back to what it was.

It is a batch of its own, by the one way that facts of products change. A product that the batch added is removed where
nobody has used it yet; else it goes off sale at all its points.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, groupby
from operator import attrgetter
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from stores.models import (
    Availability,
    CatalogueBatch,
    CatalogueChange,
    OrderItem,
    Product,
    ProductPriceUpdate,
    Store,
    WaitingPrice,
)
from stores.services import access
from stores.services.catalogue.apply import Applied, carry_out, write_counts
from stores.services.catalogue.changes import EMPTY, CityChange, PointChange, ProductChange
from stores.services.catalogue.city_policies import put_policies_back
from stores.services.catalogue.history import record_removed
from stores.services.catalogue.plan import PORTION, Refused, Terms, changed_since
from stores.services.catalogue.range import OF_CITY, OF_POINT, ProductState, read_points, read_range
from stores.services.prices.price_list.stale_offers import mark_stale
from stores.services.product_history import storable
from stores.services.rows import batched
from stores.services.transactions import in_transaction

Left = dict[str, list[Refused]]


@dataclass
class Undone:
    """
    What became of a batch that was taken back, and the batch that did it. `left`: SKU → what stays as it is, and why:
    somebody changed it since (`changed_since`), or what it was does not fit any more.
    """

    batch: CatalogueBatch
    restored: int = 0
    removed: int = 0
    left: Left = field(default_factory=dict)


@in_transaction
def undo_batch(batch: CatalogueBatch, actor: Any) -> Undone:
    """
    Put back what the batch changed and nobody has changed since. Undoing it twice changes nothing more.

    Raises Forbidden.
    """
    store = Store.everything.select_for_update().get(pk=batch.store_id)
    access.require(actor, store, access.Action.CHANGE_PRICES)
    done = CatalogueBatch.everything.filter(undoes=batch).first()
    if done is not None:
        return Undone(done)
    WaitingPrice.everything.filter(batch=batch).delete()
    left: Left = defaultdict(list)
    wanted = chain(_all_back(store, batch, left), _off_sale(batch))
    undoing = CatalogueBatch.everything.create(
        store=store, actor=actor, source=CatalogueBatch.Source.UNDO, undoes=batch
    )
    applied = Applied(undoing)
    carry_out(applied, wanted, Terms(is_confirmed=True))
    applied.changed += len(put_policies_back(batch, undoing, left) - {*applied.written})
    write_counts(applied)
    for sku, reasons in chain(applied.refused.items(), applied.held.items()):
        left[sku].extend(reasons)
    removed = _remove_unused(batch, undoing)
    if removed:
        mark_stale(store.pk)
    return Undone(undoing, applied.changed, removed, dict(left))


# --- Fields of products that were there before ------------------------------------------------------------------------


def _all_back(store: Store, batch: CatalogueBatch, left: Left) -> Iterator[ProductChange]:
    points = read_points(store)
    rows = CatalogueChange.everything.filter(batch=batch, product__isnull=False).exclude(field=CatalogueChange.ADDED)
    in_order = rows.order_by("product", "pk").iterator()
    by_product = (list(group) for _id, group in groupby(in_order, attrgetter("product_id")))
    for portion in batched(by_product, PORTION):
        there = read_range(store, points, [changes[0].sku for changes in portion])
        yield from (_back(there[changes[0].sku], changes, left) for changes in portion)


def _back(product: ProductState, changes: Sequence[CatalogueChange], left: Left) -> ProductChange:
    """The wish that takes these changes of one product back, as far as they still stand."""
    cities: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    points: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    whole: dict[str, Any] = {}
    # A city that came with the batch keeps its price: where nothing is on sale, it harms nobody. What moves the
    # price of a city goes back by itself: `put_policies_back`.
    new_cities = {change.city_id for change in changes if change.field == "price" and change.old is None}
    for change in _net(changes):
        if change.city_id and (change.city_id in new_cities or change.field not in OF_CITY):
            continue
        if not _stands(product, change):
            left[change.sku].append(changed_since(change))
        elif change.city_id:
            cities[change.city_id][change.field] = _before(change)
        elif change.point_code:
            points[change.point_code][change.field] = _before(change)
        else:
            whole[change.field] = _before(change)
    return ProductChange(
        product.sku,
        **whole,
        cities={city_id: CityChange(**values) for city_id, values in cities.items()},
        points={code: PointChange(**values) for code, values in points.items()},
    )


def _net(changes: Sequence[CatalogueChange]) -> list[CatalogueChange]:
    """One change of each field: a limit is drawn in at once, and gets where it was meant to be with its price."""
    net: dict[tuple[str, str, str], CatalogueChange] = {}
    for change in changes:
        net.setdefault((change.field, change.city_id, change.point_code), change).new = change.new
    return list(net.values())


def _stands(product: ProductState, change: CatalogueChange) -> bool:
    """Whether the field still has the value that the batch gave it."""
    state: Any = product
    if change.field in OF_CITY:
        state = product.cities.get(change.city_id)
    elif change.field in OF_POINT:
        state = product.points.get(change.point_code)
    return state is not None and storable(getattr(state, change.field)) == change.new


def _before(change: CatalogueChange) -> Any:
    if change.old is None:
        # A point that came with the batch is not on sale again.
        return False if change.field == "is_available" else EMPTY
    return Decimal(change.old) if change.field == "least_margin" else change.old


# --- Products that came with the batch --------------------------------------------------------------------------------


def _added(batch: CatalogueBatch) -> "QuerySet[Product]":
    of_batch = CatalogueChange.everything.filter(batch=batch, field=CatalogueChange.ADDED, product=OuterRef("pk"))
    return Product.everything.filter(Exists(of_batch), store=batch.store_id)


def _used() -> Any:
    """Whether a product was edited, priced by a rule or ordered since it was added."""
    return (
        Exists(ProductPriceUpdate.everything.filter(product=OuterRef("pk")))
        | Exists(OrderItem.everything.filter(product=OuterRef("pk")))
        | Exists(CatalogueChange.everything.filter(product=OuterRef("pk")).exclude(field=CatalogueChange.ADDED))
    )


def _off_sale(batch: CatalogueBatch) -> Iterator[ProductChange]:
    there = Availability.everything.filter(product__in=_added(batch).filter(_used()), is_available=True)
    pairs = there.order_by("product").values_list("product__sku", "sales_point__code")
    for sku, group in groupby(pairs, lambda pair: pair[0]):
        yield ProductChange(sku, points={code: PointChange(is_available=False) for _sku, code in group})


def _remove_unused(batch: CatalogueBatch, undoing: CatalogueBatch) -> int:
    unused = _added(batch).exclude(_used()).order_by("pk")
    removed = 0
    for portion in batched(list(unused.only("pk", "sku")), PORTION):
        record_removed(undoing, portion)
        removed += len(portion)
        Product.everything.filter(pk__in=[product.pk for product in portion]).delete()
    return removed
