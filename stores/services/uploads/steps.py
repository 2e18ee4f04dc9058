"""Which step an upload needs, and how it ends."""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.utils import timezone, translation

from sheets import FileRefused, Header, Job, Limits, Reading, kind_of, read_file
from stores.models import CatalogueBatch, ProductUpload, SalesPoint, UploadColumns, UploadPage
from stores.services.catalogue import apply_changes, undo_batch
from stores.services.cities import names_of_city
from stores.services.errors import Forbidden, Refusal
from stores.services.stock.repeated import take_back
from stores.services.transactions import in_transaction
from stores.services.uploads import files, pages, sweep, work
from stores.services.uploads.errors import MovedOn, Overtaken
from stores.services.uploads.preview import preview
from stores.services.uploads.wishes import read_begun, read_recounts, read_wishes, terms_of

State = ProductUpload.State


def work_next() -> bool:
    """Claim the upload that waits longest and do its next step; False when none waits."""
    upload = work.claim()
    if upload is None:
        return False
    try:
        with translation.override(getattr(upload.uploaded_by, "language", None)), _without_collector():
            _STEPS[upload.state](upload)
    except Overtaken:
        # Whoever holds it now does it.
        return True
    return True


@contextmanager
def _without_collector() -> Iterator[None]:
    """Rows of a file are no cycles: looking for some among hundreds of thousands takes a tenth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


# --- Read -------------------------------------------------------------------------------------------------------------


def _read(upload: ProductUpload) -> None:
    target = files.aside(files.rows_of(upload), upload.claim)
    kind = ""
    try:
        kind = kind_of(files.source_of(upload))
        reading = read_file(_job(upload, str(target)), work.progress_of(upload, "rows_read"))
    except FileRefused as refused:
        place = {"row": refused.row, "column": refused.column}
        refusal = {"code": refused.code, **place, "facts": refused.facts}
        work.hand_on(upload, State.REFUSED, kind=kind, refusal=refusal)
        upload.state = State.REFUSED
        sweep.clear(upload)
        return
    facts: dict[str, Any] = {"kind": kind, "header": _stored(reading.header)}
    if isinstance(reading, Reading):
        target.replace(files.rows_of(upload))
        work.hand_on(upload, State.PARSED, rows_read=reading.rows, columns=reading.columns, **facts)
    else:
        work.hand_on(upload, State.UNSURE, **facts)


def _job(upload: ProductUpload, target: str) -> Job:
    points = SalesPoint.everything.filter(store=upload.store).order_by("code").values_list("code", "city_id")
    known = UploadColumns.everything.filter(store=upload.store).values_list("fingerprint", "columns")
    return Job(
        source=str(files.source_of(upload)),
        target=target,
        points=[code for code, _city in points],
        cities={name.casefold(): city for _code, city in points for name in names_of_city(city)},
        merchant_id=upload.store.merchant_id,
        known=dict(known),
        # Before the file is read through, it has only the columns that a person has chosen.
        chosen=upload.columns,
        limits=Limits(size=settings.UPLOAD_LIMIT),
    )


def _stored(header: Header | None) -> dict[str, Any]:
    if header is None:
        return {}
    return {
        "fingerprint": header.fingerprint,
        "row": header.row,
        "names": header.names,
        "suggested": header.suggested,
        "samples": header.samples,
    }


# --- Check ------------------------------------------------------------------------------------------------------------


def _check(upload: ProductUpload) -> None:
    counts, doubts = preview(upload)
    work.hand_on(
        upload,
        State.PREVIEWED,
        rows_checked=upload.rows_read,
        rows_added=counts.added,
        rows_changed=counts.changed,
        rows_unchanged=counts.unchanged,
        rows_refused=counts.refused,
        rows_leaving=counts.leaving,
        counts_confirmed=counts.counted,
        repriced_more=counts.repriced,
        doubts=[doubt.stored() for doubt in doubts],
        preview_number=upload.preview_number + 1,
    )


# --- Apply and undo ---------------------------------------------------------------------------------------------------


def _apply(upload: ProductUpload) -> None:
    try:
        _apply_at_once(upload)
    except MovedOn:
        work.hand_on(upload, State.PARSED, refusal={"code": "moved_on"})
    except Refusal as refusal:
        work.hand_on(upload, State.PREVIEWED, refusal={"code": refusal.code})
    else:
        _clear_applied(upload)


@in_transaction
def _apply_at_once(upload: ProductUpload) -> None:
    """
    All that the preview promised, and the state that says so, in one transaction.

    Raises MovedOn where one wish of it is refused by now, Forbidden, Refusal (`tariff_limit`), Overtaken.
    """
    work.hand_on(upload, State.APPLIED, applied_at=timezone.now())
    path = files.wishes_of(upload)
    wishes, terms = read_wishes(path), terms_of(upload, read_begun(path))
    applied = apply_changes(upload.store, wishes, upload.decided_by, CatalogueBatch.Source.UPLOAD, terms)
    if applied.refused:
        raise MovedOn
    pages.write_refused(upload, UploadPage.Kind.HELD, applied.held)
    pages.write_waiting(upload, applied.waiting)
    ProductUpload.everything.filter(pk=upload.pk).update(
        batch=applied.batch,
        rows_held=len(applied.held),
        rows_waiting=len(applied.waiting),
        counts_confirmed=applied.counted,
    )


def _clear_applied(upload: ProductUpload) -> None:
    """What was applied is in the history, where it is undone from; the doubts that it ended are in the wishes alone."""
    upload.refresh_from_db(fields=["counts_confirmed"])
    if upload.counts_confirmed:
        files.clear_but_wishes(upload)
    else:
        files.clear(upload)


def _undo(upload: ProductUpload) -> None:
    try:
        _undo_at_once(upload)
    except Forbidden:
        work.hand_on(upload, State.APPLIED, refusal={"code": "forbidden"})
    else:
        files.clear(upload)


@in_transaction
def _undo_at_once(upload: ProductUpload) -> None:
    work.hand_on(upload, State.UNDONE)
    if upload.batch is not None:
        undone = undo_batch(upload.batch, upload.decided_by)
        for told in read_recounts(files.wishes_of(upload)):
            take_back(upload.store_id, told)
        pages.write_refused(upload, UploadPage.Kind.LEFT, undone.left)


_STEPS: Mapping[str, Callable[[ProductUpload], None]] = {
    State.RECEIVED: _read,
    State.PARSED: _check,
    State.APPLYING: _apply,
    State.UNDOING: _undo,
}
