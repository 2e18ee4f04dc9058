from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.store_prices import MODES, AlarmsForm, ModeForm, RestoreForm
from cabinet.own_rows import own_store
from cabinet.presenters import store_prices as presenter
from cabinet.presenters.frame import frame_of
from stores.models import Store
from stores.services.errors import Refusal
from stores.services.health import read_health
from stores.services.market.coverage import coverage
from stores.services.notifications import mark_alarms_read
from stores.services.prices.restore import restore
from stores.services.prices.switches import notice_of_stop
from stores.services.store import change_store


@login_required
@require_safe
def store_prices(request: HttpRequest, store_id: int) -> HttpResponse:
    """The switch of a store, its alarms, its prices as of a moment, its price lists."""
    store = own_store(request, store_id)
    form = RestoreForm(request.GET or None)
    asked = form.target() if form.is_valid() else None
    context = {
        "frame": frame_of(store, request.user),
        "modes": [(mode, name, MODES[mode]) for mode, name in Store.Mode.choices],
        "paused": presenter.paused_of(store),
        "alarms": presenter.alarms_of(store),
        "form": form,
        "moments": presenter.moments(),
        "restoration": _try(request, lambda: presenter.restoration_of(store, asked)) if asked else None,
        "rules": presenter.rules_of(store),
        "versions": presenter.versions_of(store),
        "coverage": coverage(store),
        "health": read_health(),
    }
    return render(request, "cabinet/store_prices.html", context)


@login_required
@require_POST
def change_mode(request: HttpRequest, store_id: int) -> HttpResponse:
    """Switch the store's mode: stop its prices, or let them go on."""
    store = own_store(request, store_id)
    form = ModeForm(request.POST)
    if form.is_valid():
        _try(request, lambda: change_store(store, form.cleaned_data, request.user))
    return redirect("cabinet:store-prices", store_id=store.pk)


@login_required
@require_POST
def restore_prices(request: HttpRequest, store_id: int) -> HttpResponse:
    """Put the store's prices back as they were at the moment that was shown."""
    store = own_store(request, store_id)
    form = RestoreForm(request.POST)
    if form.is_valid():
        done = _try(request, lambda: restore(store, form.target(), request.user))
        if done is not None:
            _tell_restored(request, [not each.hold_code for each in done])
    return redirect("cabinet:store-prices", store_id=store.pk)


@login_required
@require_POST
def read_alarms(request: HttpRequest, store_id: int) -> HttpResponse:
    """I have seen all of them."""
    store = own_store(request, store_id)
    form = AlarmsForm(request.POST)
    if form.is_valid():
        _try(request, lambda: mark_alarms_read(store, form.cleaned_data["newest"], request.user))
    return redirect("cabinet:store-prices", store_id=store.pk)


def _try(request: HttpRequest, act: Callable[[], Any]) -> Any:
    """Do it; where it is refused, say why and answer None."""
    try:
        return act()
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return None


def _tell_restored(request: HttpRequest, went_back: list[bool]) -> None:
    count, stayed = sum(went_back), len(went_back) - sum(went_back)
    messages.success(request, _("Prices that go back: %(count)s.") % {"count": count})
    if notice := notice_of_stop():
        messages.warning(request, notice)
    if stayed:
        messages.error(request, _("Prices that stay, for they may not leave now: %(count)s.") % {"count": stayed})
