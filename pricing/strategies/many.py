# ruff: noqa: PLC0415
"""
Many markets at once, for a strategy that can say its aim for all of them in one go. Whole tenge in numpy arrays.

numpy is loaded with the first such question: 10 MB that a process which decides prices one by one has no use for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Prices: TypeAlias = "npt.NDArray[np.int64]"

# Stands for a rival where a market has fewer of them than the widest one: dearer than any price.
NOBODY = 2**40
# The answer of a strategy that leaves the price alone; no strategy aims so low.
STAY = -(2**40)


@dataclass(frozen=True, slots=True)
class Markets:
    """
    What `Market` tells, for one market per lane (row): prices of the rivals who count, cheapest first, filled up with
    NOBODY; our shown price, floor, ceiling and step; `cost_floor` is 0 where it is unknown.
    """

    rivals: Prices
    shown: Prices
    floor: Prices
    ceiling: Prices
    step: Prices
    cost_floor: Prices

    @property
    def steps(self) -> Prices:
        """The step of each lane, as a column beside the rivals' prices."""
        return self.step[:, None]

    def everywhere(self, price: int) -> Prices:
        """This price in each lane."""
        import numpy as np

        return np.full_like(self.floor, price)

    def where_one_rival(self, then: Prices, otherwise: Prices) -> Prices:
        """One price in lanes with a single rival, the other elsewhere."""
        import numpy as np

        return np.where((self.rivals < NOBODY).sum(axis=1) == 1, then, otherwise)

    def where_costs_known(self, then: Prices, otherwise: Prices) -> Prices:
        """One price in lanes whose cost floor is known, the other elsewhere."""
        import numpy as np

        return np.where(self.cost_floor > 0, then, otherwise)


def follow_many(markets: Markets, ask: Callable[[Prices], Prices], skipped: int = 0) -> Prices:
    """What `follow` answers in each lane, when the `skipped` cheapest rivals do not lead. `ask` takes a whole table."""
    import numpy as np

    leaders = markets.rivals[:, skipped:]
    if leaders.shape[1] == 0:
        return markets.ceiling
    is_there = leaders < NOBODY
    asked = ask(np.where(is_there, leaders, 0))
    is_possible = is_there & (asked >= markets.floor[:, None])
    first = is_possible.argmax(axis=1)
    rows = np.arange(len(first))
    price = np.where(is_possible[rows, first], asked[rows, first], markets.floor)
    return np.where(is_there[:, 0], price, markets.ceiling)
