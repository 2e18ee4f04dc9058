"""Orders of a kettle that is fully known, as they lie there when they were read."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from stores.management.commands.demo import TAX_REGIME
from stores.models import Order, OrderAccount, OrderItem, Product, Store
from stores.services.ledger import reckon
from stores.services.ledger.costs import costs_of
from tests import cast

PRICE = 15_000
# In spring 2026, sold for 15,000 and sent within the city: the worked example of the fees.
PROFIT, DELIVERY = 1_750, 1_275

COMPLETED = {"state": "ARCHIVE", "status": "COMPLETED"}
CANCELLED = {"state": "ARCHIVE", "status": "CANCELLED"}
RETURNED = {"state": "ARCHIVE", "status": "RETURNED"}
COMING_BACK = {"state": "KASPI_DELIVERY", "status": "CANCELLING"}
ACCEPTED = {"state": "KASPI_DELIVERY", "status": "ACCEPTED_BY_MERCHANT"}


def kettle(store: Store, sku: str = "SKU-1") -> Product:
    """Bought for 9,500, packed for 150, 2 kg; its store pays the tax of Almaty."""
    Store.everything.filter(pk=store.pk).update(tax_regime=TAX_REGIME)
    store.tax_regime = TAX_REGIME
    product = cast.product(store, sku, price=PRICE, floor=12_000, ceiling=20_000)
    facts = {"category_code": "Master - Kettles", "weight_g": 2_000, "purchase_cost": 9_500, "packaging_cost": 150}
    Product.everything.filter(pk=product.pk).update(**facts)
    return Product.everything.select_related("store").get(pk=product.pk)


def sell(product: Product, *, quantity: int = 1, placed_at: datetime | None = None, **facts: Any) -> Order:
    """An order of it in the words of the marketplace: carried by it within the city, completed if nothing else."""
    store, number = product.store, Order.everything.count() + 1
    told = {"delivery_mode": "DELIVERY_LOCAL", "is_kaspi_delivery": True, **COMPLETED, **facts}
    order = Order.everything.create(
        store=store,
        code=f"{900_000 + number}",
        marketplace_id=f"O{number}",
        sales_point=store.sales_points.get(code="PP1"),
        total_price=PRICE * quantity,
        placed_at=placed_at or timezone.now(),
        tax_regime=store.tax_regime,
        **told,
    )
    OrderItem.everything.create(
        order=order,
        entry_number=0,
        product=product,
        sku=product.sku,
        name=product.model,
        category_code=product.category_code,
        quantity=quantity,
        base_price=PRICE,
        total_price=PRICE * quantity,
        **costs_of(product),
    )
    return order


def reckon_all() -> None:
    """Whatever is due is reckoned."""
    while reckon.reckon_due():
        pass


def account_of(order: Order) -> OrderAccount:
    return OrderAccount.everything.get(order=order)
