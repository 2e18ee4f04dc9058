"""From the recorded picture of a market to decisions about our prices in it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.utils import timezone

import pricing
from stores.models import (
    CardMarket,
    CityPrice,
    Competitor,
    CompetitorProduct,
    Membership,
    PathStep,
    Product,
    ProductPriceUpdate,
    Store,
)
from stores.services import health
from stores.services.announcements import announce_prices_of_stores
from stores.services.prices import gateway, seen
from stores.services.prices.plans import has_sound_plan
from stores.services.prices.profit import profit_change
from stores.services.prices.situation import Facts, describe, market_of, read_facts
from stores.services.transactions import in_transaction

# A market looked at so long ago and still undecided was left behind by a worker that died.
LEFT_BEHIND = timedelta(seconds=10)
OWN_MERCHANTS = (Competitor.Stance.OWN, Competitor.Stance.PARTNER, Competitor.Stance.IGNORED)


def find_left_behind(limit: int = 500) -> list[int]:
    """Markets whose last look nobody decided on."""
    left = CardMarket.objects.filter(is_undecided=True, looked_at__lt=timezone.now() - LEFT_BEHIND)
    return list(left.order_by("looked_at").values_list("pk", flat=True)[:limit])


def decide_markets(market_ids: Sequence[int]) -> int:
    """
    Decide every automated price in these markets; returns how many intents were recorded.

    May run twice, at the same time or after a crash: one look leads to at most one update of a price.
    """
    markets = list(CardMarket.objects.filter(pk__in=market_ids, is_undecided=True))
    rows = _city_prices(markets)
    offers = _offers(markets)
    not_rivals = not_rivals_of({row.product.store_id for row in rows})
    seen.confirm_seen(rows, offers)
    moved = _refresh_standings(rows, offers, not_rivals)
    automated = [row for row in rows if _is_automated(row.product)]
    facts = read_facts(automated)
    decided = (_decide(row, offers[market_of(row).pk], not_rivals[row.product.store_id], facts) for row in automated)
    sent = [update for update in decided if update is not None]
    for market in markets:
        CardMarket.objects.filter(pk=market.pk, look_number=market.look_number).update(is_undecided=False)
    announce_prices_of_stores([*moved, *((update.store_id, update.product_id) for update in sent)])
    health.finished(PathStep.Name.DECIDED)
    return len(sent)


def _is_automated(product: Product) -> bool:
    is_wanted = product.strategy != Product.Strategy.MANUAL and not product.is_paused
    return is_wanted and product.store.mode != Store.Mode.PAUSED and has_sound_plan(product)


def _decide(
    row: CityPrice, offers: Sequence[CompetitorProduct], not_rivals: frozenset[str], facts: Facts
) -> ProductPriceUpdate | None:
    situation = describe(row, offers, not_rivals, facts)
    decision = pricing.decide(situation)
    if decision.is_hold or decision.price == row.price:
        return None
    return gateway.send(
        gateway.Intent(
            city_price_id=row.pk,
            price=decision.price,
            seen_version=row.version,
            why=_why(row, situation, decision),
            looked_at=market_of(row).looked_at,
            shown=next((o.price for o in situation.offers if o.merchant_id == situation.merchant_id), None),
            look_number=market_of(row).look_number,
        )
    )


def _why(row: CityPrice, situation: pricing.Situation, decision: pricing.Decision) -> dict[str, Any]:
    """The situation and the steps, as they are stored: enough to decide again; and what both prices earn."""
    return {
        "engine": pricing.ENGINE_VERSION,
        "situation": situation.to_stored(),
        "steps": [asdict(step) for step in decision.steps],
        "profit": profit_change(row.product, row.price, decision.price),
    }


def _city_prices(markets: Iterable[CardMarket]) -> list[CityPrice]:
    rows = CityPrice.everything.filter(market__in=[market.pk for market in markets])
    return list(rows.select_related("product__store", "market").order_by("pk"))


def _offers(markets: Iterable[CardMarket]) -> dict[int, list[CompetitorProduct]]:
    offers: dict[int, list[CompetitorProduct]] = {market.pk: [] for market in markets}
    rows = CompetitorProduct.objects.filter(market__in=list(offers)).select_related("competitor_store")
    for offer in rows.order_by("market_id", "place"):
        offers[offer.market_id].append(offer)
    return offers


def not_rivals_of(store_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Store → the merchants it never competes with."""
    friends: defaultdict[int, set[str]] = defaultdict(set)
    stances = Competitor.everything.filter(store__in=list(store_ids), stance__in=OWN_MERCHANTS)
    for store_id, merchant_id in stances.values_list("store_id", "competitor_store__merchant_id"):
        friends[store_id].add(merchant_id)
    for store_id, merchant_id in _sister_shops(store_ids):
        friends[store_id].add(merchant_id)
    return {store_id: frozenset(friends[store_id]) for store_id in store_ids}


def _sister_shops(store_ids: Iterable[int]) -> list[tuple[int, str]]:
    """(store, merchant) pairs of shops that have an owner in common: nobody has to tell us that they are his."""
    owners = Membership.everything.filter(store__in=list(store_ids), role=Membership.Role.OWNER)
    stores_of: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    all_stores = Membership.everything.filter(role=Membership.Role.OWNER, user__in=owners.values("user"))
    for user_id, store_id, merchant_id in all_stores.values_list("user_id", "store_id", "store__merchant_id"):
        stores_of[user_id].append((store_id, merchant_id))
    pairs = owners.values_list("store_id", "user_id")
    return [(own, merchant) for own, user in pairs for other, merchant in stores_of[user] if other != own]


def _refresh_standings(
    rows: Sequence[CityPrice],
    offers: dict[int, list[CompetitorProduct]],
    not_rivals: dict[int, frozenset[str]],
) -> list[tuple[int, int]]:
    """Write where each price stands among the offers; returns the (store, product) pairs that moved."""
    seen_now = {
        row.pk: _standing(row.product.store, offers[market_of(row).pk], not_rivals[row.product.store_id])
        for row in rows
    }
    moved = [row for row in rows if (row.lowest_rival, row.place) != seen_now[row.pk]]
    for row in moved:
        row.lowest_rival, row.place = seen_now[row.pk]
    _write_standings(moved)
    return [(row.product.store_id, row.product_id) for row in moved]


@in_transaction
def _write_standings(rows: Sequence[CityPrice]) -> None:
    CityPrice.everything.bulk_update(rows, ["lowest_rival", "place"], batch_size=500)


def _standing(
    store: Store, offers: Sequence[CompetitorProduct], not_rivals: frozenset[str]
) -> tuple[int | None, int | None]:
    """The lowest rival's price and our place; None where there is no rival, or no offer of ours."""
    ours = {*not_rivals, store.merchant_id}
    rivals = [offer.price for offer in offers if offer.competitor_store.merchant_id not in ours]
    places = [offer.place for offer in offers if offer.competitor_store.merchant_id == store.merchant_id]
    return min(rivals, default=None), min(places, default=None)
