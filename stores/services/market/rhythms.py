"""When the marketplace comes for each store's price list, learnt from when it came."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from stores.models import CityPrice, PriceListPull, Store
from stores.services.market import policy
from stores.services.market.tempo import budget
from stores.services.prices.price_list.pulls import CARRIED

LEARNT_FROM = timedelta(days=1)
# Of a list that is fetched every few seconds, as the demo's is, no more than these are kept in mind.
MOST_PULLS = 200


def learn_rhythms(markets: Mapping[int, int]) -> None:
    """Learn the rhythm of every store anew, and write those that are not as before. `markets`: how many a store has."""
    now = timezone.now()
    pulls = _pulls(now - LEARNT_FROM)
    for store_id, known in Store.everything.values_list("pk", "pull_rhythm"):
        rhythm = policy.learn_rhythm(pulls[store_id], now.timestamp())
        learnt = None if rhythm is None else _as_stored(rhythm, markets.get(store_id, 0))
        if learnt != known:
            Store.everything.filter(pk=store_id).update(pull_rhythm=learnt)


def pullers_of(market_ids: Iterable[int]) -> dict[int, list[policy.Puller]]:
    """
    Market → the pulls of the stores on it that have a rhythm.

    Of pulls that are equally near all count the same: the value that a store gives to the market is not kept.
    """
    rows = CityPrice.everything.filter(market__in=list(market_ids), product__store__pull_rhythm__isnull=False)
    columns = ("market_id", "product__store_id", "product__store__pull_rhythm")
    rhythms = {(market_id, store_id): stored for market_id, store_id, stored in rows.values_list(*columns)}
    pullers: defaultdict[int, list[policy.Puller]] = defaultdict(list)
    for (market_id, _store_id), stored in sorted(rhythms.items(), key=lambda item: item[0]):
        pullers[market_id].append(policy.Puller(_rhythm_of(stored), stored["window"], 1.0))
    return pullers


def expected_pull_at(store: Store, now: datetime) -> datetime | None:
    """When the store's price list will be fetched next (UTC), or None where there is no rhythm to rely on."""
    if store.pull_rhythm is None:
        return None
    rhythm = _rhythm_of(store.pull_rhythm)
    nearest = rhythm.nearest(now.timestamp())
    return datetime.fromtimestamp(nearest if nearest > now.timestamp() else nearest + rhythm.period, UTC)


def _pulls(since: datetime) -> defaultdict[int, deque[float]]:
    """Store → the newest moments (UTC seconds) at which its list was fetched."""
    pulls: defaultdict[int, deque[float]] = defaultdict(lambda: deque(maxlen=MOST_PULLS))
    rows = PriceListPull.everything.filter(status__in=CARRIED, pulled_at__gte=since).order_by("pk")
    for store_id, pulled_at in rows.values_list("store_id", "pulled_at").iterator(chunk_size=5000):
        pulls[store_id].append(pulled_at.timestamp())
    return pulls


def _as_stored(rhythm: policy.Rhythm, markets: int) -> dict[str, float]:
    return asdict(rhythm) | {"window": policy.window_of(markets, budget(), rhythm)}


def _rhythm_of(stored: Mapping[str, Any]) -> policy.Rhythm:
    return policy.Rhythm(stored["period"], stored["anchor"], stored["jitter"])
