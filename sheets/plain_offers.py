"""
A price list in XML whose offers are written plainly, many at once: the marketplace's own and ours are.

Plain is one form of the format: elements in the order of its schema, attributes in double quotes, UTF-8, no sign of
markup in a text but XML's own five entities. Such offers need no parser. The head, each offer with a value that cannot
be read, and everything from the first thing on that is not plain are the parser's; it refuses, and nobody else.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from sheets.cells import read_text
from sheets.errors import CellRefused
from sheets.grid import LONGEST
from sheets.jobs import MEGABYTE
from sheets.price_list import PriceListReader, read_days, read_point, read_price, read_sku
from sheets.rows import BATCH, Batch, Line, Problem, batch_of

_CHUNK = 256 * 1024
_LONGEST_OFFER = MEGABYTE
_OPENS, _ENDS = b"<offers>", b"</offer>"

_BLANK = rb"[ \t\r\n]*"
_TEXT = rb"[^<>\x00-\x1f]*"
_OFFER = re.compile(
    rb"""(%(blank)s)<offer\ sku="([^"<>\x00-\x1f]*)">%(blank)s
    <model>(%(text)s)</model>%(blank)s
    (?:<brand>(%(text)s)</brand>%(blank)s)?
    (?:<availabilities>((?:%(blank)s<availability\ [^<>]*/>)*%(blank)s)</availabilities>%(blank)s)?
    (?:<price>(%(text)s)</price>%(blank)s)?
    (?:<cityprices>((?:%(blank)s<cityprice\ [^<>]*>[^<>]*</cityprice>)*%(blank)s)</cityprices>%(blank)s)?
    </offer>"""
    % {b"blank": _BLANK, b"text": _TEXT},
    re.VERBOSE,
)
# Signs of ASCII that stand for themselves.
_SIGNS = rb"[ !#-%'-;=?-~]*"
_ATTRIBUTE = re.compile(rb' (available|storeId|preOrder|stockCount)="(%s)"' % _SIGNS)
_POINT = re.compile(rb'%s<availability((?: \w+="%s")+) ?/>' % (_BLANK, _SIGNS))
_CITY_PRICE = re.compile(rb'%s<cityprice cityId="(%s)">(%s)</cityprice>' % (_BLANK, _SIGNS, _SIGNS))
_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos);)?")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}

# Column of a batch → what an offer says there.
_Cells = Mapping[str, Any]


class _NotPlainError(Exception):
    """This is the parser's."""


class _Written(NamedTuple):
    """An offer as it is written, with the blanks before it. What is not there is None."""

    blanks: bytes
    sku: bytes
    model: bytes
    brand: bytes | None
    points: bytes | None
    price: bytes | None
    city_prices: bytes | None


class _Read(NamedTuple):
    """An offer that was read; `row` is its line."""

    row: int
    sku: str
    model: str
    brand: str | None
    points: _Cells
    prices: _Cells


def read_offers(source: Path, parser: PriceListReader) -> Iterator[Batch]:
    """The offers of a file, all of them as this parser, which has not begun, reads them. Raises FileRefused like it."""
    with source.open("rb") as file:
        head, opening, rest = file.read(_CHUNK).partition(_OPENS)
        parser.feed(head + opening)
        if opening and parser.is_among_offers and _is_plain(head):
            plain = _PlainOffers(file, rest, parser, line=1 + head.count(b"\n"))
            yield from plain.read()
            rest = plain.rest
        for chunk in chain([rest], iter(partial(file.read, _CHUNK), b"")):
            parser.feed(chunk)
            yield from _batches(parser.take())
        parser.close()


def _is_plain(head: bytes) -> bool:
    """Whether each tag in it is surely one, no comment or text that looks like it; and its bytes are UTF-8."""
    declaration, _end, root = head.removeprefix(codecs.BOM_UTF8).rpartition(b"?>")
    is_utf8 = b"encoding" not in declaration or re.search(rb"encoding=[\"']utf-8[\"']", declaration, re.IGNORECASE)
    return bool(is_utf8) and b"<!" not in head and b"<?" not in declaration[1:] + root and _has_plain_lines(head)


def _has_plain_lines(written: bytes) -> bool:
    """Whether they end as lines do on this or that system, so that they can be counted."""
    return written.count(b"\r") == written.count(b"\r\n")


def _batches(rows: Sequence[Line | Problem]) -> Iterator[Batch]:
    return (batch_of(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH))


class _PlainOffers:
    """Reads plain offers off a file. `rest`: what was read of the file behind them, and is the parser's."""

    def __init__(self, file: BinaryIO, rest: bytes, parser: PriceListReader, line: int) -> None:
        self.rest = rest
        self._file = file
        self._parser = parser
        self._line = line

    def read(self) -> Iterator[Batch]:
        while portion := self._next_portion():
            try:
                read = self._read_all(portion)
            except (_NotPlainError, UnicodeDecodeError):
                self.rest = b"".join(written for written, _offer in portion) + self.rest
                return
            yield from self._batches_of(portion, read)

    def _next_portion(self) -> list[tuple[bytes, _Written]]:
        """Offers that look plain, each with all its bytes; none where something else comes, or too many have come."""
        most = min(BATCH, self._parser.room)
        portion: list[tuple[bytes, _Written]] = []
        while len(portion) < most:
            end = 0
            while len(portion) < most and (found := _OFFER.match(self.rest, end)):
                end = found.end()
                portion.append((found[0], _Written(*found.groups())))
            self.rest = self.rest[end:]
            if not end and not self._read_on():
                break
        return portion

    def _read_on(self) -> bool:
        """Read some bytes more, unless a whole offer is there that is not plain."""
        if _ENDS in self.rest or len(self.rest) > _LONGEST_OFFER:
            return False
        chunk = self._file.read(_CHUNK)
        self.rest += chunk
        return bool(chunk)

    def _read_all(self, portion: Iterable[tuple[bytes, _Written]]) -> list[_Read | None]:
        """Each offer; None for one with a value that cannot be read. Raises _NotPlainError, UnicodeDecodeError."""
        read: list[_Read | None] = []
        line = self._line
        for written, offer in portion:
            if not _has_plain_lines(written):
                raise _NotPlainError
            try:
                read.append(_read(offer, line + offer.blanks.count(b"\n")))
            except CellRefused:
                read.append(None)
            line += written.count(b"\n")
        self._line = line
        return read

    def _batches_of(self, portion: Iterable[tuple[bytes, _Written]], read: Sequence[_Read | None]) -> Iterator[Batch]:
        """What was read by column; the parser reads the others, and says what is wrong with them."""
        for (written, _offer), offer in zip(portion, read, strict=True):
            if offer is None:
                self._parser.feed(written)
            else:
                self._parser.skip(lines=written.count(b"\n"))
        others = self._parser.take()
        batch = _by_column([offer for offer in read if offer is not None])
        batch.problems = [each for each in others if isinstance(each, Problem)]
        yield batch
        yield from _batches([each for each in others if isinstance(each, Line)])


# --- One offer --------------------------------------------------------------------------------------------------------


def _read(offer: _Written, row: int) -> _Read:
    """Raises CellRefused, _NotPlainError, UnicodeDecodeError."""
    return _Read(
        row,
        read_sku(_text(offer.sku)),
        read_text(_text(offer.model), LONGEST["model"]),
        None if offer.brand is None else read_text(_text(offer.brand), LONGEST["brand"]),
        _read_points(offer.points or b""),
        _read_prices(offer.price, offer.city_prices),
    )


def _text(written: bytes) -> str:
    text = written.decode()
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(entity: re.Match[str]) -> str:
    if entity[1] is None:
        raise _NotPlainError
    return _ENTITIES[entity[1]]


# In most lists the same goods lie at the same points, and cost the same in each city.
@lru_cache(maxsize=20_000)
def _read_points(written: bytes) -> _Cells:
    cells: dict[str, Any] = {}
    for attributes in _each(_POINT, written):
        told = _attributes(attributes[1])
        code = told.get("storeId", "")
        if f"point:{code}" in cells:
            raise CellRefused("no_point", {})
        point, days = read_point(told), read_days(told)
        cells |= {f"point:{code}": point.is_available, f"stock:{code}": point.stock, f"preorder:{code}": days}
    return cells


def _attributes(written: bytes) -> dict[str, str]:
    pairs = [(found[1].decode(), found[2].decode()) for found in _each(_ATTRIBUTE, written)]
    told = dict(pairs)
    if len(told) < len(pairs):
        raise _NotPlainError
    return told


def _read_prices(price: bytes | None, city_prices: bytes | None) -> _Cells:
    if city_prices is not None and price is None:
        return _read_city_prices(city_prices)
    if price is not None and city_prices is None:
        return {"price": read_price(_text(price))}
    raise CellRefused("one_price", {})


@lru_cache(maxsize=20_000)
def _read_city_prices(written: bytes) -> _Cells:
    cells: dict[str, Any] = {}
    for found in _each(_CITY_PRICE, written):
        city_id = found[1].decode()
        if not city_id or f"price:{city_id}" in cells:
            raise CellRefused("no_city", {})
        cells[f"price:{city_id}"] = read_price(found[2].decode())
    return cells


def _each(pattern: re.Pattern[bytes], written: bytes) -> Iterator[re.Match[bytes]]:
    """What the bytes consist of, but for blanks at their end. Raises _NotPlainError where that is something else."""
    end = 0
    while found := pattern.match(written, end):
        end = found.end()
        yield found
    if written[end:].strip():
        raise _NotPlainError


# --- Many offers ------------------------------------------------------------------------------------------------------


def _by_column(offers: Sequence[_Read]) -> Batch:
    columns: dict[str, list[Any]] = {"model": [offer.model for offer in offers]}
    brands = [offer.brand for offer in offers]
    if any(brand is not None for brand in brands):
        columns["brand"] = brands
    columns |= _columns([offer.points for offer in offers]) | _columns([offer.prices for offer in offers])
    rows, skus = [offer.row for offer in offers], [offer.sku for offer in offers]
    return Batch(rows, skus, [False] * len(offers), columns)


def _columns(cells: Sequence[_Cells]) -> dict[str, list[Any]]:
    # Most are the same object, for they were read once.
    names = {name: None for told in {id(told): told for told in cells}.values() for name in told}
    return {name: [told.get(name) for told in cells] for name in names}
