"""The first sheet of a workbook of Excel, row by row."""

from collections.abc import Iterator
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from sheets.archive import OddCells
from sheets.cells import Cell
from sheets.errors import FileRefused
from sheets.jobs import Limits


def read_workbook(source: Path, odd: OddCells, limits: Limits) -> Iterator[tuple[int, list[Cell]]]:
    """
    Row numbers as Excel shows them, and the cells from column A on. Empty rows are left out.

    Raises FileRefused: `encrypted`, `broken_archive`, `empty`, `too_many_rows`, `too_many_columns`.
    """
    try:
        sheet = CalamineWorkbook.from_path(source).get_sheet_by_index(0)
    except PasswordError:
        raise FileRefused("encrypted") from None
    except (CalamineError, OSError, IndexError) as error:
        raise FileRefused("broken_archive", what=str(error)[:80]) from None
    if sheet.start is None or sheet.end is None:
        raise FileRefused("empty")
    last_row, last_column = sheet.end[0] + 1, sheet.end[1] + 1
    if last_row > limits.rows + 1:
        raise FileRefused("too_many_rows", last_row, most=str(limits.rows))
    if last_column > limits.columns:
        raise FileRefused("too_many_columns", 1, last_column, most=str(limits.columns))
    left: list[Cell] = [""] * sheet.start[1]
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if cells.count("") < len(cells):
            yield number, left + cells
