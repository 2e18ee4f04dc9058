"""Opening a store."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cabinet.forms.opening import OpeningForm
from stores.services.errors import Refusal
from stores.services.store import open_store


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_store(request: HttpRequest) -> HttpResponse:
    """Open a store, which only watches at first; its sales points come next."""
    form = OpeningForm(request.POST or None)
    if not form.is_valid():
        return _page(request, form)
    try:
        store = open_store(form.cleaned_data["name"], form.cleaned_data["merchant_id"], request.user)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, form)
    messages.success(request, _("The store is open. It watches, and changes nothing. Add its sales points next."))
    return redirect("cabinet:points", store_id=store.pk)


def _page(request: HttpRequest, form: OpeningForm) -> HttpResponse:
    return render(request, "cabinet/new_store.html", {"form": form})
