"""Files for tests: tables, workbooks, price lists, made as sellers' programs make them."""

import struct
import zipfile
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter

from sheets import Batch, Job, Limits, Line, Problem, Reading, Unsure, read_batches, read_file

MERCHANT = "30125007"
TEMPLATE = ["SKU", "model", "brand", "price", "PP1", "PP2", "PP3", "PP4", "PP5", "preorder"]
KETTLE = ["SKU-1", "Чайник Qazan", "Qazan", 12_000, 5, "no", "", "", "", ""]

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<kaspi_catalog date="2026-11-23" xmlns="kaspiShopping">\n'
OFFER = (
    '<offer sku="SKU-1"><model>Чайник</model><brand>Qazan</brand>\n'
    '<availabilities><availability available="yes" storeId="PP1" stockCount="5"/></availabilities>\n'
    "<price>12000</price></offer>\n"
)


def workbook(rows: Iterable[Sequence[Any]], work: Callable[[Any, Any], None] | None = None) -> bytes:
    """A workbook of Excel with these rows on its first sheet; `work(workbook, sheet)` does the rest."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    if work is not None:
        work(book, sheet)
    book.close()
    return target.getvalue()


def table(rows: Iterable[Sequence[Any]], *, delimiter: str = ";", encoding: str = "utf-8", end: str = "\r\n") -> bytes:
    return "".join(delimiter.join(str(cell) for cell in row) + end for row in rows).encode(encoding)


def price_list(offers: str = OFFER, *, merchant: str = MERCHANT, head: str = HEAD) -> bytes:
    body = (
        f"<company>Күнбағыс</company><merchantid>{merchant}</merchantid><offers>\n{offers}</offers></kaspi_catalog>\n"
    )
    return (head + body).encode()


def old_workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook of Excel 97 (BIFF8) with one sheet, of at most 60 KB: records in a container of sectors."""

    def record(kind: int, body: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def cell(row: int, column: int, value: Any) -> bytes:
        if isinstance(value, str):
            text = value.encode("utf-16-le")
            return record(0x0204, struct.pack("<HHHHB", row, column, 0, len(value), 1) + text)
        return record(0x0203, struct.pack("<HHHd", row, column, 0, value))

    def begin(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0x07CC, 0, 0x0600))

    def sheet_at(offset: int) -> bytes:
        return record(0x0085, struct.pack("<IBBBB", offset, 0, 0, 1, 1) + "S".encode("utf-16-le"))

    end = record(0x0A)
    globals_length = len(begin(5) + sheet_at(0) + end)
    cells = [cell(r, c, value) for r, row in enumerate(rows) for c, value in enumerate(row) if value != ""]
    return _container(begin(5) + sheet_at(globals_length) + end + begin(0x10) + b"".join(cells) + end)


def _container(stream: bytes) -> bytes:
    """A compound file with one stream, `Workbook`."""
    stream = stream.ljust(-(-max(len(stream), 4096) // 512) * 512, b"\0")
    sectors, chain_end, free, of_table = len(stream) // 512, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    table = [of_table, chain_end, *range(3, sectors + 2), chain_end]
    table += [free] * (128 - len(table))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        spelt = name.encode("utf-16-le") + b"\0\0"
        tree = struct.pack("<HBBIII", len(spelt), kind, 1, free, free, child)
        return spelt.ljust(64, b"\0") + tree + bytes(36) + struct.pack("<IQ", start, size)

    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, 1, 1, 0, 4096, chain_end, 0, chain_end, 0) + struct.pack("<109I", 0, *[free] * 108)
    folder = entry("Root Entry", 5, 1, chain_end, 0) + entry("Workbook", 2, free, 2, len(stream))
    return head + struct.pack("<128I", *table) + folder.ljust(512, b"\0") + stream


def with_part(archive: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same archive, one part of it changed; a new part begins as nothing."""
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(archive)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as changed:
        parts = {each: source.read(each) for each in source.namelist()}
        for each, content in ({name: b""} | parts).items():
            changed.writestr(each, change(content) if each == name else content)
    return target.getvalue()


class Read:
    """What came of a file: its batches put together."""

    def __init__(self, answer: Reading | Unsure, lines: list[Line], problems: list[Problem]) -> None:
        self.answer = answer
        self.lines = lines
        self.problems = problems

    def told(self) -> list[tuple[int, int, str]]:
        """(row, column, code) of each problem."""
        return [(each.row, each.column, each.code) for each in self.problems]


def read(folder: Path, content: bytes, limits: Limits | None = None, **job: Any) -> Read:
    """Have the reading process read it. Raises FileRefused."""
    source, target = folder / "source", folder / "rows"
    source.write_bytes(content)
    wanted = {"merchant_id": MERCHANT, "points": ["PP1", "PP2"], **job}
    answer = read_file(Job(str(source), str(target), limits=limits or Limits(), **wanted), lambda rows: None)
    batches: list[Batch] = list(read_batches(target)) if isinstance(answer, Reading) else []
    return Read(
        answer,
        [line for batch in batches for line in batch.lines],
        [problem for batch in batches for problem in batch.problems],
    )
