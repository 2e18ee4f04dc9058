from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.product_facts import FactsForm
from cabinet.presenters import product_facts as presenter
from cabinet.presenters.changes import edits_of
from cabinet.presenters.frame import frame_of
from stores.models import Product
from stores.services.catalogue.one_product import change_product
from stores.services.errors import Refusal, StaleEdit
from stores.services.prices.pricing_edit import PricingEdit


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
        change_product(found, form.change(), PricingEdit(form.cleaned_data["version"], {}), request.user)
    except StaleEdit:
        form.rebase()
        return _page(request, found, form)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, found, form)
    messages.success(request, _("Saved."))
    return redirect("cabinet:facts", product_id=found.pk)


def _find(request: HttpRequest, product_id: int) -> Product:
    return get_object_or_404(Product.objects.for_user(request.user).select_related("store"), pk=product_id)


def _form(found: Product, data: Any = None) -> FactsForm:
    return FactsForm(found, presenter.places_of(found), presenter.priced_cities(found), data)


def _page(request: HttpRequest, found: Product, form: FactsForm) -> HttpResponse:
    context = {
        "frame": frame_of(found.store, request.user),
        "product": found,
        "form": form,
        "categories": presenter.known_categories(found.store),
        "edits": edits_of(found),
    }
    return render(request, "cabinet/facts.html", context)
