"""
The conditions under which a price may leave. All must hold; the first that does not is the reason to hold it.

Written without a line of the engine's code, so that a mistake there is caught here. The gate refuses, it does not
repair: a proposal outside the corridor is a bug, and bugs must be seen. Prices are whole tenge.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

LOWEST_PRICE = 100
# A rule may take a price down or up by this share in one move; only the way up to the floor is free.
LARGEST_MOVE = 0.30
# … and no lower than this share of the highest price of the last 24 hours,
LOWEST_OF_DAY = 0.60
# … nor of the last price that a person confirmed,
LOWEST_OF_CONFIRMED = 0.50
# … nor of what the card's offers usually ask.
LOWEST_OF_MARKET = 0.40
OLDEST_PICTURE_SECONDS = 3600.0
# Of the changes that the marketplace takes in half an hour, rules leave a fifth for people, for undo, and for prices
# that are under their floor.
SHARE_OF_RULES = 0.8


class Hold(StrEnum):
    """Why a price is held. The codes are stored with updates and told to people: they are added to, never renamed."""

    NOT_WHOLE_TENGE = "not_whole_tenge"
    STOPPED = "stopped"
    OTHER_BUILD = "other_build"
    ENGINE_NOT_ACCEPTED = "engine_not_accepted"
    ALARM_UNREAD = "alarm_unread"
    SUBSCRIPTION_ENDED = "subscription_ended"
    OVER_TARIFF = "over_tariff"
    NOT_AUTOMATED = "not_automated"
    PERSONS_PRICE_WAITS = "persons_price_waits"
    NO_MARGIN = "no_margin"
    MARGIN_TOO_LOW = "margin_too_low"
    NO_LIMITS = "no_limits"
    LIMITS_CROSSED = "limits_crossed"
    UNDER_FLOOR = "under_floor"
    OVER_CEILING = "over_ceiling"
    STALE = "stale"
    SHOWN_UNEXPECTED = "shown_unexpected"
    MOVE_TOO_LARGE = "move_too_large"
    DRIFT_OF_DAY = "drift_of_day"
    DRIFT_SINCE_CONFIRMED = "drift_since_confirmed"
    FAR_FROM_MARKET = "far_from_market"
    BUDGET_SPENT = "change_budget"
    WAITS_TURN = "waits_turn"

    # What others than the gate say
    WATCH_ONLY = "watch_only"
    MOVED_SINCE = "moved_since"
    MOVED_BY_PERSON = "moved_by_person"
    LADDER = "ladder"
    LOOK_FAILED = "look_failed"


@dataclass(frozen=True, slots=True)
class Proposal:
    """
    A price that wants to leave. `age_seconds`: of the offers it was decided from; None when a person decided.

    `is_agreed`: a rule's price that a person has said yes to. His yes chooses among what rules may do, so it lifts
    nothing but the reserve of changes. `is_undo`: a person puts back a price that was there before. `earns_margin`:
    whether the price earns what the seller wants to be left of it, by the fees of today; None where that cannot be
    known, True where nothing is wanted.
    """

    price: object
    is_by_person: bool
    age_seconds: float | None
    earns_margin: bool | None
    is_undo: bool = False
    is_agreed: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What the seller and the marketplace allow, as it stands in the transaction that sends.

    `is_recorded_build`: this process runs the build that was put to work. `is_engine_accepted`: a person has said yes
    to the engine in it. `has_unread_alarm`: nobody has read what may be wrong with the store's prices.
    `is_subscribed`: the owner's subscription runs. `is_within_tariff`: his tariff has room for this product.
    `is_automated`: the seller wants rules to move this price, and its product is not paused. `waits_for_person`: a
    person has set limits that the present price lies outside of, and the price that goes with them waits for its turn.
    `changes_per_half_hour`: how many price changes of one merchant the marketplace takes in 30 minutes.
    """

    floor: int | None
    ceiling: int | None
    is_stopped: bool
    is_recorded_build: bool
    is_engine_accepted: bool
    has_unread_alarm: bool
    is_subscribed: bool
    is_within_tariff: bool
    is_automated: bool
    waits_for_person: bool
    changes_per_half_hour: int


@dataclass(frozen=True, slots=True)
class History:
    """
    Where the price comes from.

    `shown` is what the storefront shows of us, `known` what it may show: the price last seen there, and those that were
    sent after it, also of another article of ours on the same card. `market_median` is None where the card was never
    seen. `changes_ahead`: how many prices of the store wait for their turn to change and go before this one.
    """

    current: int
    shown: int | None
    known: frozenset[int]
    highest_of_day: int
    confirmed: int
    market_median: int | None
    changes_in_half_hour: int
    changes_ahead: int


Condition = Callable[[Proposal, Limits, History], bool]


def is_whole_tenge(proposal: Proposal, limits: Limits, history: History) -> bool:
    return type(proposal.price) is int and proposal.price >= LOWEST_PRICE


def is_not_stopped(proposal: Proposal, limits: Limits, history: History) -> bool:
    # What went wrong may be put right while all is stopped; it leaves when the price list is released again.
    return limits.is_stopped is False or (proposal.is_undo and proposal.is_by_person)


def is_from_recorded_build(proposal: Proposal, limits: Limits, history: History) -> bool:
    return limits.is_recorded_build is True


def is_from_accepted_engine(proposal: Proposal, limits: Limits, history: History) -> bool:
    return proposal.is_by_person or limits.is_engine_accepted is True


def is_heard_by_seller(proposal: Proposal, limits: Limits, history: History) -> bool:
    if proposal.is_by_person or limits.has_unread_alarm is False:
        return True
    # A price that is too low may be what the alarm is about: to put it right waits for nobody.
    return is_correction(limits.floor, history.current) and _price(proposal) > history.current


def is_subscribed(proposal: Proposal, limits: Limits, history: History) -> bool:
    # Who stopped paying may still put a price right with his own hand.
    return proposal.is_by_person or limits.is_subscribed is True


def is_within_tariff(proposal: Proposal, limits: Limits, history: History) -> bool:
    return proposal.is_by_person or limits.is_within_tariff is True


def is_wanted_by_seller(proposal: Proposal, limits: Limits, history: History) -> bool:
    return proposal.is_by_person or limits.is_automated is True


def is_free_for_rules(proposal: Proposal, limits: Limits, history: History) -> bool:
    # Until the person's price has left, the row holds only as much of his limits as the present price fits in.
    return proposal.is_by_person or limits.waits_for_person is False


def is_shown_as_meant(proposal: Proposal, limits: Limits, history: History) -> bool:
    # A price we never meant was set by hand in the marketplace's own cabinet, or the answer is in other units.
    return proposal.is_by_person or history.shown in history.known


def has_both_limits(proposal: Proposal, limits: Limits, history: History) -> bool:
    return proposal.is_by_person or (type(limits.floor) is int and type(limits.ceiling) is int)


def has_sound_limits(proposal: Proposal, limits: Limits, history: History) -> bool:
    lowest = LOWEST_PRICE if limits.floor is None else limits.floor
    highest = lowest if limits.ceiling is None else limits.ceiling
    return LOWEST_PRICE <= lowest <= highest


def has_known_margin(proposal: Proposal, limits: Limits, history: History) -> bool:
    return type(proposal.earns_margin) is bool


def earns_wanted_margin(proposal: Proposal, limits: Limits, history: History) -> bool:
    return proposal.earns_margin is not False


def is_not_under_floor(proposal: Proposal, limits: Limits, history: History) -> bool:
    return limits.floor is None or _price(proposal) >= limits.floor


def is_not_over_ceiling(proposal: Proposal, limits: Limits, history: History) -> bool:
    return limits.ceiling is None or _price(proposal) <= limits.ceiling


def is_fresh(proposal: Proposal, limits: Limits, history: History) -> bool:
    if proposal.is_by_person:
        return True
    return proposal.age_seconds is not None and 0 <= proposal.age_seconds <= OLDEST_PICTURE_SECONDS


def is_bounded_move(proposal: Proposal, limits: Limits, history: History) -> bool:
    if proposal.is_by_person:
        return True
    lowest = history.current * (1 - LARGEST_MOVE)
    highest = max(history.current * (1 + LARGEST_MOVE), limits.floor or 0)
    return lowest <= _price(proposal) <= highest


def is_within_day(proposal: Proposal, limits: Limits, history: History) -> bool:
    return proposal.is_by_person or _price(proposal) >= history.highest_of_day * LOWEST_OF_DAY


def is_near_confirmed(proposal: Proposal, limits: Limits, history: History) -> bool:
    return proposal.is_by_person or _price(proposal) >= history.confirmed * LOWEST_OF_CONFIRMED


def is_near_market(proposal: Proposal, limits: Limits, history: History) -> bool:
    if proposal.is_by_person or history.market_median is None:
        return True
    return _price(proposal) >= history.market_median * LOWEST_OF_MARKET


def is_in_budget(proposal: Proposal, limits: Limits, history: History) -> bool:
    # What went wrong is put right whole, or half of it stays wrong for half an hour. One price list carries it all.
    if proposal.is_undo and proposal.is_by_person:
        return True
    share = 1.0 if may_use_reserve(proposal, limits, history) else SHARE_OF_RULES
    return 0 <= history.changes_in_half_hour < limits.changes_per_half_hour * share


def is_its_turn(proposal: Proposal, limits: Limits, history: History) -> bool:
    if may_use_reserve(proposal, limits, history):
        return True
    places = limits.changes_per_half_hour * SHARE_OF_RULES - history.changes_in_half_hour
    return 0 <= history.changes_ahead < places


def may_use_reserve(proposal: Proposal, limits: Limits, history: History) -> bool:
    """Whether the changes that rules leave untouched are there for this one."""
    return proposal.is_by_person or proposal.is_agreed or is_correction(limits.floor, history.current)


def is_correction(floor: object, price: int) -> bool:
    """Whether the present price is under the floor and has to be put right."""
    return type(floor) is int and price < floor


CONDITIONS: tuple[tuple[Hold, Condition], ...] = (
    (Hold.NOT_WHOLE_TENGE, is_whole_tenge),
    (Hold.STOPPED, is_not_stopped),
    (Hold.OTHER_BUILD, is_from_recorded_build),
    (Hold.ENGINE_NOT_ACCEPTED, is_from_accepted_engine),
    (Hold.ALARM_UNREAD, is_heard_by_seller),
    (Hold.SUBSCRIPTION_ENDED, is_subscribed),
    (Hold.OVER_TARIFF, is_within_tariff),
    (Hold.NOT_AUTOMATED, is_wanted_by_seller),
    (Hold.PERSONS_PRICE_WAITS, is_free_for_rules),
    # Before the limits: a floor that is derived is missing with the margin, and is passed with it.
    (Hold.NO_MARGIN, has_known_margin),
    (Hold.MARGIN_TOO_LOW, earns_wanted_margin),
    (Hold.NO_LIMITS, has_both_limits),
    (Hold.LIMITS_CROSSED, has_sound_limits),
    (Hold.UNDER_FLOOR, is_not_under_floor),
    (Hold.OVER_CEILING, is_not_over_ceiling),
    (Hold.STALE, is_fresh),
    (Hold.SHOWN_UNEXPECTED, is_shown_as_meant),
    (Hold.MOVE_TOO_LARGE, is_bounded_move),
    (Hold.DRIFT_OF_DAY, is_within_day),
    (Hold.DRIFT_SINCE_CONFIRMED, is_near_confirmed),
    (Hold.FAR_FROM_MARKET, is_near_market),
    (Hold.BUDGET_SPENT, is_in_budget),
    (Hold.WAITS_TURN, is_its_turn),
)


def why_closed(proposal: Proposal, limits: Limits, history: History) -> Hold | None:
    """The code of the first condition that does not hold, or None when the price may leave."""
    return next((code for code, holds in CONDITIONS if not holds(proposal, limits, history)), None)


def _price(proposal: Proposal) -> int:
    # The first condition has refused everything else by the time this is asked.
    return proposal.price if type(proposal.price) is int else 0
