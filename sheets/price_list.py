"""
A price list in XML, as the marketplace pulls it and as its cabinet exports it.

The structure is taken strictly (what is not of the format refuses the file), the values offer by offer (one that
cannot be read leaves its offer out). No DTD, no entities but XML's own five, in constant memory.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from xml.parsers import expat

from sheets import cells as read
from sheets.errors import CellRefused, FileRefused
from sheets.grid import LONGEST
from sheets.jobs import Limits
from sheets.rows import Line, Point, Problem

NAMESPACE = "kaspiShopping"

_CHUNK = 256 * 1024
_LONGEST_TEXT = 64 * 1024
_CHILDREN = {
    "": {"kaspi_catalog"},
    "kaspi_catalog": {"company", "merchantid", "offers"},
    "offers": {"offer"},
    "offer": {"model", "brand", "availabilities", "deliveryOptions", "price", "cityprices"},
    "availabilities": {"availability"},
    "deliveryOptions": {"deliveryOption"},
    "cityprices": {"cityprice"},
}
_ATTRIBUTES = {
    "kaspi_catalog": {"date"},
    "offer": {"sku", "rownumber"},
    "availability": {"available", "storeId", "preOrder", "stockCount"},
    "deliveryOption": {"city", "priceToDoor", "priceToPP", "timeToDoor", "timeToPP"},
    "price": {"oldprice"},
    "cityprice": {"cityId", "oldprice"},
}
_NONE: frozenset[str] = frozenset()
_ONCE = _CHILDREN["kaspi_catalog"] | _CHILDREN["offer"]
_TEXTS = {"company", "merchantid", "model", "brand", "price", "cityprice"}
_ALLOWED = {f"{NAMESPACE} {child}": (child, parent) for parent, children in _CHILDREN.items() for child in children}


class PriceListReader:
    """Reads one file, once. `merchant_id` is known as soon as the first offer is given out."""

    def __init__(self, source: Path, limits: Limits) -> None:
        self._source = source
        self._limits = limits
        self._skipped_lines = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._path = [""]
        self._text = ""
        self._attributes: dict[str, str] = {}
        self._seen: set[str] = set()
        self._line = Line(0, "")
        self._problem: Problem | None = None
        self._offers = 0
        self._ready: list[Line | Problem] = []
        self.merchant_id = ""

    def read(self) -> Iterator[Line | Problem]:
        """Each offer, or why it is left out. Raises FileRefused: `malformed_xml`, `dtd`, `empty`, `too_many_rows`."""
        with self._source.open("rb") as source:
            while chunk := source.read(_CHUNK):
                self.feed(chunk)
                yield from self.take()
            self.close()

    def feed(self, chunk: bytes) -> None:
        """Read so much more of the file. Raises FileRefused."""
        self._parse(chunk, is_final=False)

    def take(self) -> list[Line | Problem]:
        """The offers that are read, since this was asked last."""
        ready, self._ready = self._ready, []
        return ready

    def close(self) -> None:
        """This was all of the file. Raises FileRefused."""
        self._parse(b"", is_final=True)
        if not self._offers:
            raise FileRefused("empty", 1)

    @property
    def is_among_offers(self) -> bool:
        """Whether what comes next is an offer, or their end."""
        return self._path[-1] == "offers"

    @property
    def room(self) -> int:
        """How many offers more there may be."""
        return self._limits.rows - self._offers

    def skip(self, lines: int) -> None:
        """An offer that goes over so many lines is left out here: somebody else has read it."""
        self._offers += 1
        self._skipped_lines += lines

    def _parse(self, chunk: bytes, *, is_final: bool) -> None:
        try:
            self._parser.Parse(chunk, is_final)
        except expat.ExpatError as error:
            line = error.lineno + self._skipped_lines
            raise FileRefused("malformed_xml", line, what=expat.ErrorString(error.code)) from None
        except (LookupError, ValueError) as error:
            raise FileRefused("malformed_xml", self._at, what=str(error)[:80]) from None

    @property
    def _at(self) -> int:
        return self._parser.CurrentLineNumber + self._skipped_lines

    def _doctype(self, *_: object) -> None:
        raise FileRefused("dtd", self._at)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name, parent = _ALLOWED.get(tag, ("", None))
        if parent != self._path[-1]:
            raise FileRefused("malformed_xml", self._at, what=f"{tag[:60]} in {self._path[-1]}")
        if attributes and not attributes.keys() <= _ATTRIBUTES.get(name, _NONE):
            self._refuse_unknown(name, attributes)
        self._path.append(name)
        self._text = ""
        self._attributes = attributes
        if name == "offer":
            self._open_offer(attributes)
        elif name in _ONCE:
            self._once(name)

    def _refuse_unknown(self, name: str, attributes: dict[str, str]) -> None:
        # Names with a blank belong to other vocabularies, such as xsi:schemaLocation.
        unknown = [each for each in attributes if " " not in each and each not in _ATTRIBUTES.get(name, set())]
        if unknown:
            raise FileRefused("malformed_xml", self._at, what=f"{unknown[0][:60]} of {name}")

    def _once(self, name: str) -> None:
        if name in self._seen:
            raise FileRefused("malformed_xml", self._at, what=f"{name} twice")
        self._seen.add(name)

    def _data(self, text: str) -> None:
        if self._path[-1] in _TEXTS:
            self._text += text
            if len(self._text) > _LONGEST_TEXT:
                raise FileRefused("malformed_xml", self._at, what=f"{self._path[-1]} of {len(self._text)} letters")
        elif not text.isspace():
            raise FileRefused("malformed_xml", self._at, what=f"text in {self._path[-1]}")

    def _end(self, tag: str) -> None:
        name = self._path.pop()
        if name == "offer":
            self._close_offer()
        elif name == "merchantid":
            self.merchant_id = self._text.strip()
        elif name in _VALUES and self._problem is None:
            try:
                _VALUES[name](self._line, self._attributes, self._text)
            except CellRefused as refused:
                self._problem = Problem(self._at, 0, self._line.sku, refused.code, refused.facts)

    def _open_offer(self, attributes: dict[str, str]) -> None:
        self._offers += 1
        if self._offers > self._limits.rows:
            raise FileRefused("too_many_rows", self._at, most=str(self._limits.rows))
        self._seen = {"company", "merchantid", "offers"}
        self._line, self._problem = Line(self._at, ""), None
        try:
            self._line.sku = read_sku(attributes.get("sku", ""))
        except CellRefused as refused:
            self._problem = Problem(self._at, 0, "", refused.code, refused.facts)

    def _close_offer(self) -> None:
        if self._problem is None and ("price" in self._seen) == ("cityprices" in self._seen):
            self._problem = Problem(self._line.row, 0, self._line.sku, "one_price", {})
        self._ready.append(self._problem or self._line)


def read_sku(text: str) -> str:
    """Raises CellRefused."""
    if not text.strip():
        raise CellRefused("no_sku", {})
    return read.read_sku(text)


def _model(line: Line, attributes: dict[str, str], text: str) -> None:
    line.facts["model"] = read.read_text(text, LONGEST["model"])


def _brand(line: Line, attributes: dict[str, str], text: str) -> None:
    line.facts["brand"] = read.read_text(text, LONGEST["brand"])


def _price(line: Line, attributes: dict[str, str], text: str) -> None:
    line.prices[""] = read_price(text)


def _city_price(line: Line, attributes: dict[str, str], text: str) -> None:
    city = attributes.get("cityId", "")
    if not city or city in line.prices:
        raise CellRefused("no_city", {})
    line.prices[city] = read_price(text)


def _availability(line: Line, attributes: dict[str, str], text: str) -> None:
    code = attributes.get("storeId", "")
    if code in line.points:
        raise CellRefused("no_point", {})
    line.points[code] = read_point(attributes)
    line.preorders[code] = read_days(attributes)


def read_point(attributes: Mapping[str, str]) -> Point:
    """How the goods stand at the point that these attributes name. Raises CellRefused."""
    if not attributes.get("storeId"):
        raise CellRefused("no_point", {})
    return _point(attributes.get("available", ""), attributes.get("stockCount"))


def read_days(attributes: Mapping[str, str]) -> int:
    """The days of pre-order at a point, 0 for none. Raises CellRefused."""
    return _days(attributes.get("preOrder", "0"))


# The same few values stand in a list again and again.
read_price = lru_cache(maxsize=20_000)(read.read_amount)
_days = lru_cache(maxsize=100)(read.read_days)


@lru_cache(maxsize=20_000)
def _point(word: str, count: str | None) -> Point:
    stock = None if count is None else read.read_count(count, read.MOST_STOCK, "not_stock")
    return Point(read.read_point(word).is_available, stock)


_VALUES: dict[str, Callable[[Line, dict[str, str], str], None]] = {
    "model": _model,
    "brand": _brand,
    "price": _price,
    "cityprice": _city_price,
    "availability": _availability,
}
