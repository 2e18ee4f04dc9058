"""The body of an offers answer, field by field as the storefront sends it."""

from collections import Counter
from typing import Any

from sandbox.clock import DAY, HOUR, almaty_midnight, iso
from sandbox.market import Offer, Shelf

HIGH_RATING = 4.5
EXCELLENT_REVIEWS = 100
# Goods promised for a day arrive by 23:00 in Almaty.
DELIVERED_BY = 23 * HOUR
_DURATIONS = ((0, "TODAY"), (1, "TOMORROW"), (2, "TILL_2_DAYS"), (5, "TILL_5_DAYS"), (7, "TILL_7_DAYS"))

Answer = dict[str, Any]


def has_high_rating(offer: Offer) -> bool:
    return (offer.merchant.rating or 0.0) >= HIGH_RATING


def is_excellent(offer: Offer) -> bool:
    return has_high_rating(offer) and offer.merchant.reviews >= EXCELLENT_REVIEWS


def duration(offer: Offer) -> str:
    """Return the bucket of the delivery time, preorder included."""
    if offer.delivery.kind == "EXPRESS" and offer.preorder_days == 0:
        return "EXPRESS"
    days = offer.delivery.days + offer.preorder_days
    return next((name for most, name in _DURATIONS if days <= most), "OTHER")


def offers_answer(shelf: Shelf, chosen: list[Offer], page: list[Offer], now: float) -> Answer:
    """Return the answer that shows `page` out of the `chosen` offers of a shelf."""
    everybody = shelf.ranked()
    return {
        "offers": [_offer_fields(shelf, offer, now) for offer in page],
        "total": len(chosen),
        "offersCount": len(chosen),
        "deliveryDurationFacetValues": dict(Counter(duration(offer) for offer in chosen)),
        "badges": [],
        "loanPicker": {"present": bool(everybody), "maxInterestFreeDuration": 3 if everybody else 0},
        "highRatingPresent": any(has_high_rating(offer) for offer in everybody),
        "excellentMerchantPresent": any(is_excellent(offer) for offer in everybody),
        "productCardInfo": {"badges": []},
    }


def no_offers_answer() -> Answer:
    """Return what is answered for a card, or a city, that nobody knows."""
    return {
        "offers": [],
        "total": 0,
        "offersCount": 0,
        "deliveryDurationFacetValues": {},
        "badges": [],
        "loanPicker": {"present": False, "maxInterestFreeDuration": 0},
        "highRatingPresent": False,
        "excellentMerchantPresent": False,
        "productCardInfo": {"badges": []},
    }


def _offer_fields(shelf: Shelf, offer: Offer, now: float) -> Answer:
    kind, moment = offer.delivery.kind, iso(_arrives_at(offer, now))
    is_pickup = kind == "PICKUP"
    return {
        "masterSku": shelf.card.id,
        "masterCategory": shelf.card.category.master_code,
        "merchantId": offer.merchant.id,
        "merchantName": offer.merchant.name,
        "merchantSku": offer.sku,
        **_reputation_fields(offer),
        "title": shelf.card.title,
        "price": float(offer.price),
        "preorder": offer.preorder_days,
        "delivery": None if is_pickup else moment,
        **({"pickup": moment} if is_pickup else {}),
        "deliveryType": kind,
        "deliveryDuration": duration(offer),
        "kaspiDelivery": offer.delivery.by_kaspi,
        "deliveryOptions": {kind: _delivery_option(offer, moment)},
        "locatedInCity": True,
    }


def _reputation_fields(offer: Offer) -> Answer:
    """A shop without reviews has no rating, and its review count is 0 or left out."""
    merchant = offer.merchant
    if merchant.rating is not None:
        return {"merchantReviewsQuantity": merchant.reviews, "merchantRating": merchant.rating}
    return {} if merchant.hides_zero else {"merchantReviewsQuantity": 0}


def _delivery_option(offer: Offer, moment: str) -> Answer:
    return {
        "delivery": moment,
        "deliveryType": offer.delivery.kind,
        "locatedInPoint": False,
        "kaspiDelivery": offer.delivery.by_kaspi,
        "interCity": False,
        "deliveryCost": 0.0 if offer.price >= 5000 else 995.0,
    }


def _arrives_at(offer: Offer, now: float) -> float:
    if duration(offer) == "EXPRESS":
        return (now // HOUR + 3) * HOUR
    days = offer.delivery.days + offer.preorder_days
    return almaty_midnight(now) + days * DAY + DELIVERED_BY
