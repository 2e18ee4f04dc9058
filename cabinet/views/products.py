from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from cabinet.forms.catalogue import FindForm
from cabinet.pictures import products as pictures
from cabinet.pictures.frame import frame_of
from stores.models import Store
from stores.services.health import read_health

MOST_MOVED = 200
LONGEST_ID = 18


@login_required
@require_safe
def store_products(request: HttpRequest, store_id: int) -> HttpResponse:
    """The products of a store in one city: our price, the lowest rival, the place."""
    store = get_object_or_404(Store.objects.for_user(request.user), pk=store_id)
    cities = pictures.cities_of(store)
    city = pictures.choose_city(cities, request.GET.get("city", ""))
    form = FindForm(store, request.GET)
    page = pictures.read_products(store, city, form, request.GET.get("cursor", ""))
    context = {
        "frame": frame_of(store, request.user),
        "store": store,
        "cities": cities,
        "city": city,
        "form": form,
        "query": form.query(),
        "page": page,
        "rows": pictures.rows_of(pictures.prices_of(page.rows, store, city)),
        "unpriced": page.rows if form.is_for_unpriced else [],
        "unpriced_count": pictures.count_unpriced(store, city, form),
        "summary": pictures.summarise(store, city),
        "changes": pictures.last_changes(store),
        "health": read_health(),
    }
    return render(request, "cabinet/products.html", context)


@login_required
@require_safe
def moved_products(request: HttpRequest, store_id: int) -> HttpResponse:
    """What the live page swaps in after "look again": the named products' rows, the summary, the last changes."""
    store = get_object_or_404(Store.objects.for_user(request.user), pk=store_id)
    city = pictures.choose_city(pictures.cities_of(store), request.GET.get("city", ""))
    moved = pictures.city_prices(store, city).filter(product__in=read_ids(request.GET.get("ids", "")))
    context = {
        "frame": frame_of(store, request.user),
        "store": store,
        "rows": pictures.rows_of(moved),
        "summary": pictures.summarise(store, city),
        "changes": pictures.last_changes(store),
        "health": read_health(),
        "is_live": True,
    }
    return render(request, "cabinet/_moved.html", context)


def read_ids(text: str) -> list[int]:
    """The ids in `3,7,12`; what is none is passed over."""
    parts = text.split(",")[:MOST_MOVED]
    return [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) <= LONGEST_ID]
