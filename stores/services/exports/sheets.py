"""Rows as files that Excel opens, with nothing in them that it would run. Memory does not grow with the rows."""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from stores.services.errors import Refusal

# Names are foreign input, and a spreadsheet runs what begins so. One that has an apostrophe gets a second one, so that
# whoever reads the table knows which of them is ours.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
BOM = "\ufeff"
MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767


def neutral(value: Any) -> Any:
    """The cell as it may stand in a spreadsheet: a text that would be run gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def csv_lines(columns: Iterable[object], rows: Iterable[tuple[Any, ...]]) -> Iterator[bytes]:
    """A file for Excel as it is set up here: UTF-8 with its mark, semicolons. A missing value is an empty cell."""
    writer = csv.writer(_Line, delimiter=";", lineterminator="\r\n")
    yield (BOM + writer.writerow([neutral(str(title)) for title in columns])).encode()
    for row in rows:
        yield writer.writerow([_cell(value) for value in row]).encode()


def write_xlsx(
    path: Path, columns: Iterable[object], rows: Iterable[tuple[Any, ...]], *, is_verbatim: bool = False
) -> None:
    """
    The same as a workbook of one sheet. `is_verbatim`: texts stay as they are; Excel takes them for texts, but would
    run them once they are saved as CSV. Raises Refusal (`too_many_rows`) for more than a sheet holds.
    """
    options = {"constant_memory": True, "tmpdir": str(path.parent), "strings_to_formulas": False}
    with xlsxwriter.Workbook(path, {**options, "strings_to_urls": False, "strings_to_numbers": False}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.freeze_panes(1, 0)
        time = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        text = workbook.add_format({"quote_prefix": True}) if is_verbatim else None
        bold = workbook.add_format({"bold": True})
        for place, title in enumerate(columns):
            sheet.write_string(0, place, str(title), bold)
        for number, row in enumerate(rows, start=1):
            if number >= MOST_ROWS:
                raise _too_many_rows()
            for place, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(number, place, value, time)
                elif isinstance(value, bool):
                    sheet.write_boolean(number, place, value)
                elif isinstance(value, int):
                    sheet.write_number(number, place, value)
                elif value is not None:
                    written = str(value) if is_verbatim else neutral(str(value))
                    sheet.write_string(number, place, written[:MOST_CHARACTERS], text)


def _too_many_rows() -> Refusal:
    text = _("A sheet of Excel holds %(count)s rows, and these are more. Take the CSV file instead.")
    return Refusal("too_many_rows", text % {"count": MOST_ROWS})


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return neutral(value)


class _Line:
    """What csv writes to: it hands the line back."""

    @staticmethod
    def write(line: str) -> str:
        return line
