"""Rivals: five characters, each minding one offer on one card in one city.

Nobody races to zero: a price set on purpose never goes below the rival's private minimum.
Every `act` takes the moment at which it happens and returns the moment of the next turn.
"""

import random
from abc import ABC, abstractmethod
from dataclasses import dataclass

from sandbox.clock import DAY, HOUR, almaty_hour, almaty_midnight
from sandbox.market import Offer, Shelf
from sandbox.merchants import Character

MINUTE = 60.0
OPENS_AT = 10.0
CLOSES_AT = 19.0


@dataclass(frozen=True, slots=True)
class Limits:
    """A rival's private numbers, in tenge: his minimum, the price he would like, the step he undercuts by."""

    minimum: int
    usual: int
    step: int

    def clamp(self, price: float) -> int:
        return max(self.minimum, min(self.usual, round(price)))


class Rival(ABC):
    """One rival's offer on one shelf, and the habit by which it changes.

    `shortest` and `longest` bound the pause between turns, in seconds at tempo 1.
    """

    shortest: float
    longest: float

    def __init__(self, shelf: Shelf, offer: Offer, limits: Limits, rng: random.Random, tempo: float) -> None:
        self.shelf = shelf
        self.offer = offer
        self.limits = limits
        self.rng = rng
        self.tempo = tempo

    def act(self, now: float) -> float:
        """Take one turn. A rival whose offer was taken away by hand only waits."""
        if self.is_selling:
            self.move(now)
        return self.next_turn(now)

    @abstractmethod
    def move(self, now: float) -> None:
        """Change the offer as the character wants."""

    def next_turn(self, now: float) -> float:
        return now + self.pause(self.shortest, self.longest)

    def pause(self, shortest: float, longest: float) -> float:
        return self.rng.uniform(shortest, longest) / self.tempo

    @property
    def merchant_id(self) -> str:
        return self.offer.merchant.id

    @property
    def is_selling(self) -> bool:
        return self.merchant_id in self.shelf

    @property
    def cheapest_other(self) -> int | None:
        return self.shelf.cheapest_besides(self.merchant_id)

    def set_price(self, price: int) -> None:
        self.shelf.reprice(self.merchant_id, price)


class Undercutter(Rival):
    """Steps under the cheapest other offer, and back up as soon as that one allows it.

    Beaten at his minimum he tires now and then, and goes back to his usual price for a while.
    """

    shortest = 5 * MINUTE
    longest = 20 * MINUTE
    tires = 0.2

    def move(self, now: float) -> None:
        other = self.cheapest_other
        if other is None or (self._is_beaten_by(other) and self.rng.random() < self.tires):
            self.set_price(self.limits.usual)
        else:
            self.set_price(self.limits.clamp(other - self.limits.step))

    def _is_beaten_by(self, other: int) -> bool:
        own = self.shelf.get(self.merchant_id)
        return own is not None and own.price == self.limits.minimum and other <= own.price


class Follower(Rival):
    """Matches the cheapest other offer as it was at his previous turn."""

    shortest = 15 * MINUTE
    longest = 60 * MINUTE
    seen: int | None = None

    def move(self, now: float) -> None:
        if self.seen is not None:
            self.set_price(self.limits.clamp(self.seen))
        self.seen = self.cheapest_other


class Sleeper(Rival):
    """Drifts around his usual price, seldom, and only while his shop is open."""

    shortest = 4 * HOUR
    longest = 30 * HOUR

    def move(self, now: float) -> None:
        self.set_price(max(self.limits.minimum, round(self.limits.usual * self.rng.uniform(0.95, 1.03))))

    def next_turn(self, now: float) -> float:
        return _when_open(super().next_turn(now), self.pause(0, 2 * HOUR))


class Vanisher(Rival):
    """Leaves the card, and comes back later at a slightly different price."""

    shortest = 2 * HOUR
    longest = 24 * HOUR

    def act(self, now: float) -> float:
        if self.is_selling:
            self.move(now)
        else:
            self._come_back()
        return self.next_turn(now)

    def move(self, now: float) -> None:
        self.shelf.remove(self.merchant_id)

    def next_turn(self, now: float) -> float:
        if self.is_selling:
            return super().next_turn(now)
        return now + self.pause(1 * HOUR, 8 * HOUR)

    def _come_back(self) -> None:
        self.shelf.put(self.offer)
        self.set_price(self.limits.clamp(self.limits.usual * self.rng.uniform(0.93, 1.0)))


class TypoMaker(Rival):
    """Now and then loses one or two zeros of a price, and mends it when he notices."""

    shortest = 2 * HOUR
    longest = 10 * HOUR
    slips = 0.15
    right_price: int | None = None

    def move(self, now: float) -> None:
        if self.right_price is not None:
            self.set_price(self.right_price)
            self.right_price = None
        elif self.rng.random() < self.slips:
            self._slip()
        else:
            self.set_price(self.limits.clamp(self.limits.usual * self.rng.uniform(0.94, 1.0)))

    def next_turn(self, now: float) -> float:
        if self.right_price is None:
            return super().next_turn(now)
        return now + self.pause(10 * MINUTE, 40 * MINUTE)

    def _slip(self) -> None:
        own = self.shelf.get(self.merchant_id)
        if own is not None:
            self.right_price = own.price
            self.set_price(max(1, own.price // self.rng.choice((10, 100))))


CHARACTERS: dict[Character, type[Rival]] = {
    Character.UNDERCUTTER: Undercutter,
    Character.FOLLOWER: Follower,
    Character.SLEEPER: Sleeper,
    Character.VANISHER: Vanisher,
    Character.TYPO_MAKER: TypoMaker,
}


def _when_open(moment: float, after_opening: float) -> float:
    """Return the moment itself in working hours, else one soon after the next opening in Almaty."""
    if OPENS_AT <= almaty_hour(moment) < CLOSES_AT:
        return moment
    opening = almaty_midnight(moment) + OPENS_AT * HOUR
    if moment > opening:
        opening += DAY
    return opening + after_opening
