"""
The version fence: a process whose build is not the one on record sends nothing.

One old worker that was forgotten at a deployment decides by old rules; it must find the door closed by itself. And a
new engine acts only after a person has seen which decisions it changes.
"""

from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

import pricing
from stores.models import Release
from stores.services.errors import Refusal
from stores.services.prices.gate import Hold
from stores.services.prices.kept_back import look_again
from stores.services.transactions import in_transaction


@dataclass(frozen=True)
class Fence:
    """What this process may do. `is_recorded_build`: anything; `is_engine_accepted`: let its rules' prices leave."""

    is_recorded_build: bool
    is_engine_accepted: bool


def read_fence() -> Fence:
    """What the newest record says of this process. Without a record nothing leaves."""
    release = Release.objects.first()
    if release is None or release.build != settings.BUILD:
        return Fence(is_recorded_build=False, is_engine_accepted=False)
    is_accepted = release.engine_version == pricing.ENGINE_VERSION and release.engine_accepted_at is not None
    return Fence(is_recorded_build=True, is_engine_accepted=is_accepted)


@in_transaction
def record_build() -> Release:
    """
    Put this build to work; the one on record before sends nothing from now on. Twice changes nothing more.

    The first engine ever needs no yes: there is nothing to compare it with, and stores start in watch mode. Later an
    engine acts that was accepted before, and another one waits for `accept_engine`. What was kept back meanwhile is
    decided anew.
    """
    last = Release.objects.first()
    if last is not None and (last.build, last.engine_version) == (settings.BUILD, pricing.ENGINE_VERSION):
        return last
    look_again(Hold.OTHER_BUILD, Hold.ENGINE_NOT_ACCEPTED)
    return Release.objects.create(
        build=settings.BUILD,
        engine_version=pricing.ENGINE_VERSION,
        engine_accepted_at=timezone.now() if last is None or _was_accepted(pricing.ENGINE_VERSION) else None,
    )


@in_transaction
def accept_engine() -> Release:
    """A person has seen what the engine changes: its rules may act. Raises Refusal (`other_build`)."""
    release = Release.objects.select_for_update().first()
    if release is None or (release.build, release.engine_version) != (settings.BUILD, pricing.ENGINE_VERSION):
        text = _("This build is not the one on record. Run `manage.py record_build` with the build that works.")
        raise Refusal("other_build", text)
    if release.engine_accepted_at is None:
        release.engine_accepted_at = timezone.now()
        release.save(update_fields=["engine_accepted_at"])
        look_again(Hold.ENGINE_NOT_ACCEPTED)
    return release


def _was_accepted(engine_version: str) -> bool:
    return Release.objects.filter(engine_version=engine_version, engine_accepted_at__isnull=False).exists()
