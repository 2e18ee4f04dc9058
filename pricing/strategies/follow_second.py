"""Leave the cheapest alone, and go with the next one."""

from dataclasses import dataclass
from typing import ClassVar

from pricing.strategies.base import Market, Strategy, follow, register
from pricing.strategies.many import Markets, Prices, follow_many
from pricing.types import Rule, Step


@register
@dataclass(frozen=True, slots=True)
class FollowSecond(Strategy):
    """The price of the second cheapest rival. An only rival is followed himself: rather him than the ceiling."""

    name: ClassVar[str] = "follow_second"

    def aim(self, market: Market) -> tuple[Step, ...]:
        """As much as the second cheapest rival."""
        return follow(market, Rule.SECOND, lambda price: price, market.rivals[1:] or market.rivals)

    def aim_many(self, markets: Markets) -> Prices:
        """The same for many markets."""
        second = follow_many(markets, lambda prices: prices, skipped=1)
        return markets.where_one_rival(follow_many(markets, lambda prices: prices), second)
