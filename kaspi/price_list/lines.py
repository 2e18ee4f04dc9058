"""
Reading a price list back as we write it: one offer a line, and not a byte that is not accounted for.

A whole list fits one regular grammar, so a line that fits is well-formed XML and says what a parser of XML reads from
it; whatever else XML would allow (another order, a comment, a blank between elements) is refused. That is stricter than
`read_price_list`, several times faster, and shares no code with the writer. Memory does not grow with the list.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from typing import BinaryIO

from msgspec import Struct
from msgspec.json import Decoder

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
# Without its last sign, at which the points of an offer are taken apart.
_POINT = re.compile(
    rb"""<availability\ available="(yes|no)"\ storeId="(%s)"
    (?:\ preOrder="([1-9]|[12][0-9]|30)")?(?:\ stockCount="([0-9]{1,18})")?/"""
    % _TEXT,
    re.VERBOSE,
)
_OFFER = re.compile(
    rb"""<offer\ sku="(%(text)s)"><model>(%(text)s)</model>(?:<brand>(%(text)s)</brand>)?
    (?:<availabilities>((?:<availability\ [^>]*+>)++)</availabilities>)?
    (?:<price>([1-9][0-9]{0,17})</price>
    |<cityprices>((?:<cityprice\ cityId="[0-9]{1,20}">[1-9][0-9]{0,17}</cityprice>)++)</cityprices>)</offer>\n"""
    % {b"text": _TEXT},
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
_PRICES = Decoder(dict[str, int])


class PriceListLine(Struct, frozen=True, gc=False):
    """
    An offer as its line says it: a `PriceListOffer` by point and by city, which is quicker to make and to compare.

    `points`: the point's code → what lies there; `city_prices`: city code → whole tenge with VAT.
    """

    sku: str
    model: str
    brand: str | None
    points: Mapping[str, Availability]
    price: int | None
    city_prices: Mapping[str, int]

    def offer(self) -> PriceListOffer:
        """The same, in the order of the line."""
        points = tuple(self.points.values())
        city_prices = tuple(CityPrice(city_id, price) for city_id, price in self.city_prices.items())
        return PriceListOffer(self.sku, self.model, self.brand, points, self.price, city_prices)


class PriceListLines(Struct, frozen=True):
    """
    A list that is being read. `lines`: where in the file each offer's line starts, and what it says; to be walked once,
    while the source is open, and may raise.
    """

    header: PriceListHeader
    lines: Iterator[tuple[int, PriceListLine]]


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
    return PriceListLines(PriceListHeader(company, merchant_id, date), _lines(source, len(head)))


def read_price_list_line(source: BinaryIO) -> PriceListLine:
    """The offer whose line begins where `source` stands. Raises MalformedPriceList."""
    return parse_price_list_line(source.readline(MAX_LINE))


def parse_price_list_line(line: bytes) -> PriceListLine:
    """The offer of a line that was read before. Raises MalformedPriceList."""
    return _line(line, 1)


def _lines(source: BinaryIO, start: int) -> Iterator[tuple[int, PriceListLine]]:
    number = HEAD_LINES
    for number, line in enumerate(iter(partial(source.readline, MAX_LINE), b""), start=HEAD_LINES + 1):
        if line == TAIL[0]:
            break
        yield start, _line(line, number)
        start += len(line)
    else:
        raise MalformedPriceList(number, "the list breaks off")
    if number == HEAD_LINES + 1:
        raise MalformedPriceList(number, "no offers at all")
    if [source.readline(MAX_LINE), source.readline(1)] != [TAIL[1], b""]:
        raise MalformedPriceList(number + 1, "not the end of a price list")


def _line(line: bytes, number: int) -> PriceListLine:
    try:
        return _parsed(line)
    except _MisfitError as misfit:
        raise MalformedPriceList(number, str(misfit)) from None


class _MisfitError(ValueError):
    """What is wrong with a line."""


# Two versions that are read in step have most lines in common.
@lru_cache(maxsize=2_048)
def _parsed(line: bytes) -> PriceListLine:
    found = _OFFER.fullmatch(line)
    if found is None:
        raise _MisfitError("not an offer as it is written")
    sku, model, brand, points, price, city_prices = found.groups()
    return PriceListLine(
        _text(sku),
        _text(model),
        None if brand is None else _text(brand),
        {} if points is None else _points(points),
        None if price is None else int(price),
        {} if city_prices is None else _city_prices(city_prices),
    )


# Many products lie alike.
@lru_cache(maxsize=1_024)
def _points(written: bytes) -> dict[str, Availability]:
    each = written[:-1].split(b">")
    points = dict(map(_point, each))
    if len(points) < len(each):
        raise _MisfitError("a sales point is repeated")
    return points


# A store has few points, and at most of them few of a thing or none.
@lru_cache(maxsize=8_192)
def _point(written: bytes) -> tuple[str, Availability]:
    found = _POINT.fullmatch(written)
    if found is None:
        raise _MisfitError("not an offer as it is written")
    available, code, preorder, stock = found.groups()
    store_id = _text(code)
    days, count = int(preorder) if preorder else None, int(stock) if stock else None
    return store_id, Availability(store_id, available == b"yes", count, days)


def _city_prices(written: bytes) -> dict[str, int]:
    # As JSON they are taken apart in half the time.
    city_ids_marked = written.replace(b'<cityprice cityId="', b',"').replace(b'">', b'":')
    prices = _PRICES.decode(b"{%s}" % city_ids_marked.replace(b"</cityprice>", b"")[1:])
    if len(prices) < written.count(b"</cityprice>"):
        raise _MisfitError("a city is repeated")
    return prices


def _text(written: bytes) -> str:
    try:
        text = written.decode()
    except UnicodeDecodeError:
        raise _MisfitError("bytes that are not UTF-8") from None
    if "&" in text:
        text = _REFERENCE.sub(lambda found: _REFERENCES[found[1]], text)
    if not text.strip():
        raise _MisfitError("a blank text")
    if not text.isascii() and _NO_CHARACTER.search(text):
        raise _MisfitError("a character that XML does not have")
    return text
