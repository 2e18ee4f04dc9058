"""
An SKU that is there more than once: with the same values it counts once, with others none of its rows does.

Rows that speak of its amounts in different cities, and of all else alike, are one row of all those cities.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

from msgspec.msgpack import Encoder

from sheets.rows import Batch, BatchWriter, Line, Problem, read_batches


class Told(NamedTuple):
    """
    One row of a repeated SKU: `row` for people, many of whose rows may stand in one line; `number` counts the rows of
    the target that were read, from 0, and is -1 for one that was not. `cities`: city id → its amounts there; `digest`
    stands for all else that it says.
    """

    row: int
    number: int = -1
    digest: int | None = None
    cities: Mapping[str, Mapping[str, int]] = {}


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
        merged = {rows[0].number: _cities_of(rows) for sku, rows in told.items() if sku not in contradicting}
        problems = list(_problems(contradicting))
        aside, numbers = target.with_suffix(".twins"), count()
        with aside.open("wb") as file:
            writer = BatchWriter(file)
            for batch in read_batches(target):
                of_batch = list(islice(numbers, len(batch.rows)))
                for at, number in enumerate(of_batch):
                    _put_cities(batch, at, merged.get(number, {}))
                pairs = zip(batch.skus, of_batch, strict=True)
                batch.keep([sku not in self._repeated or number in merged for sku, number in pairs])
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
                    cities = _take_cities(line)
                    line.row = 0
                    told[sku].append(Told(batch.rows[at], number, hash(encode(line)), cities))
            for problem in batch.problems:
                if problem.sku in self._repeated:
                    told[problem.sku].append(Told(problem.row))
        return told


def _take_cities(line: Line) -> dict[str, dict[str, int]]:
    """City id → what a row says of the amounts there, which is taken out of it. What counts everywhere stays."""
    cities: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for kind, amounts in (("price", line.prices), ("floor", line.floors), ("ceiling", line.ceilings)):
        for city in [city for city in amounts if city]:
            cities[city][kind] = amounts.pop(city)
    return dict(cities)


def _put_cities(batch: Batch, at: int, cities: Mapping[str, Mapping[str, int]]) -> None:
    """Have the row at this place of the batch say this of the amounts in cities."""
    for city, amounts in cities.items():
        for kind, amount in amounts.items():
            batch.columns.setdefault(f"{kind}:{city}", [None] * len(batch.rows))[at] = amount


def _is_contradicting(rows: Sequence[Told]) -> bool:
    digests, cities = {each.digest for each in rows}, _cities_of(rows)
    if len(digests) > 1 or None in digests:
        return True
    return any(amounts != cities[city] for each in rows for city, amounts in each.cities.items())


def _cities_of(rows: Iterable[Told]) -> dict[str, Mapping[str, int]]:
    """What the rows together say of amounts in cities."""
    return {city: amounts for each in rows for city, amounts in each.cities.items()}


def _problems(contradicting: Mapping[str, Sequence[Told]]) -> Iterator[Problem]:
    """Each row of such an SKU, with the rows of the others."""
    for sku, rows in contradicting.items():
        for each in rows:
            others = dict.fromkeys(str(other.row) for other in rows if other is not each)
            yield Problem(each.row, 0, sku, "twins", {"rows": ", ".join(others)[:80]})
