from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.price_list import CompareForm, ReleaseForm
from cabinet.own_rows import own_store
from cabinet.presenters import price_list as presenter
from cabinet.presenters.frame import frame_of
from cabinet.presenters.store_prices import versions_of
from stores.models import PriceListVersion, Store
from stores.services.errors import Refusal
from stores.services.prices.price_list.refused import release_anyway
from stores.services.store import PriceListAddress, give_price_list_access, price_list_of


@login_required
@require_safe
def price_list(request: HttpRequest, store_id: int) -> HttpResponse:
    """Where the store's price list is fetched, its versions and visits, what differs, and files to take away."""
    store = own_store(request, store_id)
    return _page(request, store)


@login_required
@require_POST
def give_access(request: HttpRequest, store_id: int) -> HttpResponse:
    """A new login and password. They are shown once, on the page that answers, and in no address."""
    store = own_store(request, store_id)
    try:
        given = give_price_list_access(store, request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("cabinet:price-list", store_id=store.pk)
    return _page(request, Store.objects.for_user(request.user).get(pk=store.pk), given)


@login_required
@require_POST
def release(request: HttpRequest, store_id: int) -> HttpResponse:
    """The person has looked at the list that was refused, and wants it so."""
    store = own_store(request, store_id)
    form = ReleaseForm(request.POST)
    if form.is_valid():
        version = get_object_or_404(PriceListVersion.objects.for_store(store), number=form.cleaned_data["number"])
        try:
            release_anyway(version, request.user)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(
                request, _("The price list is built again. It goes out if it differs no more than you have seen.")
            )
    return redirect("cabinet:price-list", store_id=store.pk)


def _page(request: HttpRequest, store: Store, given: PriceListAddress | None = None) -> HttpResponse:
    context = {
        "frame": frame_of(store, request.user),
        "given": given,
        "refused": presenter.refused_of(store),
        "list": price_list_of(store, request.user),
        "versions": versions_of(store),
        "pulls": presenter.pulls_of(store),
        "comparison": _compare(request, store),
        "tables": presenter.tables(),
    }
    response = render(request, "cabinet/price_list.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _compare(request: HttpRequest, store: Store) -> presenter.Comparison | None:
    form = CompareForm(request.GET)
    if not form.is_valid():
        return None
    try:
        return presenter.comparison_of(store, **form.cleaned_data)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return None
