"""The offers that were seen, by name, and who of them did not count."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pricing
from stores.models import CompetitorStore
from stores.services.prices.explain.steps import LEFT_OUT


@dataclass(frozen=True)
class SeenOffer:
    """
    One offer of the card. Price in tenge; None is unknown, everywhere.

    `place` is the one in the marketplace's order. `left_out` is the code of the rule by which the offer did not count,
    or empty; `left_out_text` its words.
    """

    place: int
    merchant_id: str
    name: str
    price: int
    rating: float | None
    reviews: int | None
    delivery_days: int | None
    preorder_days: int | None
    is_ours: bool
    left_out: str
    left_out_text: str


def tell_offers(
    situation: pricing.Situation, steps: Iterable[Mapping[str, Any]], names: Mapping[str, str]
) -> tuple[SeenOffer, ...]:
    """All offers of the situation, in its order. `names`: merchant id → name."""
    left_out = {step.get("merchant_id"): str(step["rule"]) for step in steps if step["rule"] in LEFT_OUT}
    return tuple(
        SeenOffer(
            place=place,
            merchant_id=offer.merchant_id,
            name=names.get(offer.merchant_id, offer.merchant_id),
            price=offer.price,
            rating=offer.rating,
            reviews=offer.reviews,
            delivery_days=offer.delivery_days,
            preorder_days=offer.preorder_days,
            is_ours=offer.merchant_id == situation.merchant_id,
            left_out=left_out.get(offer.merchant_id, ""),
            left_out_text=str(LEFT_OUT.get(left_out.get(offer.merchant_id, ""), "")),
        )
        for place, offer in enumerate(situation.offers, start=1)
    )


def names_of(merchant_ids: Iterable[str]) -> dict[str, str]:
    """Merchant id → name, for those that have one. One query."""
    known = CompetitorStore.objects.filter(merchant_id__in=set(merchant_ids))
    return {merchant_id: name for merchant_id, name in known.values_list("merchant_id", "name") if name}
