"""What the reading process is asked, and what it answers: one JSON text a line."""

from msgspec import Struct

MEGABYTE = 1024 * 1024


class Limits(Struct, frozen=True):
    """
    How much a file may be and cost. Bytes, seconds, counts.

    `strings` is the size of a workbook's shared texts, unpacked. `memory` is address space of the reading process;
    `written` is what it may write; the time it gets grows with the file up to `most_seconds`, so that a small file that
    keeps it busy is stopped soon.
    """

    size: int = 100 * MEGABYTE
    unpacked: int = 256 * MEGABYTE
    strings: int = 64 * MEGABYTE
    parts: int = 2_000
    rows: int = 250_000
    columns: int = 200
    memory: int = 512 * MEGABYTE
    written: int = 512 * MEGABYTE
    least_seconds: int = 4
    most_seconds: int = 60

    def seconds_for(self, size: int) -> int:
        """The time for a file of so many bytes: 100,000 rows need a quarter of it on a slow machine."""
        return min(self.most_seconds, self.least_seconds + size // 250_000)


class Job(Struct, frozen=True):
    """
    One file to read. `source` and `target` are paths.

    `points` are the store's sales points and `cities` its cities (name in lower case → id), for headers that name them.
    `known` are the columns that people have agreed to before, by fingerprint of the header; `chosen` are those that a
    person has said this very file has, empty where nobody has.
    """

    source: str
    target: str
    points: list[str] = []
    cities: dict[str, str] = {}
    merchant_id: str = ""
    known: dict[str, list[str]] = {}
    chosen: list[str] = []
    limits: Limits = Limits()


class Progress(Struct, frozen=True, tag="progress"):
    """So many rows have been read."""

    rows: int


class Header(Struct, frozen=True):
    """
    What a person sees of a table when he is asked what its columns are.

    `row` is 0 where the table has no header. `suggested` has a field for each column, empty where there is none.
    `samples` are the first rows below the header.
    """

    fingerprint: str
    row: int
    names: list[str]
    suggested: list[str]
    samples: list[list[str]]


class Reading(Struct, frozen=True, tag="done"):
    """
    The file has been read to its end, and its rows lie in the target.

    `columns` holds what each column of a table was read as. `merchant_id` is what a price list says whose it is.
    """

    kind: str
    rows: int
    problems: int
    header: Header | None = None
    columns: list[str] = []
    merchant_id: str = ""


class Unsure(Struct, frozen=True, tag="unsure"):
    """Nobody may guess what these columns are: a person has to say so."""

    kind: str
    header: Header


class Refused(Struct, frozen=True, tag="refused"):
    """A FileRefused on its way to the process that asked."""

    code: str
    row: int = 0
    column: int = 0
    facts: dict[str, str] = {}


Answer = Progress | Reading | Unsure | Refused
