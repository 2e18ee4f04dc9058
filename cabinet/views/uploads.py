from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from cabinet.forms.uploads import ApplyForm, ColumnsForm, ReceiveForm, TermsForm
from cabinet.own_rows import own_store
from cabinet.presenters import uploads as presenter
from cabinet.presenters.frame import frame_of
from stores.models import ProductUpload
from stores.services.errors import Refusal
from stores.services.uploads import receive as service

UPLOADS_PER_PAGE = 20
LONGEST_NUMBER = 9


@login_required
@require_safe
@vary_on_headers("HX-Request")
def uploads(request: HttpRequest, store_id: int) -> HttpResponse:
    """A file to bring in, and those of before; or these alone, while one of them is worked on."""
    store = own_store(request, store_id)
    rows = ProductUpload.objects.for_store(store).defer("header", "columns").order_by("-pk")
    page = Paginator(rows, UPLOADS_PER_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {"store": store, "page": page}
    context["are_open"] = any(upload.state in ProductUpload.OPEN for upload in page.object_list)
    if request.headers.get("HX-Request"):
        return render(request, "cabinet/_uploads.html", context)
    context |= {"frame": frame_of(store, request.user), "form": ReceiveForm()}
    return render(request, "cabinet/uploads.html", context)


@login_required
@require_POST
def receive(request: HttpRequest, store_id: int) -> HttpResponse:
    """Bring the file in, and go where its progress shows."""
    store = own_store(request, store_id)
    form = ReceiveForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("Choose a file."))
        return redirect("cabinet:uploads", store_id=store.pk)
    file, is_whole_range = form.cleaned_data["file"], form.cleaned_data["is_whole_range"]
    try:
        upload = service.receive(store, file.name, file.chunks(), request.user, is_whole_range=is_whole_range)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("cabinet:uploads", store_id=store.pk)
    return redirect("cabinet:upload", upload_id=upload.pk)


@login_required
@require_safe
@vary_on_headers("HX-Request")
def upload(request: HttpRequest, upload_id: int) -> HttpResponse:
    """One file: how far it has got, what it would change, what a person has to decide; or what moves on that page."""
    found = _find(request, upload_id)
    number = request.GET.get("page", "")
    page = int(number) if number.isascii() and number.isdigit() and 0 < len(number) <= LONGEST_NUMBER else 1
    context = {
        "frame": frame_of(found.store, request.user),
        "shown": presenter.show(found, request.GET.get("kind", ""), page),
    }
    is_part = bool(request.headers.get("HX-Request"))
    return render(request, "cabinet/_upload.html" if is_part else "cabinet/upload.html", context)


@login_required
@require_POST
def columns(request: HttpRequest, upload_id: int) -> HttpResponse:
    """What the columns are."""
    found = _find(request, upload_id)
    if not found.header:
        return _do(request, found, lambda: service.choose_columns(found, [], request.user))
    form = ColumnsForm(found, request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose from the list what each column is."))
        return redirect("cabinet:upload", upload_id=found.pk)
    return _do(request, found, lambda: service.choose_columns(found, form.columns(), request.user))


@login_required
@require_POST
def terms(request: HttpRequest, upload_id: int) -> HttpResponse:
    """How the file is meant."""
    found = _find(request, upload_id)
    form = TermsForm(found, request.POST)
    form.full_clean()
    return _do(request, found, lambda: service.change_terms(found, **form.cleaned_data, actor=request.user))


@login_required
@require_POST
def apply(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Do what the preview shows."""
    found = _find(request, upload_id)
    form = ApplyForm(found, request.POST)
    form.full_clean()
    seen = form.cleaned_data.get("preview_number")
    return _do(request, found, lambda: service.apply(found, seen, form.confirmed(), request.user))


@login_required
@require_POST
def undo(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Put back what the file changed."""
    found = _find(request, upload_id)
    return _do(request, found, lambda: service.undo(found, request.user))


@login_required
@require_POST
def discard(request: HttpRequest, upload_id: int) -> HttpResponse:
    """Put the file aside."""
    found = _find(request, upload_id)
    return _do(request, found, lambda: service.discard(found, request.user))


def _find(request: HttpRequest, upload_id: int) -> ProductUpload:
    return get_object_or_404(ProductUpload.objects.for_user(request.user).select_related("store"), pk=upload_id)


def _do(request: HttpRequest, found: ProductUpload, act: Callable[[], Any]) -> HttpResponse:
    """Do it, say why where it is refused, and go back to the file."""
    try:
        act()
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("cabinet:upload", upload_id=found.pk)
