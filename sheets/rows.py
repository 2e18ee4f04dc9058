"""
What is read: rows of goods, and what was wrong with those that are left out. One file of frames holds them.

Rows lie there by column, as they are read and compared: a value of each row. `Batch.lines` gives them one by one.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

BATCH = 2_000
_LENGTH = 4
_LONGEST_FRAME = 256 * 1024 * 1024


class Point(Struct, frozen=True, array_like=True, gc=False):
    """A product at a sales point. `stock` None: on sale and not counted, or not on sale at all."""

    is_available: bool
    stock: int | None = None


class Line(Struct, array_like=True, gc=False):
    """
    One row of goods: what the file says of one SKU. What it does not say is not in it.

    `row` counts rows of a workbook or lines of a text from 1. `facts`: model, brand, card, category (text); cost,
    packaging, step (tenge), weight (grams). `prices`, `floors`, `ceilings`: city id → tenge, where the empty id means
    every city. `points`: the point's code → how it stands there. `preorders`: the point's code, or empty for all
    points → days, 0 for none. `is_number`: the SKU's cell held a number, which has lost the zeros in front, or in a
    CSV may have been one.
    """

    row: int
    sku: str
    is_number: bool = False
    facts: dict[str, str | int] = {}
    prices: dict[str, int] = {}
    floors: dict[str, int] = {}
    ceilings: dict[str, int] = {}
    points: dict[str, Point] = {}
    preorders: dict[str, int] = {}


class Problem(Struct, frozen=True, array_like=True, gc=False):
    """A row that is left out, and why. `column` counts from 1; 0 is the row as a whole."""

    row: int
    column: int
    sku: str
    code: str
    facts: dict[str, str] = {}


class Batch(Struct, array_like=True):
    """
    Some rows in the file's order, by column, and the problems met among them.

    `rows`, `skus` and `are_numbers` as in a Line. `columns`: its name → the value of each row, None where that says
    nothing. Names are those of the facts of a Line; `price`, `floor`, `ceiling` and `preorder`, with `:` and the place
    where they belong to one; and `point:PP1` (whether it is on sale there) with `stock:PP1`.
    """

    rows: list[int] = []
    skus: list[str] = []
    are_numbers: list[bool] = []
    columns: dict[str, list[Any]] = {}
    problems: list[Problem] = []

    @property
    def lines(self) -> list[Line]:
        """The rows one by one."""
        return [self.line(at) for at in range(len(self.rows))]

    def line(self, at: int) -> Line:
        """The row at this place of the batch, counted from 0."""
        line = Line(self.rows[at], self.skus[at], self.are_numbers[at])
        by_place = {"price": line.prices, "floor": line.floors, "ceiling": line.ceilings, "preorder": line.preorders}
        for name, values in self.columns.items():
            value = values[at]
            if value is None:
                continue
            kind, _colon, place = name.partition(":")
            if kind == "point":
                line.points[place] = Point(value, self.columns[f"stock:{place}"][at])
            elif kind in by_place:
                by_place[kind][place] = value
            elif kind != "stock":
                line.facts[name] = value
        return line

    def keep(self, are_kept: Sequence[bool]) -> None:
        """Leave out the other rows."""
        self.rows, self.skus = list(compress(self.rows, are_kept)), list(compress(self.skus, are_kept))
        self.are_numbers = list(compress(self.are_numbers, are_kept))
        self.columns = {name: list(compress(values, are_kept)) for name, values in self.columns.items()}


def batch_of(rows: Iterable[Line | Problem]) -> Batch:
    """These rows by column."""
    batch = Batch()
    lines = []
    for row in rows:
        if isinstance(row, Problem):
            batch.problems.append(row)
        else:
            lines.append(row)
    batch.rows = [line.row for line in lines]
    batch.skus = [line.sku for line in lines]
    batch.are_numbers = [line.is_number for line in lines]
    for at, line in enumerate(lines):
        for name, value in _told(line):
            if name not in batch.columns:
                batch.columns[name] = [None] * len(lines)
            batch.columns[name][at] = value
    return batch


def _told(line: Line) -> Iterator[tuple[str, Any]]:
    """The columns of which a row says something, and what."""
    yield from line.facts.items()
    for kind, by_place in (
        ("price", line.prices),
        ("floor", line.floors),
        ("ceiling", line.ceilings),
        ("preorder", line.preorders),
    ):
        for place, value in by_place.items():
            yield f"{kind}:{place}" if place else kind, value
    for code, point in line.points.items():
        yield f"point:{code}", point.is_available
        yield f"stock:{code}", point.stock


class BatchWriter:
    """Writes batches to an open file."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._encode = Encoder().encode

    def write(self, batch: Batch) -> None:
        frame = self._encode(batch)
        self._target.write(len(frame).to_bytes(_LENGTH, "big"))
        self._target.write(frame)


def read_batches(path: Path) -> Iterator[Batch]:
    """The batches of a finished file, one in memory at a time."""
    decode = Decoder(Batch).decode
    with path.open("rb") as source:
        while length := source.read(_LENGTH):
            size = int.from_bytes(length, "big")
            if size > _LONGEST_FRAME:
                raise ValueError(f"{path} is no file of rows")
            yield decode(source.read(size))
