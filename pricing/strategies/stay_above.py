"""Be worth more than the cheapest."""

from dataclasses import dataclass
from typing import ClassVar

from pricing.strategies.base import Exit, Market, Strategy, check, follow, register, share_of
from pricing.strategies.many import Markets, Prices, follow_many
from pricing.types import Rule, Step


@register
@dataclass(frozen=True, slots=True)
class StayAbove(Strategy):
    """Above the cheapest rival by a premium in tenge, or in hundredths of a per cent where they are given."""

    name: ClassVar[str] = "stay_above"
    dead_zone_exit: ClassVar[Exit] = Exit.ABOVE
    tenge: int = 1
    basis_points: int = 0

    def __post_init__(self) -> None:
        check(is_sound=self.tenge >= 1 and self.basis_points >= 0, problem="a premium is more than nothing")

    def aim(self, market: Market) -> tuple[Step, ...]:
        """The cheapest rival and the premium."""
        if self.basis_points:
            return follow(market, Rule.PREMIUM, lambda price: price + share_of(price, self.basis_points))
        return follow(market, Rule.PREMIUM, lambda price: price + self.tenge)

    def aim_many(self, markets: Markets) -> Prices:
        """The same for many markets."""
        if self.basis_points:
            return follow_many(markets, lambda prices: prices + share_of(prices, self.basis_points))
        return follow_many(markets, lambda prices: prices + self.tenge)
