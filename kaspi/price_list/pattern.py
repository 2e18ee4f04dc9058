"""
What offers have in common that lie at the same points and have prices in the same cities.

It is checked and written once, with places for what differs: a range of a hundred thousand articles has few such
patterns, and to fill one in takes a fraction of the time of writing an offer element by element.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

from kaspi.errors import InvalidPriceList
from kaspi.price_list.schema import CITY_ID, MAX_PREORDER_DAYS, MAX_TEXT

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
# Stands as it is: begins with more than a blank, and holds nothing that XML would take for something else.
_PLAIN = re.compile(
    f"[^&<>\"'\\s\x00-\x1f\ud800-\udfff\ufffe\uffff][^&<>\"'\x00-\x1f\ud800-\udfff\ufffe\uffff]{{0,{MAX_TEXT - 1}}}"
)


class Place(Struct, frozen=True, gc=False):
    """One sales point of a pattern, as in `Availability`; `is_counted`: how many lie there is filled in."""

    store_id: str
    available: bool
    is_counted: bool
    preorder_days: int | None = None


class OfferPattern:
    """
    An offer at these places, with a price in each of these cities; without cities, with one price for all of them.

    Raises InvalidPriceList for what must not be published.
    """

    def __init__(self, places: Sequence[Place], city_ids: Sequence[str]) -> None:
        self._after_texts = f"{_availabilities(places)}{_prices(city_ids)}</offer>\n"
        self._counted = sum(place.is_counted for place in places)
        self._priced = len(city_ids) or 1

    def fill(self, sku: str, model: str, brand: str | None, counts: Sequence[str], prices: Sequence[str]) -> bytes:
        """
        The offer's line. `counts`: of the counted places, `prices`: of the cities, each in their order; whole numbers
        as ASCII digits without leading zeros.

        Raises InvalidPriceList for a value that must not be published.
        """
        branded = "" if brand is None else f"<brand>{escaped('brand', brand)}</brand>"
        texts = f'<offer sku="{escaped("sku", sku)}"><model>{escaped("model", model)}</model>{branded}'
        numbers = (*_digits("stock_count", counts, self._counted), *_digits("price", prices, self._priced))
        return (texts + self._after_texts % numbers).encode()


def escaped(field: str, text: str) -> str:
    """A text as it stands in the list. Raises InvalidPriceList for one that is blank, too long, or of no characters."""
    if isinstance(text, str) and _PLAIN.fullmatch(text):
        return text
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT:
        raise InvalidPriceList(field, text, f"text that is not blank, of at most {MAX_TEXT} characters")
    if illegal := _ILLEGAL.search(text):
        raise InvalidPriceList(field, text, f"characters that XML 1.0 has, not U+{ord(illegal[0]):04X}")
    return text.translate(_ESCAPES)


def _availabilities(places: Sequence[Place]) -> str:
    if not places:
        raise InvalidPriceList("availabilities", (), "at least one sales point")
    points = tuple(place.store_id for place in places)
    if len(set(points)) < len(points):
        raise InvalidPriceList("availabilities", points, "each sales point once")
    return f"<availabilities>{''.join(map(_availability, places))}</availabilities>"


def _availability(place: Place) -> str:
    if not isinstance(place.available, bool):
        raise InvalidPriceList("available", place.available, "True or False")
    available = "yes" if place.available else "no"
    point = escaped("store_id", place.store_id).replace("%", "%%")
    preorder = ""
    if place.preorder_days is not None:
        preorder = f' preOrder="{whole("preorder_days", place.preorder_days, 1, MAX_PREORDER_DAYS)}"'
    stock = ' stockCount="%s"' if place.is_counted else ""
    return f'<availability available="{available}" storeId="{point}"{preorder}{stock}/>'


def _prices(city_ids: Sequence[str]) -> str:
    if not city_ids:
        return "<price>%s</price>"
    if len(set(city_ids)) < len(city_ids):
        raise InvalidPriceList("city_prices", tuple(city_ids), "each city once")
    return f"<cityprices>{''.join(map(_city_price, city_ids))}</cityprices>"


def _city_price(city_id: str) -> str:
    if not CITY_ID.fits(escaped("city_id", city_id)):
        raise InvalidPriceList("city_id", city_id, CITY_ID.words)
    return f'<cityprice cityId="{city_id}">%s</cityprice>'


def whole(field: str, number: int, least: int, most: int) -> int:
    """The number itself. Raises InvalidPriceList for another type (True is an int too), and beyond the bounds."""
    if type(number) is not int or not least <= number <= most:
        raise InvalidPriceList(field, number, f"a whole number from {least} to {most}")
    return number


def _digits(field: str, numbers: Sequence[str], due: int) -> Sequence[str]:
    together = "".join(numbers)
    if len(numbers) != due or (due and not (together.isascii() and together.isdigit())):
        raise InvalidPriceList(field, tuple(numbers), f"{due} whole numbers, digits only")
    return numbers
