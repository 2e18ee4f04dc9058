"""How the path of a price is doing, without a word about whose."""

from datetime import datetime, timedelta
from typing import TypedDict

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from stores.models import CardMarket, PathStep, PriceStop
from stores.services.releases import read_fence

BLIND_AFTER = timedelta(minutes=5)
# Sooner where every market is looked at all the time, but never for a hiccup.
ROUNDS, SHORTEST_SILENCE = 3, timedelta(seconds=30)


class Health(TypedDict):
    """`last`: for each step the moment (UTC) such work was last finished, or None."""

    status: str
    last: dict[str, datetime | None]


def finished(step: PathStep.Name, at: datetime | None = None) -> None:
    """Note that work of this kind was just finished. An older moment never overwrites a newer one."""
    moment = at or timezone.now()
    if not PathStep.objects.filter(name=step, finished_at__lt=moment).update(finished_at=moment):
        PathStep.objects.bulk_create([PathStep(name=step, finished_at=moment)], ignore_conflicts=True)


def is_blind(looked_at: datetime | None) -> bool:
    """
    Whether the storefront has been silent for too long: no good look for minutes, though looks fail, or are due and
    nobody makes them. Where no market is due, silence says nothing.
    """
    silence = min(BLIND_AFTER, max(ROUNDS * settings.LOOK_INTERVAL, SHORTEST_SILENCE))
    since = timezone.now() - silence
    if looked_at is not None and looked_at >= since:
        return False
    is_missed = Q(failures__gt=0) | Q(next_look_at__lt=since)
    return CardMarket.objects.needed().filter(is_missed).exists()


def read_health() -> Health:
    """
    `stopped`: all prices are stopped, or this process is not of the recorded build. `blind`: no good look for too
    long, so prices hold. `idle`: nothing to watch. `starting`: nothing seen yet. Otherwise `ok`.
    """
    last: dict[str, datetime | None] = dict.fromkeys(PathStep.Name.values)
    last.update(PathStep.objects.values_list("name", "finished_at"))
    return {"status": _status(last[PathStep.Name.LOOKED]), "last": last}


def _status(looked_at: datetime | None) -> str:
    if PriceStop.objects.exists() or not read_fence().is_recorded_build:
        return "stopped"
    if not CardMarket.objects.exists():
        return "idle"
    if is_blind(looked_at):
        return "blind"
    return "starting" if looked_at is None else "ok"
