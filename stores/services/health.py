"""How the path of a price is doing, without a word about whose."""

from datetime import datetime, timedelta
from typing import TypedDict

from django.conf import settings
from django.utils import timezone

from stores.models import CardMarket, PathStep, PriceStop


class Health(TypedDict):
    """`last`: for each step the moment (UTC) such work was last finished, or None."""

    status: str
    last: dict[str, datetime | None]


def finished(step: PathStep.Name, at: datetime | None = None) -> None:
    """Note that work of this kind was just finished. An older moment never overwrites a newer one."""
    moment = at or timezone.now()
    if not PathStep.objects.filter(name=step, finished_at__lt=moment).update(finished_at=moment):
        PathStep.objects.bulk_create([PathStep(name=step, finished_at=moment)], ignore_conflicts=True)


def blind_after() -> timedelta:
    """How long without one good look until we call ourselves blind."""
    return max(3 * settings.LOOK_INTERVAL, timedelta(seconds=30))


def read_health() -> Health:
    """
    `stopped`: a person stopped all prices. `blind`: no good look for too long, so prices hold. `idle`: nothing to
    watch. `starting`: nothing seen yet. Otherwise `ok`.
    """
    last: dict[str, datetime | None] = dict.fromkeys(PathStep.Name.values)
    last.update(PathStep.objects.values_list("name", "finished_at"))
    return {"status": _status(last[PathStep.Name.LOOKED]), "last": last}


def is_blind(looked_at: datetime | None) -> bool:
    """Whether the last good look is too long ago."""
    return looked_at is not None and timezone.now() - looked_at > blind_after()


def _status(looked_at: datetime | None) -> str:
    if PriceStop.objects.exists():
        return "stopped"
    if not CardMarket.objects.exists():
        return "idle"
    if looked_at is None:
        return "starting"
    return "blind" if is_blind(looked_at) else "ok"
