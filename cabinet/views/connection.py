from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.connection import MerchantTokenForm
from cabinet.own_rows import own_store
from cabinet.presenters.frame import frame_of
from stores.models import MerchantToken, Store
from stores.services.errors import Refusal
from stores.services.merchant.tokens import check_token, enter_token, remove_token, token_of


@login_required
@require_safe
def connection(request: HttpRequest, store_id: int) -> HttpResponse:
    """Whether the store is connected with the marketplace's official API."""
    return _page(request, own_store(request, store_id), MerchantTokenForm())


@login_required
@require_POST
def enter(request: HttpRequest, store_id: int) -> HttpResponse:
    """Enter a token; the marketplace is asked about it first."""
    store, form = own_store(request, store_id), MerchantTokenForm(request.POST)
    if not form.is_valid():
        return _page(request, store, form)
    try:
        token = enter_token(store, form.cleaned_data["token"], request.user)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, store, form)
    if token.state == MerchantToken.State.VALID:
        messages.success(request, _("The store is connected."))
    else:
        messages.warning(request, _("The token is kept. The marketplace does not answer now; it is checked later."))
    return redirect("cabinet:connection", store_id=store.pk)


@login_required
@require_POST
def check(request: HttpRequest, store_id: int) -> HttpResponse:
    """Ask the marketplace about the token once more."""
    store = own_store(request, store_id)
    return _done(request, store, lambda: check_token(store, request.user), _("The token works."))


@login_required
@require_POST
def remove(request: HttpRequest, store_id: int) -> HttpResponse:
    """Forget the token."""
    store = own_store(request, store_id)
    return _done(request, store, lambda: remove_token(store, request.user), _("The token is forgotten."))


def _page(request: HttpRequest, store: Store, form: MerchantTokenForm) -> HttpResponse:
    context = {"frame": frame_of(store, request.user), "token": token_of(store), "form": form}
    return render(request, "cabinet/connection.html", context)


def _done(request: HttpRequest, store: Store, act: Callable[[], object], text: str) -> HttpResponse:
    try:
        act()
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, text)
    return redirect("cabinet:connection", store_id=store.pk)
