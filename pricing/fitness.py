"""Is the situation fit to decide on? Unknown means hold."""

from pricing.situation import Situation
from pricing.types import Limits, Rule

# The marketplace sells nothing for less than 10 tenge, and we touch nothing under 100 or over a milliard.
LOWEST_PRICE = 100
HIGHEST_PRICE = 1_000_000_000
NUMBERS = frozenset({int, float})
UNCOUNTED = (None, None)


def why_unfit(situation: Situation) -> Rule | None:
    """The first reason not to decide, or None; the offers themselves are judged where they are read."""
    if not is_tenge(situation.price):
        return Rule.BAD_PRICE
    return (
        why_limits_unfit(situation.limits, situation.cost_floor)
        or why_age_unfit(situation.age_seconds, situation.max_age_seconds)
        or (None if are_facts_sound(situation) else Rule.BAD_FACT)
    )


def why_limits_unfit(limits: Limits, cost_floor: int | None) -> Rule | None:
    """Both limits are there, are whole tenge, and leave room for a price that earns what it must."""
    floor, ceiling = limits.floor, limits.ceiling
    if floor is None or ceiling is None:
        return Rule.NO_LIMITS
    if not (is_tenge(floor) and is_tenge(ceiling) and is_tenge(limits.step)):
        return Rule.BAD_LIMITS
    if floor > ceiling:
        return Rule.LIMITS_CROSSED
    if floor < LOWEST_PRICE or ceiling > HIGHEST_PRICE:
        return Rule.ABSURD_LIMITS
    if cost_floor is None:
        return None
    if not is_tenge(cost_floor):
        return Rule.BAD_LIMITS
    return Rule.COST_OVER_CEILING if cost_floor > ceiling else None


def why_age_unfit(age_seconds: float, max_age_seconds: float) -> Rule | None:
    """The offers were read neither too long ago nor in the future. NaN is no age."""
    if not is_number(age_seconds):
        return Rule.BAD_AGE
    if age_seconds < 0:
        return Rule.FROM_THE_FUTURE
    return Rule.STALE if age_seconds > max_age_seconds else None


def are_facts_sound(situation: Situation) -> bool:
    """What else is known is known as a number of the right kind; None is unknown, and fine."""
    counts = (situation.stock, situation.sold_per_week)
    waited = situation.seconds_since_change
    return (
        type(situation.is_stock_doubtful) is bool
        and (situation.recent_median is None or is_tenge(situation.recent_median))
        and (counts == UNCOUNTED or all(count is None or (type(count) is int and count >= 0) for count in counts))
        and (waited is None or is_number(waited))
        and (not situation.dead_zones or all(is_tenge(price) for zone in situation.dead_zones for price in zone))
        and (not situation.history or all(is_tenge(m.price) and is_number(m.seconds_ago) for m in situation.history))
    )


def is_number(seconds: object) -> bool:
    """Whether it is an int or a float, and not NaN."""
    return type(seconds) in NUMBERS and seconds == seconds  # noqa: PLR0124  NaN differs from itself


def is_tenge(price: object) -> bool:
    """Whether it is a whole, positive number of tenge: no bool, no float, no text."""
    return type(price) is int and price >= 1
