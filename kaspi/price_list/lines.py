"""
Reading a price list back as we write it: one offer a line, and not a byte that is not accounted for.

A whole list fits one regular grammar, so a line that fits is well-formed XML and says what a parser of XML reads from
it; whatever else XML would allow (another order, a comment, a blank between elements) is refused. That is stricter than
`read_price_list`, several times faster, and shares no code with the writer. Memory does not grow with the list.
"""

import re
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import BinaryIO

from msgspec import Struct

from kaspi.errors import MalformedPriceList
from kaspi.price_list.types import Availability, CityPrice, PriceListHeader, PriceListOffer

# Many times the longest that an offer with a thousand points can be.
MAX_LINE = 1024 * 1024
HEAD_LINES = 8
TAIL = [b"</offers>\n", b"</kaspi_catalog>\n"]

# Bytes of UTF-8, with all five signs of markup and the three that move lines written as references.
_TEXT = rb"""[^\x00-\x1f<>&"']*(?:&(?:amp|lt|gt|quot|apos|\#9|\#10|\#13);[^\x00-\x1f<>&"']*)*"""
_HEAD = re.compile(
    rb"""<\?xml\ version="1\.0"\ encoding="utf-8"\?>\n
    <kaspi_catalog\ date="(%(text)s)"\n
    \ {4}xmlns="kaspiShopping"\n
    \ {4}xmlns:xsi="http://www\.w3\.org/2001/XMLSchema-instance"\n
    \ {4}xsi:schemaLocation="kaspiShopping\ http://kaspi\.kz/kaspishopping\.xsd">\n
    <company>(%(text)s)</company>\n
    <merchantid>([A-Za-z0-9_-]{1,64})</merchantid>\n
    <offers>\n"""
    % {b"text": _TEXT},
    re.VERBOSE,
)
_POINT = (
    rb"""<availability\ available="(yes|no)"\ storeId="(%s)"
    (?:\ preOrder="([1-9]|[12][0-9]|30)")?(?:\ stockCount="([0-9]{1,18})")?/>"""
    % _TEXT
)
_CITY_PRICE = rb"""<cityprice\ cityId="([0-9]{1,20})">([1-9][0-9]{0,17})</cityprice>"""
_POINTS = re.compile(_POINT, re.VERBOSE)
_CITY_PRICES = re.compile(_CITY_PRICE, re.VERBOSE)
_OFFER = re.compile(
    rb"""<offer\ sku="(%(text)s)"><model>(%(text)s)</model>(?:<brand>(%(text)s)</brand>)?
    (?:<availabilities>((?:%(point)s)+)</availabilities>)?
    (?:<price>([1-9][0-9]{0,17})</price>|<cityprices>((?:%(city_price)s)+)</cityprices>)</offer>\n"""
    % {
        b"text": _TEXT,
        # The parts are taken apart by their own patterns.
        b"point": re.sub(rb"\((?!\?)", b"(?:", _POINT),
        b"city_price": re.sub(rb"\((?!\?)", b"(?:", _CITY_PRICE),
    },
    re.VERBOSE,
)
_REFERENCE = re.compile(r"&(amp|lt|gt|quot|apos|#9|#10|#13);")
_REFERENCES = {
    "amp": "&",
    "lt": "<",
    "gt": ">",
    "quot": '"',
    "apos": "'",
    "#9": "\t",
    "#10": "\n",
    "#13": "\r",
}
_NO_CHARACTER = re.compile("[\ufffe\uffff]")


class PriceListLines(Struct, frozen=True):
    """
    A list that is being read. `offers`: where in the file each offer's line starts, and the offer; to be walked once,
    while the source is open, and may raise.
    """

    header: PriceListHeader
    offers: Iterator[tuple[int, PriceListOffer]]


def read_price_list_lines(source: BinaryIO) -> PriceListLines:
    """
    Read the header now and each offer when it is asked for, from a list that begins at the start of `source`.

    Raises MalformedPriceList, with the line, for everything that our writer would not write. Repeated SKUs are given as
    they come.
    """
    head = b"".join(source.readline(MAX_LINE) for _ in range(HEAD_LINES))
    found = _HEAD.fullmatch(head)
    if found is None:
        raise MalformedPriceList(1, "not the head of a price list")
    try:
        date, company, merchant_id = map(_text, found.groups())
    except _MisfitError as misfit:
        raise MalformedPriceList(1, str(misfit)) from None
    return PriceListLines(PriceListHeader(company, merchant_id, date), _offers(source, len(head)))


def read_price_list_line(source: BinaryIO) -> PriceListOffer:
    """The offer whose line begins where `source` stands. Raises MalformedPriceList."""
    return parse_price_list_line(source.readline(MAX_LINE))


def parse_price_list_line(line: bytes) -> PriceListOffer:
    """The offer of a line that was read before. Raises MalformedPriceList."""
    return _offer(line, 1)


def _offers(source: BinaryIO, start: int) -> Iterator[tuple[int, PriceListOffer]]:
    number = HEAD_LINES
    for number, line in enumerate(iter(partial(source.readline, MAX_LINE), b""), start=HEAD_LINES + 1):
        if line == TAIL[0]:
            break
        yield start, _offer(line, number)
        start += len(line)
    else:
        raise MalformedPriceList(number, "the list breaks off")
    if number == HEAD_LINES + 1:
        raise MalformedPriceList(number, "no offers at all")
    if [source.readline(MAX_LINE), source.readline(1)] != [TAIL[1], b""]:
        raise MalformedPriceList(number + 1, "not the end of a price list")


def _offer(line: bytes, number: int) -> PriceListOffer:
    try:
        return _parsed(line)
    except _MisfitError as misfit:
        raise MalformedPriceList(number, str(misfit)) from None


class _MisfitError(ValueError):
    """What is wrong with a line."""


# Two versions that are read in step have most lines in common.
@lru_cache(maxsize=1_024)
def _parsed(line: bytes) -> PriceListOffer:
    found = _OFFER.fullmatch(line)
    if found is None:
        raise _MisfitError("not an offer as it is written")
    sku, model, brand, points, price, city_prices = found.groups()
    return PriceListOffer(
        _text(sku),
        _text(model),
        None if brand is None else _text(brand),
        () if points is None else _availabilities(points),
        None if price is None else int(price),
        () if city_prices is None else _city_prices(city_prices),
    )


def _availabilities(points: bytes) -> tuple[Availability, ...]:
    found = _POINTS.findall(points)
    if len({code for _, code, _, _ in found}) < len(found):
        raise _MisfitError("a sales point is repeated")
    return tuple(
        Availability(
            _code(code), available == b"yes", int(stock) if stock else None, int(preorder) if preorder else None
        )
        for available, code, preorder, stock in found
    )


def _city_prices(prices: bytes) -> tuple[CityPrice, ...]:
    found = _CITY_PRICES.findall(prices)
    if len({city_id for city_id, _ in found}) < len(found):
        raise _MisfitError("a city is repeated")
    return tuple(CityPrice(_code(city_id), int(price)) for city_id, price in found)


def _text(written: bytes) -> str:
    try:
        text = written.decode()
    except UnicodeDecodeError:
        raise _MisfitError("bytes that are not UTF-8") from None
    if "&" in text:
        text = _REFERENCE.sub(lambda found: _REFERENCES[found[1]], text)
    if not text.strip():
        raise _MisfitError("a blank text")
    if _NO_CHARACTER.search(text):
        raise _MisfitError("a character that XML does not have")
    return text


# A store has few points and cities, and each offer names them.
_code = lru_cache(maxsize=1_024)(_text)
