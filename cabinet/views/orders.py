"""A store's orders: found, done with one by one or many at once, and their labels printed."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.orders import FORMS, ActionForm, FindOrdersForm
from cabinet.own_rows import own_store
from cabinet.presenters import orders as presenter
from cabinet.presenters.frame import frame_of
from cabinet.presenters.money import profit_of_order
from stores.models import Order, OrderAction, Store
from stores.models.roles import Action
from stores.services import access
from stores.services.errors import Refusal
from stores.services.orders.actions import plan
from stores.services.orders.bulk import plan_many
from stores.services.orders.finding import Desk
from stores.services.orders.lifecycle import Verb
from stores.services.orders.waybills import MOST_AT_ONCE, Layout, print_waybills

# What many orders are told at once: each is packed into one parcel.
MANY: dict[str, dict[str, Any]] = {Verb.ACCEPT: {}, Verb.ASSEMBLE: {"parcels": 1}}


@login_required
@require_safe
def orders(request: HttpRequest, store_id: int) -> HttpResponse:
    """The orders by what is to be done with them, what ends first at the top."""
    store = own_store(request, store_id, Action.SEE_ORDERS)
    tabs = presenter.tabs_of(store)
    desk = _desk_of(request, tabs)
    form = FindOrdersForm(store, request.GET)
    page = presenter.read_orders(store, form.wanted(desk), request.GET.get("cursor", ""))
    context = {
        "frame": frame_of(store, request.user),
        "store": store,
        "tabs": tabs,
        "desk": desk,
        "form": form,
        "query": form.query(),
        "here": _here(request, desk),
        "page": page,
        "rows": presenter.rows_of(page.rows, presenter.named(request.GET.getlist("orders"))),
        "bulk": [Verb(verb) for verb in presenter.BULK[desk]],
        "may_print": desk in (Desk.HAND_OVER, Desk.ALL),
    }
    return render(request, "cabinet/orders.html", context)


@login_required
@require_POST
def act_on_many(request: HttpRequest, store_id: int) -> HttpResponse:
    """Plan the same action for the chosen orders, and say of each what came of it."""
    store = own_store(request, store_id, Action.SEE_ORDERS)
    chosen, kind = _chosen(request, store), request.POST.get("kind", "")
    if not chosen or kind not in MANY:
        messages.error(request, _("Choose orders first."))
        return _back(request, store)
    context = {
        "frame": frame_of(store, request.user),
        "store": store,
        "desk": request.POST.get("desk", ""),
        "kind": OrderAction.Kind(kind).label,
        "planned": plan_many(chosen, kind, MANY[kind], request.user),
    }
    return render(request, "cabinet/orders_planned.html", context)


@login_required
@require_POST
def print_labels(request: HttpRequest, store_id: int) -> HttpResponse:
    """The labels of the chosen orders as one PDF."""
    store = own_store(request, store_id, Action.SEE_ORDERS)
    chosen = _chosen(request, store)
    layout = Layout.A4 if request.POST.get("layout") == Layout.A4 else Layout.LABEL
    if not chosen:
        messages.error(request, _("Choose orders first."))
        return _back(request, store)
    try:
        file = print_waybills(store, chosen, layout, request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return _back(request, store)
    return HttpResponse(file, content_type="application/pdf")


@login_required
@require_safe
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """One order: its lines, its buyer, what was done to it and what may be done."""
    return _page(request, _find_order(request, order_id))


@login_required
@require_POST
def act(request: HttpRequest, order_id: int) -> HttpResponse:
    """Plan one action on an order."""
    found = _find_order(request, order_id)
    kind = request.POST.get("kind", "")
    form = FORMS.get(kind, ActionForm)(list(found.items.all()), request.POST)
    if kind not in FORMS or not form.is_valid():
        return _page(request, found, (kind, form))
    try:
        plan(found, kind, form.arguments(), request.user)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, found, (kind, form))
    messages.success(request, _("It leaves within seconds. This page shows what comes of it."))
    return redirect("cabinet:order", order_id=found.pk)


def _find_order(request: HttpRequest, order_id: int) -> Order:
    actions = Prefetch("actions", OrderAction.everything.select_related("actor"))
    found = Order.objects.for_user(request.user).select_related("store", "client", "sales_point")
    return get_object_or_404(found.prefetch_related("items", actions), pk=order_id)


def _chosen(request: HttpRequest, store: Store) -> list[Order]:
    """The orders that were ticked, in the order of the list; no more than one request may do."""
    ids = presenter.named(request.POST.getlist("orders"))[:MOST_AT_ONCE]
    found = Order.objects.for_user(request.user).filter(store=store).select_related("store").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def _desk_of(request: HttpRequest, tabs: list[presenter.Tab]) -> Desk:
    """The wanted heap; else the first in which something lies."""
    wanted = request.GET.get("desk", "")
    if wanted in set(Desk):
        return Desk(wanted)
    return next((tab.desk for tab in tabs if tab.count), Desk.ALL)


def _here(request: HttpRequest, desk: Desk) -> str:
    """The address of what is shown, without what is ticked."""
    told = request.GET.copy()
    told.pop("orders", None)
    told["desk"] = desk
    return f"{request.path}?{told.urlencode()}"


def _back(request: HttpRequest, store: Store) -> HttpResponse:
    address = reverse("cabinet:orders", args=[store.pk])
    desk = request.POST.get("desk", "")
    return redirect(f"{address}?desk={desk}" if desk in set(Desk) else address)


def _page(request: HttpRequest, found: Order, tried: tuple[str, ActionForm] | None = None) -> HttpResponse:
    may = access.allowed(request.user, found.store)
    context = {
        "frame": frame_of(found.store, request.user),
        "store": found.store,
        "page": presenter.page_of(found, may, tried),
        "profit": profit_of_order(found) if Action.SEE_PRICES in may else None,
        "layouts": [str(layout) for layout in Layout],
    }
    return render(request, "cabinet/order.html", context)
