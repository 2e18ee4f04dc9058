"""Ask what earns the wanted margin, whatever the rivals do."""

from dataclasses import dataclass
from typing import ClassVar

from pricing.strategies.base import Exit, Market, Strategy, check, register, share_of
from pricing.strategies.many import STAY, Markets, Prices
from pricing.types import Rule, Step


@register
@dataclass(frozen=True, slots=True)
class MarginTarget(Strategy):
    """
    The price from which the product earns what the seller wants: the situation's `cost_floor`, made by unit economics
    for the wanted margin, and an addition in hundredths of a per cent. It follows costs and fees; it never follows a
    rival down, so there is nothing to come back from.
    """

    name: ClassVar[str] = "margin_target"
    dead_zone_exit: ClassVar[Exit] = Exit.ABOVE
    basis_points: int = 0

    def __post_init__(self) -> None:
        check(is_sound=self.basis_points >= 0, problem="the addition is not negative")

    def aim(self, market: Market) -> tuple[Step, ...]:
        """The margin's price; unknown costs leave the price alone."""
        if market.cost_floor is None:
            return (Step(Rule.NO_COST_FLOOR),)
        price = market.cost_floor + share_of(market.cost_floor, self.basis_points)
        return (Step(Rule.MARGIN, price, seen=market.cost_floor),)

    def aim_many(self, markets: Markets) -> Prices:
        """The same for many markets."""
        price = markets.cost_floor + share_of(markets.cost_floor, self.basis_points)
        return markets.where_costs_known(price, markets.everywhere(STAY))
