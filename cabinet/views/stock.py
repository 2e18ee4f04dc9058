from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.stock import ConfirmForm, CountForm, StockRulesForm
from cabinet.own_rows import own_store
from cabinet.presenters.frame import frame_of
from stores.models import Availability, StockMovement, Store
from stores.services.errors import Refusal, StaleEdit
from stores.services.keyset import BadCursor, Page, Sorting, read_page
from stores.services.stock.counts import Confirmed, confirm_stocks, count_stock
from stores.services.stock.rules import change_rules, rules_of

ROWS_PER_PAGE = 50
NEWEST = Sorting(is_descending=True)


@login_required
@require_safe
def stock(request: HttpRequest, store_id: int) -> HttpResponse:
    """The stocks that are doubtful, or all that are counted; and what the store wants of them."""
    return _page(request, own_store(request, store_id))


@login_required
@require_POST
def confirm(request: HttpRequest, store_id: int) -> HttpResponse:
    """Those that the person saw are right."""
    store = own_store(request, store_id)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["stock"][0]))
        return redirect("cabinet:stock", store_id=store.pk)
    try:
        confirmed = confirm_stocks(store, form.cleaned_data["stock"][:ROWS_PER_PAGE], request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        _tell(request, confirmed)
    return redirect("cabinet:stock", store_id=store.pk)


@login_required
@require_POST
def change(request: HttpRequest, store_id: int) -> HttpResponse:
    """What the store wants of its stock."""
    store = own_store(request, store_id)
    form = StockRulesForm(rules_of(store.pk), request.POST)
    if not form.is_valid():
        return _page(request, store, form)
    try:
        change_rules(store, form.cleaned_data["version"], form.cleaned_data, request.user)
    except StaleEdit:
        form.rebase()
        return _page(request, store, form)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, store, form)
    messages.success(request, _("Saved."))
    return redirect("cabinet:stock", store_id=store.pk)


@login_required
@require_safe
def movements(request: HttpRequest, stock_id: int) -> HttpResponse:
    """Why the stock is what it is: the last count, and what orders did since and before."""
    found = _find(request, stock_id)
    done: QuerySet[Any] = StockMovement.objects.for_store(found.product.store).filter(availability=found)
    context = {
        "frame": frame_of(found.product.store, request.user),
        "stock": found,
        "page": _read(done.select_related("order_item__order", "actor"), request),
    }
    return render(request, "cabinet/stock_movements.html", context)


@login_required
@require_POST
def count(request: HttpRequest, stock_id: int) -> HttpResponse:
    """So many pieces were counted."""
    found = _find(request, stock_id)
    form = CountForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Write how many pieces were counted, as a whole number."))
        return redirect("cabinet:stock-movements", stock_id=found.pk)
    try:
        count_stock(found, form.cleaned_data["stock"], request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Saved."))
    return redirect("cabinet:stock-movements", stock_id=found.pk)


def _tell(request: HttpRequest, confirmed: Confirmed) -> None:
    if confirmed.count:
        text = ngettext("%(count)s stock is believed again.", "%(count)s stocks are believed again.", confirmed.count)
        messages.success(request, text % {"count": confirmed.count})
    if confirmed.moved:
        text = _("These have moved since you saw them, and stay as they are: %(which)s. Count them again.")
        which = ", ".join(f"{row.product.sku} · {row.sales_point.code}: {row.stock_count}" for row in confirmed.moved)
        messages.error(request, text % {"which": which})


def _page(request: HttpRequest, store: Store, form: StockRulesForm | None = None) -> HttpResponse:
    counted = Availability.objects.for_store(store).filter(counted_at__isnull=False, stock_count__isnull=False)
    doubtful = counted.exclude(doubt="")
    shows_all = request.GET.get("show") == "all"
    rows = counted if shows_all else doubtful
    page = _read(rows.select_related("product", "sales_point"), request)
    context = {
        "frame": frame_of(store, request.user),
        "store": store,
        "shows_all": shows_all,
        "doubtful": doubtful.count(),
        "query": "show=all" if shows_all else "",
        "page": page,
        "confirmation": ConfirmForm(initial={"stock": page.rows}),
        "form": form or StockRulesForm(rules_of(store.pk)),
    }
    return render(request, "cabinet/stock.html", context)


def _read(rows: "QuerySet[Any]", request: HttpRequest) -> "Page[Any]":
    try:
        return read_page(rows, NEWEST, ROWS_PER_PAGE, request.GET.get("cursor", ""))
    except BadCursor:
        return read_page(rows, NEWEST, ROWS_PER_PAGE)


def _find(request: HttpRequest, stock_id: int) -> Availability:
    stocks = Availability.objects.for_user(request.user).select_related("product__store", "sales_point")
    found: Availability = get_object_or_404(stocks, pk=stock_id)
    return found
