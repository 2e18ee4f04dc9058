"""The market of one price as it stands now, as the engine sees it."""

from dataclasses import asdict, dataclass
from datetime import datetime

import pricing
from stores.models import CityPrice, Product
from stores.services.prices.decide import not_rivals_of, offers_of
from stores.services.prices.explain import SeenOffer, ToldStep, tell_offers, tell_steps
from stores.services.prices.plans import has_sound_plan, policy_of, read_rules
from stores.services.prices.situation import describe, market_of, read_batch_facts


@dataclass(frozen=True)
class MarketNow:
    """
    The offers last seen, who of them counts, and what the product's plan makes of them.

    `price` is what the plan would ask now, in tenge, before the gate is asked; None where it leaves everything alone.
    """

    looked_at: datetime | None
    offers: tuple[SeenOffer, ...]
    price: int | None
    steps: tuple[ToldStep, ...]


def market_now(row: CityPrice) -> MarketNow | None:
    """
    What the engine would be told now, and what it would say. Changes nothing.

    `row` is read with its product, store and market. None without a market, with a plan that cannot be followed,
    or where a rule should decide and none is switched on.
    """
    rules = read_rules([row])
    policy = policy_of(row, rules)
    if row.market is None or policy.strategy == Product.Strategy.BY_RULE or not has_sound_plan(row, policy):
        return None
    market = market_of(row)
    offers = offers_of([market])[market.pk]
    not_rivals = not_rivals_of([row.product.store_id])[row.product.store_id]
    situation = describe(row, offers, not_rivals, read_batch_facts([row], {row.pk: policy}))
    decision = pricing.decide(situation)
    names = {offer.competitor_store.merchant_id: offer.competitor_store.name for offer in offers}
    steps = [asdict(step) for step in decision.steps]
    return MarketNow(
        looked_at=market.looked_at,
        offers=tell_offers(situation, [*_remarks(situation), *steps], names),
        price=None if decision.is_hold else decision.price,
        steps=tell_steps(steps, names),
    )


def _remarks(situation: pricing.Situation) -> list[dict[str, object]]:
    """Who does not count, also where the decision stops before it comes to that: a product without limits."""
    picture = pricing.read_picture(situation)
    return [asdict(remark) for remark in picture.remarks] if isinstance(picture, pricing.Picture) else []
