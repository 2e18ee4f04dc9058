from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.acceptance import AcceptanceForm
from cabinet.own_rows import own_store
from cabinet.presenters.acceptance import ShownPreview, show_preview
from cabinet.presenters.frame import frame_of
from stores.models import Store
from stores.services.errors import Refusal, StaleEdit
from stores.services.orders.acceptance.preview import preview
from stores.services.orders.acceptance.rules import change_rules, rules_of, wished


@login_required
@require_safe
def acceptance(request: HttpRequest, store_id: int) -> HttpResponse:
    """Which new orders are accepted without a person."""
    store = own_store(request, store_id)
    return _page(request, store, AcceptanceForm(rules_of(store.pk)))


@login_required
@require_POST
def ask(request: HttpRequest, store_id: int) -> HttpResponse:
    """What the rules that were typed would have done; nothing changes."""
    store = own_store(request, store_id)
    form = AcceptanceForm(rules_of(store.pk), request.POST)
    if not form.is_valid():
        return _page(request, store, form)
    try:
        told = preview(store, wished(store, form.values()))
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, store, form)
    return _page(request, store, form, show_preview(told))


@login_required
@require_POST
def change(request: HttpRequest, store_id: int) -> HttpResponse:
    """These are the store's rules from now on."""
    store = own_store(request, store_id)
    form = AcceptanceForm(rules_of(store.pk), request.POST)
    if not form.is_valid():
        return _page(request, store, form)
    try:
        change_rules(store, form.cleaned_data["version"], form.values(), request.user)
    except StaleEdit:
        form.rebase()
        return _page(request, store, form)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, store, form)
    messages.success(request, _("Saved."))
    return redirect("cabinet:acceptance", store_id=store.pk)


def _page(request: HttpRequest, store: Store, form: AcceptanceForm, shown: ShownPreview | None = None) -> HttpResponse:
    rules = rules_of(store.pk)
    context = {"frame": frame_of(store, request.user), "store": store, "rules": rules, "form": form, "shown": shown}
    return render(request, "cabinet/acceptance.html", context)
