"""A store's price list: why the last one was refused, its visits, what differs between two, what can be taken away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from stores.models import PriceListPull, PriceListVersion, Product, Store
from stores.services.cities import city_name
from stores.services.exports.tables import TABLES
from stores.services.messages import why_refused
from stores.services.prices.price_list import versions
from stores.services.prices.price_list.refused import is_acceptable, reasons_of, standing_refusal
from stores.services.prices.price_list.versions import Difference

LAST_PULLS = 30
DIFFERENCES = 100

WHAT = {
    versions.PRICE: lambda: _("price"),
    versions.AVAILABILITY: lambda: _("stock"),
    versions.NAME: lambda: _("name"),
    versions.ADDED: lambda: _("came"),
    versions.GONE: lambda: _("went"),
}


@dataclass(frozen=True)
class Told:
    """A difference as a person reads it: what, and in which city or at which point."""

    difference: Difference
    what: str
    where: str


@dataclass(frozen=True)
class Comparison:
    """Some differences between two versions; `next`: where the following begin, None at the end."""

    new: int
    old: int
    differences: list[Told]
    next: int | None


@dataclass(frozen=True)
class Example:
    """An article of which the refused list says something else; `product` None where the store has it no more."""

    sku: str
    product: Product | None


@dataclass(frozen=True)
class Reason:
    """Why a list was refused, in a sentence, and the first articles that it concerns."""

    text: str
    examples: list[Example]


@dataclass(frozen=True)
class RefusedList:
    """The newest price list, which was refused; whether a person may let it go."""

    version: PriceListVersion
    reasons: list[Reason]
    is_acceptable: bool


def refused_of(store: Store) -> RefusedList | None:
    """None where the newest price list is the live one: one query; else two."""
    version = standing_refusal(store)
    if version is None:
        return None
    told = reasons_of(version)
    skus = {sku for each in told for sku in each.get("examples", ())}
    products = {each.sku: each for each in Product.objects.for_store(store).filter(sku__in=skus)}
    return RefusedList(version, [_reason(each, products) for each in told], is_acceptable(version))


def _reason(told: Mapping[str, Any], products: Mapping[str, Product]) -> Reason:
    examples = [Example(sku, products.get(sku)) for sku in told.get("examples", ())]
    return Reason(why_refused(told), examples)


def pulls_of(store: Store) -> list[PriceListPull]:
    """The last visits, newest first."""
    return list(PriceListPull.objects.for_store(store)[:LAST_PULLS])


def comparison_of(store: Store, new: int, old: int, after: int) -> Comparison:
    """What version `new` says otherwise than `old`. Raises Refusal for one that is not kept."""
    page = versions.differences(store, new, old, after, DIFFERENCES)
    return Comparison(new, old, [_told(each) for each in page.differences], page.next)


def _told(difference: Difference) -> Told:
    is_price = difference.what == versions.PRICE
    where = city_name(difference.where) if is_price else difference.where
    return Told(difference, WHAT[difference.what](), where)


def tables() -> list[tuple[str, str]]:
    """The tables that can be taken away, and their names."""
    names = {
        "products": _("Products"),
        "prices": _("Prices"),
        "stock": _("Stock"),
        "price-updates": _("History of prices"),
    }
    return [(table, names[table]) for table in TABLES]
