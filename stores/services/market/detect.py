"""
What a listing tells of markets: where it differs from our picture, the market is due for a look. It decides no price.

A listing and the offers, read within a short time of each other, are compared; `trust` counts how that ends. Where the
listing tells news, the look that follows is the comparison.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Now

import kaspi
from stores.models import CardMarket

# Both describe one moment when they were read at most so far apart.
ONE_MOMENT = timedelta(minutes=2)


@dataclass
class Told:
    """What a page told: markets that were made due, and (city, agreed) where the offers had just been read."""

    due: int = 0
    comparisons: list[tuple[str, bool]] = field(default_factory=list)


def note_page(city_id: str, page: kaspi.ListedPage, *, is_believed: bool) -> Told:
    """Compare the cards of a page with our pictures of them in the city."""
    cards = {card.card_id: card for card in page.cards}
    markets = CardMarket.objects.filter(city_id=city_id, card_id__in=list(cards), looked_at__isnull=False)
    told = Told()
    news: list[int] = []
    known = list(markets.select_related("leader").order_by("pk"))
    for market in known:
        card = cards[market.card_id]
        leader = market.leader.merchant_id if market.leader else None
        agrees = _agree(card.lowest_price, card.best_merchant or "", market.lowest, leader)
        is_refuted = _is_refuted(market, card)
        if not agrees and is_believed and not is_refuted:
            news.append(market.pk)
        elif _is_one_moment(market.looked_at, page.read_at):
            told.comparisons.append((city_id, agrees))
        market.listed_lowest, market.listed_leader = card.lowest_price, card.best_merchant or ""
        market.listed_at = page.read_at
    CardMarket.objects.bulk_update(known, ["listed_lowest", "listed_leader", "listed_at"])
    told.due = _make_due(news, page.read_at)
    return told


def compare_with_listing(market: CardMarket, answer: kaspi.CardOffers) -> list[tuple[str, bool]]:
    """
    The comparison, or none, of a good look with what a listing said shortly before it.

    `market` as it was before the look: only the first look after a listing is compared with it.
    """
    if market.listed_at is None or (market.looked_at is not None and market.looked_at >= market.listed_at):
        return []
    if not _is_one_moment(market.listed_at, answer.read_at):
        return []
    lowest, leader = min(offer.price for offer in answer.offers), answer.offers[0].merchant_id
    return [(market.city_id, _agree(market.listed_lowest, market.listed_leader, lowest, leader))]


def _agree(listed: int | None, listed_leader: str, lowest: int | None, leader: str | None) -> bool:
    """Whether a listing and a picture say the same; a listing that names no merchant speaks of the price only."""
    return listed == lowest and listed_leader in ("", leader)


def _is_refuted(market: CardMarket, card: kaspi.ListedCard) -> bool:
    """Whether listings said the same before, and a look since then saw otherwise."""
    said = (market.listed_lowest, market.listed_leader)
    is_repeated = said == (card.lowest_price, card.best_merchant or "")
    return is_repeated and _is_before(market.listed_at, market.looked_at)


def _is_before(earlier: datetime | None, later: datetime | None) -> bool:
    return earlier is not None and later is not None and earlier < later


def _is_one_moment(earlier: datetime | None, later: datetime) -> bool:
    return earlier is not None and timedelta(0) <= later - earlier <= ONE_MOMENT


def _make_due(market_ids: Sequence[int], read_at: datetime) -> int:
    """
    Have these looked at now, where nobody does already; how many.

    A look time only ever comes nearer. A market that failed keeps its pause, and one that was looked at since the page
    was read needs no other look.
    """
    is_free = Q(leased_until__isnull=True) | Q(leased_until__lt=Now())
    return CardMarket.objects.filter(
        is_free, pk__in=market_ids, next_look_at__gt=Now(), looked_at__lt=read_at, failures=0
    ).update(next_look_at=Now())
