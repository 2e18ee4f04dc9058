"""
Where in a price list each product's offer stands, so that the next list can copy those that have not changed.

A file beside the list: a line of JSON, then two columns of 64-bit numbers. What it was written from stands in its first
line; for another list, other points or another build nothing can be copied.
"""

import hashlib
import json
from array import array
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from django.conf import settings

from stores.models import SalesPoint, Store


@dataclass(frozen=True)
class Origin:
    """What a list was written from, besides the rows of its products."""

    build: str
    points: str

    @classmethod
    def of(cls, store: Store) -> Self:
        """What a list of this store is written from now."""
        points = SalesPoint.everything.filter(store=store).order_by("pk").values_list("pk", "code", "is_open")
        return cls(settings.BUILD, hashlib.sha256(repr(list(points)).encode()).hexdigest())


@dataclass(frozen=True)
class OfferIndex:
    """
    `product_ids` rise; `starts` has the byte at which each one's line begins, and at last the one after all lines.

    `catalogue_version` is the store's, read before the first row: who was marked with a later one may be in the list
    as he was before, or as he was after.
    """

    origin: Origin
    catalogue_version: int
    product_ids: "array[int]" = field(default_factory=lambda: array("q"))
    starts: "array[int]" = field(default_factory=lambda: array("q"))

    def save(self, path: Path, size: int) -> None:
        """Write it for a list of `size` bytes."""
        facts = {"origin": asdict(self.origin), "catalogue_version": self.catalogue_version, "size": size}
        with path.open("wb") as file:
            file.write(json.dumps(facts | {"count": len(self.product_ids)}).encode() + b"\n")
            self.product_ids.tofile(file)
            self.starts.tofile(file)

    @classmethod
    def read(cls, path: Path, size: int) -> Self | None:
        """The index of a list of `size` bytes; None where there is none, or it is of another list, or damaged."""
        try:
            with path.open("rb") as file:
                facts = json.loads(file.readline())
                index = cls(Origin(**facts["origin"]), facts["catalogue_version"])
                index.product_ids.fromfile(file, facts["count"])
                index.starts.fromfile(file, facts["count"] + 1)
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            return None
        return index if facts["size"] == size else None
