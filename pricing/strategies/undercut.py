"""Be the cheapest."""

from dataclasses import dataclass
from typing import ClassVar

from pricing.strategies.base import Market, Strategy, check, follow, register, share_of
from pricing.strategies.many import Markets, Prices, follow_many
from pricing.types import Rule, Step


@register
@dataclass(frozen=True, slots=True)
class Undercut(Strategy):
    """
    Under the cheapest rival that can be beaten, by so many tenge (None: the step of the limits) or hundredths of a per
    cent (where they are given, they count).
    """

    name: ClassVar[str] = "undercut"
    tenge: int | None = None
    basis_points: int = 0

    def __post_init__(self) -> None:
        check(is_sound=self.tenge is None or self.tenge >= 1, problem="undercut by at least a tenge")
        check(is_sound=0 <= self.basis_points < 10_000, problem="undercut by less than the whole price")

    def aim(self, market: Market) -> tuple[Step, ...]:
        """One step under the cheapest rival that leaves us above the floor."""
        if self.basis_points:
            return follow(market, Rule.UNDERCUT, lambda price: price - share_of(price, self.basis_points))
        step = market.step if self.tenge is None else self.tenge
        return follow(market, Rule.UNDERCUT, lambda price: price - step)

    def aim_many(self, markets: Markets) -> Prices:
        """The same for many markets."""
        if self.basis_points:
            return follow_many(markets, lambda prices: prices - share_of(prices, self.basis_points))
        return follow_many(markets, lambda prices: prices - (markets.steps if self.tenge is None else self.tenge))
