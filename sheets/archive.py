"""
A workbook of Excel is an archive of XML. It is looked through before it is read: how much there is when it is
unpacked, whether there is a DTD, and what the reader of sheets would not tell: cells whose formula has no value, cells
that hold an error, and how far the sheet reaches.
"""

import posixpath
import re
import struct
import zlib
from pathlib import Path
from xml.etree.ElementTree import Element
from zipfile import BadZipFile, ZipFile, ZipInfo

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from sheets.errors import CellRefused, FileRefused
from sheets.jobs import MEGABYTE, Limits

_WORKBOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_CHUNK = MEGABYTE
# What may lie at the end of one chunk and the beginning of the next: a cell with a long formula.
_OVERLAP = 16 * 1024
_SMALL_PART = MEGABYTE
_MOST_ODD_CELLS = 10_000

_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=[\"']([0-9]{1,9})[\"']")
# A search for its first letters is quick, and almost no window has them; one that does is looked at closely.
_PERHAPS_FAR = re.compile(rb"r=[\"'][A-Z]{3}")
_FAR_COLUMN = re.compile(rb"\br=[\"']([A-Z]{3,}[0-9]{1,9})[\"']")
# A result that is text may be empty: `t="str"` says that it was computed.
# The format lets a cell be without its address.
_ADDRESS = rb"(?:[^>]{0,200}?\br=[\"']([A-Z]{1,3}[0-9]{1,7})[\"'])?"
_CELL = rb"<(?:\w+:)?c\b(?![^>]{0,400}\bt=[\"']str[\"'])" + _ADDRESS + rb"[^>]{0,200}"
_ERROR_CELL = re.compile(rb"<(?:\w+:)?c\b(?=[^>]{0,200}\bt=[\"']e[\"'])" + _ADDRESS)
_VALUELESS = re.compile(
    _CELL + rb">\s*<(?:\w+:)?f\b(?:[^>]{0,300}/>|[^>]{0,300}>[^<]{0,9000}</(?:\w+:)?f>)\s*"
    rb"(?:</(?:\w+:)?c>|<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)"
)


class OddCells:
    """Cells of the read sheet that must not be taken for empty: (row, column) → the code of what is in them."""

    def __init__(self) -> None:
        self._codes: dict[tuple[int, int], str] = {}

    def __bool__(self) -> bool:
        return bool(self._codes)

    def add(self, address: bytes | None, code: str) -> None:
        """Raises FileRefused: `too_many_formulas`; `broken_archive` for a cell without its address."""
        if address is None:
            raise FileRefused("broken_archive", what="a cell without its address")
        row, column = place_of(address.decode())
        self._codes[row, column] = code
        if len(self._codes) > _MOST_ODD_CELLS:
            raise FileRefused("too_many_formulas", row, column, most=str(_MOST_ODD_CELLS))

    def check(self, row: int, column: int) -> None:
        """Raises CellRefused: `no_value` for a formula that was never computed, `is_error` for `#N/A` and the like."""
        if code := self._codes.get((row, column)):
            raise CellRefused(code, {})


def look_through(source: Path, limits: Limits) -> OddCells:
    """
    Read every part of the archive once, in constant memory.

    Raises FileRefused: `broken_archive`, `not_a_workbook`, `zip_bomb`, `dtd`, `too_many_rows`, `too_many_columns`,
    `too_many_formulas`, `encrypted`.
    """
    try:
        with ZipFile(source) as archive:
            parts = archive.infolist()
            _check_sizes(parts, limits)
            sheet = _first_visible_sheet(archive)
            odd = OddCells()
            for part in parts:
                _look_at_part(archive, part, odd if part.filename == sheet else None, limits)
            return odd
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error, OverflowError) as broken:
        raise FileRefused("broken_archive", what=str(broken)[:80]) from None
    except RuntimeError:
        raise FileRefused("encrypted") from None


def place_of(address: str) -> tuple[int, int]:
    """`D12` → row 12, column 4."""
    letters = address.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(address[len(letters) :]), column


def _check_sizes(parts: list[ZipInfo], limits: Limits) -> None:
    if len(parts) > limits.parts:
        raise FileRefused("zip_bomb", what=f"{len(parts)} parts")
    names = [part.filename for part in parts]
    if len(set(names)) < len(names):
        raise FileRefused("broken_archive", what="a part is there twice")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > limits.unpacked:
        largest = max(parts, key=lambda part: part.file_size)
        raise FileRefused("zip_bomb", what=f"{largest.filename}, {largest.file_size // MEGABYTE} MB")
    for part in parts:
        # Short texts take several times their size when they are kept in memory, as the reader of sheets does.
        if part.filename.endswith("sharedStrings.xml") and part.file_size > limits.strings:
            raise FileRefused("zip_bomb", what=f"{part.filename}, {part.file_size // MEGABYTE} MB")


def _first_visible_sheet(archive: ZipFile) -> str:
    """The name of the part that is the first sheet of cells which is not hidden."""
    names = set(archive.namelist())
    if _WORKBOOK not in names or _RELATIONS not in names:
        raise FileRefused("not_a_workbook")
    targets = {each.get("Id"): each.get("Target", "") for each in _small_part(archive, _RELATIONS).iter()}
    for sheet in _small_part(archive, _WORKBOOK).iter():
        if _local(sheet.tag) == "sheet" and sheet.get("state", "visible") == "visible":
            relation = next((value for name, value in sheet.attrib.items() if _local(name) == "id"), None)
            part = _part_at(targets.get(relation, ""))
            if part not in names:
                break
            if not part.startswith("xl/chartsheets/"):
                return part
    raise FileRefused("not_a_workbook")


def _part_at(target: str) -> str:
    """The name of the part that a relation of the workbook leads to."""
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def _small_part(archive: ZipFile, name: str) -> Element:
    if archive.getinfo(name).file_size > _SMALL_PART:
        raise FileRefused("zip_bomb", what=name)
    try:
        return fromstring(archive.read(name), forbid_dtd=True)
    except DefusedXmlException:
        raise FileRefused("dtd", what=name) from None
    except (ParseError, ValueError):
        raise FileRefused("broken_archive", what=name) from None


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _look_at_part(archive: ZipFile, part: ZipInfo, odd: OddCells | None, limits: Limits) -> None:
    """To its end, where the archive's own checksum proves that the size it told is true."""
    tail, last_row = b"", 0
    with archive.open(part) as unpacked:
        while chunk := unpacked.read(_CHUNK):
            window = tail + chunk
            if b"<!DOCTYPE" in window:
                raise FileRefused("dtd", what=part.filename)
            if odd is not None:
                # A sheet that reaches too far is read on only to say how far.
                if last_row <= limits.rows:
                    _look_at_cells(window, odd, limits)
                last_row = max(last_row, _last_row(window))
            tail = window[-_OVERLAP:]
    if last_row > limits.rows:
        raise FileRefused("too_many_rows", last_row, most=str(limits.rows))


def _look_at_cells(window: bytes, odd: OddCells, limits: Limits) -> None:
    """Note the odd cells of a piece of a sheet."""
    if _PERHAPS_FAR.search(window) and (far := _FAR_COLUMN.search(window)):
        row, column = place_of(far[1].decode())
        raise FileRefused("too_many_columns", row, column, most=str(limits.columns))
    if b"<f" in window or b":f" in window:
        for cell in _VALUELESS.finditer(window):
            odd.add(cell[1], "no_value")
    if b't="e"' in window or b"t='e'" in window:
        for cell in _ERROR_CELL.finditer(window):
            odd.add(cell[1], "is_error")


def _last_row(window: bytes) -> int:
    """The number of the last row that begins in a piece of a sheet, or 0."""
    begins = window.rfind(b"<row ")
    last = _ROW.match(window, begins) if begins >= 0 else None
    return int(last[1]) if last else 0
