"""Writing a price list: one article a line, in constant memory but for the set of SKUs."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import BinaryIO

from kaspi.errors import InvalidOffer, InvalidPriceList
from kaspi.price_list.schema import CITY_ID, MAX_NUMBER, MAX_PREORDER_DAYS, MAX_TEXT, MERCHANT_ID, NAMESPACE
from kaspi.price_list.types import Availability, CityPrice, PriceListHeader, PriceListOffer

_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<kaspi_catalog date="{date}"\n'
    f'    xmlns="{NAMESPACE}"\n'
    '    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\n'
    f'    xsi:schemaLocation="{NAMESPACE} http://kaspi.kz/kaspishopping.xsd">\n'
    "<company>{company}</company>\n"
    "<merchantid>{merchant_id}</merchantid>\n"
    "<offers>\n"
)
PRICE_LIST_TAIL = b"</offers>\n</kaspi_catalog>\n"

# A tab or line end is written as a reference: parsers turn the bare ones in attributes into blanks.
_ESCAPES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "'": "&apos;",
        "\t": "&#9;",
        "\n": "&#10;",
        "\r": "&#13;",
    },
)
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_PLAIN = re.compile("[&<>\"']|[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_price_list(target: BinaryIO, header: PriceListHeader, offers: Iterable[PriceListOffer]) -> int:
    """
    Write the list as UTF-8 and return how many offers it holds. `offers` is read once and not kept.

    Raises InvalidOffer for an article that must not be published, naming SKU, field, what was read and what
    was expected; InvalidPriceList for the header, and for a list without offers, since each article missing
    from the file goes off sale. After an error the target holds a part of a list: write to a temporary
    file, and rename it.
    """
    target.write(render_head(header))
    skus: set[str] = set()
    for offer in offers:
        if offer.sku in skus:
            raise InvalidOffer(offer.sku, "sku", offer.sku, "an SKU that was not in the list before")
        skus.add(offer.sku)
        target.write(render_offer(offer))
    if not skus:
        raise InvalidPriceList("offers", "nothing", "at least one offer")
    target.write(PRICE_LIST_TAIL)
    return len(skus)


def render_head(header: PriceListHeader) -> bytes:
    """The lines before the first offer. Raises InvalidPriceList."""
    return _head(header).encode()


def render_offer(offer: PriceListOffer) -> bytes:
    """
    The line of one offer: `render_head`, such lines, each SKU once, and PRICE_LIST_TAIL make a list.

    Raises InvalidOffer for an article that must not be published.
    """
    try:
        return _offer(offer).encode()
    except InvalidPriceList as invalid:
        raise InvalidOffer(offer.sku, invalid.field, invalid.read, invalid.expected) from None


def _head(header: PriceListHeader) -> str:
    if not MERCHANT_ID.fits(_text("merchant_id", header.merchant_id)):
        raise InvalidPriceList("merchant_id", header.merchant_id, MERCHANT_ID.words)
    return _HEAD.format(
        date=_text("date", header.date),
        company=_text("company", header.company),
        merchant_id=header.merchant_id,
    )


def _offer(offer: PriceListOffer) -> str:
    brand = "" if offer.brand is None else f"<brand>{_text('brand', offer.brand)}</brand>"
    return (
        f'<offer sku="{_text("sku", offer.sku)}">'
        f"<model>{_text('model', offer.model)}</model>{brand}"
        f"{_availabilities(offer.availabilities)}{_prices(offer)}</offer>\n"
    )


def _availabilities(availabilities: tuple[Availability, ...]) -> str:
    if not availabilities:
        raise InvalidPriceList("availabilities", (), "at least one sales point")
    points = [availability.store_id for availability in availabilities]
    if len(set(points)) < len(points):
        raise InvalidPriceList("availabilities", tuple(points), "each sales point once")
    return f"<availabilities>{''.join(map(_availability, availabilities))}</availabilities>"


def _availability(availability: Availability) -> str:
    if not isinstance(availability.available, bool):
        raise InvalidPriceList("available", availability.available, "True or False")
    available = "yes" if availability.available else "no"
    point = _code("store_id", availability.store_id)
    preorder = stock = ""
    if availability.preorder_days is not None:
        preorder = f' preOrder="{_whole("preorder_days", availability.preorder_days, 1, MAX_PREORDER_DAYS)}"'
    if availability.stock_count is not None:
        stock = f' stockCount="{_whole("stock_count", availability.stock_count, 0, MAX_NUMBER)}"'
    return f'<availability available="{available}" storeId="{point}"{preorder}{stock}/>'


def _prices(offer: PriceListOffer) -> str:
    if (offer.price is None) == (not offer.city_prices):
        raise InvalidPriceList("price", (offer.price, offer.city_prices), "either one price or city prices")
    if offer.price is not None:
        return f"<price>{_whole('price', offer.price, 1, MAX_NUMBER)}</price>"
    cities = [city_price.city_id for city_price in offer.city_prices]
    if len(set(cities)) < len(cities):
        raise InvalidPriceList("city_prices", tuple(cities), "each city once")
    return f"<cityprices>{''.join(map(_city_price, offer.city_prices))}</cityprices>"


def _city_price(city_price: CityPrice) -> str:
    if not CITY_ID.fits(_code("city_id", city_price.city_id)):
        raise InvalidPriceList("city_id", city_price.city_id, CITY_ID.words)
    price = _whole(f"price in {city_price.city_id}", city_price.price, 1, MAX_NUMBER)
    return f'<cityprice cityId="{city_price.city_id}">{price}</cityprice>'


def _whole(field: str, number: int, least: int, most: int) -> int:
    # The exact type, since True is an int too.
    if type(number) is not int or not least <= number <= most:
        raise InvalidPriceList(field, number, f"a whole number from {least} to {most}")
    return number


def _text(field: str, text: str) -> str:
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT:
        raise InvalidPriceList(field, text, f"text that is not blank, of at most {MAX_TEXT} characters")
    if not _NOT_PLAIN.search(text):
        return text
    if illegal := _ILLEGAL.search(text):
        raise InvalidPriceList(field, text, f"characters that XML 1.0 has, not U+{ord(illegal[0]):04X}")
    return text.translate(_ESCAPES)


# A store has few points and cities, and each offer names them.
_code = lru_cache(maxsize=1_024)(_text)
