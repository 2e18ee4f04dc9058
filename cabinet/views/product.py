from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.product import PauseForm, ProductForm
from cabinet.presenters import product as presenter
from cabinet.presenters.changes import edits_of
from cabinet.presenters.chart import chart_of, to_json
from cabinet.presenters.frame import frame_of
from stores.models import Product
from stores.services.errors import Refusal, StaleEdit
from stores.services.health import read_health
from stores.services.prices.market_now import market_now
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing

CHANGES_PER_PAGE = 20


@login_required
@require_safe
def product(request: HttpRequest, product_id: int) -> HttpResponse:
    """A product: its price in each city, the form to change it, the market now, the history of its price."""
    found = _find(request, product_id)
    prices = presenter.prices_of(found, request.GET.get("city", ""))
    form = None if prices.chosen is None else ProductForm(prices.chosen.price)
    return _page(request, found, prices, form)


@login_required
@require_safe
def product_chart(request: HttpRequest, product_id: int) -> JsonResponse:
    """The lines of the page's chart, for its script."""
    prices = presenter.prices_of(_find(request, product_id), request.GET.get("city", ""))
    lines = [] if prices.chosen is None else chart_of(prices.chosen.price)
    return JsonResponse(to_json(lines))


@login_required
@require_POST
def edit(request: HttpRequest, product_id: int) -> HttpResponse:
    """Apply the form. What is refused is shown at its field, with everything that was typed."""
    found = _find(request, product_id)
    prices = presenter.prices_of(found, request.GET.get("city", ""))
    if prices.chosen is None:
        raise Http404
    form = ProductForm(prices.chosen.price, request.POST)
    if not form.is_valid():
        return _page(request, found, prices, form)
    try:
        edit_pricing(found, form.edit(), request.user)
    except StaleEdit:
        form.rebase()
        return _page(request, found, prices, form)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, found, prices, form)
    messages.success(request, _("Saved."))
    return _back(found, prices.chosen.price.city_id)


@login_required
@require_POST
def pause(request: HttpRequest, product_id: int) -> HttpResponse:
    """Let the rules leave this product alone, or let them go on."""
    found = _find(request, product_id)
    form = PauseForm(request.POST)
    if form.is_valid():
        wanted = PricingEdit(form.cleaned_data["version"], {"is_paused": form.cleaned_data["is_paused"]})
        try:
            edit_pricing(found, wanted, request.user)
        except Refusal as refusal:
            messages.error(request, str(refusal))
    return _back(found, request.GET.get("city", ""))


def _find(request: HttpRequest, product_id: int) -> Product:
    return get_object_or_404(Product.objects.for_user(request.user).select_related("store"), pk=product_id)


def _back(found: Product, city_id: str) -> HttpResponse:
    return redirect(f"{reverse('cabinet:product', args=[found.pk])}?city={city_id}")


def _page(request: HttpRequest, found: Product, prices: presenter.Prices, form: ProductForm | None) -> HttpResponse:
    context = {"frame": frame_of(found.store, request.user), "health": read_health()}
    context |= {"product": found, "prices": prices, "form": form, "edits": edits_of(found)}
    if prices.chosen is not None:
        price = prices.chosen.price
        page = Paginator(presenter.history_of(price), CHANGES_PER_PAGE).get_page(request.GET.get("page"))
        entries = presenter.entries_of(price, page.object_list)
        context |= {"market": market_now(price), "chart": chart_of(price), "page": page, "entries": entries}
        context |= {"standing": presenter.standing_of(price), "at_marketplace": presenter.at_marketplace(price)}
    return render(request, "cabinet/product.html", context)
