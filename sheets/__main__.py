"""
The reading process: a job on standard input, answers on standard output, rows in the job's target.

It limits itself before it opens the file. What ends it from outside (memory, time) is told by whoever started it.
"""

import gc
import resource
import sys
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from msgspec.json import Decoder, Encoder

from sheets import archive, cells, columns
from sheets.cells import Cell
from sheets.columns import Columns
from sheets.errors import FileRefused
from sheets.grid import GridReader
from sheets.jobs import Answer, Header, Job, Limits, Progress, Reading, Refused, Unsure
from sheets.kinds import Kind, kind_of
from sheets.plain_offers import read_offers
from sheets.price_list import PriceListReader
from sheets.rows import BATCH, Batch, BatchWriter
from sheets.table import read_table
from sheets.twins import Twins
from sheets.workbook import read_workbook

FIRST_ROWS = 30
SAMPLES = 5

Row = tuple[int, list[str]]
Rows = Iterator[tuple[int, list[Cell]]]
T = TypeVar("T")


class _UnnamedError(Exception):
    """This row, as text, has a value in a column that the header does not name."""

    def __init__(self, row: Row) -> None:
        super().__init__(row)
        self.row = row


def main() -> None:
    # Rows are no cycles, and looking for some among hundreds of thousands takes a tenth of the time.
    gc.disable()
    job = Decoder(Job).decode(sys.stdin.buffer.read())
    limit_self(job.limits, Path(job.source).stat().st_size)
    try:
        say(read(job))
    except FileRefused as refused:
        say(Refused(refused.code, refused.row, refused.column, refused.facts))
    except MemoryError:
        say(Refused("too_much_memory"))


def limit_self(limits: Limits, size: int) -> None:
    """From here on the kernel ends this process rather than the machine."""
    seconds = limits.seconds_for(size)
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, limits.written),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(what, (most, most))


def say(answer: Answer) -> None:
    sys.stdout.buffer.write(Encoder().encode(answer) + b"\n")
    sys.stdout.buffer.flush()


def read(job: Job) -> Answer:
    """Read the file to its end, or as far as it needs a person. Raises FileRefused."""
    source = Path(job.source)
    kind = kind_of(source)
    if kind is Kind.XML:
        prices = PriceListReader(source, job.limits)
        rows, problems = write(job, _of_this_store(prices, job))
        return Reading(kind, rows, problems, merchant_id=prices.merchant_id)
    if kind is Kind.CSV:
        return read_grid(job, kind, read_table(source, job.limits), archive.OddCells())
    odd = archive.look_through(source, job.limits) if kind is Kind.XLSX else archive.OddCells()
    return read_grid(job, kind, read_workbook(source, odd, job.limits), odd)


def _of_this_store(prices: PriceListReader, job: Job) -> Iterator[Batch]:
    for number, batch in enumerate(read_offers(Path(job.source), prices)):
        if not number and prices.merchant_id != job.merchant_id:
            first = min((*batch.rows, *(problem.row for problem in batch.problems)))
            raise FileRefused("other_store", first, theirs=prices.merchant_id[:40], ours=job.merchant_id)
        yield batch


def read_grid(job: Job, kind: Kind, rows: Rows, odd: archive.OddCells) -> Answer:
    """A table, as its columns were agreed to before, or as they are beyond doubt."""
    first = list(islice(rows, FIRST_ROWS))
    told = [(number, [cells.shown(cell) for cell in row]) for number, row in first]
    found = columns.recognise(told, job).widened(len(job.chosen))
    agreed = job.chosen or job.known.get(found.fingerprint)
    fields = agreed or found.fields
    header = _header_of(found, told)
    if agreed is None and not found.is_sure:
        return Unsure(kind, header)
    below = [(number, row) for number, row in first if number > found.header_row]
    if not below:
        raise FileRefused("empty", found.header_row)
    reader = GridReader(fields, job.merchant_id, odd, is_typed=kind is not Kind.CSV)
    # What a person has said of a column stands for its name.
    named = [True] * len(agreed) if agreed else columns.are_named(found.headers)
    try:
        count, problems = write(job, map(reader.read, _portions(_below_names(chain(below, rows), named))))
    except _UnnamedError as unnamed:
        return Unsure(kind, _header_of(found.widened(len(unnamed.row[1])), [unnamed.row, *told]))
    return Reading(kind, count, problems, header, fields)


def _below_names(rows: Rows, named: list[bool]) -> Rows:
    """The rows, as long as each of their values lies in a column that has a name. Raises _UnnamedError."""
    width, is_whole = len(named), all(named)
    for number, row in rows:
        if (len(row) > width or not is_whole) and columns.unnamed_in(row, named):
            raise _UnnamedError((number, [cells.shown(cell) for cell in row]))
        yield number, row


def _header_of(found: Columns, rows: list[Row]) -> Header:
    samples = [row for number, row in rows if number > found.header_row][:SAMPLES]
    return Header(found.fingerprint, found.header_row, found.headers, found.fields, samples)


def _portions(rows: Iterator[T]) -> Iterator[list[T]]:
    while portion := list(islice(rows, BATCH)):
        yield portion


def write(job: Job, batches: Iterator[Batch]) -> tuple[int, int]:
    """Write the rows, those of contradicting SKUs left out. How many rows there are, how many problems."""
    twins, target, count, problems = Twins(), Path(job.target), 0, 0
    with target.open("wb") as file:
        writer = BatchWriter(file)
        for batch in batches:
            twins.note(batch)
            writer.write(batch)
            count += len(batch.rows) + len(batch.problems)
            problems += len(batch.problems)
            say(Progress(count))
    return count, problems + twins.take_out(target)


if __name__ == "__main__":
    main()
