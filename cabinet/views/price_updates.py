from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from cabinet.presenters.frame import frame_of
from stores.models import ProductPriceUpdate
from stores.services.errors import Refusal
from stores.services.prices import answers
from stores.services.prices.explain import explanation_of, why_held
from stores.services.prices.switches import notice_of_stop
from stores.services.prices.undo import undo


@login_required
@require_safe
@vary_on_headers("HX-Request")
def price_update(request: HttpRequest, update_id: int) -> HttpResponse:
    """All that is known about one change: a page, or its inner part alone for a page that opens it in place."""
    updates = ProductPriceUpdate.objects.for_user(request.user).select_related("product", "store", "actor")
    update = get_object_or_404(updates, pk=update_id)
    context = {"update": update, "explanation": explanation_of(update)}
    if request.headers.get("HX-Request"):
        return render(request, "cabinet/_explanation.html", context)
    return render(request, "cabinet/price_update.html", context | {"frame": frame_of(update.store, request.user)})


@login_required
@require_POST
def approve_price(request: HttpRequest, update_id: int) -> HttpResponse:
    """Yes to a price that waits; where the gate does not let it go all the same, the reason is said."""

    def approve_and_tell(update: ProductPriceUpdate, actor: Any) -> None:
        answered = answers.approve(update, actor)
        if answered.state == ProductPriceUpdate.State.HELD:
            text = _("The price did not leave, though you said yes. %(reason)s")
            messages.warning(request, text % {"reason": why_held(answered.hold_code)})

    return _answer(request, update_id, approve_and_tell)


@login_required
@require_POST
def refuse_price(request: HttpRequest, update_id: int) -> HttpResponse:
    """No to a price that waits."""
    return _answer(request, update_id, answers.refuse)


@login_required
@require_POST
def undo_price(request: HttpRequest, update_id: int) -> HttpResponse:
    """The price from before this change comes back, and the product pauses."""

    def undo_and_tell(update: ProductPriceUpdate, actor: Any) -> None:
        undo(update, actor)
        if notice := notice_of_stop():
            messages.warning(request, notice)

    return _answer(request, update_id, undo_and_tell)


def _answer(request: HttpRequest, update_id: int, act: Callable[[ProductPriceUpdate, Any], Any]) -> HttpResponse:
    """Do it, say why not where it is refused, and go back to where it was asked: the product's page, or the store's."""
    update = get_object_or_404(ProductPriceUpdate.objects.for_user(request.user), pk=update_id)
    try:
        act(update, request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    if "product" in request.POST:
        address = reverse("cabinet:product", args=[update.product_id])
    else:
        address = reverse("cabinet:store-products", args=[update.store_id])
    return redirect(f"{address}?city={update.city_id}")
