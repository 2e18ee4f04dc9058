"""Sales points: where goods lie, in which city, when people may come. None is ever invented."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

import kaspi
from stores.models import Availability, CatalogueBatch, CatalogueChange, CityPrice, Product, SalesPoint, Store
from stores.services import access
from stores.services.cities import city_name
from stores.services.errors import Refusal
from stores.services.prices.price_list.stale_offers import mark_stale
from stores.services.stock.rules import on_sale_in
from stores.services.transactions import in_transaction

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EDITABLE = ("address", "hours", "is_open")
SAMPLES = 20
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00", re.ASCII)


@dataclass(frozen=True)
class Closing:
    """
    What goes off sale in a point's city when it closes: of its `products`, those on sale at no other open point there.
    `off_sale_everywhere`: of these, those on sale in no other city either. `samples` are the first that go off sale.
    """

    products: int
    off_sale: int
    off_sale_everywhere: int
    samples: list[Product]


@in_transaction
def add_point(store: Store, values: Mapping[str, Any], actor: Any) -> SalesPoint:
    """
    A new point: `code` as the seller's cabinet names it, `city_id`, and perhaps `address` and `hours`.

    Raises Forbidden, and Refusal: `bad_code`, `code_taken`, `unknown_city`, `bad_hours`.
    """
    store = Store.everything.select_for_update().get(pk=store.pk)
    access.require(actor, store, access.Action.CHANGE_PRICES)
    _check_new(store, values)
    point = SalesPoint.everything.create(
        store=store,
        code=values["code"],
        city_id=values["city_id"],
        address=values.get("address", ""),
        hours=check_hours(values.get("hours")),
    )
    _record(point, {"added": (None, {"city_id": point.city_id, "address": point.address})}, actor)
    mark_stale(store.pk)
    return point


@in_transaction
def change_point(point: SalesPoint, values: Mapping[str, Any], actor: Any) -> SalesPoint:
    """
    Change a point's address or hours, close it or open it again. Its code and city say which point it is, and stay.

    Raises Forbidden, and Refusal: `bad_hours`; `preorder_differs` where a point that opens again would disagree with
    others of its city.
    """
    store = Store.everything.select_for_update().get(pk=point.store_id)
    access.require(actor, store, access.Action.CHANGE_PRICES)
    point = SalesPoint.everything.get(pk=point.pk)
    before = {name: getattr(point, name) for name in EDITABLE}
    wanted = before | {name: values[name] for name in EDITABLE if name in values}
    wanted["hours"] = check_hours(wanted["hours"])
    changed = {name: (before[name], new) for name, new in wanted.items() if new != before[name]}
    for name, (_old, new) in changed.items():
        setattr(point, name, new)
    if wanted["is_open"] and not before["is_open"]:
        _check_preorder(point)
    if changed:
        point.save(update_fields=[*changed])
        _record(point, changed, actor)
        mark_stale(store.pk)
    return point


def closing(point: SalesPoint) -> Closing:
    """What closing the point would take off sale; nothing is written."""
    there = _on_sale_at(point.store_id)
    others = there.filter(sales_point__in=_others(point).filter(is_open=True))
    on_sale = Product.everything.filter(Exists(there.filter(sales_point=point)), store=point.store_id)
    in_city = Exists(others.filter(sales_point__city_id=point.city_id))
    off_sale = on_sale.exclude(in_city) if point.is_open else on_sale.none()
    everywhere = off_sale.exclude(Exists(others))
    samples = list(off_sale.order_by("sort_name", "pk")[:SAMPLES])
    return Closing(on_sale.count(), off_sale.count(), everywhere.count(), samples)


def check_hours(hours: Any) -> dict[str, list[str]] | None:
    """Hours as they are kept; None: nobody has told. Raises Refusal (`bad_hours`)."""
    if not hours:
        return None
    if not isinstance(hours, dict) or not all(day in WEEKDAYS and _are_hours(told) for day, told in hours.items()):
        text = _("Write the hours of each open day so: mon 09:00 to 18:00. A point opens before it closes.")
        raise Refusal("bad_hours", text, {"hours": [text]})
    return {day: list(hours[day]) for day in WEEKDAYS if day in hours}


def _are_hours(told: Any) -> bool:
    is_pair = isinstance(told, list | tuple) and len(told) == 2 and all(isinstance(each, str) for each in told)
    return is_pair and all(_TIME.fullmatch(each) for each in told) and told[0] < told[1]


def _check_new(store: Store, values: Mapping[str, Any]) -> None:
    if not _CODE.fullmatch(values["code"]):
        text = _("Write the code as the seller's cabinet names the point, for example PP1.")
        raise Refusal("bad_code", text, {"code": [text]})
    if SalesPoint.everything.filter(store=store, code=values["code"]).exists():
        text = _("The store has a point with this code.")
        raise Refusal("code_taken", text, {"code": [text]})
    if values["city_id"] not in kaspi.CITIES:
        text = _("The marketplace knows no city %(city)s.") % {"city": values["city_id"][:20]}
        raise Refusal("unknown_city", text, {"city_id": [text]})


def _check_preorder(point: SalesPoint) -> None:
    """The marketplace takes one pre-order in a city: a product that is on sale at two of its points has one there."""
    on_sale = Availability.everything.filter(is_available=True).annotate(days=Coalesce("preorder_days", 0))
    others = _others(point).filter(city_id=point.city_id, is_open=True)
    there = on_sale.filter(product=OuterRef("product"), sales_point__in=others)
    count = on_sale.filter(Exists(there.exclude(days=OuterRef("days"))), sales_point=point).count()
    if count:
        text = _("%(count)s products have another pre-order at other points of %(city)s. Make them agree first.")
        raise Refusal("preorder_differs", text % {"count": count, "city": city_name(point.city_id)})


def _on_sale_at(store_id: int) -> "QuerySet[Availability]":
    """Where a product of an outer query is on sale while the points are open: as the price list has it, by city."""
    priced = CityPrice.everything.filter(product=OuterRef("product"), city_id=OuterRef("sales_point__city_id"))
    return Availability.everything.filter(Exists(priced), on_sale_in(store_id), product=OuterRef("pk"))


def _others(point: SalesPoint) -> "QuerySet[SalesPoint]":
    return SalesPoint.everything.filter(store=point.store_id).exclude(pk=point.pk)


def _record(point: SalesPoint, changed: Mapping[str, tuple[Any, Any]], actor: Any) -> None:
    batch = CatalogueBatch.everything.create(store_id=point.store_id, actor=actor, source=CatalogueBatch.Source.PERSON)
    CatalogueChange.everything.bulk_create(
        CatalogueChange(store_id=point.store_id, batch=batch, field=field, point_code=point.code, old=old, new=new)
        for field, (old, new) in changed.items()
    )
