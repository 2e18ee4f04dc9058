"""Which cards in which cities are watched, and who looks at which now."""

import secrets
from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import DateTimeField, F, Q, Value
from django.db.models.functions import Least, Now
from django.utils import timezone

from stores.models import CardMarket, CityPrice, Listing
from stores.services.market import policy
from stores.services.market.tempo import budget
from stores.services.rows import insert_rows, update_rows
from stores.services.transactions import database_time

# Longer than the longest wait for a turn and the time-outs of the fetch after it (see `look` and `kaspi.network`).
LEASE = timedelta(seconds=60)
# A market that nobody needs comes due so much later, over and over: those that are looked at are found without reading
# over it each time.
PUT_OFF = timedelta(hours=1)


@dataclass(frozen=True)
class Claim:
    """The markets that one task looks at, and the token that proves it in each of its writes."""

    token: str
    markets: tuple[CardMarket, ...]


def watch_markets(city_prices: Iterable[CityPrice]) -> None:
    """Connect these prices with the markets they live in, and have their stores' listings read."""
    rows = [row for row in city_prices if row.product.card_id]
    markets = find_markets({(row.product.card_id, row.city_id) for row in rows})
    update_rows(CityPrice, ["market_id"], [(row.pk, markets[row.product.card_id, row.city_id]) for row in rows])
    read_listings({(row.product.store_id, row.city_id) for row in rows})


def find_markets(wanted: AbstractSet[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """
    (card, city) → the market that is watched there.

    Markets that nobody watched before get a place in the line of new ones.
    """
    there = _known_markets(wanted)
    new = wanted - there.keys()
    if not new:
        return there
    _line_up(new)
    return there | _known_markets(new)


def read_listings(wanted: Collection[tuple[int, str]]) -> None:
    """Have the listings of these (store, city) pairs read; those that are read already stay as they are."""
    Listing.everything.bulk_create(
        [
            Listing(store_id=store_id, city_id=city_id, next_read_at=timezone.now())
            for store_id, city_id in sorted(wanted)
        ],
        ignore_conflicts=True,
    )


def look_within(market_ids: Collection[int], delay: timedelta = timedelta(0)) -> None:
    """Look at these markets in so long at the latest, for a reason of their own. Those that fail keep their pause."""
    latest = database_time(delay)
    later = CardMarket.objects.filter(pk__in=list(market_ids), failures=0, next_look_at__gt=latest)
    later.update(next_look_at=latest)


def look_soon(market_ids: Iterable[int]) -> None:
    """
    Look at these markets as soon as the pace allows, one after the other as at new ones; what is worth most first.

    A look only ever comes nearer. Those that fail keep their pause.
    """
    now = timezone.now()
    later = CardMarket.objects.filter(pk__in=set(market_ids), failures=0, next_look_at__gt=now)
    markets = list(later.only("pk").order_by(F("value").desc(nulls_last=True), "pk"))
    for place, market in enumerate(markets):
        moment = Value(_first_look_at(now, place), output_field=DateTimeField())
        market.next_look_at = Least(F("next_look_at"), moment)
    CardMarket.objects.bulk_update(markets, ["next_look_at"], batch_size=500)


def put_off_unneeded() -> int:
    """Put off what is due and nobody needs; how many. It is not looked at either way (see `MarketQuerySet.needed`)."""
    due = CardMarket.objects.unneeded().filter(next_look_at__lte=Now())
    return due.update(next_look_at=database_time(PUT_OFF))


def claim_due_markets(limit: int) -> Claim:
    """
    Take up to `limit` due markets that are needed and nobody holds, the longest due first.

    The UPDATE repeats what was read, so of two workers that saw the same row one gets it and one does not. A claim
    whose worker died ends with its lease.
    """
    token = secrets.token_hex(16)
    is_free = Q(leased_until__isnull=True) | Q(leased_until__lt=Now())
    due = CardMarket.objects.needed().filter(is_free, next_look_at__lte=Now())
    seen = due.order_by("next_look_at", "pk").values_list("pk", flat=True)[:limit]
    CardMarket.objects.filter(is_free, next_look_at__lte=Now(), pk__in=list(seen)).update(
        claim=token, leased_until=database_time(LEASE)
    )
    return Claim(token, tuple(CardMarket.objects.filter(claim=token).order_by("pk")))


def has_due_markets() -> bool:
    """Whether somebody should look now."""
    is_free = Q(leased_until__isnull=True) | Q(leased_until__lt=Now())
    return CardMarket.objects.needed().filter(is_free, next_look_at__lte=Now()).exists()


def _known_markets(wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """(card, city) → market, at least of those that are wanted and there."""
    found = CardMarket.objects.filter(card_id__in={card_id for card_id, _ in wanted}).order_by()
    return {(card_id, city_id): pk for card_id, city_id, pk in found.values_list("card_id", "city_id", "pk")}


def _line_up(new: Collection[tuple[str, str]]) -> None:
    """The first of the new (card, city) pairs is due at once, the others one after the other behind all that wait."""
    now = timezone.now()
    waiting = CardMarket.objects.filter(looked_at=None, failures=0, next_look_at__gt=now).count()
    places = enumerate(sorted(new), start=waiting)
    rows = ((card_id, city_id, _first_look_at(now, place)) for place, (card_id, city_id) in places)
    insert_rows(CardMarket(), ("card_id", "city_id", "next_look_at"), rows, ignore_conflicts=True)


def _first_look_at(now: datetime, place: int) -> datetime:
    return datetime.fromtimestamp(policy.first_look_at(now.timestamp(), place, budget()), UTC)
