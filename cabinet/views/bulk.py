from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.bulk import BulkForm
from cabinet.forms.products import FindForm
from cabinet.own_rows import own_store
from cabinet.presenters.changes import tell
from cabinet.presenters.frame import frame_of
from cabinet.presenters.products import choose_city, cities_of
from stores.models import Product
from stores.services.catalogue.bulk import Preview, apply_bulk, preview_bulk
from stores.services.catalogue.finding import find
from stores.services.errors import Refusal


@login_required
@require_safe
def bulk_change(request: HttpRequest, store_id: int) -> HttpResponse:
    """Say what is to change of all products that were found, and see what it would do. Nothing changes here."""
    store = own_store(request, store_id)
    found = FindForm(store, request.GET)
    city = choose_city(cities_of(store), request.GET.get("city", ""))
    wanted = found.wanted(city.id)
    is_asked = "ask" in request.GET
    form = BulkForm(store, request.GET if is_asked else None)
    context = {
        "frame": frame_of(store, request.user),
        "store": store,
        "city": city,
        "found": found,
        "query": found.query(),
        "count": find(Product.objects.for_store(store), wanted).count(),
        "form": form,
    }
    if is_asked and form.is_valid():
        try:
            shown = preview_bulk(store, wanted, form.change(), form.terms(), request.user)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            context |= {"shown": shown, "samples": _samples(shown), "reasons": shown.refused.most_common()}
    return render(request, "cabinet/bulk_change.html", context)


@login_required
@require_POST
def apply_bulk_change(request: HttpRequest, store_id: int) -> HttpResponse:
    """Do what was shown."""
    store = own_store(request, store_id)
    try:
        applied = apply_bulk(store, request.POST.get("token", ""), request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("cabinet:store-products", store_id=store.pk)
    text = ngettext("%(count)s product changed.", "%(count)s products changed.", applied.changed)
    messages.success(request, text % {"count": applied.changed})
    if applied.prices_waiting:
        text = ngettext(
            "%(count)s price leaves later, as the marketplace takes it.",
            "%(count)s prices leave later, as the marketplace takes them.",
            applied.prices_waiting,
        )
        messages.success(request, text % {"count": applied.prices_waiting})
    if applied.held:
        held = sum(len(reasons) for reasons in applied.held.values())
        text = ngettext(
            "%(count)s price does not leave now: %(why)s", "%(count)s prices do not leave now: %(why)s", held
        )
        [first, *_rest] = next(iter(applied.held.values()))
        messages.error(request, text % {"count": held, "why": first.message})
    return redirect("cabinet:batch", batch_id=applied.batch.pk)


def _samples(shown: Preview) -> list[dict[str, object]]:
    return [
        {
            "sku": plan.sku,
            "model": plan.after.model,
            "changes": [tell(change, plan.sku) for change in plan.changes] if not plan.refused else [],
            "refused": plan.refused,
        }
        for plan in shown.samples
    ]
