"""One price, said by the seller."""

from dataclasses import dataclass
from typing import ClassVar

from pricing.strategies.base import Exit, Market, Strategy, check, register
from pricing.strategies.many import Markets, Prices
from pricing.types import Rule, Step


@register
@dataclass(frozen=True, slots=True)
class Fixed(Strategy):
    """This price, within the corridor. Who names a price knows its fees: it is not moved out of a dead zone."""

    name: ClassVar[str] = "fixed"
    dead_zone_exit: ClassVar[Exit] = Exit.NONE
    price: int

    def __post_init__(self) -> None:
        check(is_sound=type(self.price) is int and self.price >= 1, problem="a price is a whole number of tenge")

    def aim(self, market: Market) -> tuple[Step, ...]:
        """The price that was said."""
        return (Step(Rule.FIXED, self.price),)

    def aim_many(self, markets: Markets) -> Prices:
        """The same for many markets."""
        return markets.everywhere(self.price)
