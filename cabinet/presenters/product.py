"""One product: its price in each city, and the history of a price."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max, QuerySet

import kaspi
from stores.models import CityPrice, PriceListPull, Product, ProductPriceUpdate
from stores.services.cities import city_name
from stores.services.prices.explain import explain, hold_of, why_held, why_unknown
from stores.services.prices.margins import Earnings, earnings_of
from stores.services.prices.price_list.pulls import last_pulled
from stores.services.prices.price_list.versions import offer_at_marketplace

State = ProductPriceUpdate.State


@dataclass(frozen=True)
class CityRow:
    """The price in one city."""

    price: CityPrice
    city: str


@dataclass(frozen=True)
class Prices:
    """The prices of a product, and the one at hand: the wanted city's, or the first; None without any."""

    rows: list[CityRow]
    chosen: CityRow | None


@dataclass(frozen=True)
class Standing:
    """What a price earns, what is missing to know it, and why the rules leave it alone now: empty where they do not."""

    earnings: Earnings
    missing: str
    hold: str


@dataclass(frozen=True)
class Entry:
    """One change of the history. Only the newest one that left can be undone."""

    update: ProductPriceUpdate
    sentence: str
    is_undoable: bool


def prices_of(product: Product, wanted_city: str) -> Prices:
    """The product's prices by the name of the city: one query."""
    found = CityPrice.objects.for_store(product.store_id).filter(product=product)
    rows = [CityRow(price, city_name(price.city_id)) for price in found.select_related("product__store", "market")]
    rows.sort(key=lambda row: row.city)
    return Prices(rows, next((row for row in rows if row.price.city_id == wanted_city), rows[0] if rows else None))


def standing_of(price: CityPrice) -> Standing:
    """What the price earns by the fees of today, and why the rules leave it alone."""
    earnings, code = earnings_of(price), hold_of(price)
    return Standing(earnings, why_unknown(earnings.missing), why_held(code) if code else "")


@dataclass(frozen=True)
class AtMarketplace:
    """What the marketplace was told of a price at its last visit; `price` is None where it was told nothing."""

    pull: PriceListPull
    price: int | None
    points: tuple[kaspi.Availability, ...]


def at_marketplace(price: CityPrice) -> AtMarketplace | None:
    """What it sees now: one query and a few small reads of the file; None before its first visit."""
    pull = last_pulled(price.product.store)
    if pull is None:
        return None
    offer = offer_at_marketplace(price.product, pull)
    if offer is None:
        return AtMarketplace(pull, None, ())
    prices = {each.city_id: each.price for each in offer.city_prices}
    return AtMarketplace(pull, prices.get(price.city_id), offer.availabilities)


def history_of(price: CityPrice) -> QuerySet[ProductPriceUpdate]:
    """All changes of the price, newest first."""
    return price.updates.order_by("-pk")


def entries_of(price: CityPrice, updates: Iterable[ProductPriceUpdate]) -> list[Entry]:
    """The changes with their sentences."""
    newest = price.updates.filter(approved_at__isnull=False).aggregate(pk=Max("pk"))["pk"]
    return [Entry(update, explain(update), _is_undoable(update, newest)) for update in updates]


def _is_undoable(update: ProductPriceUpdate, newest: int | None) -> bool:
    return update.pk == newest and update.state in ProductPriceUpdate.LEAVING and update.undoes_id is None
