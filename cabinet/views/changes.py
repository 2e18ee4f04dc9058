from typing import TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.own_rows import own_store
from cabinet.presenters.changes import is_undoable, tell
from cabinet.presenters.frame import frame_of
from stores.models import CatalogueBatch, CatalogueChange, WaitingPrice
from stores.services.catalogue import undo_batch
from stores.services.errors import Refusal
from stores.services.keyset import BadCursor, Page, Sorting, read_page

T = TypeVar("T", bound=Model)

ROWS_PER_PAGE = 50
NEWEST = Sorting(is_descending=True)


@login_required
@require_safe
def changes(request: HttpRequest, store_id: int) -> HttpResponse:
    """Who changed what of the store's products: one line for what was done together."""
    store = own_store(request, store_id)
    batches = CatalogueBatch.objects.for_store(store).select_related("actor", "undone_by")
    context = {
        "frame": frame_of(store, request.user),
        "store": store,
        "page": _page(batches, request),
    }
    return render(request, "cabinet/changes.html", context)


@login_required
@require_safe
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """What was changed together, field by field."""
    found = _find(request, batch_id)
    page = _page(CatalogueChange.objects.for_store(found.store).filter(batch=found), request)
    context = {
        "frame": frame_of(found.store, request.user),
        "batch": found,
        "page": page,
        "told": [tell(change) for change in page.rows],
        "is_undoable": is_undoable(found),
        "waiting": WaitingPrice.objects.for_store(found.store).filter(batch=found).count(),
    }
    return render(request, "cabinet/batch.html", context)


@login_required
@require_POST
def undo(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Take it back, and show what was done."""
    found = _find(request, batch_id)
    try:
        undone = undo_batch(found, request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("cabinet:batch", batch_id=found.pk)
    messages.success(request, _("Put back what nobody has changed since."))
    if undone.left:
        skus = ", ".join(list(undone.left)[:5])
        messages.error(request, _("Something of these products stays as it is: %(skus)s.") % {"skus": skus})
    return redirect("cabinet:batch", batch_id=undone.batch.pk)


def _find(request: HttpRequest, batch_id: int) -> CatalogueBatch:
    own = CatalogueBatch.objects.for_user(request.user).select_related("store", "actor", "undone_by")
    return get_object_or_404(own, pk=batch_id)


def _page(rows: "QuerySet[T]", request: HttpRequest) -> "Page[T]":
    try:
        return read_page(rows, NEWEST, ROWS_PER_PAGE, request.GET.get("cursor", ""))
    except BadCursor:
        return read_page(rows, NEWEST, ROWS_PER_PAGE)
