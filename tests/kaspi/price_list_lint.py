"""
The lint: what is wrong with a price list, line by line. Tests judge by it what the product writes.

The table is `kaspishopping.xsd` (target namespace `kaspiShopping`) with `preOrder` and `stockCount` added,
and with the guide's narrower values: prices of at least 1, preorder of 1..30 days, `yes` or `no`, no blanks
around numbers. The marketplace's own loader is more patient than the XSD; what passes here pleases both.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from kaspi.errors import MalformedPriceList
from kaspi.price_list.elements import Element, read_elements
from kaspi.price_list.schema import AVAILABLE, CITY_ID, COUNT, MERCHANT_ID, PREORDER, PRICE, Form

_ANY = Form(re.compile(r"(?s).*"), "anything")
_TEXT = Form(re.compile(r"(?s).*\S.*"), "text that is not blank")
_NOTHING = Form(re.compile(r"\s*"), "no text")


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place in the sequence of children: one of `names`, `least` times at least, once or `many` times."""

    names: tuple[str, ...]
    least: int = 1
    many: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    """What one element may hold."""

    slots: tuple[_Slot, ...] = ()
    text: Form = _NOTHING
    required: dict[str, Form] = field(default_factory=dict)
    optional: dict[str, Form] = field(default_factory=dict)


_RULES = {
    "kaspi_catalog": _Rule(
        slots=(_Slot(("company",)), _Slot(("merchantid",)), _Slot(("offers",))),
        required={"date": _ANY},
    ),
    "company": _Rule(text=_TEXT),
    "merchantid": _Rule(text=MERCHANT_ID),
    "offers": _Rule(slots=(_Slot(("offer",), many=True),)),
    "offer": _Rule(
        slots=(
            _Slot(("model",)),
            _Slot(("brand",), least=0),
            _Slot(("availabilities",), least=0),
            _Slot(("deliveryOptions",), least=0),
            _Slot(("price", "cityprices")),
        ),
        required={"sku": _TEXT},
        optional={"rownumber": COUNT},
    ),
    "model": _Rule(text=_TEXT),
    "brand": _Rule(text=_ANY),
    "availabilities": _Rule(slots=(_Slot(("availability",), many=True),)),
    "availability": _Rule(
        required={"available": AVAILABLE, "storeId": _TEXT},
        optional={"preOrder": PREORDER, "stockCount": COUNT},
    ),
    "deliveryOptions": _Rule(slots=(_Slot(("deliveryOption",), many=True),)),
    "deliveryOption": _Rule(
        required={"city": _TEXT},
        optional=dict.fromkeys(("priceToDoor", "priceToPP", "timeToDoor", "timeToPP"), COUNT),
    ),
    "price": _Rule(text=PRICE, optional={"oldprice": COUNT}),
    "cityprices": _Rule(slots=(_Slot(("cityprice",), many=True),)),
    "cityprice": _Rule(text=PRICE, required={"cityId": CITY_ID}, optional={"oldprice": COUNT}),
}


def lint_price_list(source: BinaryIO, limit: int = 100) -> list[str]:
    """
    The first `limit` problems in the file's order, each as `line N: what`; an empty list is a clean file.

    Raises nothing about the content: XML that cannot be read on is the last problem named.
    """
    return list(islice(_problems(source), limit))


def _problems(source: BinaryIO) -> Iterator[str]:
    try:
        yield from _walk(read_elements(source))
    except MalformedPriceList as malformed:
        yield str(malformed)


def _walk(elements: Iterator[Element]) -> Iterator[str]:
    root = next(elements)
    if root.name != "kaspi_catalog":
        yield _problem(root, f"the root is {root.name}, expected kaspi_catalog")
        return
    yield from _own_problems(root)
    catalog, offers, skus = _Sequence(root), None, set[str]()
    for element in elements:
        if element.depth == 2:
            yield from catalog.take(element)
        elif offers:
            yield from offers.take(element)
            yield from _sku_problems(element, skus)
        if element.is_open:
            offers = offers or _Sequence(element)
            yield from _own_problems(element)
        else:
            yield from _deep_problems(element)
    if offers:
        yield from offers.finish()
    yield from catalog.finish()


def _deep_problems(element: Element) -> Iterator[str]:
    """The problems of an element that the format knows, and of everything in it."""
    if element.name not in _RULES:
        return
    yield from _own_problems(element)
    children = _Sequence(element)
    for child in element.children:
        yield from children.take(child)
        yield from _deep_problems(child)
    yield from children.finish()


def _own_problems(element: Element) -> Iterator[str]:
    rule = _RULES[element.name]
    if not element.children and not rule.text.fits(element.text):
        yield _problem(element, f"{element.name} is {_shown(element.text)}, expected {rule.text.words}")
    for name in rule.required.keys() - element.attributes.keys():
        yield _problem(element, f"{element.name} without {name}")
    known = rule.required | rule.optional
    for name, value in element.attributes.items():
        # Names in braces belong to other vocabularies, such as xsi:schemaLocation.
        if name.startswith("{"):
            continue
        if name not in known:
            yield _problem(element, f"{name} is not an attribute of {element.name}")
        elif not known[name].fits(value):
            yield _problem(element, f"{name} is {_shown(value)}, expected {known[name].words}")


def _sku_problems(offer: Element, skus: set[str]) -> Iterator[str]:
    sku = offer.attributes.get("sku")
    if sku is None:
        return
    if sku in skus:
        yield _problem(offer, f"sku {_shown(sku)} is repeated")
    skus.add(sku)


class _Sequence:
    """The children of one element as they come, held against the slots of its rule."""

    def __init__(self, parent: Element) -> None:
        self._parent = parent
        self._slots = _RULES[parent.name].slots
        self._position = 0
        self._counts: Counter[int] = Counter()

    def take(self, child: Element) -> Iterator[str]:
        """The problems of meeting this child here."""
        position = next((at for at, slot in enumerate(self._slots) if child.name in slot.names), None)
        if position is None:
            yield _problem(child, f"{child.name} is not an element of {self._parent.name}")
            return
        self._counts[position] += 1
        if position < self._position:
            reached = " or ".join(self._slots[self._position].names)
            yield _problem(child, f"{child.name} stands after {reached}, expected before it")
        elif self._counts[position] > 1 and not self._slots[position].many:
            yield _problem(child, f"only one {' or '.join(self._slots[position].names)} is allowed")
        self._position = max(self._position, position)

    def finish(self) -> Iterator[str]:
        """The problems of ending here."""
        for position, slot in enumerate(self._slots):
            if self._counts[position] < slot.least:
                yield _problem(self._parent, f"{self._parent.name} without {' or '.join(slot.names)}")


def _problem(element: Element, what: str) -> str:
    return f"line {element.line}: {what}"


def _shown(value: str) -> str:
    return repr(value[:50])
