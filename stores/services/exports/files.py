"""Exports as files that leave in pieces."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stores.models import Store
from stores.services.exports.ledger import LEDGER_TABLES
from stores.services.exports.sheets import csv_lines, write_xlsx
from stores.services.exports.tables import TABLES
from stores.services.exports.template import COLUMNS, template_rows
from stores.services.ledger.period import Period
from stores.services.prices.price_list.versions import path_of

CHUNK = 64 * 1024
CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XML = "application/xml; charset=utf-8"


@dataclass(frozen=True)
class Download:
    """A file on its way out: what it is called, what it is, and its bytes."""

    name: str
    content_type: str
    chunks: Iterator[bytes]


def export_table(store: Store, table: str, form: str) -> Download:
    """A table of TABLES as `csv` or `xlsx`. Raises Refusal (`too_many_rows`) for more than a workbook holds."""
    return _table(f"{table}-{store.merchant_id}", TABLES[table].columns, TABLES[table].rows_of(store), form)


def export_ledger(store: Store, table: str, period: Period, form: str) -> Download:
    """Like `export_table`, for a table of LEDGER_TABLES and a period. Raises Refusal (`too_many_rows`)."""
    wanted = LEDGER_TABLES[table]
    name = f"{table}-{store.merchant_id}-{period.since}-{period.until}"
    return _table(name, wanted.columns, wanted.rows_of(store, period), form)


def export_price_list(store: Store, number: int, form: str) -> Download:
    """
    A kept version of the price list for an upload by hand: `xml`, or `xlsx` in the marketplace's template.

    Raises Refusal (`version_gone`, `no_template`).
    """
    path, name = path_of(store, number), f"price-list-{store.merchant_id}-{number}.{form}"
    if form == "xml":
        return Download(name, XML, _chunks(path))
    # In the template a SKU has to stay what it is: as text of a cell it is not run.
    return Download(name, XLSX, _workbook(COLUMNS, template_rows(path), is_verbatim=True))


def _table(name: str, columns: Iterable[object], rows: Iterable[tuple[Any, ...]], form: str) -> Download:
    if form == "csv":
        return Download(f"{name}.csv", CSV, _gathered(csv_lines(columns, rows)))
    return Download(f"{name}.xlsx", XLSX, _workbook(columns, rows))


def _workbook(
    columns: Iterable[object], rows: Iterable[tuple[Any, ...]], *, is_verbatim: bool = False
) -> Iterator[bytes]:
    """A workbook is whole before its first byte leaves: what is refused is refused here, not half-way."""
    folder = tempfile.TemporaryDirectory(prefix="export-")
    path = Path(folder.name) / "export.xlsx"
    try:
        write_xlsx(path, columns, rows, is_verbatim=is_verbatim)
    except BaseException:
        folder.cleanup()
        raise
    return _then_cleaned_up(folder, path)


def _then_cleaned_up(folder: "tempfile.TemporaryDirectory[str]", path: Path) -> Iterator[bytes]:
    with folder:
        yield from _chunks(path)


def _gathered(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines by the chunk: each piece that leaves has its price, and a line is a small one."""
    chunk = bytearray()
    for line in lines:
        chunk += line
        if len(chunk) >= CHUNK:
            yield bytes(chunk)
            chunk.clear()
    if chunk:
        yield bytes(chunk)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
