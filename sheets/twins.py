"""An SKU that is there more than once: with the same values it counts once, with others none of its rows does."""

from collections.abc import Iterator

from msgspec.msgpack import Encoder

from sheets.rows import Line, Problem


class Twins:
    """Remembers of each SKU where it was met first, and a digest of what was said of it."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[int, int]] = {}
        self._rows: dict[str, list[int]] = {}
        self._encode = Encoder().encode

    def is_repeated(self, line: Line) -> bool:
        """Whether this row is not to be kept: its SKU was there before."""
        row, sku = line.row, line.sku
        line.row = 0
        digest = hash(self._encode(line))
        line.row = row
        first = self._seen.setdefault(sku, (row, digest))
        if first[0] == row:
            return False
        if first[1] != digest or sku in self._rows:
            self._rows.setdefault(sku, [first[0]]).append(row)
        return True

    def refuse(self, problem: Problem) -> None:
        """A row that could not be read: who says the same SKU in another row has said two things."""
        row, _ = self._seen.setdefault(problem.sku, (problem.row, 0))
        if row != problem.row:
            self._rows.setdefault(problem.sku, [row]).append(problem.row)

    def __contains__(self, sku: str) -> bool:
        """Whether the rows of this SKU say different things."""
        return sku in self._rows

    def __bool__(self) -> bool:
        return bool(self._rows)

    def problems(self) -> Iterator[Problem]:
        """Each row of such an SKU, with the rows of the others."""
        for sku, rows in self._rows.items():
            for row in rows:
                others = ", ".join(str(other) for other in rows if other != row)
                yield Problem(row, 0, sku, "twins", {"rows": others[:80]})
