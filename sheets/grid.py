"""Cells become rows of goods: each is read as its column means it, column by column."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from sheets import cells as read
from sheets.archive import OddCells
from sheets.cells import Cell
from sheets.errors import CellRefused, FileRefused
from sheets.rows import Batch, Problem

LONGEST = {"model": 1024, "brand": 256, "category": 512}
# A row that names its city speaks of these there.
_OF_CITY = ("price", "floor", "ceiling")

# An apostrophe that keeps a spreadsheet from running what begins so, as in our own tables.
_NEUTRAL = re.compile(r"'(?='*[=+\-@])")
# A day or a year with a month, as Excel writes what it has taken for a date: MAR-12 in capitals is somebody's article.
_MONTH = "(?:янв|фев|мар|апр|май|мая|июн|июл|авг|сен|окт|ноя|дек|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_MONTH_DATE = re.compile(rf"[0-9]{{1,2}}[.-]{_MONTH}(?:[.-][0-9]{{2,4}})?|{_MONTH}[.-][0-9]{{2,4}}")
_WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]*")
_QUOTED = re.compile(r'="([^"]*)"')

Reader = Callable[[Cell], Any]

_READERS: Mapping[str, Reader] = {
    "model": lambda cell: read.read_text(_bare(cell), LONGEST["model"]),
    "brand": lambda cell: read.read_text(_bare(cell), LONGEST["brand"]),
    "category": lambda cell: read.read_text(_bare(cell), LONGEST["category"]),
    "card": read.read_card,
    "weight": read.read_grams,
    "weight_kg": read.read_kilograms,
    "cost": read.read_amount,
    "packaging": read.read_amount,
    "step": read.read_amount,
    "price": read.read_amount,
    "floor": read.read_amount,
    "ceiling": read.read_amount,
    "point": read.read_point,
    "preorder": read.read_days,
}


class GridReader:
    """
    Reads rows whose columns are known. An empty cell says nothing; `odd` cells are not what they seem. `is_typed`: the
    cells say whether they are numbers, as a workbook's do.
    """

    def __init__(self, columns: Sequence[str], merchant_id: str, odd: OddCells, *, is_typed: bool) -> None:
        self._columns = columns
        self._merchant_id = merchant_id
        self._odd = odd
        self._is_number = _is_number if is_typed else _may_be_number

    def read(self, rows: Sequence[tuple[int, Sequence[Cell]]]) -> Batch:
        """What the rows say, and of each that is left out the first thing wrong. Raises FileRefused: `other_store`."""
        return _Reading(rows, self._columns, self._odd).read(self._merchant_id, self._is_number)


class _Reading:
    """Some rows while they are read."""

    def __init__(self, rows: Sequence[tuple[int, Sequence[Cell]]], columns: Sequence[str], odd: OddCells) -> None:
        self._numbers = [number for number, _cells in rows]
        self._cells = list(zip_longest(*(cells for _number, cells in rows), fillvalue=""))
        self._at = {column: at for at, column in enumerate(columns)}
        self._odd = odd
        # Place in these rows → column (from 1) and what is wrong there.
        self._refused: dict[int, tuple[int, CellRefused]] = {}

    def read(self, merchant_id: str, is_number: Callable[[Cell], bool]) -> Batch:
        if "merchant" in self._at:
            self._check_store(merchant_id)
        skus = self._read_column("sku", _read_sku)
        are_numbers = list(map(is_number, self._cells_of("sku")))
        batch = Batch(self._numbers, skus, are_numbers, self._read_facts())
        self._check_preorders(batch)
        if "city" in self._at:
            self._move_to_cities(batch)
        self._leave_out_refused(batch)
        return batch

    def _check_store(self, merchant_id: str) -> None:
        for number, cell in zip(self._numbers, self._cells_of("merchant"), strict=True):
            if not read.is_blank(cell) and read.shown(cell) != merchant_id:
                column = self._at["merchant"] + 1
                raise FileRefused("other_store", number, column, theirs=read.shown(cell), ours=merchant_id)

    def _read_facts(self) -> dict[str, list[Any]]:
        facts: dict[str, list[Any]] = {}
        for name in self._at:
            kind, _colon, place = name.partition(":")
            if kind not in _READERS:
                continue
            values = self._read_column(name, _READERS[kind])
            if kind == "point":
                facts[name] = [None if each is None else each.is_available for each in values]
                facts[f"stock:{place}"] = [None if each is None else each.stock for each in values]
            else:
                facts[name] = values
        if "weight_kg" in facts:
            facts["weight"] = self._one_weight(facts.get("weight"), facts.pop("weight_kg"))
        return facts

    def _one_weight(self, told_grams: list[Any] | None, told_kilograms: list[Any]) -> list[Any]:
        """Both in grams, as they are here: that which is told; where they differ, the row is refused."""
        if told_grams is None:
            return told_kilograms
        column = max(self._at["weight"], self._at["weight_kg"]) + 1
        weights = []
        for at, (one, other) in enumerate(zip(told_grams, told_kilograms, strict=True)):
            if one is not None and other is not None and one != other:
                facts = {"one": str(one), "other": str(other)}
                self._refused.setdefault(at, (column, CellRefused("two_weights", facts)))
            weights.append(other if one is None else one)
        return weights

    def _cells_of(self, name: str) -> Sequence[Cell]:
        at = self._at[name]
        return self._cells[at] if at < len(self._cells) else [""] * len(self._numbers)

    def _read_column(self, name: str, reader: Reader) -> list[Any]:
        """The value of each row, None where it says nothing or is refused."""
        values = _values(self._cells_of(name), reader)
        column = self._at[name] + 1
        if self._odd:
            self._put_odd(values, column)
        if CellRefused in set(map(type, values)):
            for at, value in enumerate(values):
                if isinstance(value, CellRefused):
                    self._refused.setdefault(at, (column, value))
                    values[at] = None
        return values

    def _put_odd(self, values: list[Any], column: int) -> None:
        for at, number in enumerate(self._numbers):
            try:
                self._odd.check(number, column)
            except CellRefused as refused:
                values[at] = refused

    def _check_preorders(self, batch: Batch) -> None:
        """It would be nobody's: a pre-order is that of a sales point."""
        if "preorder" not in batch.columns:
            return
        points = [values for name, values in batch.columns.items() if name.startswith("point:")]
        last = max(at for name, at in self._at.items() if name.partition(":")[0] in _READERS)
        for at, days in enumerate(batch.columns["preorder"]):
            if days is not None and all(values[at] is None for values in points):
                self._refused.setdefault(at, (last + 1, CellRefused("preorder_without_points", {})))

    def _move_to_cities(self, batch: Batch) -> None:
        """A row that names its city speaks of the prices there."""
        cities = self._read_column("city", _read_city)
        for name in _OF_CITY:
            values = batch.columns.pop(name, [])
            for at, (city, value) in enumerate(zip(cities, values, strict=False)):
                if city is not None and value is not None:
                    of_city = batch.columns.setdefault(f"{name}:{city}", [None] * len(cities))
                    of_city[at] = value

    def _leave_out_refused(self, batch: Batch) -> None:
        if not self._refused:
            return
        for at, (column, refused) in sorted(self._refused.items()):
            problem = Problem(self._numbers[at], column, batch.skus[at] or "", refused.code, refused.facts)
            batch.problems.append(problem)
        batch.keep([at not in self._refused for at in range(len(self._numbers))])


def _values(cells: Sequence[Cell], reader: Reader) -> list[Any]:
    """
    What each cell says, None where it is blank, or the CellRefused.

    The same cells stand in a column again and again: each is read once.
    """
    if len(set(map(type, cells))) == 1:
        told = {cell: _value(cell, reader) for cell in set(cells)}
        return list(map(told.__getitem__, cells))
    # 1, 1.0 and True are equal, and are not the same cell.
    typed: Iterable[tuple[type, Cell]] = list(zip(map(type, cells), cells, strict=True))
    told_of_type = {(kind, cell): _value(cell, reader) for kind, cell in set(typed)}
    return list(map(told_of_type.__getitem__, typed))


def _value(cell: Cell, reader: Reader) -> Any:
    try:
        return None if read.is_blank(cell) and reader not in _NEEDED else reader(cell)
    except CellRefused as refused:
        return refused


def _read_sku(cell: Cell) -> str:
    if read.is_blank(cell):
        raise CellRefused("no_sku", {})
    sku = read.read_sku(_unquoted(_bare(cell)))
    if _MONTH_DATE.fullmatch(sku):
        raise CellRefused("is_date", {"text": sku})
    return sku


def _is_number(cell: Cell) -> bool:
    return not isinstance(cell, str)


def _may_be_number(cell: Cell) -> bool:
    """Whether Excel, before it wrote a text, may have taken this for a number: it writes none with zeros in front."""
    return isinstance(cell, str) and _WHOLE_NUMBER.fullmatch(cell.strip()) is not None


def _unquoted(cell: Cell) -> Cell:
    """The text of `="00123"`, which is how a text keeps its zeros in Excel."""
    return quoted[1] if isinstance(cell, str) and (quoted := _QUOTED.fullmatch(cell.strip())) else cell


def _bare(cell: Cell) -> Cell:
    """Without the apostrophe before what would be run."""
    return _NEUTRAL.sub("", cell, count=1) if isinstance(cell, str) and _NEUTRAL.match(cell) else cell


def _read_city(cell: Cell) -> str:
    city = read.read_text(cell, longest=20)
    if not city:
        raise CellRefused("no_city", {})
    return city


# Columns in which a blank is not silence.
_NEEDED = (_read_sku, _read_city)
