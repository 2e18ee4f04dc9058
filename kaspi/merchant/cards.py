"""
New cards: what a category asks for, a batch of cards sent to be made, and what became of each.

The pages q3216 to q3223 below https://guide.kaspi.kz/partner/ru/shop/api/goods name the calls, the fields and their
bounds. They do not name the states between UPLOADED and FINISHED, nor how a SKU that failed is described; so any other
word is taken for "not yet", and of a failed SKU every text is kept that stands beside its state. A SKU without a state
is a failed one: it keeps no other from being read.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from kaspi.answers import decode
from kaspi.errors import MalformedAnswer
from kaspi.merchant.api import MediaType, MerchantApi

MAX_CARDS = 10_000
"""Cards of one batch."""

UPLOADED = "UPLOADED"
FINISHED = "FINISHED"

MAX_REMARKS = 20
LONGEST_REMARK = 500

Code = Annotated[str, Meta(min_length=1, max_length=512)]
Title = Annotated[str, Meta(max_length=1024)]
ImportCode = Annotated[str, Meta(min_length=1, max_length=200)]
Count = Annotated[int, Meta(ge=0)]
AttributeValue = bool | int | float | str | tuple[str, ...]


class AttributeType(StrEnum):
    """What a value of an attribute is."""

    BOOLEAN = "boolean"
    ENUM = "enum"
    STRING = "string"
    NUMBER = "number"


class CardCategory(Struct, frozen=True):
    """A leaf of the marketplace's tree, for example `Master - Blenders`. Only leaves take cards."""

    code: Code
    title: Title


class CardAttribute(Struct, frozen=True, rename="camel"):
    """What a category asks of a card. `enum` takes one of the recommended values, or some where `multi_valued`."""

    code: Code
    type: AttributeType
    multi_valued: bool = False
    mandatory: bool = False


class ChoiceOfValue(Struct, frozen=True):
    """A value that the marketplace recommends for an attribute."""

    code: Title
    name: Title


class FilledAttribute(Struct, frozen=True):
    """An attribute and its value: a truth, a number, a text, or several texts where the attribute takes several."""

    code: str
    value: AttributeValue


class NewCard(Struct, frozen=True):
    """
    A card to be made. `title` comes without the category's name; `weight` is decimal text whose unit no page
    names, or empty; `description` may be empty; `images` are addresses that the marketplace can download.
    """

    sku: str
    title: str
    brand: str
    category: str
    attributes: tuple[FilledAttribute, ...]
    images: tuple[str, ...]
    description: str = ""
    weight: str = ""


class CardImport(Struct, frozen=True):
    """How far a batch is. `code` is the marketplace's name for it; `description` its own words, or empty."""

    code: ImportCode
    status: str
    description: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether there is a result to read."""
        return self.status == FINISHED


class CardResult(Struct, frozen=True):
    """What became of one SKU. `state` is empty where none was told; `remarks` are the marketplace's own words."""

    sku: str
    state: str
    remarks: tuple[str, ...]

    @property
    def is_accepted(self) -> bool:
        """Whether the card went on to the marketplace's moderators."""
        return self.state == FINISHED


class CardImportResult(Struct, frozen=True):
    """What became of a batch."""

    errors: int
    warnings: int
    skipped: int
    total: int
    cards: tuple[CardResult, ...]


class _WireResult(Struct):
    errors: Count
    warnings: Count
    skipped: Count
    total: Count
    result: dict[str, object]


_CATEGORIES = msgspec.json.Decoder(tuple[CardCategory, ...])
_ATTRIBUTES = msgspec.json.Decoder(tuple[CardAttribute, ...])
_VALUES = msgspec.json.Decoder(tuple[ChoiceOfValue, ...])
_IMPORT = msgspec.json.Decoder(CardImport)
_RESULT = msgspec.json.Decoder(_WireResult)
_SCHEMA = msgspec.json.Decoder(dict[str, object])


class CardsApi:
    """
    The calls of product import, over a merchant's road. Each raises what `MerchantApi` raises.

    `send` is not repeatable: the marketplace knows no key against twins and names no batch that it did not answer for.
    Whoever gets Unavailable, Blocked or MalformedAnswer from it does not know whether the batch is there.
    """

    def __init__(self, api: MerchantApi) -> None:
        self._api = api

    async def schema(self) -> dict[str, object]:
        """The JSON Schema (draft 4) of a batch, as the marketplace publishes it."""
        return decode(await self._get("/products/import/schema"), _SCHEMA)

    async def categories(self) -> tuple[CardCategory, ...]:
        """All categories that take cards: some thousands, half a megabyte."""
        return decode(await self._get("/products/classification/categories"), _CATEGORIES)

    async def attributes(self, category: str) -> tuple[CardAttribute, ...]:
        """What the category asks of its cards."""
        return decode(await self._get("/products/classification/attributes", {"c": category}), _ATTRIBUTES)

    async def values(self, category: str, attribute: str) -> tuple[ChoiceOfValue, ...]:
        """The values that the marketplace recommends for an attribute of the category."""
        query = {"c": category, "a": attribute}
        return decode(await self._get("/products/classification/attribute/values", query), _VALUES)

    async def send(self, cards: Sequence[NewCard]) -> CardImport:
        """Have the cards made. Raises ValueError for none of them, and for more than MAX_CARDS."""
        if not 1 <= len(cards) <= MAX_CARDS:
            raise ValueError(f"{len(cards)} cards, expected 1..{MAX_CARDS}")
        # The documented type names no character set, so the body has none but ASCII.
        body = json.dumps([_wire(card) for card in cards], ensure_ascii=True, allow_nan=False).encode()
        answer = await self._api.post("/products/import", body, accept=MediaType.JSON, content_type=MediaType.TEXT)
        return decode(answer, _IMPORT)

    async def status(self, code: str) -> CardImport:
        """How far the batch is. Raises MalformedAnswer for the answer to another one."""
        answer = decode(await self._get("/products/import", {"i": code}), _IMPORT)
        if answer.code != code:
            raise MalformedAnswer(f"batch {answer.code[:50]!r} instead of {code!r}", "$.code")
        return answer

    async def result(self, code: str) -> CardImportResult:
        """What became of each SKU of a finished batch."""
        answer = decode(await self._get("/products/import/result", {"i": code}), _RESULT)
        cards = tuple(_card_result(sku, facts) for sku, facts in answer.result.items())
        return CardImportResult(answer.errors, answer.warnings, answer.skipped, answer.total, cards)

    async def _get(self, path: str, query: dict[str, str] | None = None) -> bytes:
        return await self._api.get(path, query or {}, accept=MediaType.JSON)


def is_image_address(url: str) -> bool:
    """Whether the marketplace could download from there: an absolute http or https address of at most 2,000 letters."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and has_host and len(url) <= 2_000 and url.isprintable() and " " not in url


def _wire(card: NewCard) -> dict[str, object]:
    """The card as the schema has it: nothing that is not filled in, no property of our own."""
    fields: dict[str, object] = {
        "sku": card.sku,
        "title": card.title,
        "brand": card.brand,
        "category": card.category,
        "description": card.description,
        "weight": card.weight,
        "attributes": [{"code": each.code, "value": each.value} for each in card.attributes],
        "images": [{"url": url} for url in card.images],
    }
    return {name: value for name, value in fields.items() if value not in ("", None)}


def _card_result(sku: str, told: object) -> CardResult:
    facts = told if isinstance(told, dict) else {"": told}
    state = facts.get("state")
    beside = [value for name, value in facts.items() if name != "state"]
    remarks = dict.fromkeys(text[:LONGEST_REMARK] for text in _texts(beside))
    return CardResult(sku, state if isinstance(state, str) else "", tuple(remarks)[:MAX_REMARKS])


def _texts(values: Iterable[object]) -> Iterator[str]:
    """Every text in there, in order, however deep."""
    for value in values:
        if isinstance(value, str) and value.strip():
            yield value.strip()
        elif isinstance(value, dict):
            yield from _texts(value.values())
        elif isinstance(value, list):
            yield from _texts(value)
