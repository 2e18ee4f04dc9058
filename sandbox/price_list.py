"""Price lists: reading the XML file and applying it, whole, to what a seller offers.

Namespace, elements and attributes are those of the marketplace's guide for automatic price lists. Like the
marketplace's loader, and unlike its published schema, this one takes `preOrder` and `stockCount`.
"""

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from sandbox.seller import PointState, Product, SalesPoint, Seller

NAMESPACE = "{kaspiShopping}"
LONGEST_PREORDER = 30
_DIGITS = re.compile(r"[0-9]{1,18}")
_CITY_ID = re.compile(r"[0-9]{9}")


class PriceListError(ValueError):
    """The file as a whole cannot be used; nothing of it is applied."""


class LineError(ValueError):
    """One offer of the file cannot be used; the product stays as it was."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """A well-formed file: whose it is, and its `offer` elements in order."""

    merchant_id: str
    lines: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What one line says: a price in tenge for each city, and the state of each point."""

    prices: dict[str, int]
    points: dict[str, PointState]


@dataclass(frozen=True, slots=True)
class Rejection:
    sku: str
    reason: str


@dataclass(slots=True)
class Outcome:
    """What became of a file. `gone_off_sale` were on sale before it, and are not after it."""

    accepted: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    unrecognised: list[str] = field(default_factory=list)
    gone_off_sale: list[str] = field(default_factory=list)


def read_price_list(body: bytes) -> PriceList:
    """Parse a file. Raises PriceListError if it is not a complete price list with at least one offer."""
    root = _parse(body)
    if root.tag != f"{NAMESPACE}kaspi_catalog":
        raise PriceListError(f"the root is {root.tag}; kaspi_catalog in the namespace kaspiShopping is expected")
    if root.get("date") is None:
        raise PriceListError("kaspi_catalog has no attribute date")
    if _text(root, "company") is None:
        raise PriceListError("the element company is missing")
    merchant_id = _text(root, "merchantid")
    if not merchant_id:
        raise PriceListError("the element merchantid is missing")
    lines = tuple(root.iterfind(f"{NAMESPACE}offers/{NAMESPACE}offer"))
    if not lines:
        raise PriceListError("the file has no offers")
    return PriceList(merchant_id, lines)


def apply_price_list(price_list: PriceList, seller: Seller) -> Outcome:
    """Make the seller's products what the file says; those it does not name go off sale.

    A rejected line still counts as naming its product. Raises PriceListError for somebody else's file.
    """
    if price_list.merchant_id != seller.merchant.id:
        raise PriceListError(f"the file belongs to merchant {price_list.merchant_id}, not {seller.merchant.id}")
    were_on_sale = [product for product in seller.products.values() if seller.is_on_sale(product)]
    outcome = Outcome()
    named: set[str] = set()
    for line in price_list.lines:
        sku = line.get("sku", "")
        if sku in named:
            outcome.rejected.append(Rejection(sku, "duplicate SKU: an earlier line of this file has it"))
        else:
            named.add(sku)
            _apply_line(line, sku, seller, outcome)
    for product in were_on_sale:
        if product.sku not in named:
            seller.take_off_sale(product)
    outcome.gone_off_sale = [product.sku for product in were_on_sale if not seller.is_on_sale(product)]
    return outcome


def _apply_line(line: Element, sku: str, seller: Seller, outcome: Outcome) -> None:
    try:
        terms = _read_terms(line, seller)
    except LineError as rejection:
        outcome.rejected.append(Rejection(sku, str(rejection)))
        return
    product = seller.products.get(sku)
    if product is None:
        outcome.unrecognised.append(sku)
        return
    _take_terms(product, terms, seller)
    outcome.accepted += 1


def _take_terms(product: Product, terms: Terms, seller: Seller) -> None:
    """Replace prices and availability; a point the line does not name has nothing on sale."""
    product.prices = dict(terms.prices)
    closed = {code: PointState(available=False) for code in seller.points}
    product.points = closed | terms.points
    seller.publish(product)


def _read_terms(line: Element, seller: Seller) -> Terms:
    if not line.get("sku"):
        raise LineError("the attribute sku is missing")
    if not _text(line, "model"):
        raise LineError("the element model is missing")
    return Terms(_read_prices(line, seller.city_ids), _read_points(line, seller.points))


def _read_prices(line: Element, city_ids: tuple[str, ...]) -> dict[str, int]:
    single = line.find(f"{NAMESPACE}price")
    by_city = line.find(f"{NAMESPACE}cityprices")
    if (single is None) == (by_city is None):
        raise LineError("exactly one of price and cityprices is expected")
    if by_city is not None:
        return _read_city_prices(by_city)
    return dict.fromkeys(city_ids, _read_price(_text(line, "price")))


def _read_city_prices(by_city: Element) -> dict[str, int]:
    prices: dict[str, int] = {}
    for element in by_city.iterfind(f"{NAMESPACE}cityprice"):
        city_id = element.get("cityId", "")
        if not _CITY_ID.fullmatch(city_id):
            raise LineError(f"cityId is {city_id!r}; a nine-digit city code is expected")
        if city_id in prices:
            raise LineError(f"city {city_id} has two prices")
        prices[city_id] = _read_price(_stripped(element))
    if not prices:
        raise LineError("cityprices names no city")
    return prices


def _read_price(text: str | None) -> int:
    if text is None or not _DIGITS.fullmatch(text) or int(text) < 1:
        raise LineError(f"price is {text!r}; a positive whole number of tenge is expected")
    return int(text)


def _read_points(line: Element, known: dict[str, SalesPoint]) -> dict[str, PointState]:
    points: dict[str, PointState] = {}
    for element in line.iterfind(f"{NAMESPACE}availabilities/{NAMESPACE}availability"):
        code = element.get("storeId", "")
        if code not in known:
            raise LineError(f"unknown point {code!r}; known are {', '.join(known)}")
        if code in points:
            raise LineError(f"point {code} is named twice")
        points[code] = _read_point(element)
    if not points:
        raise LineError("availabilities names no point")
    _check_cities_agree(points, known)
    return points


def _read_point(element: Element) -> PointState:
    available = element.get("available")
    if available not in ("yes", "no"):
        raise LineError(f"available is {available!r}; yes or no is expected")
    preorder_days = _read_count(element, "preOrder") or 0
    if preorder_days > LONGEST_PREORDER:
        raise LineError(f"preOrder is {preorder_days}; at most {LONGEST_PREORDER} days are expected")
    return PointState(available == "yes", _read_count(element, "stockCount"), preorder_days)


def _read_count(element: Element, name: str) -> int | None:
    text = element.get(name)
    if text is None:
        return None
    if not _DIGITS.fullmatch(text):
        raise LineError(f"{name} is {text!r}; a whole number is expected")
    return int(text)


def _check_cities_agree(points: dict[str, PointState], known: dict[str, SalesPoint]) -> None:
    """Refuse different preorders inside one city: the buyer there sees one offer."""
    seen: dict[str, int] = {}
    for code, state in points.items():
        city_id = known[code].city_id
        if state.available and seen.setdefault(city_id, state.preorder_days) != state.preorder_days:
            raise LineError(f"points of city {city_id} disagree about preOrder")


def _parse(body: bytes) -> Element:
    if not body.strip():
        raise PriceListError("the file is empty")
    try:
        return fromstring(body, forbid_dtd=True)
    except DefusedXmlException as error:
        raise PriceListError("a DTD or an entity is not allowed") from error
    except (ParseError, ValueError, LookupError) as error:
        raise PriceListError(f"not well-formed XML: {error}") from error


def _text(parent: Element, name: str) -> str | None:
    element = parent.find(f"{NAMESPACE}{name}")
    return None if element is None else _stripped(element)


def _stripped(element: Element) -> str:
    """Return the text without the white space around it, which XML Schema numbers may have."""
    return (element.text or "").strip(" \t\r\n")
