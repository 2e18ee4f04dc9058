"""
Record what was seen: the latest picture of each market, and one history row for each offer that came, moved or left.

The same answer twice writes no history and no picture. A picture that cannot be true (an empty list, all prices a
hundredth) is not recorded; the market counts it as a failed look.
"""

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median

from django.conf import settings

import kaspi
from stores.models import (
    CardMarket,
    CompetitorProduct,
    CompetitorProductDay,
    CompetitorProductMonitoring,
    CompetitorStore,
)
from stores.services.market import cards_without_offers
from stores.services.market.detect import compare_with_listing
from stores.services.market.look import Look
from stores.services.market.next_look import read_next_looks
from stores.services.market.rivals import Newcomer, meet
from stores.services.market.watch import Claim
from stores.services.transactions import database_time, in_transaction

# All prices of a card together rise or fall so much only when the answer is in other units.
OTHER_UNITS_RATIO = 5
LONGEST_PAUSE = timedelta(seconds=60)
# What a card usually asks forgets within about three days: a price war of one evening must not become what is usual,
# a new season's price must.
RECENT = timedelta(days=3)
# … and is not known before a card was watched for a quarter of a day: by then its answers have held over many looks and
# an odd hour at the start is behind it.
WATCHED_ENOUGH = timedelta(hours=6)
# A card whose price was really cut to a fifth says so at every look: so many refused answers that agree with each
# other, over such a time, are the market. A change of units for everybody has stopped all prices long before.
AGREES = 0.2
ENOUGH_REFUSED = 3
REFUSED_LONG_ENOUGH = timedelta(hours=3)
Kind = CompetitorProductMonitoring.Kind
# What a good look writes of a market.
PICTURE = (
    *("lowest", "median", "offer_count", "leader_id", "looked_at", "changes_seen"),
    *("watched_since", "recent_median", "refused_median", "refused_at", "refused_since", "refused_looks"),
    *("rate_changes", "rate_exposure", "rate_war", "next_look_at"),
    *("look_number", "is_undecided", "failures", "unknown_looks", "last_error"),
)


@dataclass
class Recorded:
    """
    What a batch of looks brought. `looked_at`: the newest good answer; `proofs`: (city, agreed) where a listing spoke
    shortly before.
    """

    market_ids: list[int] = field(default_factory=list)
    failed: int = 0
    looked_at: datetime | None = None
    proofs: list[tuple[str, bool]] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """What is on record about some markets before a batch of looks is compared with it."""

    merchants: dict[str, CompetitorStore]
    # market → merchant row → the offer as last recorded
    offers: dict[int, dict[int, CompetitorProduct]]
    # (market, merchant) of the newly seen that have been there before
    departed: set[tuple[int, int]]


@dataclass
class Changes:
    """The writes that turn the known picture of some markets into the seen one."""

    came: list[CompetitorProduct] = field(default_factory=list)
    moved: list[CompetitorProduct] = field(default_factory=list)
    left: list[CompetitorProduct] = field(default_factory=list)
    history: list[CompetitorProductMonitoring] = field(default_factory=list)

    def write(self) -> None:
        CompetitorProduct.objects.filter(pk__in=[offer.pk for offer in self.left]).delete()
        CompetitorProduct.objects.bulk_create(self.came)
        CompetitorProduct.objects.bulk_update(
            self.moved, ["price", "place", "preorder_days", "delivers_at", "delivery_duration", "changed_at"]
        )
        CompetitorProductMonitoring.objects.bulk_create(self.history)


@in_transaction
def record(claim: Claim, looks: Sequence[Look]) -> Recorded:
    """Write a batch of looks. Markets whose claim was lost meanwhile are left to whoever holds them now."""
    held = {market.pk: market for market in CardMarket.objects.select_for_update().filter(claim=claim.token)}
    recorded = Recorded()
    pictures: list[tuple[CardMarket, kaspi.CardOffers]] = []
    for look in looks:
        market = held.get(look.market.pk)
        if market is None or look.answer is None:
            continue
        reason = why_unusable(market, look.answer)
        if reason is None and isinstance(look.answer, kaspi.CardOffers):
            pictures.append((market, look.answer))
            recorded.proofs += compare_with_listing(market, look.answer)
            recorded.market_ids.append(market.pk)
            recorded.looked_at = max(recorded.looked_at or look.answer.read_at, look.answer.read_at)
        else:
            _note_failure(market, reason or "", look.answer)
            recorded.failed += 1
    _record_pictures(pictures)
    CardMarket.objects.filter(claim=claim.token).update(claim="", leased_until=None)
    return recorded


def why_unusable(market: CardMarket, answer: kaspi.CardOffers | kaspi.KaspiError) -> str | None:
    """Why this answer is not a picture of the market, or None."""
    if isinstance(answer, kaspi.KaspiError):
        return f"{type(answer).__name__}: {answer}"
    if not _is_of(market, answer):
        return f"OtherMarket: card {answer.card_id} in {answer.city_id}"
    if not answer.offers:
        # An unknown card and a card nobody sells look the same.
        return "EmptyAnswer: the card has no offers"
    if _jumped(market, answer) and not _has_moved_for_good(market, answer):
        return f"OtherUnits: the median went from {market.median} to {_median(answer.offers)}"
    return None


def _is_of(market: CardMarket, answer: kaspi.CardOffers) -> bool:
    return (answer.card_id, answer.city_id) == (market.card_id, market.city_id)


def _jumped(market: CardMarket, answer: kaspi.CardOffers) -> bool:
    """Whether all prices together are in other units, as it seems."""
    if not market.median:
        return False
    return not 1 / OTHER_UNITS_RATIO < _median(answer.offers) / market.median < OTHER_UNITS_RATIO


def _has_moved_for_good(market: CardMarket, answer: kaspi.CardOffers) -> bool:
    """Whether the refused answers, with this one, have agreed so often and for so long that they are the market."""
    if market.refused_since is None or not _agrees(market, answer):
        return False
    is_long = answer.read_at - market.refused_since >= REFUSED_LONG_ENOUGH
    return is_long and market.refused_looks >= ENOUGH_REFUSED


def _agrees(market: CardMarket, answer: kaspi.CardOffers) -> bool:
    """Whether the answer says the same as the one that was refused first."""
    first = market.refused_median
    return first is not None and abs(_median(answer.offers) - first) <= first * AGREES


def _note_failure(market: CardMarket, reason: str, answer: kaspi.CardOffers | kaspi.KaspiError) -> None:
    if isinstance(answer, kaspi.CardOffers) and _is_of(market, answer) and answer.offers:
        _note_refused(market, answer)
    is_nothing = cards_without_offers.is_nothing(answer)
    unknown_looks = market.unknown_looks + is_nothing
    pause = cards_without_offers.pause_after(unknown_looks) if is_nothing else _pause_after_error(market.failures)
    jitter = random.uniform(0.75, 1.25)  # noqa: S311 -- so that a thousand markets do not come back at once
    CardMarket.objects.filter(pk=market.pk).update(
        failures=market.failures + 1,
        unknown_looks=unknown_looks,
        last_error=reason[:300],
        next_look_at=database_time(pause * jitter),
    )
    if is_nothing and unknown_looks >= cards_without_offers.TOLD_AFTER:
        cards_without_offers.tell_unknown(market)


def _pause_after_error(failures: int) -> timedelta:
    return min(timedelta(seconds=2 * 2 ** min(failures, 10)), LONGEST_PAUSE, settings.LOOK_INTERVAL)


def _note_refused(market: CardMarket, answer: kaspi.CardOffers) -> None:
    """One more answer that agrees with those before, or the first of others."""
    run = {"refused_at": answer.read_at, "refused_looks": market.refused_looks + 1}
    if market.refused_since is None or not _agrees(market, answer):
        run |= {"refused_median": _median(answer.offers), "refused_since": answer.read_at, "refused_looks": 1}
    CardMarket.objects.filter(pk=market.pk).update(**run)


def _record_pictures(pictures: Sequence[tuple[CardMarket, kaspi.CardOffers]]) -> None:
    if not pictures:
        return
    merchants = _know_merchants([answer for _, answer in pictures])
    offers = _known_offers(market for market, _ in pictures)
    known = Known(merchants, offers, _departed_merchants(pictures, merchants, offers))
    next_looks = read_next_looks([market.pk for market, _ in pictures])
    changes = Changes()
    for market, answer in pictures:
        before = len(changes.history)
        _compare(market, answer, known, changes)
        with _written(market):
            moves = len(changes.history) - before
            next_looks.note_look(market, answer.read_at, has_changed=moves > 0)
            _paint(market, answer, merchants, moves)
    changes.write()
    meet([_newcomer(row) for row in changes.came])


def _newcomer(row: CompetitorProduct) -> Newcomer:
    merchant = row.competitor_store
    is_first_picture = row.market.look_number == 1
    return Newcomer(row.market_id, merchant.pk, merchant.merchant_id, merchant.name, row.price, is_first_picture)


def _know_merchants(answers: Iterable[kaspi.CardOffers]) -> dict[str, CompetitorStore]:
    """The rows of all merchants in these answers, created or brought up to date."""
    seen = {offer.merchant_id: (offer, answer.read_at) for answer in answers for offer in answer.offers}
    known = CompetitorStore.objects.in_bulk(list(seen), field_name="merchant_id")
    strangers = [
        CompetitorStore(
            merchant_id=merchant_id,
            name=offer.merchant_name,
            rating=offer.rating,
            reviews=offer.reviews,
            first_seen_at=read_at,
        )
        for merchant_id, (offer, read_at) in sorted(seen.items(), key=lambda item: item[0])
        if merchant_id not in known
    ]
    if strangers:
        CompetitorStore.objects.bulk_create(strangers, ignore_conflicts=True)
        known = CompetitorStore.objects.in_bulk(list(seen), field_name="merchant_id")
    changed = [row for merchant_id, row in sorted(known.items()) if _refresh(row, seen[merchant_id][0])]
    CompetitorStore.objects.bulk_update(changed, ["name", "rating", "reviews"])
    return known


def _refresh(row: CompetitorStore, offer: kaspi.Offer) -> bool:
    """Bring a merchant's row up to date; whether that changed it."""
    seen = (offer.merchant_name, offer.rating, offer.reviews)
    if (row.name, row.rating, row.reviews) == seen:
        return False
    row.name, row.rating, row.reviews = seen
    return True


def _known_offers(markets: Iterable[CardMarket]) -> dict[int, dict[int, CompetitorProduct]]:
    """Market → merchant row → the offer as last recorded."""
    known: dict[int, dict[int, CompetitorProduct]] = {market.pk: {} for market in markets}
    for offer in CompetitorProduct.objects.filter(market__in=list(known)).defer("changed_at"):
        known[offer.market_id][offer.competitor_store_id] = offer
    return known


def _departed_merchants(
    pictures: Sequence[tuple[CardMarket, kaspi.CardOffers]],
    merchants: dict[str, CompetitorStore],
    known: dict[int, dict[int, CompetitorProduct]],
) -> set[tuple[int, int]]:
    """The (market, merchant) pairs among the newly seen that have been there before."""
    new = {
        (market.pk, merchants[offer.merchant_id].pk)
        for market, answer in pictures
        for offer in answer.offers
        if merchants[offer.merchant_id].pk not in known[market.pk]
    }
    if not new:
        return set()
    where = {
        "market__in": {market_id for market_id, _ in new},
        "competitor_store__in": {merchant_id for _, merchant_id in new},
    }
    lately = CompetitorProductMonitoring.objects.filter(kind=Kind.LEFT, **where)
    long_ago = CompetitorProductDay.objects.filter(**where)
    pairs = [rows.values_list("market_id", "competitor_store_id").distinct() for rows in (lately, long_ago)]
    return new & {pair for rows in pairs for pair in rows}


def _compare(market: CardMarket, answer: kaspi.CardOffers, known: Known, changes: Changes) -> None:
    """Note what is different between the known offers of a market and the seen ones."""
    gone = dict(known.offers[market.pk])
    for offer in answer.offers:
        merchant = known.merchants[offer.merchant_id]
        row = gone.pop(merchant.pk, None)
        if row is None:
            kind = Kind.RETURNED if (market.pk, merchant.pk) in known.departed else Kind.CAME
            row = CompetitorProduct(market=market, competitor_store=merchant, changed_at=answer.read_at)
            _update(row, _as_seen(offer))
            changes.came.append(row)
            changes.history.append(_event(row, kind, None, offer.price, answer.read_at))
            continue
        if row.price != offer.price:
            changes.history.append(_event(row, Kind.MOVED, row.price, offer.price, answer.read_at))
        if _update(row, _as_seen(offer)):
            row.changed_at = answer.read_at
            changes.moved.append(row)
    for row in gone.values():
        changes.left.append(row)
        changes.history.append(_event(row, Kind.LEFT, row.price, None, answer.read_at))


def _as_seen(offer: kaspi.Offer) -> dict[str, object]:
    return {
        "price": offer.price,
        "place": offer.place,
        "preorder_days": offer.preorder_days,
        "delivers_at": offer.delivers_at,
        "delivery_duration": offer.delivery_duration or "",
    }


def _update(row: CompetitorProduct, seen: dict[str, object]) -> bool:
    """Bring an offer's row up to date; whether that changed it."""
    if all(getattr(row, name) == value for name, value in seen.items()):
        return False
    for name, value in seen.items():
        setattr(row, name, value)
    return True


def _event(
    row: CompetitorProduct, kind: str, before: int | None, after: int | None, seen_at: datetime
) -> CompetitorProductMonitoring:
    return CompetitorProductMonitoring(
        market_id=row.market_id,
        competitor_store_id=row.competitor_store_id,
        kind=kind,
        price_before=before,
        price_after=after,
        seen_at=seen_at,
    )


@contextmanager
def _written(market: CardMarket) -> Iterator[None]:
    """Write what the block changes of the picture. For so many columns `bulk_update` takes ten times as long."""
    before = {column: getattr(market, column) for column in PICTURE}
    yield
    different = {column: getattr(market, column) for column in PICTURE if getattr(market, column) != before[column]}
    CardMarket.objects.filter(pk=market.pk).update(**different)


def _paint(market: CardMarket, answer: kaspi.CardOffers, merchants: dict[str, CompetitorStore], moves: int) -> None:
    """The market's picture after a good look, which now waits for its decision."""
    first = answer.offers[0]
    market.watched_since = market.watched_since or answer.read_at
    market.recent_median = _recent_median(market, _median(answer.offers), answer.read_at)
    market.refused_median = market.refused_at = market.refused_since = None
    market.refused_looks = 0
    market.lowest = min(offer.price for offer in answer.offers)
    market.median = _median(answer.offers)
    market.offer_count = len(answer.offers)
    market.leader = merchants[first.merchant_id]
    market.looked_at = answer.read_at
    market.changes_seen += moves
    market.look_number += 1
    market.is_undecided = True
    market.failures = market.unknown_looks = 0
    market.last_error = ""


def _recent_median(market: CardMarket, seen: int, read_at: datetime) -> float | None:
    """What the card usually asks, this look included: an average that weighs by the time since the look before."""
    if market.watched_since is None or read_at - market.watched_since < WATCHED_ENOUGH:
        return None
    if market.recent_median is None or market.looked_at is None:
        return float(seen)
    weight = 1 - math.exp(-max(read_at - market.looked_at, timedelta(0)) / RECENT)
    return market.recent_median + weight * (seen - market.recent_median)


def _median(offers: Iterable[kaspi.Offer]) -> int:
    return int(median(offer.price for offer in offers))
