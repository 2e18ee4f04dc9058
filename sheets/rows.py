"""What is read: rows of goods, and what was wrong with those that are left out. One file of frames holds them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder

BATCH = 1_000
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
    points → days, 0 for none. `is_number`: the SKU's cell held a number, which has lost the zeros in front.
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
    """Some rows in the file's order, and the problems met among them."""

    lines: list[Line] = []
    problems: list[Problem] = []


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


def in_batches(lines: Sequence[Line]) -> Iterator[Batch]:
    """The same lines, cut into batches."""
    return (Batch(list(lines[start : start + BATCH])) for start in range(0, len(lines), BATCH))
