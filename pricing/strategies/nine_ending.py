"""Be the cheapest with a price that ends in nines."""

from dataclasses import dataclass
from typing import ClassVar

from pricing.strategies.base import Market, Strategy, check, follow, register
from pricing.strategies.many import Markets, Prices, follow_many
from pricing.types import Rule, Step


@register
@dataclass(frozen=True, slots=True)
class NineEnding(Strategy):
    """The highest price under the cheapest beatable rival that ends in 9 (`of` 10), 99 (`of` 100) or 999 (1000)."""

    name: ClassVar[str] = "nine_ending"
    of: int = 100

    def __post_init__(self) -> None:
        check(is_sound=self.of in {10, 100, 1000}, problem="of 10, 100 or 1000")

    def aim(self, market: Market) -> tuple[Step, ...]:
        """The nines under the cheapest rival."""
        return follow(market, Rule.UNDERCUT, lambda price: price // self.of * self.of - 1)

    def aim_many(self, markets: Markets) -> Prices:
        """The same for many markets."""
        return follow_many(markets, lambda prices: prices // self.of * self.of - 1)
