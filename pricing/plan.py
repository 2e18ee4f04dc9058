"""What the seller wants done with a price: strategy, conditions, hours, restraint; and the moves a truce is made of."""

from dataclasses import dataclass
from enum import StrEnum

from pricing.hours import Hours, Slot
from pricing.strategies import Strategy, make_strategy
from pricing.strategies.base import check

UNDERCUT = make_strategy("undercut")


@dataclass(frozen=True, slots=True)
class Conditions:
    """Which rivals count: rating 0-5 of the merchant, his reviews, days until the buyer has it, offers on pre-order."""

    lowest_rating: float = 0.0
    fewest_reviews: int = 0
    most_delivery_days: int | None = None
    with_preorder: bool = True


EVERYBODY = Conditions()


@dataclass(frozen=True, slots=True)
class LowStock:
    """At `at_most` pieces or fewer: do not fight, but drift up, so many hundredths of a per cent of the shown price."""

    at_most: int
    rise_basis_points: int = 100

    def __post_init__(self) -> None:
        check(is_sound=self.at_most >= 0 and self.rise_basis_points >= 0, problem="a drift goes up")


@dataclass(frozen=True, slots=True)
class SlowSales:
    """At `at_most` pieces a week or fewer: lower than the strategy says, by so many hundredths of a per cent."""

    at_most: int
    cut_basis_points: int = 100

    def __post_init__(self) -> None:
        is_sound = self.at_most >= 0 and 0 <= self.cut_basis_points < 10_000
        check(is_sound=is_sound, problem="a cut is less than the whole price")


class Answer(StrEnum):
    """What is done about a price war. Stored: added to, never renamed."""

    HOLD = "hold"
    STEP_UP = "step_up"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Truce:
    """
    When falling answers are a war, and what is done about it.

    A war: within the last `window_seconds`, `answers` times or more each of us and a rival went under the other, each
    time within `reaction_seconds`. HOLD: go no lower. STEP_UP: once `step_up` tenge above what buyers see, then hold.
    RESET: in `sleep_hours` back to the highest price we had in the window, else hold. A rival who follows up is matched
    and not undercut for the rest of the window. All answers end when the moves leave the window.
    """

    answer: Answer = Answer.HOLD
    answers: int = 3
    reaction_seconds: float = 3600.0
    window_seconds: float = 86_400.0
    step_up: int = 100
    sleep_hours: tuple[Hours, ...] = ()

    def __post_init__(self) -> None:
        check(is_sound=self.answers >= 1 and self.step_up >= 0, problem="a war has answers")


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What the seller wants done with a price.

    `schedule`: the first slot that holds the minute rules instead of `strategy`. Outside of `working_hours` (none
    given: always) the price stays, or `after_hours` rules; in `quiet_hours` it always stays. A move of fewer than
    `smallest_move` tenge is not made, nor one within `cool_down_seconds` of our last change.
    """

    strategy: Strategy = UNDERCUT
    conditions: Conditions = EVERYBODY
    schedule: tuple[Slot, ...] = ()
    working_hours: tuple[Hours, ...] = ()
    after_hours: Strategy | None = None
    quiet_hours: tuple[Hours, ...] = ()
    low_stock: LowStock | None = None
    slow_sales: SlowSales | None = None
    smallest_move: int = 0
    cool_down_seconds: float = 0.0
    truce: Truce | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """
    One change of a price on the card, ours or a rival's; `price` is the one after it, in tenge.

    Of our own moves: what one piece earned at that price, and how many were sold at it; None when unknown.
    """

    merchant_id: str
    price: int
    seconds_ago: float
    unit_profit: int | None = None
    units_sold: int | None = None
