from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.product_facts import NewProductForm
from cabinet.forms.products import FindForm
from cabinet.own_rows import own_store
from cabinet.presenters import products as presenter
from cabinet.presenters.frame import frame_of
from cabinet.presenters.product_facts import known_categories, points_of
from stores.models import CatalogueBatch, Store
from stores.services.catalogue.one_product import add_product
from stores.services.errors import Refusal
from stores.services.health import read_health

MOST_MOVED = 200
LONGEST_ID = 18


@login_required
@require_safe
def store_products(request: HttpRequest, store_id: int) -> HttpResponse:
    """The products of a store in one city: our price, the lowest rival, the place."""
    store = own_store(request, store_id)
    cities = presenter.cities_of(store)
    city = presenter.choose_city(cities, request.GET.get("city", ""))
    form = FindForm(store, request.GET)
    page = presenter.read_products(store, city, form, request.GET.get("cursor", ""))
    context = {
        "frame": frame_of(store, request.user),
        "store": store,
        "cities": cities,
        "city": city,
        "form": form,
        "query": form.query(),
        "page": page,
        "rows": presenter.rows_of(presenter.prices_of(page.rows, store, city)),
        "unpriced": page.rows if form.is_for_unpriced else [],
        "unpriced_count": presenter.count_unpriced(store, city, form),
        "summary": presenter.summarise(store, city),
        "changes": presenter.last_changes(store),
        "health": read_health(),
    }
    return render(request, "cabinet/products.html", context)


@login_required
@require_safe
def moved_products(request: HttpRequest, store_id: int) -> HttpResponse:
    """What the live page swaps in after "look again": the named products' rows, the summary, the last changes."""
    store = own_store(request, store_id)
    city = presenter.choose_city(presenter.cities_of(store), request.GET.get("city", ""))
    moved = presenter.city_prices(store, city).filter(product__in=read_ids(request.GET.get("ids", "")))
    context = {
        "frame": frame_of(store, request.user),
        "store": store,
        "rows": presenter.rows_of(moved),
        "summary": presenter.summarise(store, city),
        "changes": presenter.last_changes(store),
        "health": read_health(),
        "is_live": True,
    }
    return render(request, "cabinet/_moved.html", context)


@login_required
@require_safe
def new_product(request: HttpRequest, store_id: int) -> HttpResponse:
    """An empty form."""
    store = own_store(request, store_id)
    return _new_page(request, store, NewProductForm(points_of(store)))


@login_required
@require_POST
def create(request: HttpRequest, store_id: int) -> HttpResponse:
    """Add a product. What is refused is shown at its field, with everything that was typed."""
    store = own_store(request, store_id)
    form = NewProductForm(points_of(store), request.POST)
    if not form.is_valid():
        return _new_page(request, store, form)
    try:
        made = add_product(store, form.change(), request.user, CatalogueBatch.Source.PERSON, form.terms())
    except Refusal as refusal:
        form.refuse(refusal)
        return _new_page(request, store, form)
    messages.success(request, _("The product is added. No rule moves its price until you choose a strategy."))
    return redirect("cabinet:product", product_id=made.pk)


def read_ids(text: str) -> list[int]:
    """The ids in `3,7,12`; what is none is passed over."""
    parts = text.split(",")[:MOST_MOVED]
    return [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) <= LONGEST_ID]


def _new_page(request: HttpRequest, store: Store, form: NewProductForm) -> HttpResponse:
    context = {
        "frame": frame_of(store, request.user),
        "form": form,
        "categories": known_categories(store),
    }
    return render(request, "cabinet/new_product.html", context)
