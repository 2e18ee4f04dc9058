"""
Tune the watch to what was learnt: what each market is worth, what is usual, when price lists are pulled, and the tempo
that makes all planned looks fit the budget.

One worker does it for all; until he is done, everybody goes on with the numbers of the last time.
"""

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from stores.models import CardMarket, WatchTempo
from stores.services.market import policy
from stores.services.market.positions import Watched, read_watched
from stores.services.market.rhythms import learn_rhythms
from stores.services.market.tempo import Shared, bounds, budget, columns_of, shared_of, untuned
from stores.services.rows import batched
from stores.services.transactions import database_time, in_transaction

# Markets that nobody has valued yet do not wait so long.
RETUNE_EVERY = timedelta(minutes=5)
# Longer than a task may run.
LEASE = timedelta(minutes=6)
THE_ROW = 1
WRITTEN_AT_ONCE = 500


def retune() -> bool:
    """Tune everything anew if that is due and nobody else is at it; whether it was."""
    with _claimed() as row:
        if row is None:
            return False
        watched = list(read_watched())
        usual = policy.learn_usual([market.history for market in watched], shared_of(row).usual)
        allotment = policy.allot([_demand(market, usual) for market in watched], budget(), bounds())
        _write_values(watched, allotment.values)
        learn_rhythms(Counter(store_id for market in watched for store_id in market.values))
        columns = columns_of(Shared(allotment.tempo, usual))
        # Not by a worker that slept past his lease: somebody else has newer numbers.
        return bool(WatchTempo.objects.filter(claim=row.claim).update(tuned_at=Now(), **columns))


@contextmanager
def _claimed() -> Iterator[WatchTempo | None]:
    """The row, held against other workers, or None when it is theirs or nothing is due."""
    token = secrets.token_hex(16)
    WatchTempo.objects.bulk_create([WatchTempo(pk=THE_ROW, **columns_of(untuned()))], ignore_conflicts=True)
    is_free = Q(leased_until__isnull=True) | Q(leased_until__lt=Now())
    WatchTempo.objects.filter(is_free & _is_due()).update(claim=token, leased_until=database_time(LEASE))
    try:
        yield WatchTempo.objects.filter(claim=token).first()
    finally:
        WatchTempo.objects.filter(claim=token).update(claim="", leased_until=None)


def _is_due() -> Q:
    if CardMarket.objects.needed().filter(value=None).exists():
        return Q()
    return Q(tuned_at__isnull=True) | Q(tuned_at__lt=database_time(-RETUNE_EVERY))


def _demand(market: Watched, usual: policy.Usual) -> policy.Demand:
    return policy.Demand(policy.expected_rate(market.history, usual), market.values)


def _write_values(watched: Sequence[Watched], values: Sequence[float]) -> None:
    """
    Write the values that are not as before, many markets with one statement.

    To two digits: the third moves an interval by less than chance does, and would be written for all each time.
    """
    changed: defaultdict[float, list[int]] = defaultdict(list)
    for market, value in zip(watched, values, strict=True):
        rounded = float(f"{value:.2g}")
        if rounded != market.value:
            changed[rounded].append(market.market_id)
    for rounded, market_ids in changed.items():
        for some in batched(market_ids, WRITTEN_AT_ONCE):
            _write_value(rounded, some)


@in_transaction
def _write_value(value: float, market_ids: Sequence[int]) -> None:
    CardMarket.objects.filter(pk__in=market_ids).update(value=value)
