"""A store's price list: its visits, what differs between two versions, and what can be taken away."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from stores.models import PriceListPull, Store
from stores.services.cities import city_name
from stores.services.exports.tables import TABLES
from stores.services.prices import list_versions
from stores.services.prices.list_versions import Difference

LAST_PULLS = 30
DIFFERENCES = 100

WHAT = {
    list_versions.PRICE: lambda: _("price"),
    list_versions.AVAILABILITY: lambda: _("stock"),
    list_versions.NAME: lambda: _("name"),
    list_versions.ADDED: lambda: _("came"),
    list_versions.GONE: lambda: _("went"),
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


def pulls_of(store: Store) -> list[PriceListPull]:
    """The last visits, newest first."""
    return list(PriceListPull.objects.for_store(store)[:LAST_PULLS])


def comparison_of(store: Store, new: int, old: int, after: int) -> Comparison:
    """What version `new` says otherwise than `old`. Raises Refusal for one that is not kept."""
    page = list_versions.differences(store, new, old, after, DIFFERENCES)
    return Comparison(new, old, [_told(each) for each in page.differences], page.next)


def _told(difference: Difference) -> Told:
    is_price = difference.what == list_versions.PRICE
    where = city_name(difference.where) if is_price else difference.where
    return Told(difference, WHAT[difference.what](), where)


def tables() -> list[tuple[str, str]]:
    """The tables that can be taken away, and their names."""
    names = {"products": _("Products"), "prices": _("Prices"), "price-updates": _("History of prices")}
    return [(table, names[table]) for table in TABLES]
