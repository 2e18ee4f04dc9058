"""What each category asks of its cards, read from `attributes.json`."""

import functools
from importlib import resources
from typing import Literal

import msgspec

from sandbox.catalogue import Category, catalogue


class Attribute(msgspec.Struct, frozen=True):
    """One property of a card. `values` are those recommended for an enum."""

    name: str
    type: Literal["boolean", "enum", "string", "number"]
    multi_valued: bool = False
    mandatory: bool = False
    values: tuple[str, ...] = ()


class _Book(msgspec.Struct, frozen=True):
    everywhere: tuple[Attribute, ...]
    by_category: dict[str, tuple[Attribute, ...]]


@functools.cache
def categories() -> dict[str, Category]:
    """The leaf categories by the code that cards carry."""
    return {category.master_code: category for category in catalogue().categories}


@functools.cache
def attributes_of(category: Category) -> dict[str, Attribute]:
    """Return the category's attributes by their codes."""
    own = (*_book().by_category.get(category.code, ()), *_book().everywhere)
    return {f"{category.code}*{attribute.name}": attribute for attribute in own}


@functools.cache
def _book() -> _Book:
    text = resources.files("sandbox").joinpath("new_cards", "attributes.json").read_bytes()
    return msgspec.json.decode(text, type=_Book)
