"""Reading a price list, ours or a seller's: streaming, and strict about everything that has a meaning."""

from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

from kaspi.errors import MalformedPriceList
from kaspi.price_list.elements import Element, read_elements
from kaspi.price_list.schema import AVAILABLE, CITY_ID, COUNT, MERCHANT_ID, NAMESPACE, PREORDER, PRICE, Form
from kaspi.price_list.types import Availability, CityPrice, PriceListHeader, PriceListOffer

_OFFER_CHILDREN = frozenset({"model", "brand", "availabilities", "deliveryOptions", "price", "cityprices"})
_NONE: frozenset[str] = frozenset()
_REQUIRED = {
    "kaspi_catalog": frozenset({"date"}),
    "offer": frozenset({"sku"}),
    "availability": frozenset({"available", "storeId"}),
    "cityprice": frozenset({"cityId"}),
}
_OPTIONAL = {
    "offer": frozenset({"rownumber"}),
    "availability": frozenset({"preOrder", "stockCount"}),
    "price": frozenset({"oldprice"}),
    "cityprice": frozenset({"oldprice"}),
}


class PriceList(Struct, frozen=True):
    """A list that is being read. `offers` can be walked once, while the source is open, and may raise."""

    header: PriceListHeader
    offers: Iterator[PriceListOffer]


def read_price_list(source: BinaryIO) -> PriceList:
    """
    Read the header now and each offer when it is asked for, in constant memory.

    Raises MalformedPriceList, with line and reason, for broken XML, a DTD, a missing namespace, an element
    or attribute that the format does not have, a number that is not plain digits, a list without offers.
    The order of an offer's elements is not looked at. `deliveryOptions`, `oldprice` and `rownumber` are read
    over; `preOrder="0"`, which feeds in the field have, is None. Repeated SKUs are given as they come, since
    only the caller knows whether both or none shall count.
    """
    elements = read_elements(source)
    header = _header(elements)
    return PriceList(header, _offers(elements))


def _header(elements: Iterator[Element]) -> PriceListHeader:
    root = _next(elements, "kaspi_catalog", line=1)
    _check_attributes(root)
    company = _next(elements, "company", root.line)
    merchant = _next(elements, "merchantid", company.line)
    offers = _next(elements, "offers", merchant.line)
    _check_attributes(offers)
    return PriceListHeader(
        company=_text(company),
        merchant_id=_match(MERCHANT_ID, _text(merchant), merchant, "merchantid"),
        date=root.attributes["date"],
    )


def _next(elements: Iterator[Element], name: str, line: int) -> Element:
    element = next(elements, None)
    if element is None:
        raise MalformedPriceList(line, f"{name} is missing")
    if element.name != name:
        raise MalformedPriceList(element.line, f"{element.name} where {name} of the namespace {NAMESPACE} was due")
    return element


def _offers(elements: Iterator[Element]) -> Iterator[PriceListOffer]:
    count = 0
    for element in elements:
        if element.depth != 3:
            raise MalformedPriceList(element.line, f"{element.name} after offers, where the list ends")
        if element.name != "offer":
            raise MalformedPriceList(element.line, f"{element.name} where an offer was due")
        count += 1
        yield _offer(element)
    if not count:
        raise MalformedPriceList(1, "no offers at all")


def _offer(element: Element) -> PriceListOffer:
    _check_attributes(element)
    children = _children_by_name(element)
    if "model" not in children:
        raise MalformedPriceList(element.line, "offer without model")
    if ("price" in children) == ("cityprices" in children):
        raise MalformedPriceList(element.line, "offer with neither or both of price and cityprices")
    sku = element.attributes["sku"]
    if not sku.strip():
        raise MalformedPriceList(element.line, "sku is blank")
    return PriceListOffer(
        sku=sku,
        model=_text(children["model"]),
        brand=_brand(children.get("brand")),
        availabilities=_availabilities(children.get("availabilities")),
        price=_price(children["price"]) if "price" in children else None,
        city_prices=_city_prices(children.get("cityprices")),
    )


def _children_by_name(offer: Element) -> dict[str, Element]:
    children: dict[str, Element] = {}
    for child in offer.children:
        if child.name not in _OFFER_CHILDREN:
            raise MalformedPriceList(child.line, f"{child.name} is not an element of an offer")
        if child.name in children:
            raise MalformedPriceList(child.line, f"{child.name} is repeated")
        children[child.name] = child
    return children


def _brand(element: Element | None) -> str | None:
    if element is None or not (element.text.strip() or element.children):
        return None
    return _text(element)


def _availabilities(element: Element | None) -> tuple[Availability, ...]:
    if element is None:
        return ()
    points = tuple(_availability(child) for child in _items(element, "availability"))
    if len({point.store_id for point in points}) < len(points):
        raise MalformedPriceList(element.line, "a sales point is repeated")
    return points


def _availability(element: Element) -> Availability:
    _check_attributes(element)
    attributes = element.attributes
    if not attributes["storeId"].strip():
        raise MalformedPriceList(element.line, "storeId is blank")
    stock = attributes.get("stockCount")
    return Availability(
        store_id=attributes["storeId"],
        available=_match(AVAILABLE, attributes["available"], element, "available") == "yes",
        stock_count=None if stock is None else int(_match(COUNT, stock, element, "stockCount")),
        preorder_days=_preorder(attributes.get("preOrder"), element),
    )


def _preorder(value: str | None, element: Element) -> int | None:
    if value is None or value == "0":
        return None
    return int(_match(PREORDER, value, element, "preOrder"))


def _city_prices(element: Element | None) -> tuple[CityPrice, ...]:
    if element is None:
        return ()
    prices = tuple(_city_price(child) for child in _items(element, "cityprice"))
    if len({price.city_id for price in prices}) < len(prices):
        raise MalformedPriceList(element.line, "a city is repeated")
    return prices


def _city_price(element: Element) -> CityPrice:
    _check_attributes(element)
    city_id = _match(CITY_ID, element.attributes["cityId"], element, "cityId")
    return CityPrice(city_id, int(_match(PRICE, element.text, element, "cityprice")))


def _price(element: Element) -> int:
    _check_attributes(element)
    return int(_match(PRICE, element.text, element, "price"))


def _items(element: Element, name: str) -> list[Element]:
    """The children, all of one name and at least one."""
    _check_attributes(element)
    if not element.children:
        raise MalformedPriceList(element.line, f"{element.name} without {name}")
    for child in element.children:
        if child.name != name:
            raise MalformedPriceList(child.line, f"{child.name} where {name} was due")
    return element.children


def _text(element: Element) -> str:
    _check_attributes(element)
    if element.children:
        raise MalformedPriceList(element.line, f"elements where the text of {element.name} was due")
    if not element.text.strip():
        raise MalformedPriceList(element.line, f"{element.name} is blank")
    return element.text


def _match(form: Form, value: str, element: Element, field: str) -> str:
    if element.children or not form.fits(value):
        raise MalformedPriceList(element.line, f"{field} is {value[:50]!r}, expected {form.words}")
    return value


def _check_attributes(element: Element) -> None:
    names = element.attributes.keys()
    required = _REQUIRED.get(element.name, _NONE)
    if names == required:
        return
    if missing := required - names:
        raise MalformedPriceList(element.line, f"{element.name} without {min(missing)}")
    # Names in braces belong to other vocabularies, such as xsi:schemaLocation.
    allowed = required | _OPTIONAL.get(element.name, _NONE)
    if unknown := [name for name in names - allowed if not name.startswith("{")]:
        raise MalformedPriceList(element.line, f"{min(unknown)} is not an attribute of {element.name}")
