"""From the offers on the card to the rivals who lead the price, and a remark for each who does not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from pricing.plan import EVERYBODY, Conditions
from pricing.situation import Situation
from pricing.types import Offer, Rule, Step

# A rival who asks less than this share of what the others or we ask is a slip of the keyboard, not a market.
OUTLIER_SHARE = 0.4
BY_PRICE = attrgetter("price", "merchant_id")
WHOLE_TENGE = frozenset({int})
OUTLIERS = frozenset({Rule.OUTLIER, Rule.OUTLIER_OF_RECENT})


@dataclass(frozen=True, slots=True)
class Picture:
    """The card as we read it: our price as buyers see it, the rivals cheapest first, and who was left out and why."""

    shown: int
    rivals: Sequence[Offer]
    remarks: tuple[Step, ...]


def read_picture(situation: Situation) -> Picture | Rule:
    """The picture, or the first reason not to decide on it. Does not depend on the order of offers."""
    if not situation.offers:
        return Rule.NO_OFFERS
    if not are_sound(situation.offers):
        return Rule.BAD_OFFER
    offers = sorted(situation.offers, key=BY_PRICE)
    me = situation.merchant_id
    shown = next((offer.price for offer in offers if offer.merchant_id == me), None)
    if shown is None:
        return Rule.OWN_OFFER_MISSING
    remarks: list[Step] = []
    market = _without_friends(situation, offers, remarks)
    if has_jumped(market, situation.recent_median):
        return Rule.MARKET_JUMPED
    rivals = find_rivals(situation, market, shown, remarks)
    if not rivals and any(remark.rule in OUTLIERS for remark in remarks):
        # Somebody is there, but what he asks cannot be true: that is not "nobody else sells this".
        return Rule.ONLY_OUTLIERS
    return Picture(shown, rivals, tuple(remarks))


def are_sound(offers: Iterable[Offer]) -> bool:
    """Whether every price is a whole number of tenge. One that is not makes the whole list doubtful."""
    prices = [offer.price for offer in offers]
    return WHOLE_TENGE.issuperset(map(type, prices)) and min(prices) >= 1


def has_jumped(offers: Sequence[Offer], recent_median: int | None) -> bool:
    """Whether all prices together are so far from the recent ones that it is a change of units, not of the market."""
    if recent_median is None:
        return False
    low, high = offers[(len(offers) - 1) // 2].price, offers[len(offers) // 2].price
    return high < recent_median * OUTLIER_SHARE or low > recent_median / OUTLIER_SHARE


def find_rivals(situation: Situation, offers: Sequence[Offer], shown: int, remarks: list[Step]) -> Sequence[Offer]:
    """
    Those who count, cheapest first; a remark is added for each who does not. `offers`: ours and strangers', by price.
    """
    # Our own offer has a say: among two offers, or many slips at once, the median alone would side with the slip.
    usual = max(offers[len(offers) // 2].price, shown)
    strangers = [offer for offer in offers if offer.merchant_id != situation.merchant_id]
    rivals = _without_outliers(strangers, Rule.OUTLIER, usual, remarks)
    if situation.recent_median is not None:
        rivals = _without_outliers(rivals, Rule.OUTLIER_OF_RECENT, situation.recent_median, remarks)
    if situation.plan.conditions is not EVERYBODY:
        rivals = _meeting(situation.plan.conditions, rivals, remarks)
    return rivals


def why_excluded(offer: Offer, conditions: Conditions) -> Rule | None:
    """
    The first condition that the offer does not meet. What is unknown about an offer does not exclude it.

    Otherwise the day when the storefront stops telling ratings would look like a market without rivals.
    """
    if offer.rating is not None and offer.rating < conditions.lowest_rating:
        return Rule.LOW_RATING
    if offer.reviews is not None and offer.reviews < conditions.fewest_reviews:
        return Rule.FEW_REVIEWS
    if _is_slow(offer, conditions.most_delivery_days):
        return Rule.SLOW_DELIVERY
    if offer.preorder_days and not conditions.with_preorder:
        return Rule.PREORDER
    return None


def _is_slow(offer: Offer, most_days: int | None) -> bool:
    return most_days is not None and offer.delivery_days is not None and offer.delivery_days > most_days


def _without_friends(situation: Situation, offers: Sequence[Offer], remarks: list[Step]) -> Sequence[Offer]:
    friends = situation.not_rivals - {situation.merchant_id}
    if friends.isdisjoint(offer.merchant_id for offer in offers):
        return offers
    remarks += (_remark(Rule.NOT_A_RIVAL, offer) for offer in offers if offer.merchant_id in friends)
    return [offer for offer in offers if offer.merchant_id not in friends]


def _without_outliers(offers: Sequence[Offer], rule: Rule, usual: int, remarks: list[Step]) -> Sequence[Offer]:
    lowest = usual * OUTLIER_SHARE
    if not offers or offers[0].price >= lowest:
        return offers
    remarks += (_remark(rule, offer) for offer in offers if offer.price < lowest)
    return [offer for offer in offers if offer.price >= lowest]


def _meeting(conditions: Conditions, offers: Sequence[Offer], remarks: list[Step]) -> Sequence[Offer]:
    met: list[Offer] = []
    excluded: list[Step] = []
    for offer in offers:
        rule = why_excluded(offer, conditions)
        if rule is None:
            met.append(offer)
        else:
            excluded.append(_remark(rule, offer))
    # They come by price and merchant; two of one merchant at one price may fail by different rules, in any order.
    remarks += sorted(excluded, key=attrgetter("rule"))
    return met


def _remark(rule: Rule, offer: Offer) -> Step:
    return Step(rule, merchant_id=offer.merchant_id, seen=offer.price)
