"""
Pages of a list by key: the thousandth costs what the first costs, and nothing is shown twice or left out.

A cursor says after (or before) which row a page stands, by the values that the list is sorted by; the id, last among
them, tells equals apart.
"""

# ruff: noqa: N818 -- an error is named for what happened

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

T = TypeVar("T", bound=Model)


class BadCursor(ValueError):
    """The cursor was not made for this list."""


@dataclass(frozen=True)
class Sorting:
    """How a list is sorted: by a column that is never empty, if any, then by the id."""

    column: str = ""
    is_descending: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, the id last."""
        return (self.column, "pk") if self.column else ("pk",)


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows, and the cursors of the pages beside them; empty where there is none."""

    rows: Sequence[T]
    after: str
    before: str


def sorting_named(known: Mapping[str, Sorting], name: str) -> Sorting:
    """The known sorting of this name; with a minus before it, the other way round. Raises KeyError."""
    sorting = known[name.removeprefix("-")]
    return replace(sorting, is_descending=not sorting.is_descending) if name.startswith("-") else sorting


def read_page(rows: "QuerySet[T]", sorting: Sorting, size: int, cursor: str = "") -> "Page[T]":
    """The page that the cursor names, of at most so many rows; one query. Raises BadCursor."""
    is_backward, key = _read(cursor, sorting)
    is_descending = sorting.is_descending is not is_backward
    if key:
        rows = rows.filter(_beyond(sorting, key, is_descending=is_descending))
    prefix = "-" if is_descending else ""
    try:
        found = list(rows.order_by(*(prefix + column for column in sorting.columns))[: size + 1])
    except (ValidationError, ValueError, OverflowError) as error:
        raise BadCursor(str(error)) from None
    has_more, found = len(found) > size, found[:size]
    if is_backward:
        found.reverse()
    has_after, has_before = (bool(key), has_more) if is_backward else (has_more, bool(key))
    return Page(
        found,
        _write("after", sorting, found[-1]) if found and has_after else "",
        _write("before", sorting, found[0]) if found and has_before else "",
    )


def _beyond(sorting: Sorting, key: Sequence[Any], *, is_descending: bool) -> Q:
    """Rows behind the key. The first condition is what an index begins with."""
    sign = "lt" if is_descending else "gt"
    *values, pk = key
    if not values:
        return Q(**{f"pk__{sign}": pk})
    [value] = values
    further = Q(**{f"{sorting.column}__{sign}": value}) | Q(**{f"pk__{sign}": pk})
    return Q(**{f"{sorting.column}__{sign}e": value}) & further


def _write(direction: str, sorting: Sorting, row: Model) -> str:
    values = [row.pk if column == "pk" else getattr(row, column) for column in sorting.columns]
    told = json.dumps([direction, *values], default=str, ensure_ascii=False)
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _read(cursor: str, sorting: Sorting) -> tuple[bool, list[Any]]:
    """Whether the page stands before the key, and the key; nothing of either for the first page."""
    if not cursor:
        return False, []
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        direction, *key = told
    except (binascii.Error, ValueError, TypeError) as error:
        raise BadCursor(str(error)) from None
    is_key = (
        len(key) == len(sorting.columns) and type(key[-1]) is int and all(isinstance(each, str) for each in key[:-1])
    )
    if direction not in ("after", "before") or not is_key:
        raise BadCursor(cursor)
    return direction == "before", key
