"""A table in text (CSV): which letters, which sign between the cells, row by row."""

import codecs
import csv
import os
import re
from collections import Counter
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path

from sheets import columns
from sheets.cells import Cell
from sheets.errors import FileRefused
from sheets.jobs import MEGABYTE, Limits

_DELIMITERS = (";", ",", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LONGEST_CELL = 64 * 1024
_FIRST_LINES = 20
# What texts of goods in cp1251 are made of, the code pages that they are mistaken for, and the letters that are
# frequent in Russian: in the right one of them most letters are of these.
_OF_CP1251 = re.compile(r"[\x00-\x7fА-Яа-яЁё№«»–—…“”„™®°±·×’ \xa0]*")
# A blank between the thousands of a price, and a letter in the others.
_NO_BREAK = 0xA0
_OTHERS = ("koi8-r", "cp866")
_FREQUENT = frozenset("оеаинтсрвлкОЕАИНТСРВЛК")
_LEAST_FREQUENT = 0.55
_LEAST_LETTERS = 5


def read_table(source: Path, limits: Limits) -> Iterator[tuple[int, list[Cell]]]:
    """
    Line numbers, and the cells of the row that begins there. Empty rows are left out.

    Raises FileRefused: `unknown_encoding`, `unknown_delimiter`, `cut_short`, `broken_quotes`, `too_many_rows`,
    `too_many_columns`, `empty`.
    """
    _check_length(source, limits)
    encoding = _encoding_of(source)
    csv.field_size_limit(_LONGEST_CELL)
    with source.open(encoding=encoding, newline="") as text:
        delimiter = _delimiter_of(text)
        text.seek(0)
        yield from _rows(text, delimiter, limits)


def _check_length(source: Path, limits: Limits) -> None:
    lines = 0
    with source.open("rb") as file:
        while chunk := file.read(MEGABYTE):
            lines += chunk.count(b"\n") or chunk.count(b"\r")
            if lines > limits.rows:
                raise FileRefused("too_many_rows", limits.rows + 1, most=str(limits.rows))


def _rows(text: TextIOWrapper, delimiter: str, limits: Limits) -> Iterator[tuple[int, list[Cell]]]:
    width, cells, number = 0, list[str](), 0
    for number, cells in _numbered(text, delimiter):
        if len(cells) > limits.columns:
            raise FileRefused("too_many_columns", number, len(cells), most=str(limits.columns))
        width = max(width, len(cells))
        if any(cells):
            yield number, list[Cell](cells)
    if not width:
        raise FileRefused("empty")
    # Google Sheets writes no end of the last line.
    if len(cells) < width and not _ends_with_line(text):
        raise FileRefused("cut_short", number)


def _numbered(text: TextIOWrapper, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line where each begins; what stops the reading becomes a FileRefused with its line."""
    rows, begins = csv.reader(text, delimiter=delimiter, strict=True), 1
    try:
        for cells in rows:
            yield begins, cells
            begins = rows.line_num + 1
    except csv.Error as error:
        raise FileRefused("broken_quotes", begins, what=str(error)[:80]) from None
    except UnicodeError:
        raise FileRefused("unknown_encoding", begins) from None


def _ends_with_line(text: TextIOWrapper) -> bool:
    width = 2 if text.encoding == "utf-16" else 1
    with Path(text.name).open("rb") as file:
        file.seek(-width, os.SEEK_END)
        return not {*file.read()}.isdisjoint(b"\r\n")


def _encoding_of(source: Path) -> str:
    with source.open("rb") as file:
        head = file.read(4)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    return "utf-8" if _is_utf8(source) else _old_encoding(source)


def _is_utf8(source: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with source.open("rb") as file:
        try:
            while chunk := file.read(MEGABYTE):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def _old_encoding(source: Path) -> str:
    """cp1251, where the text is Russian in it beyond doubt. Raises FileRefused with the first line that is not."""
    letters, frequent = 0, Counter[str]()
    with source.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not _OF_CP1251.fullmatch(line.decode("cp1251", errors="replace").rstrip("\r\n")):
                raise FileRefused("unknown_encoding", number)
            foreign = bytes(byte for byte in line if byte > 127 and byte != _NO_BREAK)
            letters += len(foreign)
            for encoding in ("cp1251", *_OTHERS):
                frequent[encoding] += sum(letter in _FREQUENT for letter in foreign.decode(encoding, errors="replace"))
    is_russian = letters >= _LEAST_LETTERS and frequent["cp1251"] >= letters * _LEAST_FREQUENT
    if not is_russian or any(frequent[other] >= frequent["cp1251"] for other in _OTHERS):
        raise FileRefused("unknown_encoding", 1)
    return "cp1251"


def _delimiter_of(text: TextIOWrapper) -> str:
    """
    The sign that cuts the header into most columns whose names are known; between those that find as many, the first
    line into most cells; then any of the first lines. Raises FileRefused where two signs do so equally.
    """
    try:
        lines = [line for _, line in zip(range(_FIRST_LINES), text, strict=False)]
    except UnicodeError:
        raise FileRefused("unknown_encoding", 1) from None
    merits = {sign: _merit([_cells(line, sign) for line in lines]) for sign in _DELIMITERS}
    most = max(merits.values())
    best = [sign for sign, merit in merits.items() if merit == most]
    if most[-1] < 2 or len(best) > 1:
        raise FileRefused("unknown_delimiter", 1)
    return best[0]


def _merit(rows: list[list[str]]) -> tuple[int, int, int]:
    """How well a sign has cut the first lines: names of columns in the header, cells of the first line, most cells."""
    names = max(map(columns.count_names, rows), default=0)
    # One may stand in any row, as goods may be called "Price"; a header has more.
    return (names if names > 1 else 0), next(map(len, filter(any, rows)), 0), max(map(len, rows), default=0)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []
