"""
Where in a price list each product's offer stands, so that the next list can copy those that have not changed.

A file beside the list: a line of JSON that says what the list was written from, then two 64-bit numbers for each offer,
the product and the byte at which its line starts, in rising order. The last pair is the end of all lines. It is written
and read as a stream.
"""

import hashlib
import json
from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Self

from django.conf import settings

import kaspi
from stores.models import SalesPoint, Store

# How many offers are held in memory together.
WINDOW = 16_384
# Stands in the place of a product where there are no more.
END = 2**63 - 1
BYTES_OF_PAIR = 16


@dataclass(frozen=True)
class Origin:
    """
    What a list was written from, besides the rows of its products: for other points, or by another build, nothing can
    be copied. `catalogue_version` is the store's, read before the first row: a product that was marked with a later one
    may be in the list as it was before, or as it was after. `keeps_prices`: its prices are not those of the rows but of
    the list before it.
    """

    build: str
    points: str
    catalogue_version: int
    keeps_prices: bool = False

    @classmethod
    def of(cls, store: Store, *, keeps_prices: bool) -> Self:
        """What a list of this store is written from now."""
        rows = SalesPoint.everything.filter(store=store).order_by("pk").values_list("pk", "code", "is_open")
        points = hashlib.sha256(repr(list(rows)).encode()).hexdigest()
        return cls(settings.BUILD, points, store.catalogue_version, keeps_prices)

    def can_copy(self, former: Self) -> bool:
        """Whether a line that was written from there, of a product that was not marked since, is good here."""
        has_its_prices = self.keeps_prices or not former.keeps_prices
        return has_its_prices and (self.build, self.points) == (former.build, former.points)


@dataclass(frozen=True)
class Lines:
    """Some lines that follow each other: their products, and where each line starts; at last, where they all end."""

    product_ids: "array[int]"
    starts: "array[int]"


class IndexWriter:
    """An index that grows with its list."""

    def __init__(self, target: BinaryIO, origin: Origin) -> None:
        self.count = 0
        self._target = target
        self._pairs = array("q")
        target.write(json.dumps(asdict(origin)).encode() + b"\n")

    def add(self, product_id: int, start: int) -> None:
        self.count += 1
        self._pairs.extend((product_id, start))
        if len(self._pairs) >= 2 * WINDOW:
            self._flush()

    def end(self, end: int) -> None:
        """No more lines: the last one ends there."""
        self._pairs.extend((END, end))
        self._flush()

    def _flush(self) -> None:
        self._pairs.tofile(self._target)
        del self._pairs[:]


class IndexReader:
    """The index of a finished list; `count` offers."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            head = file.readline()
            self.origin = Origin(**json.loads(head))
            self._start = len(head)
            pairs, odd = divmod(path.stat().st_size - self._start, BYTES_OF_PAIR)
            file.seek(-BYTES_OF_PAIR, 2)
            end, self.end = array("q", file.read(BYTES_OF_PAIR))
        if odd or end != END:
            raise ValueError(f"{path} is no index")
        self.count = pairs - 1

    @classmethod
    def open(cls, path: Path, list_size: int) -> Self | None:
        """The index of a list of so many bytes; None where there is none, or it is of another list, or damaged."""
        try:
            index = cls(path)
        except (OSError, ValueError, TypeError):
            return None
        return index if index.end + len(kaspi.PRICE_LIST_TAIL) == list_size else None

    def windows(self) -> Iterator[Lines]:
        """All lines, WINDOW of them together."""
        with self._path.open("rb") as file:
            for first in range(0, self.count, WINDOW):
                pairs = array("q")
                file.seek(self._start + first * BYTES_OF_PAIR)
                # One more: the end of the last line is the start of the next.
                pairs.fromfile(file, 2 * (min(WINDOW, self.count - first) + 1))
                yield Lines(pairs[:-2:2], pairs[1::2])

    def find(self, product_id: int) -> int | None:
        """The byte at which this product's line starts; None where the list has none. A few small reads."""
        with self._path.open("rb") as file:
            low, high = 0, self.count
            while low < high:
                middle = (low + high) // 2
                file.seek(self._start + middle * BYTES_OF_PAIR)
                found, start = array("q", file.read(BYTES_OF_PAIR))
                if found == product_id:
                    return start
                low, high = (middle + 1, high) if found < product_id else (low, middle)
        return None


@dataclass(frozen=True)
class Former:
    """A list that was written before, and where its offers stand in it."""

    path: Path
    index: IndexReader


@dataclass(frozen=True)
class Basis:
    """
    What of lists that were written before goes into a new one: offers that have not changed are copied from one, and
    all prices are those of the other, what it does not have is left out.
    """

    copied: Former | None = None
    kept: Former | None = None
