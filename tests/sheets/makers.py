"""Files for tests: tables, workbooks, price lists, made as sellers' programs make them."""

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
