"""What the engine is told, and what it answers."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self


class Rule(StrEnum):
    """Why a step of a decision was taken. The codes are stored with price updates: they are added to, never renamed."""

    # A reason to leave the price alone
    NO_LIMITS = "no_limits"
    LIMITS_CROSSED = "limits_crossed"
    STALE = "stale"
    FROM_THE_FUTURE = "from_the_future"
    NO_OFFERS = "no_offers"
    OWN_OFFER_MISSING = "own_offer_missing"
    ONLY_OUTLIERS = "only_outliers"

    # Who does not lead
    NOT_A_RIVAL = "not_a_rival"
    OUTLIER = "outlier"
    UNDER_MY_FLOOR = "under_my_floor"

    # Where the price goes
    ALONE = "alone"
    UNDERCUT = "undercut"
    FLOOR = "floor"
    CEILING = "ceiling"
    BOUNDED_STEP = "bounded_step"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Offer:
    """A merchant's offer on the card in the city. `price` in tenge."""

    merchant_id: str
    price: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The corridor the seller gave, in tenge. A missing bound means that the product is not touched."""

    floor: int | None
    ceiling: int | None
    step: int = 1


@dataclass(frozen=True, slots=True)
class Situation:
    """
    Everything a decision may depend on.

    `price` is what we mean to show now; `offers` are all offers of the card in the city, ours among them, in any order;
    `not_rivals` are merchants we never compete with (other shops of the owner, partners, the ignored);
    `age_seconds` is how old the offers are; negative means that they come from the future.
    """

    price: int
    limits: Limits
    merchant_id: str
    offers: tuple[Offer, ...]
    not_rivals: frozenset[str] = frozenset()
    age_seconds: float = 0.0
    max_age_seconds: float = 3600.0


@dataclass(frozen=True, slots=True)
class Step:
    """One thought of a decision: the rule, the price after it (None: unchanged), and what it was about."""

    rule: Rule
    price: int | None = None
    merchant_id: str | None = None
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A price in tenge and the steps that led to it. `is_hold` means: unknown, so leave everything as it is."""

    price: int
    steps: tuple[Step, ...] = field(default=())
    is_hold: bool = False

    def noting(self, *steps: Step) -> Self:
        """The same price, with remarks."""
        return replace(self, steps=(*self.steps, *steps))

    def moved(self, step: Step) -> Self:
        """The price of the step."""
        return replace(self, price=self.price if step.price is None else step.price, steps=(*self.steps, step))
