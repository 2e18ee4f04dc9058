"""
The next step of each upload, done by whoever claims it: read, check, apply, undo.

A worker proves with every write that the upload is still his. One that dies leaves it to the next after the lease, who
does the step from its beginning: nothing was written that could be there twice, and prices change in one transaction
together with the state that says so.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from stores.models import ProductUpload
from stores.services.announcements import announce_upload
from stores.services.transactions import database_time, in_transaction
from stores.services.uploads.errors import Overtaken

State = ProductUpload.State
# Longer than any portion of reading or checking takes: each renews it. Applying is one transaction, which nobody sees
# before it is done; the row's state keeps a second one from doing it again.
LEASE = timedelta(minutes=2)
LEASE_OF_TRANSACTION = timedelta(minutes=5)
# A file that took so many workers with it is not given to another.
MOST_ATTEMPTS = 3
PROGRESS_SECONDS = 0.5
# Where an upload goes that nobody could bring further.
GIVEN_UP: Mapping[str, str] = {
    State.RECEIVED: State.REFUSED,
    State.PARSED: State.REFUSED,
    State.APPLYING: State.PREVIEWED,
    State.UNDOING: State.APPLIED,
}


def claim() -> ProductUpload | None:
    """The upload that waits longest, ours from now on; None when none waits."""
    _give_up_hopeless()
    waiting = _free().order_by("pk").values("pk", "state", "claim").first()
    if waiting is None:
        return None
    lease = LEASE_OF_TRANSACTION if waiting["state"] in (State.APPLYING, State.UNDOING) else LEASE
    token = secrets.token_hex(16)
    claimed = (
        _free()
        .filter(**waiting, attempts__lt=MOST_ATTEMPTS)
        .update(claim=token, leased_until=database_time(lease), attempts=F("attempts") + 1)
    )
    if not claimed:
        return None
    return ProductUpload.everything.select_related("store", "uploaded_by", "decided_by").get(pk=waiting["pk"])


def keep(upload: ProductUpload) -> None:
    """Keep the upload for longer, while it is still ours. Raises Overtaken."""
    _write(upload, {"leased_until": database_time(LEASE)})


def hand_on(upload: ProductUpload, state: str, **facts: Any) -> None:
    """Write these facts and let the upload go, in its next state. Raises Overtaken."""
    _tell(upload, {"state": state, "claim": "", "leased_until": None, "attempts": 0, **facts})


@in_transaction
def _tell(upload: ProductUpload, values: Mapping[str, Any]) -> None:
    """Write what people see of it, and have them look."""
    _write(upload, values)
    announce_upload(upload.store_id, upload.pk)


def _write(upload: ProductUpload, values: Mapping[str, Any]) -> None:
    ours = ProductUpload.everything.filter(pk=upload.pk, claim=upload.claim, state=upload.state)
    if not ours.update(**values):
        raise Overtaken


def progress_of(upload: ProductUpload, name: str) -> Callable[[int], None]:
    """Writes how many rows are done, now and then. What it returns raises Overtaken."""
    told = 0.0

    def tell(rows: int) -> None:
        nonlocal told
        if time.monotonic() - told > PROGRESS_SECONDS:
            told = time.monotonic()
            _tell(upload, {"leased_until": database_time(LEASE), name: rows})

    return tell


def _free() -> QuerySet[ProductUpload]:
    is_left = Q(leased_until__isnull=True) | Q(leased_until__lt=Now())
    return ProductUpload.everything.filter(is_left, state__in=ProductUpload.OPEN)


def _give_up_hopeless() -> None:
    for state, fallback in GIVEN_UP.items():
        hopeless = _free().filter(state=state, attempts__gte=MOST_ATTEMPTS)
        hopeless.update(state=fallback, claim="", leased_until=None, attempts=0, refusal={"code": "gave_up"})
