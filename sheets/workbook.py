"""The sheet of a workbook of Excel that people see, row by row."""

from collections.abc import Iterator
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from sheets.archive import OddCells
from sheets.cells import Cell
from sheets.errors import FileRefused
from sheets.jobs import Limits


def read_workbook(source: Path, odd: OddCells, limits: Limits) -> Iterator[tuple[int, list[Cell]]]:
    """
    Row numbers as Excel shows them, and the cells from column A on. Empty rows are left out.

    Raises FileRefused: `encrypted`, `broken_archive`, `empty`, `many_sheets`, `too_many_rows`, `too_many_columns`.
    """
    try:
        sheet = _first_visible_sheet(CalamineWorkbook.from_path(source))
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


def _first_visible_sheet(book: CalamineWorkbook) -> CalamineSheet:
    """The first sheet that is not hidden. Raises FileRefused: `many_sheets`, where another such sheet has rows too."""
    is_visible = [
        each.visible == SheetVisibleEnum.Visible and each.typ == SheetTypeEnum.WorkSheet
        for each in book.sheets_metadata
    ]
    sheets = [book.get_sheet_by_index(at) for at, visible in enumerate(is_visible) if visible]
    filled = [each.name for each in sheets if each.start is not None]
    if len(filled) > 1:
        raise FileRefused("many_sheets", names=", ".join(filled)[:80])
    if not sheets:
        raise FileRefused("empty")
    return sheets[0]
