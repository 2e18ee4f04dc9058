"""How one course of our prices went: what was asked for how long, and where that stood among the offers."""

from collections import deque
from collections.abc import Iterable

import numpy as np

from pricing.replay.types import Figures, Rows, Seconds

TOP = 3
HALF_HOUR_SECONDS = 1800.0


class Track:
    """A course of prices, one row per price of ours. `price` is what we mean, `shown` what buyers see (0: nothing)."""

    def __init__(self, price: Rows, floor: Rows) -> None:
        self.price, self.shown, self.floor = price.copy(), np.zeros_like(price), floor
        self.first, self.lowest, self.highest = price.copy(), price.copy(), price.copy()
        self.place = np.zeros_like(price)
        self.changes = np.zeros_like(price)
        self.change_times: list[float] = []
        self._since, self._asked, self._at_floor, self._on_card, self._places, self._first_place, self._top = (
            np.zeros(len(price)) for _ in range(7)
        )

    def settle(self, rows: Rows, now: Seconds) -> None:
        """Count the time since these rows were counted last, at the prices and places that held so long."""
        passed = now - self._since[rows]
        self._since[rows] = now
        place, price = self.place[rows], self.price[rows]
        self._asked[rows] += passed * price
        self._at_floor[rows] += passed * ((price <= self.floor[rows]) & (self.floor[rows] > 0))
        self._on_card[rows] += passed * (place > 0)
        self._places[rows] += passed * place
        self._first_place[rows] += passed * (place == 1)
        self._top[rows] += passed * ((place > 0) & (place <= TOP))

    def move(self, row: int, price: int, now: float) -> None:
        """Mean another price from now on; the row must be settled."""
        self.price[row] = price
        self.lowest[row] = min(self.lowest[row], price)
        self.highest[row] = max(self.highest[row], price)
        self.changes[row] += 1
        self.change_times.append(now)

    def figures(self, row: int) -> Figures:
        """The row over the whole period; it must be settled at its end."""
        passed, on_card = float(self._since[row]), float(self._on_card[row])
        return Figures(
            first=int(self.first[row]),
            last=int(self.price[row]),
            lowest=int(self.lowest[row]),
            highest=int(self.highest[row]),
            average=round(float(self._asked[row]) / passed),
            changes=int(self.changes[row]),
            at_floor=round(float(self._at_floor[row]) / passed, 4),
            place=round(float(self._places[row]) / on_card, 2) if on_card else None,
            first_place=round(float(self._first_place[row]) / on_card, 4) if on_card else None,
            top_three=round(float(self._top[row]) / on_card, 4) if on_card else None,
        )


def worst_half_hour(times: Iterable[float]) -> int:
    """The most changes within any 30 minutes."""
    recent: deque[float] = deque()
    worst = 0
    for moment in sorted(times):
        recent.append(moment)
        while recent[0] <= moment - HALF_HOUR_SECONDS:
            recent.popleft()
        worst = max(worst, len(recent))
    return worst
