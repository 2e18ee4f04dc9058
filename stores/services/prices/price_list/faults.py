"""Why a price list must not go live."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# What a person may accept after a look at it: the list is sound, only unlike the one before.
ACCEPTABLE = frozenset({"shrunk", "off_sale", "many_moved"})


@dataclass(frozen=True)
class Fault:
    """
    Why a list must not go live: a code, and what was read.

    Of a list that is only unlike the one before: a few of the articles (`examples`), and in what else it is too unlike
    (`also`), for a person who says yes says it to all of it.
    """

    code: str
    sku: str = ""
    city_id: str = ""
    read: int | str | None = None
    examples: tuple[str, ...] = field(default=(), compare=False)
    also: tuple["Fault", ...] = field(default=(), compare=False)

    def is_covered(self, accepted: Mapping[str, int]) -> bool:
        """Whether a person has said yes to so much of it. `accepted`: code → what was read when he did."""
        return self.code in ACCEPTABLE and type(self.read) is int and self.read <= accepted.get(self.code, -1)
