"""Situations that share one plan, side by side in arrays: one lane (row) each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from pricing.fitness import is_number, why_unfit
from pricing.hours import is_minute_of_week
from pricing.plan import Plan
from pricing.rivals import are_sound
from pricing.situation import Situation
from pricing.strategies.many import Prices
from pricing.types import Limits, Offer

Counts: TypeAlias = npt.NDArray[np.int64]
Numbers: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

# Products of two such numbers, a price and a share, still fit into 64 bits.
LARGEST = 2**31
UNKNOWN = -1
ME = "me"
FRIEND = "friend"


@dataclass(frozen=True, slots=True)
class Offers:
    """
    The offers of each lane's card in columns, in any order, a price of 0 where there is none. Tenge, days.

    `is_mine`: our own; `is_friend`: of merchants we never compete with. Unknown: NaN for `rating`, -1 for the counts.
    """

    price: Prices
    is_mine: Flags
    is_friend: Flags
    rating: Numbers
    reviews: Counts
    delivery_days: Counts
    preorder_days: Counts

    def take(self, lanes: Any) -> "Offers":
        """The offers of these lanes: indices or flags."""
        return Offers(*(getattr(self, name)[lanes] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Lanes:
    """
    What `Situation` tells, one lane per row; offers as fresh as they must be, and no moves. Tenge, seconds, pieces.

    0 stands for an unknown limit, `recent_median` and `cost_floor`; -1 for unknown counts and minutes, infinity for an
    unknown time. `dead_zones` is lanes × zones × (from, to, better), each lane's in ascending order, filled up with 0.
    """

    price: Prices
    floor: Prices
    ceiling: Prices
    step: Prices
    offers: Offers
    recent_median: Prices
    cost_floor: Prices
    dead_zones: Prices
    stock: Counts
    is_stock_doubtful: Flags
    sold_per_week: Counts
    minute_of_week: Counts
    seconds_since_change: Numbers

    def __len__(self) -> int:
        return len(self.price)

    def take(self, lanes: Any) -> "Lanes":
        """Some of the lanes: indices or flags."""
        return Lanes(*(_taken(getattr(self, name), lanes) for name in self.__slots__))

    def situation(self, lane: int, plan: Plan) -> Situation:
        """One lane as the engine is told of it. Merchants are known by their columns only."""
        return Situation(
            price=int(self.price[lane]),
            limits=Limits(_known(self.floor[lane]), _known(self.ceiling[lane]), int(self.step[lane])),
            merchant_id=ME,
            offers=tuple(self._offers(lane)),
            not_rivals=frozenset({f"{FRIEND}{column}" for column in np.flatnonzero(self.offers.is_friend[lane])}),
            plan=plan,
            minute_of_week=_counted(self.minute_of_week[lane]),
            seconds_since_change=float(self.seconds_since_change[lane]),
            recent_median=_known(self.recent_median[lane]),
            cost_floor=_known(self.cost_floor[lane]),
            dead_zones=tuple((int(a), int(b), int(c)) for a, b, c in self.dead_zones[lane] if a > 0),
            stock=_counted(self.stock[lane]),
            is_stock_doubtful=bool(self.is_stock_doubtful[lane]),
            sold_per_week=_counted(self.sold_per_week[lane]),
        )

    def _offers(self, lane: int) -> list[Offer]:
        seen = self.offers
        return [
            Offer(
                merchant_id=self._merchant(lane, int(column)),
                price=int(seen.price[lane, column]),
                rating=None if np.isnan(seen.rating[lane, column]) else float(seen.rating[lane, column]),
                reviews=_counted(seen.reviews[lane, column]),
                delivery_days=_counted(seen.delivery_days[lane, column]),
                preorder_days=_counted(seen.preorder_days[lane, column]),
            )
            for column in np.flatnonzero(seen.price[lane])
        ]

    def _merchant(self, lane: int, column: int) -> str:
        if self.offers.is_mine[lane, column]:
            return ME
        return f"{FRIEND}{column}" if self.offers.is_friend[lane, column] else str(column)


def fits_a_lane(situation: Situation) -> bool:
    """Whether all of it can be said in arrays: sound, and of numbers that a price list could hold."""
    if why_unfit(situation) is not None or not (situation.offers and are_sound(situation.offers)):
        return False
    limits = situation.limits
    numbers = (
        *(situation.price, limits.floor, limits.ceiling, limits.step, situation.recent_median, situation.cost_floor),
        *(situation.stock, situation.sold_per_week),
        *(price for zone in situation.dead_zones for price in zone),
        *(number for offer in situation.offers for number in (offer.price, *_counts(offer))),
    )
    ratings = (offer.rating for offer in situation.offers)
    return all(number is None or (type(number) is int and 0 <= number < LARGEST) for number in numbers) and all(
        rating is None or is_number(rating) for rating in ratings
    )


def lanes_of(situations: Sequence[Situation]) -> Lanes:
    """These situations as lanes; each must fit (`fits_a_lane`). Their plans and moves are not part of it."""
    return Lanes(
        price=_column(situations, lambda told: told.price),
        floor=_column(situations, lambda told: told.limits.floor or 0),
        ceiling=_column(situations, lambda told: told.limits.ceiling or 0),
        step=_column(situations, lambda told: told.limits.step),
        offers=_offers_of(situations),
        recent_median=_column(situations, lambda told: told.recent_median or 0),
        cost_floor=_column(situations, lambda told: told.cost_floor or 0),
        dead_zones=_zones_of(situations),
        stock=_column(situations, lambda told: _told(told.stock)),
        is_stock_doubtful=_column(situations, lambda told: int(told.is_stock_doubtful)).astype(np.bool_),
        sold_per_week=_column(situations, lambda told: _told(told.sold_per_week)),
        minute_of_week=_column(situations, lambda told: _minute(told.minute_of_week)),
        seconds_since_change=np.array(
            [np.inf if told.seconds_since_change is None else told.seconds_since_change for told in situations],
            dtype=np.float64,
        ),
    )


def _offers_of(situations: Sequence[Situation]) -> Offers:
    def table(tell: Callable[[Situation, Offer], float], fill: float) -> Numbers:
        width = max((len(told.offers) for told in situations), default=0)
        filled = np.full((len(situations), width), fill, dtype=np.float64)
        for lane, told in enumerate(situations):
            filled[lane, : len(told.offers)] = [tell(told, offer) for offer in told.offers]
        return filled

    def counts(tell: Callable[[Situation, Offer], int], fill: int) -> Counts:
        return table(tell, fill).astype(np.int64)

    return Offers(
        price=counts(lambda told, offer: offer.price, 0),
        is_mine=counts(lambda told, offer: offer.merchant_id == told.merchant_id, 0).astype(np.bool_),
        is_friend=counts(lambda told, offer: offer.merchant_id in told.not_rivals, 0).astype(np.bool_),
        rating=table(lambda told, offer: np.nan if offer.rating is None else offer.rating, np.nan),
        reviews=counts(lambda told, offer: _told(offer.reviews), UNKNOWN),
        delivery_days=counts(lambda told, offer: _told(offer.delivery_days), UNKNOWN),
        preorder_days=counts(lambda told, offer: _told(offer.preorder_days), UNKNOWN),
    )


def _column(situations: Sequence[Situation], tell: Callable[[Situation], int]) -> Counts:
    return np.array([tell(told) for told in situations], dtype=np.int64)


def _zones_of(situations: Sequence[Situation]) -> Prices:
    filled = np.zeros(
        (len(situations), max((len(told.dead_zones) for told in situations), default=0), 3), dtype=np.int64
    )
    for lane, told in enumerate(situations):
        if told.dead_zones:
            filled[lane, : len(told.dead_zones)] = sorted(told.dead_zones)
    return filled


def _counts(offer: Offer) -> tuple[int | None, ...]:
    return offer.reviews, offer.delivery_days, offer.preorder_days


def _taken(part: Any, lanes: Any) -> Any:
    return part.take(lanes) if isinstance(part, Offers) else part[lanes]


def _told(count: int | None) -> int:
    return UNKNOWN if count is None else count


def _minute(minute: int | None) -> int:
    return minute if minute is not None and is_minute_of_week(minute) else UNKNOWN


def _known(price: np.int64) -> int | None:
    return int(price) or None


def _counted(count: np.int64) -> int | None:
    return None if count < 0 else int(count)
