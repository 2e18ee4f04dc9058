"""An SKU that is there more than once: with the same values it counts once, with others none of its rows does."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from msgspec.msgpack import Encoder

from sheets.rows import Batch, BatchWriter, Problem, read_batches


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
        said = self._what_they_say(target)
        contradicting = {sku: rows for sku, rows in said.items() if _is_contradicting(set(rows.values()))}
        first = {min(rows) for sku, rows in said.items() if sku not in contradicting}
        problems = list(_problems(contradicting))
        aside = target.with_suffix(".twins")
        with aside.open("wb") as file:
            writer = BatchWriter(file)
            for batch in read_batches(target):
                pairs = zip(batch.skus, batch.rows, strict=True)
                batch.keep([sku not in self._repeated or row in first for sku, row in pairs])
                writer.write(batch)
            writer.write(Batch(problems=problems))
        aside.replace(target)
        return len(problems)

    def _what_they_say(self, target: Path) -> dict[str, dict[int, int | None]]:
        """Repeated SKU → row → a digest of what it says, None where it could not be read."""
        said: defaultdict[str, dict[int, int | None]] = defaultdict(dict)
        encode = Encoder(order="deterministic").encode
        for batch in read_batches(target):
            for at, sku in enumerate(batch.skus):
                if sku in self._repeated:
                    line = batch.line(at)
                    line.row = 0
                    said[sku][batch.rows[at]] = hash(encode(line))
            for problem in batch.problems:
                if problem.sku in self._repeated:
                    said[problem.sku][problem.row] = None
        return said


def _is_contradicting(digests: set[int | None]) -> bool:
    return len(digests) > 1 or None in digests


def _problems(contradicting: dict[str, dict[int, int | None]]) -> Iterator[Problem]:
    """Each row of such an SKU, with the rows of the others."""
    for sku, rows in contradicting.items():
        for row in rows:
            others = ", ".join(str(other) for other in rows if other != row)
            yield Problem(row, 0, sku, "twins", {"rows": others[:80]})
