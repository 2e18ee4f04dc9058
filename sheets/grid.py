"""Rows of cells become rows of goods: each cell is read as its column means it."""

from collections.abc import Callable, Mapping, Sequence

from sheets import cells as read
from sheets.cells import Cell
from sheets.errors import CellRefused, FileRefused
from sheets.rows import Line, Problem

LONGEST = {"model": 1024, "brand": 256, "category": 512}
EVERYWHERE = ""
# Columns that are not a fact of a product.
_OF_ROW = frozenset({"sku", "merchant", "city"})

Setter = Callable[[Line, Cell], None]
Check = Callable[[int, int], None]


class RowReader:
    """
    Reads rows whose columns are known. An empty cell says nothing.

    `check(row, column)` raises CellRefused for a cell that is not what it seems.
    """

    def __init__(self, columns: Sequence[str], merchant_id: str, check: Check) -> None:
        self._merchant_id = merchant_id
        self._check = check
        self._at = {name: at for at, name in enumerate(columns) if name in _OF_ROW}
        named = [(at, *column.partition(":")) for at, column in enumerate(columns)]
        self._setters = [(at, _SETTERS[name](place)) for at, name, _colon, place in named if name in _SETTERS]

    def read(self, number: int, cells: Sequence[Cell]) -> Line | Problem:
        """
        What the row says, or the first thing that is wrong with it. Raises FileRefused: `other_store`.
        """
        if "merchant" in self._at:
            self._check_store(number, cells)
        line, at = Line(number, ""), self._at["sku"]
        try:
            self._read_sku(line, cells)
            for at, put in self._setters:
                self._check(number, at + 1)
                if at < len(cells) and (cell := cells[at]) != "" and not read.is_blank(cell):
                    put(line, cell)
            _check_preorder(line)
            if "city" in self._at:
                at = self._at["city"]
                _move_to_city(line, _cell(cells, at))
        except CellRefused as refused:
            return Problem(number, at + 1, line.sku, refused.code, refused.facts)
        return line

    def _read_sku(self, line: Line, cells: Sequence[Cell]) -> None:
        at = self._at["sku"]
        self._check(line.row, at + 1)
        cell = _cell(cells, at)
        if read.is_blank(cell):
            raise CellRefused("no_sku", {})
        line.sku = read.read_sku(cell)
        line.is_number = not isinstance(cell, str)

    def _check_store(self, row: int, cells: Sequence[Cell]) -> None:
        at = self._at["merchant"]
        cell = _cell(cells, at)
        if not read.is_blank(cell) and read.shown(cell) != self._merchant_id:
            raise FileRefused("other_store", row, at + 1, theirs=read.shown(cell), ours=self._merchant_id)


def _cell(cells: Sequence[Cell], at: int) -> Cell:
    return cells[at] if at < len(cells) else ""


def _check_preorder(line: Line) -> None:
    """It would be nobody's: a pre-order is that of a sales point."""
    if line.preorders and not line.points:
        raise CellRefused("preorder_without_points", {})


def _move_to_city(line: Line, cell: Cell) -> None:
    """A row that names its city speaks of the prices there."""
    city = read.read_text(cell, longest=20)
    if not city:
        raise CellRefused("no_city", {})
    for prices in (line.prices, line.floors, line.ceilings):
        if EVERYWHERE in prices:
            prices[city] = prices.pop(EVERYWHERE)


def _fact(name: str, reader: Callable[[Cell], str | int]) -> Callable[[str], Setter]:
    def of(place: str) -> Setter:
        def put(line: Line, cell: Cell) -> None:
            line.facts[name] = reader(cell)

        return put

    return of


def _text(name: str) -> Callable[[str], Setter]:
    longest = LONGEST[name]
    return _fact(name, lambda cell: read.read_text(cell, longest))


def _price(place: str) -> Setter:
    def put(line: Line, cell: Cell) -> None:
        line.prices[place] = read.read_amount(cell)

    return put


def _floor(place: str) -> Setter:
    def put(line: Line, cell: Cell) -> None:
        line.floors[place] = read.read_amount(cell)

    return put


def _ceiling(place: str) -> Setter:
    def put(line: Line, cell: Cell) -> None:
        line.ceilings[place] = read.read_amount(cell)

    return put


def _point(place: str) -> Setter:
    def put(line: Line, cell: Cell) -> None:
        line.points[place] = read.read_point(cell)

    return put


def _preorder(place: str) -> Setter:
    def put(line: Line, cell: Cell) -> None:
        line.preorders[place] = read.read_days(cell)

    return put


_SETTERS: Mapping[str, Callable[[str], Setter]] = {
    "model": _text("model"),
    "brand": _text("brand"),
    "category": _text("category"),
    "card": _fact("card", read.read_card),
    "weight": _fact("weight", read.read_grams),
    "weight_kg": _fact("weight", read.read_kilograms),
    "cost": _fact("cost", read.read_amount),
    "packaging": _fact("packaging", read.read_amount),
    "step": _fact("step", read.read_amount),
    "price": _price,
    "floor": _floor,
    "ceiling": _ceiling,
    "point": _point,
    "preorder": _preorder,
}
