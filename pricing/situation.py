"""Everything a decision may depend on: the picture of the market, the limits, the seller's plan, the time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pricing.plan import Move, Plan
from pricing.stored import STORED_VERSION, check_version, plain_fields, read_plan
from pricing.types import Limits, Offer

BY_UNDERCUTTING = Plan()


@dataclass(frozen=True, slots=True)
class Situation:
    """
    Everything a decision may depend on. Tenge, seconds, pieces.

    `price` is what we mean to show now; `offers` are all offers of the card in the city, ours among them, in any order;
    `not_rivals` are merchants we never compete with (other shops of the owner, partners, the ignored);
    `age_seconds` is how old the offers are; negative means that they come from the future.
    `minute_of_week` is the seller's local time, Monday 00:00 = 0. `recent_median` is what the card's offers usually
    asked in the last days. `cost_floor` is the lowest price that earns what the seller wants (break-even, or a margin):
    no strategy goes under it. `dead_zones` are (from, to, better price): whoever asks from … to earns no more than at
    the better, lower price. `is_stock_doubtful`: nobody knows whether the goods are there. `sold_per_week` is of this
    product in this city. `history` are the card's recent moves.
    """

    price: int
    limits: Limits
    merchant_id: str
    offers: tuple[Offer, ...]
    not_rivals: frozenset[str] = frozenset()
    age_seconds: float = 0.0
    max_age_seconds: float = 3600.0
    plan: Plan = BY_UNDERCUTTING
    minute_of_week: int | None = None
    seconds_since_change: float | None = None
    recent_median: int | None = None
    cost_floor: int | None = None
    dead_zones: tuple[tuple[int, int, int], ...] = ()
    stock: int | None = None
    is_stock_doubtful: bool = False
    sold_per_week: int | None = None
    history: tuple[Move, ...] = ()

    def to_stored(self) -> dict[str, Any]:
        """
        Dicts, lists, texts and numbers, fit for JSON; `from_stored` makes an equal situation of them.

        Only what differs from the default is written.
        """
        return {"version": STORED_VERSION, **plain_fields(self)}

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Self:
        """The situation as it was. Raises UnknownVersionError; KeyError or TypeError for what is no situation."""
        told = dict(stored)
        check_version(told.pop("version", 1))
        told["limits"] = Limits(**told["limits"])
        told["offers"] = tuple(Offer(**offer) for offer in told["offers"])
        told["not_rivals"] = frozenset(told.get("not_rivals", ()))
        told["dead_zones"] = tuple((start, end, better) for start, end, better in told.get("dead_zones", ()))
        told["history"] = tuple(Move(**move) for move in told.get("history", ()))
        told["plan"] = read_plan(told.get("plan", {}))
        return cls(**told)
