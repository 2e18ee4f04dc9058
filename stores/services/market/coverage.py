"""How old our picture of a store's markets is, what there is to renew it with, and how many changes may follow."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from stores.models import CardMarket, Store
from stores.services.market.rhythms import expected_pull_at
from stores.services.market.tempo import budget
from stores.services.prices.budget import Budget, budget_of


@dataclass(frozen=True)
class Coverage:
    """
    Ages of the picture in seconds, over all markets of a store.

    `never_looked` markets have no age yet; `failing` ones did not answer when last asked. `expected_pull_at` (UTC):
    when the marketplace is expected to fetch the price list, None where it has no rhythm. `budget`: the looks a second
    that all stores share. `change_budget`: the changes of its own prices.
    """

    markets: int
    never_looked: int
    failing: int
    p50: int | None
    p95: int | None
    oldest: int | None
    expected_pull_at: datetime | None
    budget: float
    change_budget: Budget


def coverage(store: Store, now: datetime | None = None) -> Coverage:
    """The ages of a store's markets now."""
    moment = now or timezone.now()
    markets = CardMarket.objects.for_store(store)
    looked = markets.exclude(looked_at=None).values_list("looked_at", flat=True)
    ages = sorted(int((moment - looked_at).total_seconds()) for looked_at in looked if looked_at is not None)
    total = markets.count()
    return Coverage(
        markets=total,
        never_looked=total - len(ages),
        failing=markets.filter(Q(failures__gt=0)).count(),
        p50=_percentile(ages, 50),
        p95=_percentile(ages, 95),
        oldest=ages[-1] if ages else None,
        expected_pull_at=expected_pull_at(store, moment),
        budget=budget(),
        change_budget=budget_of(store, moment),
    )


def _percentile(ordered: list[int], percent: int) -> int | None:
    """The least value that so many per cent of the values do not exceed (nearest rank)."""
    return ordered[max(-(-len(ordered) * percent // 100) - 1, 0)] if ordered else None
