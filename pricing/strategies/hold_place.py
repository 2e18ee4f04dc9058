"""Stand among the first few, as dear as that allows."""

from dataclasses import dataclass
from typing import ClassVar

from pricing.strategies.base import Market, Strategy, check, follow, register
from pricing.strategies.many import Markets, Prices, follow_many
from pricing.types import Rule, Step


@register
@dataclass(frozen=True, slots=True)
class HoldPlace(Strategy):
    """The highest price that keeps place N or better: one step under the N-th cheapest rival."""

    name: ClassVar[str] = "hold_place"
    place: int = 1

    def __post_init__(self) -> None:
        check(is_sound=self.place >= 1, problem="places are counted from one")

    def aim(self, market: Market) -> tuple[Step, ...]:
        """Fewer rivals than the place: it is ours at any price."""
        if market.rivals and len(market.rivals) < self.place:
            return (Step(Rule.PLACE_IS_SAFE, market.ceiling, seen=self.place),)
        return follow(market, Rule.PLACE, lambda price: price - market.step, market.rivals[self.place - 1 :])

    def aim_many(self, markets: Markets) -> Prices:
        """The same for many markets."""
        return follow_many(markets, lambda prices: prices - markets.steps, skipped=self.place - 1)
