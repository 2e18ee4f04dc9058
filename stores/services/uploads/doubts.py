"""What is strange about a file as a whole, and needs a person's yes before it is applied."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from stores.models import Product, ProductUpload
from stores.services.uploads.counts import Counts

# A third, either way: two thirds of the price, or four thirds of it.
LEAST_MEDIAN, MOST_MEDIAN = 2 / 3, 4 / 3
MOST_LEAVING = 0.4
# A store with so many products knows more of a file of its own than the rest of this share.
KNOWS_ITS_OWN = 20
MOST_UNKNOWN = 0.8


@dataclass(frozen=True)
class Doubt:
    """A stable code, and the facts of its sentence."""

    code: str
    facts: dict[str, int] = field(default_factory=dict)

    def stored(self) -> dict[str, Any]:
        return {"code": self.code, "facts": self.facts}


class Prices:
    """How the prices move that a file names, as shares of what they are."""

    def __init__(self) -> None:
        self._shares = array("d")
        self._unmoved = 0

    def add(self, old: int, new: int) -> None:
        self._shares.append(new / old)

    def add_unmoved(self, count: int) -> None:
        """So many that the file tells as they are. What it says nothing of is none of them."""
        self._unmoved += count

    def median(self) -> float:
        """Of all that the file names; 1 where none moves."""
        return median([*self._shares, *([1.0] * self._unmoved)]) if self._shares else 1.0


def doubts_of(upload: ProductUpload, counts: Counts, prices: Prices) -> Iterator[Doubt]:
    """Each doubt that the preview of the upload leaves."""
    share = prices.median()
    if not LEAST_MEDIAN < share < MOST_MEDIAN:
        yield Doubt("median_moved", {"percent": round((share - 1) * 100)})
    if counts.going_off > counts.on_sale * MOST_LEAVING:
        yield Doubt("many_leave", {"leaving": counts.going_off, "on_sale": counts.on_sale})
    if upload.is_whole_range and counts.nameless:
        yield Doubt("nameless_rows", {"rows": counts.nameless})
    is_strange = counts.unknown >= (counts.known + counts.unknown) * MOST_UNKNOWN
    if counts.unknown and is_strange and _count(upload) >= KNOWS_ITS_OWN:
        yield Doubt("nothing_known", {"added": counts.unknown})


def _count(upload: ProductUpload) -> int:
    return Product.everything.filter(store=upload.store).count()
