from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.facts import FactsForm, NewProductForm
from cabinet.pictures import facts as pictures
from cabinet.pictures.catalogue import edits_of
from cabinet.pictures.frame import frame_of
from stores.models import CatalogueBatch, Product, Store
from stores.services.catalogue.edit import add_product, change_product
from stores.services.errors import Refusal, StaleEdit
from stores.services.prices.limits import Edit


@login_required
@require_safe
def facts(request: HttpRequest, product_id: int) -> HttpResponse:
    """What a product is, and where it lies."""
    found = _find(request, product_id)
    return _page(request, found, _form(found))


@login_required
@require_POST
def edit(request: HttpRequest, product_id: int) -> HttpResponse:
    """Apply the form. What is refused is shown at its field, with everything that was typed."""
    found = _find(request, product_id)
    form = _form(found, request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    try:
        change_product(found, form.change(), Edit(form.cleaned_data["version"], {}), request.user)
    except StaleEdit:
        form.rebase()
        return _page(request, found, form)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, found, form)
    messages.success(request, _("Saved."))
    return redirect("cabinet:facts", product_id=found.pk)


@login_required
@require_safe
def new_product(request: HttpRequest, store_id: int) -> HttpResponse:
    """An empty form."""
    store = _find_store(request, store_id)
    return _new_page(request, store, NewProductForm(pictures.points_of(store)))


@login_required
@require_POST
def create(request: HttpRequest, store_id: int) -> HttpResponse:
    """Add a product. What is refused is shown at its field, with everything that was typed."""
    store = _find_store(request, store_id)
    form = NewProductForm(pictures.points_of(store), request.POST)
    if not form.is_valid():
        return _new_page(request, store, form)
    try:
        made = add_product(store, form.change(), request.user, CatalogueBatch.Source.PERSON, form.terms())
    except Refusal as refusal:
        form.refuse(refusal)
        return _new_page(request, store, form)
    messages.success(request, _("The product is added. No rule moves its price until you choose a strategy."))
    return redirect("cabinet:product", product_id=made.pk)


def _find(request: HttpRequest, product_id: int) -> Product:
    return get_object_or_404(Product.objects.for_user(request.user).select_related("store"), pk=product_id)


def _find_store(request: HttpRequest, store_id: int) -> Store:
    return get_object_or_404(Store.objects.for_user(request.user), pk=store_id)


def _form(found: Product, data: Any = None) -> FactsForm:
    return FactsForm(found, pictures.places_of(found), pictures.priced_cities(found), data)


def _page(request: HttpRequest, found: Product, form: FactsForm) -> HttpResponse:
    context = {
        "frame": frame_of(found.store, request.user),
        "product": found,
        "form": form,
        "categories": pictures.known_categories(found.store),
        "edits": edits_of(found),
    }
    return render(request, "cabinet/facts.html", context)


def _new_page(request: HttpRequest, store: Store, form: NewProductForm) -> HttpResponse:
    context = {
        "frame": frame_of(store, request.user),
        "form": form,
        "categories": pictures.known_categories(store),
    }
    return render(request, "cabinet/new_product.html", context)
