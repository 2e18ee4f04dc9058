"""
The XML of a price list as a stream of elements, each with the line where it starts.

Memory stays flat: `kaspi_catalog` and `offers` are given out when they open, everything below them when it
is complete, one `company` or `offer` at a time. Texts, children and depth are bounded; the size of the
file, and with it the length of a single tag, is the caller's to bound.
"""

from collections.abc import Iterator
from typing import BinaryIO

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from kaspi.errors import MalformedPriceList
from kaspi.price_list.schema import MAX_TEXT, NAMESPACE

CHUNK = 64 * 1024
MAX_CHILDREN = 10_000
MAX_DEPTH = 5

_PREFIX = f"{{{NAMESPACE}}}"


class Element:
    """
    An element: its local name, or a label that no name can equal when it is of another namespace.

    `depth` is 1 for the root. `children` of an element that is given out at its opening stay empty.
    """

    __slots__ = ("attributes", "children", "depth", "is_open", "line", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str], line: int, depth: int) -> None:
        self.name = name
        self.attributes = attributes
        self.line = line
        self.depth = depth
        self.is_open = depth == 1 or (depth == 2 and name == "offers")
        self.children: list[Element] = []
        self.text = ""


def read_elements(source: BinaryIO) -> Iterator[Element]:
    """
    Give the elements out in the file's order, those before a fault first.

    Raises MalformedPriceList for broken XML, for a DTD or an entity, and for what is out of bounds.
    """
    builder = _Builder()
    while True:
        chunk = source.read(CHUNK)
        fault = builder.feed(chunk)
        yield from builder.take_ready()
        if fault:
            raise fault
        if not chunk:
            return


class _Builder:
    """The parser's target: it collects the events of a chunk into finished elements."""

    def __init__(self) -> None:
        self._parser = DefusedXMLParser(target=self, forbid_dtd=True)
        self._expat = self._parser.parser
        self._ancestors: list[Element] = []
        self._ready: list[Element] = []

    def feed(self, chunk: bytes) -> MalformedPriceList | None:
        """Parse on, with no bytes to the end of the file. The fault that stopped it, if any."""
        try:
            if chunk:
                self._parser.feed(chunk)
            else:
                self._parser.close()
        except MalformedPriceList as malformed:
            return malformed
        except ParseError as error:
            return MalformedPriceList(error.position[0], f"not well-formed XML: {error}")
        except DefusedXmlException:
            return MalformedPriceList(self._line, "a DTD or an entity, which no price list has")
        except (LookupError, ValueError) as error:
            return MalformedPriceList(self._line, f"an encoding that cannot be read: {error}")
        return None

    def take_ready(self) -> list[Element]:
        """The elements that were finished since the last call."""
        ready, self._ready = self._ready, []
        return ready

    @property
    def _line(self) -> int:
        return self._expat.CurrentLineNumber

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        depth = len(self._ancestors) + 1
        if depth > MAX_DEPTH:
            raise MalformedPriceList(self._line, f"elements nested more than {MAX_DEPTH} deep")
        element = Element(_name(tag), attributes, self._line, depth)
        self._ancestors.append(element)
        if element.is_open:
            self._ready.append(element)

    def end(self, tag: str) -> None:
        element = self._ancestors.pop()
        if element.children and element.text.strip():
            raise MalformedPriceList(element.line, f"text between the elements of {element.name}")
        if element.is_open:
            return
        parent = self._ancestors[-1]
        if parent.is_open:
            self._ready.append(element)
        elif len(parent.children) < MAX_CHILDREN:
            parent.children.append(element)
        else:
            raise MalformedPriceList(element.line, f"more than {MAX_CHILDREN} elements in {parent.name}")

    def data(self, text: str) -> None:
        element = self._ancestors[-1]
        if not element.is_open:
            element.text += text
            if len(element.text) > MAX_TEXT:
                raise MalformedPriceList(element.line, f"more than {MAX_TEXT} characters in {element.name}")
        elif text.strip():
            # The parser is at the end of the text already.
            line = self._line - text.lstrip().count("\n")
            raise MalformedPriceList(line, f"text between the elements of {element.name}")


def _name(tag: str) -> str:
    if tag.startswith(_PREFIX):
        return tag.removeprefix(_PREFIX)
    return f"{tag} outside of the namespace {NAMESPACE}"
