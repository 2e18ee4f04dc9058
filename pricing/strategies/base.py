"""What a strategy is told, what it answers, and the registry that knows all of them by name."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, TypeVar

from pricing.strategies.many import Markets, Prices
from pricing.types import Offer, Rule, Step

BASIS_POINTS = 10_000


class Exit(Enum):
    """On which side a strategy leaves a dead zone: prices there earn no more than a lower one."""

    BELOW = "below"
    ABOVE = "above"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Market:
    """
    What a strategy sees. All numbers in tenge.

    `rivals` are those who count, cheapest first. `shown` is our price as buyers see it now. `floor` is the higher of
    the seller's floor and `cost_floor`; `floor_rule` says which of them it is.
    """

    rivals: Sequence[Offer]
    shown: int
    floor: int
    ceiling: int
    step: int
    floor_rule: Rule
    cost_floor: int | None


class Strategy(ABC):
    """
    Where the price should go, before anybody asks how far one move may go.

    A subclass is a frozen, slotted dataclass whose fields are numbers: its parameters, stored with each decision.
    It must look at nothing but the market: the answer may not depend on the price we mean to show, or deciding twice
    would go twice as far.
    """

    __slots__ = ()

    name: ClassVar[str]
    dead_zone_exit: ClassVar[Exit] = Exit.BELOW

    @abstractmethod
    def aim(self, market: Market) -> tuple[Step, ...]:
        """The thoughts; the last one's price is the aim. A last rule among HOLDS leaves the price alone."""

    def aim_many(self, markets: Markets) -> "Prices | None":
        """
        The same aims for many markets at once: one price per lane, STAY where the price is left alone.

        None, unless a strategy says otherwise: it has no such form, and `aim` is asked for one lane after another.
        """
        return None


STRATEGIES: dict[str, type[Strategy]] = {}
S = TypeVar("S", bound=Strategy)
P = TypeVar("P", int, Prices)


def register(strategy: type[S]) -> type[S]:
    """Make the strategy known by its name. Raises ValueError for a name that is taken."""
    if strategy.name in STRATEGIES:
        raise ValueError(f"two strategies are called {strategy.name!r}")
    STRATEGIES[strategy.name] = strategy
    return strategy


def follow(
    market: Market, rule: Rule, ask: Callable[[int], int], leaders: Sequence[Offer] | None = None
) -> tuple[Step, ...]:
    """
    Ask what the cheapest leader makes us ask, of those who do not pull us under the floor. Leaders: else all rivals.

    Nobody there: up to the ceiling. Everybody under the floor: the floor. Somebody under the floor and somebody above:
    the lower one stays first whatever we ask, so he is left alone.
    """
    followed = market.rivals if leaders is None else leaders
    if not followed:
        return (Step(Rule.ALONE, market.ceiling),)
    remarks: list[Step] = []
    for rival in followed:
        price = ask(rival.price)
        if price >= market.floor:
            return (*remarks, Step(rule, price, rival.merchant_id, rival.price))
        remarks.append(Step(Rule.UNDER_MY_FLOOR, merchant_id=rival.merchant_id, seen=rival.price))
    return (*remarks, Step(market.floor_rule, market.floor))


def share_of(price: P, basis_points: int) -> P:
    """So many hundredths of a per cent of the price, or of each of the prices, rounded up to a tenge."""
    return -(-price * basis_points // BASIS_POINTS)


def check(*, is_sound: bool, problem: str) -> None:
    """Refuse a parameter. Raises ValueError with the problem."""
    if not is_sound:
        raise ValueError(problem)
