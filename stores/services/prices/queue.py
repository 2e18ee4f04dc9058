"""
The queue of a store's prices that wait for a place in the change budget.

Who earns more goes first, and each doubling of what a change is expected to earn is worth ten minutes of waiting: it
takes its place as if it had come so much earlier. So nobody starves. What a change may be worth has bounds, and after
3 h 20 min nobody who comes later goes before it.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from stores.models import CityPrice, PriceTurn, Store
from stores.services.prices.gate import OLDEST_PICTURE_SECONDS

# Tenge in half an hour; less and more are counted as these.
LEAST_WORTH, MOST_WORTH = 0.1, 100_000.0
WORTH_A_DOUBLING = timedelta(minutes=10)
# What is decided from an older picture comes too late for the gate.
OLDEST_PICTURE = timedelta(seconds=OLDEST_PICTURE_SECONDS) - timedelta(minutes=1)


def place_at(since: datetime, worth: float) -> datetime:
    """The place of a price that waits since then: the earlier, the sooner its turn. `worth`: tenge in half an hour."""
    return since - WORTH_A_DOUBLING * math.log2(min(max(worth, LEAST_WORTH), MOST_WORTH) / LEAST_WORTH)


def queue_of(store_id: int) -> QuerySet[PriceTurn]:
    """Those that wait in this store, who goes first before the others."""
    return PriceTurn.everything.filter(store=store_id).order_by("-is_correction", "place_at", "pk")


def could_go_now() -> Q:
    """Turns whose market was seen lately: a card that nobody can see holds no place against the others."""
    seen_since = timezone.now() - OLDEST_PICTURE
    return Q(city_price__market__looked_at__gte=seen_since, city_price__market__failures=0)


def count_ahead(row: CityPrice, turn: PriceTurn | None, worth: float) -> int:
    """How many go before this price, which is in the queue already (`turn`) or would come to it now."""
    mine = place_at(timezone.now() if turn is None else turn.waits_since, worth)
    others = queue_of(row.product.store_id).exclude(city_price=row)
    return others.filter(could_go_now(), Q(is_correction=True) | Q(place_at__lt=mine)).count()


def wait(store: Store, row: CityPrice, worth: float, look_number: int | None, *, is_correction: bool) -> None:
    """
    The price waits from now on, or goes on waiting with the worth that it has now.

    The caller holds the lock of the store.
    """
    turn = PriceTurn.everything.filter(city_price=row).first() or PriceTurn(
        store=store, city_price=row, waits_since=timezone.now()
    )
    turn.worth, turn.is_correction, turn.look_number = worth, is_correction, look_number or 0
    turn.place_at = place_at(turn.waits_since, worth)
    turn.save()


def leave(city_price_ids: Sequence[int]) -> None:
    """These wait no more. The caller holds the lock of the store."""
    PriceTurn.everything.filter(city_price__in=city_price_ids).delete()


def leave_unwanted(rows: Sequence[CityPrice]) -> None:
    """Rules want none of these changes any more, by the look of the market that each row was read with."""
    looks = {row.pk: row.market.look_number for row in rows if row.market is not None}
    for turn in PriceTurn.everything.filter(city_price__in=list(looks)):
        if turn.look_number <= looks[turn.city_price_id]:
            # Not by a worker that was slow: a newer look may want it again.
            PriceTurn.everything.filter(pk=turn.pk, look_number=turn.look_number).delete()
