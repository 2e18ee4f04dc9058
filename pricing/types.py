"""The words of a decision: rules, offers, limits, steps."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """Why a step of a decision was taken. The codes are stored with price updates: they are added to, never renamed."""

    # A reason to leave the price alone, wherever it is: something is unknown, or a person has the word
    NO_LIMITS = "no_limits"
    LIMITS_CROSSED = "limits_crossed"
    BAD_LIMITS = "bad_limits"
    ABSURD_LIMITS = "absurd_limits"
    COST_OVER_CEILING = "cost_over_ceiling"
    BAD_PRICE = "bad_price"
    BAD_AGE = "bad_age"
    BAD_FACT = "bad_fact"
    STALE = "stale"
    FROM_THE_FUTURE = "from_the_future"
    NO_OFFERS = "no_offers"
    BAD_OFFER = "bad_offer"
    OWN_OFFER_MISSING = "own_offer_missing"
    ONLY_OUTLIERS = "only_outliers"
    MARKET_JUMPED = "market_jumped"
    NO_TIME = "no_time"
    NO_COST_FLOOR = "no_cost_floor"
    MANUAL = "manual"

    # A reason to stay; only the corridor may still move the price
    QUIET_HOURS = "quiet_hours"
    AFTER_HOURS = "after_hours"
    OUT_OF_STOCK = "out_of_stock"
    DOUBTFUL_STOCK = "doubtful_stock"
    COOL_DOWN = "cool_down"
    SMALL_MOVE = "small_move"

    # Who does not lead
    NOT_A_RIVAL = "not_a_rival"
    OUTLIER = "outlier"
    OUTLIER_OF_RECENT = "outlier_of_recent"
    LOW_RATING = "low_rating"
    FEW_REVIEWS = "few_reviews"
    SLOW_DELIVERY = "slow_delivery"
    PREORDER = "preorder"
    UNDER_MY_FLOOR = "under_my_floor"

    # Where the price goes
    SCHEDULED = "scheduled"
    ALONE = "alone"
    UNDERCUT = "undercut"
    MATCH = "match"
    PLACE = "place"
    PLACE_IS_SAFE = "place_is_safe"
    SECOND = "second"
    PREMIUM = "premium"
    MARGIN = "margin"
    FIXED = "fixed"
    LOW_STOCK = "low_stock"
    SLOW_SALES = "slow_sales"
    FLOOR = "floor"
    COST_FLOOR = "cost_floor"
    CEILING = "ceiling"
    BOUNDED_STEP = "bounded_step"
    BELOW_DEAD_ZONE = "below_dead_zone"
    OVER_DEAD_ZONE = "over_dead_zone"
    UNCHANGED = "unchanged"

    # A price war: who fights, how, and what is done about it
    WAR = "war"
    WAR_FOLLOWER = "war_follower"
    WAR_STEP = "war_step"
    WAR_REACTION = "war_reaction"
    WAR_COST = "war_cost"
    WAR_HOLD = "war_hold"
    WAR_STEP_UP = "war_step_up"
    WAR_RESET = "war_reset"
    TRUCE = "truce"


@dataclass(frozen=True, slots=True)
class Offer:
    """
    A merchant's offer on the card in the city. `price` in tenge.

    `rating` is 0-5 and `reviews` a count, both of the merchant; `delivery_days` until the buyer has it;
    `preorder_days` 0 when it is in stock. None means unknown.
    """

    merchant_id: str
    price: int
    rating: float | None = None
    reviews: int | None = None
    delivery_days: int | None = None
    preorder_days: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """The corridor the seller gave, in tenge. A missing bound means that the product is not touched."""

    floor: int | None
    ceiling: int | None
    step: int = 1


@dataclass(frozen=True, slots=True)
class Step:
    """
    One thought of a decision: the rule, the price after it (None: unchanged), and what it was about.

    `seen` is the number behind the rule: mostly a price in tenge; seconds for WAR_REACTION, COOL_DOWN; a minute of the
    week for SCHEDULED, QUIET_HOURS, AFTER_HOURS; pieces for OUT_OF_STOCK.
    """

    rule: Rule
    price: int | None = None
    merchant_id: str | None = None
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A price in tenge and the steps that led to it. `is_hold` means: unknown, so leave everything as it is."""

    price: int
    steps: tuple[Step, ...] = ()
    is_hold: bool = False
