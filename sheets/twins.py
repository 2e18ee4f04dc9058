"""An SKU that is there more than once: with the same values it counts once, with others none of its rows does."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

from msgspec.msgpack import Encoder

from sheets.rows import Batch, BatchWriter, Problem, read_batches


class Told(NamedTuple):
    """
    One row of a repeated SKU: `row` for people, many of whose rows may stand in one line; `number` counts the rows of
    the target that were read, from 0, and is -1 for one that was not. `digest` stands for what it says.
    """

    row: int
    number: int = -1
    digest: int | None = None


class Twins:
    """Which SKUs were met again; what their rows say is looked up when all are written."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._repeated: set[str] = set()

    def note(self, batch: Batch) -> None:
        """Take notice of some rows more. Who says an SKU in a row that could not be read has said it too."""
        told = [*batch.skus, *(problem.sku for problem in batch.problems if problem.sku)]
        fresh = set(told)
        self._repeated |= fresh & self._seen
        if len(fresh) < len(told):
            self._repeated.update(sku for sku, times in Counter(told).items() if times > 1)
        self._seen |= fresh

    def take_out(self, target: Path) -> int:
        """Write the rows again, of each SKU at most one. How many problems more that are."""
        if not self._repeated:
            return 0
        told = self._what_they_say(target)
        contradicting = {sku: rows for sku, rows in told.items() if _is_contradicting(rows)}
        first = {rows[0].number for sku, rows in told.items() if sku not in contradicting}
        problems = list(_problems(contradicting))
        aside, numbers = target.with_suffix(".twins"), count()
        with aside.open("wb") as file:
            writer = BatchWriter(file)
            for batch in read_batches(target):
                pairs = zip(batch.skus, numbers, strict=False)
                batch.keep([sku not in self._repeated or number in first for sku, number in pairs])
                writer.write(batch)
            writer.write(Batch(problems=problems))
        aside.replace(target)
        return len(problems)

    def _what_they_say(self, target: Path) -> dict[str, list[Told]]:
        """Repeated SKU → its rows in the file's order."""
        told: defaultdict[str, list[Told]] = defaultdict(list)
        encode, numbers = Encoder(order="deterministic").encode, count()
        for batch in read_batches(target):
            for at, (sku, number) in enumerate(zip(batch.skus, numbers, strict=False)):
                if sku in self._repeated:
                    line = batch.line(at)
                    line.row = 0
                    told[sku].append(Told(batch.rows[at], number, hash(encode(line))))
            for problem in batch.problems:
                if problem.sku in self._repeated:
                    told[problem.sku].append(Told(problem.row))
        return told


def _is_contradicting(rows: Sequence[Told]) -> bool:
    digests = {each.digest for each in rows}
    return len(digests) > 1 or None in digests


def _problems(contradicting: Mapping[str, Sequence[Told]]) -> Iterator[Problem]:
    """Each row of such an SKU, with the rows of the others."""
    for sku, rows in contradicting.items():
        for each in rows:
            others = dict.fromkeys(str(other.row) for other in rows if other is not each)
            yield Problem(each.row, 0, sku, "twins", {"rows": ", ".join(others)[:80]})
