"""Stocks that a file tells again as they stand."""

from collections.abc import Collection
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from stores.models import Availability
from stores.services.stock.promised import renew_counts

# A file that repeats a stock every hour need not write it every hour.
REPEATED_AFTER = timedelta(days=1)


def repeat_counts(availability_ids: Collection[int]) -> None:
    """
    These were told again as they stand: they are not old. A doubt that orders gave rise to stays, for a file may repeat
    the same mistake. The caller holds the lock of the store.
    """
    if not availability_ids:
        return
    now = timezone.now()
    not_today = Q(counted_at=None) | Q(counted_at__lt=now - REPEATED_AFTER)
    told = Availability.everything.filter(not_today, pk__in=availability_ids, stock_count__isnull=False)
    believed = told.filter(doubt__in=("", Availability.Doubt.OLD))
    renew_counts(list(believed.values_list("pk", flat=True)), now)
