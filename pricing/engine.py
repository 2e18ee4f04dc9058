"""
Undercut the cheapest rival that can be beaten; rise again when rivals rise or leave; stay inside the corridor.

The order of thoughts: is the picture fit to decide on → who is a rival → where would the strategy go → how far of it is
allowed in one move. Each thought leaves a step.
"""

from collections.abc import Iterable
from statistics import median_high

from pricing.types import Decision, Limits, Offer, Rule, Situation, Step

ENGINE_VERSION = "1"

# A rival who asks less than this share of what the others or we ask is a slip of the keyboard, not a market.
OUTLIER_SHARE = 0.4
# One move goes at most this share away from the price that buyers see now.
MAX_MOVE_SHARE = 0.2


def decide(situation: Situation) -> Decision:
    """The price for this situation, explained. Deciding again with the answer as `price` gives the same answer."""
    stay = Decision(situation.price)
    unfit = why_unfit(situation)
    if unfit is not None:
        return Decision(situation.price, (Step(unfit),), is_hold=True)
    rivals, remarks = find_rivals(situation)
    if not rivals and any(remark.rule is Rule.OUTLIER for remark in remarks):
        # Somebody is there, but what he asks cannot be true: that is not "nobody else sells this".
        return Decision(situation.price, (*remarks, Step(Rule.ONLY_OUTLIERS)), is_hold=True)
    decision = undercut(stay.noting(*remarks), rivals, situation.limits)
    decision = keep_in_corridor(decision, situation.limits)
    decision = bound_move(decision, shown=own_offer(situation).price, limits=situation.limits)
    return decision if decision.price != situation.price else decision.noting(Step(Rule.UNCHANGED))


def why_unfit(situation: Situation) -> Rule | None:
    """The first reason not to decide on this picture, or None. Unknown means hold."""
    limits = situation.limits
    if limits.floor is None or limits.ceiling is None:
        return Rule.NO_LIMITS
    if limits.floor > limits.ceiling:
        return Rule.LIMITS_CROSSED
    if situation.age_seconds < 0:
        return Rule.FROM_THE_FUTURE
    if situation.age_seconds > situation.max_age_seconds:
        return Rule.STALE
    if not situation.offers:
        return Rule.NO_OFFERS
    if not any(offer.merchant_id == situation.merchant_id for offer in situation.offers):
        return Rule.OWN_OFFER_MISSING
    return None


def own_offer(situation: Situation) -> Offer:
    """What buyers see of us now."""
    return next(offer for offer in situation.offers if offer.merchant_id == situation.merchant_id)


def find_rivals(situation: Situation) -> tuple[tuple[Offer, ...], tuple[Step, ...]]:
    """The offers that lead the price, cheapest first, and a remark for each offer that does not."""
    others = sorted(
        (offer for offer in situation.offers if offer.merchant_id != situation.merchant_id),
        key=lambda offer: (offer.price, offer.merchant_id),
    )
    strangers = [offer for offer in others if offer.merchant_id not in situation.not_rivals]
    friends = [offer for offer in others if offer.merchant_id in situation.not_rivals]
    # Our own offer has a say: among two offers, or many slips at once, the median alone would side with the slip.
    usual = max(median_high(offer.price for offer in situation.offers), own_offer(situation).price)
    outliers = [offer for offer in strangers if offer.price < usual * OUTLIER_SHARE]
    rivals = tuple(offer for offer in strangers if offer not in outliers)
    return rivals, (*_remarks(Rule.NOT_A_RIVAL, friends), *_remarks(Rule.OUTLIER, outliers))


def undercut(decision: Decision, rivals: tuple[Offer, ...], limits: Limits) -> Decision:
    """
    One step under the cheapest rival that can be beaten without going under the floor.

    Nobody there: up to the ceiling. Everybody under the floor: the floor. Somebody under the floor and somebody above:
    the lower one would stay first whatever we ask, so he is left alone.
    """
    floor, ceiling = corridor(limits)
    if not rivals:
        return decision.moved(Step(Rule.ALONE, ceiling))
    beatable = [offer for offer in rivals if offer.price - limits.step >= floor]
    decision = decision.noting(*_remarks(Rule.UNDER_MY_FLOOR, rivals[: len(rivals) - len(beatable)]))
    if not beatable:
        return decision.moved(Step(Rule.FLOOR, floor))
    target = beatable[0]
    return decision.moved(Step(Rule.UNDERCUT, target.price - limits.step, target.merchant_id, target.price))


def keep_in_corridor(decision: Decision, limits: Limits) -> Decision:
    """Never over the ceiling, never under the floor."""
    floor, ceiling = corridor(limits)
    if decision.price > ceiling:
        return decision.moved(Step(Rule.CEILING, ceiling, seen=decision.price))
    if decision.price < floor:
        return decision.moved(Step(Rule.FLOOR, floor, seen=decision.price))
    return decision


def bound_move(decision: Decision, *, shown: int, limits: Limits) -> Decision:
    """
    At most a fifth away from the price that buyers see, in one move; only the way up to the floor is free.

    Measured from the shown price, not from the one we mean: so deciding twice from one picture goes no further.
    """
    floor, ceiling = corridor(limits)
    lowest = max(shown - int(shown * MAX_MOVE_SHARE), floor)
    highest = min(max(shown + int(shown * MAX_MOVE_SHARE), floor), ceiling)
    bounded = min(max(decision.price, min(lowest, ceiling)), highest)
    if bounded == decision.price:
        return decision
    return decision.moved(Step(Rule.BOUNDED_STEP, bounded, seen=decision.price))


def corridor(limits: Limits) -> tuple[int, int]:
    """Floor and ceiling, both known to be there. Raises ValueError when one is missing."""
    if limits.floor is None or limits.ceiling is None:
        raise ValueError("a corridor needs both a floor and a ceiling")
    return limits.floor, limits.ceiling


def _remarks(rule: Rule, offers: Iterable[Offer]) -> tuple[Step, ...]:
    return tuple(Step(rule, merchant_id=offer.merchant_id, seen=offer.price) for offer in offers)
