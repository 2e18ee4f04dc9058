from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.points import NewPointForm, PointForm
from cabinet.own_rows import own_store
from cabinet.presenters.frame import frame_of
from stores.models import SalesPoint, Store
from stores.models.roles import Action
from stores.services.cities import city_name
from stores.services.errors import Refusal
from stores.services.sales_points import add_point, change_point, closing


@login_required
@require_safe
def points(request: HttpRequest, store_id: int) -> HttpResponse:
    """Where the store's goods lie."""
    store = own_store(request, store_id)
    return _page(request, store)


@login_required
@require_POST
def add(request: HttpRequest, store_id: int) -> HttpResponse:
    """A new point."""
    store = own_store(request, store_id)
    form = NewPointForm(request.POST)
    if not form.is_valid():
        return _page(request, store, new=form)
    try:
        add_point(store, form.values(), request.user)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, store, new=form)
    return redirect("cabinet:points", store_id=store.pk)


@login_required
@require_POST
def edit(request: HttpRequest, point_id: int) -> HttpResponse:
    """Its address and hours."""
    point = _find(request, point_id)
    form = PointForm(point, request.POST)
    if not form.is_valid():
        return _page(request, point.store, forms={point.pk: form})
    try:
        change_point(point, form.values(), request.user)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, point.store, forms={point.pk: form})
    messages.success(request, _("Saved."))
    return redirect("cabinet:points", store_id=point.store_id)


@login_required
@require_safe
def closing_of(request: HttpRequest, point_id: int) -> HttpResponse:
    """What goes off sale when the point closes, and the question whether it shall."""
    point = _find(request, point_id)
    context = {
        "frame": frame_of(point.store, request.user),
        "point": point,
        "city": city_name(point.city_id),
        "closing": closing(point),
    }
    return render(request, "cabinet/closing.html", context)


@login_required
@require_POST
def switch(request: HttpRequest, point_id: int) -> HttpResponse:
    """Close the point, or open it again."""
    point = _find(request, point_id)
    try:
        change_point(point, {"is_open": "is_open" in request.POST}, request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("cabinet:points", store_id=point.store_id)


def _find(request: HttpRequest, point_id: int) -> SalesPoint:
    points = SalesPoint.objects.for_user(request.user, Action.SEE_PRICES)
    return get_object_or_404(points.select_related("store"), pk=point_id)


def _page(
    request: HttpRequest, store: Store, new: NewPointForm | None = None, forms: dict[int, PointForm] | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "frame": frame_of(store, request.user),
        "store": store,
        "new": new or NewPointForm(),
        "points": [
            {"point": point, "city": city_name(point.city_id), "form": (forms or {}).get(point.pk) or PointForm(point)}
            for point in SalesPoint.objects.for_store(store).order_by("code")
        ],
    }
    return render(request, "cabinet/points.html", context)
