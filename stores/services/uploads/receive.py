"""What a person does with a file: brings it in, says what its columns are, has it applied, undone or put aside."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

import kaspi
from sheets import FIELDS, PLACED
from sheets.columns import is_sound
from stores.models import ProductUpload, SalesPoint, Store, UploadColumns
from stores.services import access
from stores.services.announcements import announce_upload
from stores.services.errors import Refusal, StaleEdit
from stores.services.transactions import in_transaction
from stores.services.uploads import files, sweep

State = ProductUpload.State
MOST_OPEN = 5
MOST_AN_HOUR = 60
LONGEST_NAME = 255


def receive(
    store: Store, file_name: str, chunks: Iterable[bytes], actor: Any, *, is_whole_range: bool = False
) -> ProductUpload:
    """
    Keep a file and put it into the queue. Nothing is changed before a person has seen what it would do.

    Raises Forbidden, or Refusal: `too_large`, `empty_file`, `too_many_uploads`, `too_much_stored`.
    """
    access.require(actor, store, access.Action.CHANGE_PRICES)
    _check_room(store)
    upload = ProductUpload(
        store=store, uploaded_by=actor, file_name=_plain_name(file_name), is_whole_range=is_whole_range
    )
    try:
        upload.size = files.keep(upload, chunks)
        return _enqueue(upload)
    except Refusal:
        files.clear(upload)
        raise


@in_transaction
def _enqueue(upload: ProductUpload) -> ProductUpload:
    # Again with the file and under the lock, for many may come at once.
    _check_room(Store.everything.select_for_update().get(pk=upload.store_id))
    upload.save(force_insert=True)
    announce_upload(upload.store_id, upload.pk)
    return upload


def _check_room(store: Store) -> None:
    """Whether the store may bring in one more file. Raises Refusal."""
    uploads = ProductUpload.everything.filter(store=store)
    waiting = uploads.filter(state__in=ProductUpload.OPEN).count()
    if waiting >= MOST_OPEN:
        text = _("%(count)s files of this store are still being worked on. Bring it in when one of them is done.")
        raise Refusal("too_many_uploads", text % {"count": waiting})
    if uploads.filter(created_at__gt=timezone.now() - timedelta(hours=1)).count() >= MOST_AN_HOUR:
        text = _("%(count)s files of this store have come within an hour. Bring in the next one later.")
        raise Refusal("too_many_uploads", text % {"count": MOST_AN_HOUR})
    if files.bytes_of(store.pk) > settings.UPLOADS_OF_STORE:
        text = _("The files of this store take more than %(most)s MB. Apply those that wait, or put them aside.")
        raise Refusal("too_much_stored", text % {"most": settings.UPLOADS_OF_STORE // files.MEGABYTE})


@in_transaction
def choose_columns(upload: ProductUpload, columns: Sequence[str], actor: Any) -> ProductUpload:
    """
    Say what each column is, empty for one that is not read; it is remembered for the next file with this header. Of a
    table without a header it is not: the next one of as many columns may have others.

    Raises Forbidden, or Refusal: `wrong_state`, `no_columns`, `bad_columns`.
    """
    upload = _locked(upload, actor)
    _require(upload, ProductUpload.ASKING)
    if not upload.header:
        raise Refusal("no_columns", _("A price list in XML has no columns to choose."))
    _check_columns(upload, columns)
    if upload.header["row"]:
        UploadColumns.everything.update_or_create(
            store_id=upload.store_id,
            fingerprint=upload.header["fingerprint"],
            defaults={"columns": list(columns)},
        )
    return _begin(upload, State.RECEIVED, actor, columns=list(columns))


@in_transaction
def change_terms(
    upload: ProductUpload, *, is_whole_range: bool, move_prices: bool, is_confirmed: bool, actor: Any
) -> ProductUpload:
    """Say how the file is meant, and have the preview made again. Raises Forbidden, or Refusal (`wrong_state`)."""
    upload = _locked(upload, actor)
    _require(upload, [State.PREVIEWED])
    terms = {"is_whole_range": is_whole_range, "move_prices": move_prices, "is_confirmed": is_confirmed}
    return _begin(upload, State.PARSED, actor, **terms)


@in_transaction
def apply(upload: ProductUpload, preview_number: int | None, confirm: Collection[str], actor: Any) -> ProductUpload:
    """
    Have done what the preview shows that the person has seen (None: none). `confirm` names each doubt that he says yes
    to.

    Raises Forbidden, StaleEdit (`moved_since_preview`) where another preview was made since, or Refusal: `wrong_state`,
    `confirm_needed`, `nothing_to_do`.
    """
    upload = _locked(upload, actor)
    _require(upload, [State.PREVIEWED])
    if upload.preview_number != preview_number:
        text = _("The preview has been made anew since you opened it. Nothing was applied: look at it again.")
        raise StaleEdit("moved_since_preview", text)
    if not (upload.rows_added or upload.rows_changed or upload.rows_leaving or upload.counts_confirmed):
        raise Refusal("nothing_to_do", _("There is nothing in this file that would change anything."))
    missing = [doubt["code"] for doubt in upload.doubts if doubt["code"] not in confirm]
    if missing:
        text = _("This file needs your yes to each of its warnings: %(codes)s.")
        raise Refusal("confirm_needed", text % {"codes": ", ".join(missing)}, {"confirm": missing})
    return _begin(upload, State.APPLYING, actor)


@in_transaction
def undo(upload: ProductUpload, actor: Any) -> ProductUpload:
    """Have put back what the file changed and nobody has changed since. Raises Forbidden, or Refusal."""
    upload = _locked(upload, actor)
    _require(upload, [State.APPLIED])
    return _begin(upload, State.UNDOING, actor)


def discard(upload: ProductUpload, actor: Any) -> ProductUpload:
    """Put a file aside that is not to be applied; it is deleted. Raises Forbidden, or Refusal (`wrong_state`)."""
    upload = _put_aside(upload, actor)
    sweep.clear(upload)
    return upload


@in_transaction
def _put_aside(upload: ProductUpload, actor: Any) -> ProductUpload:
    upload = _locked(upload, actor)
    _require(upload, ProductUpload.ASKING)
    return _begin(upload, State.DISCARDED, actor)


def _locked(upload: ProductUpload, actor: Any) -> ProductUpload:
    store = Store.everything.select_for_update().get(pk=upload.store_id)
    access.require(actor, store, access.Action.CHANGE_PRICES)
    return ProductUpload.everything.get(pk=upload.pk)


def _require(upload: ProductUpload, states: Collection[str]) -> None:
    if upload.state not in states:
        text = _("This cannot be done now: the file is “%(state)s”.")
        raise Refusal("wrong_state", text % {"state": upload.get_state_display()})


def _begin(upload: ProductUpload, state: str, actor: Any, **facts: Any) -> ProductUpload:
    """Give the upload to the workers in this state; nobody holds it."""
    values = {"state": state, "decided_by": actor, "claim": "", "leased_until": None, "attempts": 0, "refusal": {}}
    for name, value in {**values, **facts}.items():
        setattr(upload, name, value)
    upload.save(update_fields=[*values, *facts])
    announce_upload(upload.store_id, upload.pk)
    return upload


def _check_columns(upload: ProductUpload, columns: Sequence[str]) -> None:
    points = set(SalesPoint.everything.filter(store=upload.store_id).values_list("code", flat=True))
    points |= {name.removeprefix("point:") for name in upload.header["suggested"] if name.startswith("point:")}
    unknown = sorted({name for name in columns if name and not _is_column(name, points)})
    if unknown:
        raise _bad_columns(_("There is no such column: %(names)s.") % {"names": ", ".join(unknown)[:200]})
    if len(columns) != len(upload.header["names"]):
        raise _bad_columns(
            _("Say for each of the %(count)s columns what it is.") % {"count": len(upload.header["names"])}
        )
    if not is_sound(columns):
        raise _bad_columns(_("One column must be the SKU, one more must be read, and none may be there twice."))


def _bad_columns(text: str) -> Refusal:
    return Refusal("bad_columns", text, {"columns": [text]})


def _is_column(name: str, points: Collection[str]) -> bool:
    field, _colon, place = name.partition(":")
    if not place:
        return name in FIELDS
    return field in PLACED and (place in points if field == "point" else place in kaspi.CITIES)


def _plain_name(name: str) -> str:
    """The file's own name, for people: no path, no signs that do not print."""
    last = PurePath(name.replace("\\", "/")).name
    return "".join(letter for letter in last if letter.isprintable())[:LONGEST_NAME] or "file"
