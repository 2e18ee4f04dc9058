"""The words of a replay: what goes in, what it asks of outside, what comes out. Seconds count from its start."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from pricing.situation import Situation

Rows: TypeAlias = npt.NDArray[np.int64]
Seconds: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Merchant:
    """A merchant as he is known now: id, rating 0-5 and reviews; None means unknown."""

    merchant_id: str
    rating: float | None = None
    reviews: int | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """
    One price of ours that is replayed.

    `facts` is the situation without offers: merchant, limits, plan, friends, what is known of costs and stock. `price`
    is what we meant at the start, `confirmed` the last one that a person set or agreed to.
    """

    key: int
    market: int
    facts: Situation
    price: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Wish:
    """A price that wants to leave, and where it comes from: what the gate is asked about. Tenge."""

    price: int
    current: int
    shown: int
    highest_of_day: int
    confirmed: int
    market_median: int
    changes_in_half_hour: int
    floor: int | None
    ceiling: int | None


@dataclass(frozen=True, slots=True)
class Hooks:
    """
    What the replay asks of outside: the code that closes the gate for a wish, or None; the minute of the local week at
    so many seconds after the start.
    """

    why_closed: Callable[[Wish], str | None]
    minute_of_week: Callable[[float], int]


@dataclass(frozen=True, slots=True)
class Change:
    """A recorded change of an offer: seconds after the start, market, merchant, new price; None when he left."""

    at: float
    market: int
    merchant: Merchant
    price: int | None


@dataclass(frozen=True, slots=True)
class Meant:
    """What we really meant from this moment on: seconds after the start, key of the price, tenge."""

    at: float
    key: int
    price: int


@dataclass(frozen=True, slots=True)
class Figures:
    """
    One price over the period. Tenge; averages by time; shares of the time from 0 to 1.

    Places are those of the time on the card, and None where our offer was never there.
    """

    first: int
    last: int
    lowest: int
    highest: int
    average: int
    changes: int
    at_floor: float
    place: float | None
    first_place: float | None
    top_three: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One price: as it would have gone, and as it went."""

    key: int
    would: Figures
    was: Figures
