"""
Whether listings are believed, city by city: how often they said what the offers said when both were read at one time.

Nothing documents that they do. Where they do not, they are left alone for an hour, then tried again: read and compared
while nothing follows from them, until they have agreed often enough.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from django.db.models import F, Q
from django.db.models.functions import Now

from stores.models import ListingTrust
from stores.services.transactions import database_time

log = logging.getLogger(__name__)

# Less weight of comparisons judges nothing; 36 fresh ones have as much.
LEAST_COMPARED = 30
LEAST_AGREEMENT = 0.95
# What a comparison still counts after one more: about the last hundred decide.
FADE = 0.99
RETRY_AFTER = timedelta(hours=1)

IS_BELIEVED = Q(retry_at__isnull=True)
IS_ON_TRIAL = Q(retry_at__lte=Now())
IS_LEFT_ALONE = Q(retry_at__gt=Now())


def believed_cities(city_ids: Collection[str]) -> set[str]:
    """Those of the cities whose listings may make a market due; a city that is new here is believed until it lies."""
    return set(city_ids) - set(ListingTrust.objects.exclude(IS_BELIEVED).values_list("city_id", flat=True))


def cities_left_alone() -> list[str]:
    """The cities whose listings are not even read now."""
    return list(ListingTrust.objects.filter(IS_LEFT_ALONE).values_list("city_id", flat=True))


def distrusted_cities() -> list[str]:
    """The cities where looks alone notice changes, in order."""
    return list(ListingTrust.objects.exclude(IS_BELIEVED).order_by("city_id").values_list("city_id", flat=True))


def count(comparisons: Iterable[tuple[str, bool]]) -> None:
    """Count (city, whether listing and offers agreed), and judge the cities that this concerns."""
    by_city: defaultdict[str, list[bool]] = defaultdict(list)
    for city_id, agreed in comparisons:
        by_city[city_id].append(agreed)
    for city_id, verdicts in sorted(by_city.items()):
        ListingTrust.objects.bulk_create([ListingTrust(city_id=city_id)], ignore_conflicts=True)
        _count(city_id, verdicts)
        _judge(city_id)


def _count(city_id: str, verdicts: Sequence[bool]) -> None:
    """Add them, in order of time; at rest nothing counts."""
    faded = FADE ** len(verdicts)
    weights = [FADE**age for age in reversed(range(len(verdicts)))]
    agreed = sum(weight for weight, has_agreed in zip(weights, verdicts, strict=True) if has_agreed)
    ListingTrust.objects.filter(IS_BELIEVED | IS_ON_TRIAL, city_id=city_id).update(
        compared=F("compared") * faded + sum(weights), agreed=F("agreed") * faded + agreed
    )


def _judge(city_id: str) -> None:
    """Each UPDATE repeats what it judges by, so of two workers one says it."""
    judged = ListingTrust.objects.filter(city_id=city_id, compared__gte=LEAST_COMPARED)
    is_low = Q(agreed__lt=F("compared") * LEAST_AGREEMENT)
    # MariaDB assigns from left to right: the agreement comes before what it is made of is cleared.
    share = {"agreement": F("agreed") / F("compared")}
    fresh = {"compared": 0.0, "agreed": 0.0}
    if judged.filter(IS_BELIEVED | IS_ON_TRIAL, is_low).update(**share, **fresh, retry_at=database_time(RETRY_AFTER)):
        log.warning("listings of city %s disagree with its offers; looks alone notice changes there", city_id)
    elif judged.filter(IS_ON_TRIAL).exclude(is_low).update(**share, retry_at=None):
        log.info("listings of city %s agree with its offers again", city_id)
