"""The shape of a batch, for the caller to read and for us to judge by."""

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta

MOST_CARDS = 10_000
CATEGORY = r"^Master ?-[a-zA-Z_\s\d-]+$"


class Filled(msgspec.Struct, forbid_unknown_fields=True):
    """An attribute with its value."""

    code: Annotated[str, Meta(min_length=1)]
    value: Any


class Image(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where a picture is."""

    url: str


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """One card as it was sent."""

    sku: Annotated[str, Meta(min_length=1, max_length=64)]
    title: Annotated[str, Meta(min_length=1, max_length=1024)]
    brand: Annotated[str, Meta(min_length=1, max_length=256)]
    category: Annotated[str, Meta(min_length=1, max_length=512, pattern=CATEGORY)]
    attributes: Annotated[list[Filled], Meta(min_length=1, max_length=256)]
    images: Annotated[list[Image], Meta(min_length=1)]
    description: Annotated[str, Meta(min_length=1, max_length=1024)] = ""
    weight: Annotated[str, Meta(min_length=1, max_length=256)] = ""


_BATCH = msgspec.json.Decoder(Annotated[list[Wanted], Meta(min_length=1, max_length=MOST_CARDS)])


class BatchError(ValueError):
    """A body that is no batch. The text says where."""


def read_batch(body: bytes) -> list[Wanted]:
    """Raises BatchError."""
    try:
        batch: list[Wanted] = _BATCH.decode(body)
    except msgspec.DecodeError as error:
        raise BatchError(str(error)) from error
    if len({wanted.sku for wanted in batch}) < len(batch):
        raise BatchError("the same sku twice")
    if any(len(set(wanted.images)) < len(wanted.images) for wanted in batch):
        raise BatchError("the same image twice")
    if any(wanted.weight and not re.fullmatch(r"\d+(\.\d+)?", wanted.weight) for wanted in batch):
        raise BatchError("weight is no decimal")
    return batch


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a batch (draft 4)."""
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_CARDS,
        "items": {
            "type": "object",
            "additionalProperties": False,
            "required": ["sku", "title", "brand", "category", "attributes", "images"],
            "properties": {
                "sku": _text(64),
                "title": _text(1024),
                "brand": _text(256),
                "category": _text(512) | {"pattern": CATEGORY},
                "description": _text(1024),
                "weight": _text(256),
                "attributes": _list(256, {"code": {"type": "string"}, "value": {}}),
                "images": _list(None, {"url": {"type": "string"}}) | {"uniqueItems": True},
            },
        },
    }


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest}


def _list(most: int | None, properties: dict[str, Any]) -> dict[str, Any]:
    items = {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(properties),
        "properties": properties,
    }
    bounds = {"minItems": 1} | ({"maxItems": most} if most else {})
    return {"type": "array", **bounds, "items": items}
