"""
Which goods were taken off sale, or out of the range, by somebody; and which merely went.

Asked by the checker, which trusts no row of the catalogue by itself: a mistake of ours that switches half a store off
writes rows too. Whoever decides leaves a trace that no such mistake leaves: an entry in the history with his name, or
an order that took the last piece. What counts is the last word about each thing; goods that are off sale while the last
word about them was "on sale" went by nobody's will.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import F, Max, QuerySet

import kaspi
from stores.models import CatalogueChange, StockMovement, StockRules, Store
from stores.services.rows import batched

# How many articles are asked about together.
PORTION = 500
# As `catalogue.range` has it; not imported: the checker and what it asks share nothing with what wrote the rows.
OF_POINT = ("is_available", "stock_count", "preorder_days")
UNSAID = object()

# (product id, point code, field) → its value by the last word about it, where that was a person's or a sale's.
Words = Mapping[tuple[int, str, str], Any]


class WentOff(NamedTuple):
    """A product that was on sale at a point, and is not any more. `after` None: the point is not told of at all."""

    product_id: int
    sku: str
    before: kaspi.Availability
    after: kaspi.Availability | None


class LastWords:
    """What people, and the orders that buyers placed, last said about the goods of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def undecided(self, went_off: Sequence[WentOff]) -> list[WentOff]:
        """Those of them that nobody took off sale, and that did not sell out where such goods are hidden."""
        rest = [each for each in went_off if each.before.store_id not in self._closed_points]
        words = self._of_points({each.product_id for each in rest})
        return [each for each in rest if not self._is_decided(each, words)]

    def removed(self, skus: Sequence[str]) -> set[str]:
        """Those of these articles that a person has removed from the range."""
        removed = CatalogueChange.everything.filter(store=self._store, field=CatalogueChange.REMOVED)
        by_person = removed.filter(batch__actor__isnull=False).order_by()
        return {
            sku
            for each in batched(skus, PORTION)
            for sku in by_person.filter(sku__in=each).values_list("sku", flat=True)
        }

    @cached_property
    def _closed_points(self) -> set[str]:
        """Codes of points that a person has closed and nobody opened since."""
        told = CatalogueChange.everything.filter(store=self._store, product=None, field="is_open").order_by("pk")
        last = {
            code: (is_open, actor) for code, is_open, actor in told.values_list("point_code", "new", "batch__actor")
        }
        return {code for code, (is_open, actor) in last.items() if is_open is False and actor is not None}

    @cached_property
    def _hides_gone(self) -> bool:
        """The seller wants goods of which none are left off sale; no program writes this rule."""
        return StockRules.everything.filter(store=self._store, hides_gone=True).exists()

    def _is_decided(self, each: WentOff, words: Words) -> bool:
        def said(field: str) -> Any:
            return words.get((each.product_id, each.before.store_id, field), UNSAID)

        if said("is_available") is False:
            return True
        if not self._hides_gone or each.after is None:
            return False
        is_gone = each.after.stock_count == 0 and (each.before.stock_count == 0 or said("stock_count") == 0)
        is_kept = each.after.preorder_days is not None
        was_given_up = each.before.preorder_days is None or said("preorder_days") is None
        return is_gone and not is_kept and was_given_up

    def _of_points(self, product_ids: Collection[int]) -> Words:
        if not product_ids:
            return {}
        words = dict(_told(product_ids))
        if self._hides_gone:
            words |= _moved_by_orders(product_ids)
        return words


def _told(product_ids: Collection[int]) -> Iterator[tuple[tuple[int, str, str], Any]]:
    told = CatalogueChange.everything.filter(product__in=product_ids, field__in=OF_POINT).order_by()
    last = _last(told.values("product", "point_code", "field"))
    columns = ("product_id", "point_code", "field", "new")
    for *what, new in last.filter(batch__actor__isnull=False).values_list(*columns):
        yield (what[0], what[1], what[2]), new


def _moved_by_orders(product_ids: Collection[int]) -> dict[tuple[int, str, str], int]:
    """Stocks as orders have left them since they were counted."""
    since = StockMovement.everything.filter(
        availability__product__in=product_ids, counted_at=F("availability__counted_at")
    )
    last = _last(since.order_by().values("availability"))
    columns = ("availability__product", "availability__sales_point__code", "stock_after")
    return {(product_id, code, "stock_count"): stock for product_id, code, stock in last.values_list(*columns)}


def _last(grouped: "QuerySet[Any, Any]") -> "QuerySet[Any]":
    """The newest row of each group."""
    return grouped.model.everything.filter(pk__in=grouped.annotate(last=Max("pk")).values("last"))
