"""Ask the same as the cheapest."""

from dataclasses import dataclass
from typing import ClassVar

from pricing.strategies.base import Market, Strategy, follow, register
from pricing.strategies.many import Markets, Prices, follow_many
from pricing.types import Rule, Step


@register
@dataclass(frozen=True, slots=True)
class Match(Strategy):
    """The price of the cheapest rival who is not under the floor. At equal prices the better rated shop is first."""

    name: ClassVar[str] = "match"

    def aim(self, market: Market) -> tuple[Step, ...]:
        """As much as the cheapest rival."""
        return follow(market, Rule.MATCH, lambda price: price)

    def aim_many(self, markets: Markets) -> Prices:
        """The same for many markets."""
        return follow_many(markets, lambda prices: prices)
