"""Bring a seller's range in: points, articles, prices per city, availability per point."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

import kaspi
from stores.models import Availability, CityPrice, Product, SalesPoint, Store
from stores.models.catalogue import found_by
from stores.services.market.watch import watch_markets
from stores.services.prices.price_list.stale_offers import mark_stale
from stores.services.transactions import in_transaction


@dataclass(frozen=True)
class PointFacts:
    """A sales point as the seller's cabinet shows it."""

    code: str
    city_id: str
    address: str = ""


@dataclass(frozen=True)
class AvailabilityFacts:
    """A product at one point. `stock_count` None: in stock, not counted."""

    is_available: bool
    stock_count: int | None = None
    preorder_days: int | None = None


@dataclass(frozen=True)
class PriceFacts:
    """A price and its corridor in one city, whole tenge."""

    price: int
    floor: int | None = None
    ceiling: int | None = None


@dataclass(frozen=True)
class ProductFacts:
    """An article as the seller knows it. `prices` by city id, `availability` by point code."""

    sku: str
    card_id: str
    model: str
    brand: str = ""
    category_code: str = ""
    weight_g: int | None = None
    purchase_cost: int | None = None
    strategy: str = Product.Strategy.MANUAL
    step: int = 1
    prices: Mapping[str, PriceFacts] = field(default_factory=dict)
    availability: Mapping[str, AvailabilityFacts] = field(default_factory=dict)


@in_transaction
def bring_in(store: Store, points: Iterable[PointFacts], products: Sequence[ProductFacts]) -> None:
    """
    Add these points and products to a store that does not have them yet, and begin to watch their markets.

    Raises KeyError for a city the marketplace does not know and for a point that is not among `points`: neither is
    ever invented. Raises ValueError for a card that is not digits.
    """
    now = timezone.now()
    for facts in products:
        if facts.card_id and not (facts.card_id.isascii() and facts.card_id.isdigit()):
            raise ValueError(f"{facts.sku}: the card is {facts.card_id!r}, expected digits")
    for point in points:
        kaspi.city(point.city_id)
        SalesPoint.everything.create(store=store, code=point.code, city_id=point.city_id, address=point.address)
    rows = Product.everything.bulk_create([_product(store, facts) for facts in products], batch_size=500)
    prices = [
        _city_price(product, city_id, price)
        for product, facts in zip(rows, products, strict=True)
        for city_id, price in facts.prices.items()
    ]
    CityPrice.everything.bulk_create(prices, batch_size=500)
    point_rows = {point.code: point for point in SalesPoint.everything.filter(store=store)}
    Availability.everything.bulk_create(
        [
            Availability(
                product=product,
                sales_point=point_rows[code],
                is_available=there.is_available,
                stock_count=there.stock_count,
                counted_stock=there.stock_count,
                counted_at=now,
                preorder_days=there.preorder_days,
            )
            for product, facts in zip(rows, products, strict=True)
            for code, there in facts.availability.items()
        ],
        batch_size=500,
    )
    watch_markets(prices)
    mark_stale(store.pk, [product.pk for product in rows])


def _product(store: Store, facts: ProductFacts) -> Product:
    return Product(
        store=store,
        sku=facts.sku,
        **found_by(facts.sku, facts.model, facts.brand),
        card_id=facts.card_id,
        model=facts.model,
        brand=facts.brand,
        category_code=facts.category_code,
        weight_g=facts.weight_g,
        purchase_cost=facts.purchase_cost,
        strategy=facts.strategy,
        step=facts.step,
    )


def _city_price(product: Product, city_id: str, facts: PriceFacts) -> CityPrice:
    return CityPrice(
        product=product,
        city_id=city_id,
        price=facts.price,
        floor=facts.floor,
        ceiling=facts.ceiling,
        confirmed_price=facts.price,
    )
