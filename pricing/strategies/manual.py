"""A person has the word."""

from dataclasses import dataclass
from typing import ClassVar

from pricing.strategies.base import Market, Strategy, register
from pricing.strategies.many import STAY, Markets, Prices
from pricing.types import Rule, Step


@register
@dataclass(frozen=True, slots=True)
class Manual(Strategy):
    """The price stays where a person put it, also outside the corridor."""

    name: ClassVar[str] = "manual"

    def aim(self, market: Market) -> tuple[Step, ...]:
        """Nowhere."""
        return (Step(Rule.MANUAL),)

    def aim_many(self, markets: Markets) -> Prices:
        """The same for many markets."""
        return markets.everywhere(STAY)
