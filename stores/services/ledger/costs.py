"""
What sold goods cost when they were sold: copied into the order's lines once, so that a later change of the product does
not rewrite what was earned. What nobody had told then, a person may have filled in from the products as they are now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from stores.models import Order, OrderItem, Product, Store
from stores.services import access
from stores.services.transactions import in_transaction

# Column of a line → column of the product.
COSTS: Mapping[str, str] = {
    "unit_cost": "purchase_cost",
    "unit_packaging": "packaging_cost",
    "unit_weight_g": "weight_g",
}
AT_ONCE = 500


@dataclass(frozen=True)
class UnknownCosts:
    """How many lines have no cost that the products know by now, and how many orders no tax regime."""

    lines: int
    orders: int


def costs_of(product: Product | None) -> dict[str, int | None]:
    """The costs of one piece for a new line; none of a product that is not known."""
    return {name: None if product is None else getattr(product, told) for name, told in COSTS.items()}


def unknown_costs(store: Store) -> UnknownCosts:
    """What `fill_unknown_costs` would fill in."""
    return UnknownCosts(lines=_lines(store).count(), orders=_orders(store).count())


def fill_unknown_costs(store: Store, by: Any) -> UnknownCosts:
    """
    Take what is not known of the store's orders from its products and its tax regime as they are now; what is known
    stays. Returns how much was filled in. Raises Forbidden to those who may not change prices.
    """
    access.require(by, store, access.Action.CHANGE_PRICES)
    lines = orders = last = 0
    while portion := list(_lines(store).filter(pk__gt=last).select_related("product")[:AT_ONCE]):
        lines += _fill(portion)
        last = portion[-1].pk
    while ids := list(_orders(store).values_list("pk", flat=True)[:AT_ONCE]):
        orders += Order.everything.filter(pk__in=ids, tax_regime="").update(
            tax_regime=store.tax_regime, reckoned_at=None
        )
    return UnknownCosts(lines, orders)


@in_transaction
def _fill(lines: Sequence[OrderItem]) -> int:
    """Whoever fills the same line at the same time writes the same; a cost that is there by now is left."""
    for line in lines:
        for name, told in COSTS.items():
            value = None if line.product is None else getattr(line.product, told)
            if getattr(line, name) is None and value is not None:
                OrderItem.everything.filter(pk=line.pk, **{name: None}).update(**{name: value})
    Order.everything.filter(pk__in={line.order_id for line in lines}).update(reckoned_at=None)
    return len(lines)


def _lines(store: Store) -> "QuerySet[OrderItem]":
    """Lines of which the product knows more than they do."""
    fillable = Q()
    for name, told in COSTS.items():
        fillable |= Q(**{f"{name}__isnull": True, f"product__{told}__isnull": False})
    return OrderItem.everything.filter(fillable, order__store=store).order_by("pk")


def _orders(store: Store) -> "QuerySet[Order]":
    rows = Order.everything.filter(store=store, tax_regime="").order_by("pk")
    return rows if store.tax_regime else rows.none()
