"""A person's plan and what was paid for it. There only where people are billed."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.subscription import OrderForm
from cabinet.presenters.subscription import Plan, PlanOrder
from users.models import UserPurchase
from users.services.billing import purchases, subscriptions
from users.services.billing.paying import next_step
from users.services.errors import Refusal


def billed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page that is not there where nobody is billed; for who is signed in."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.BILLING:
            raise Http404
        return view(request, *args, **kwargs)

    return login_required(shown)


# --- The plan ---------------------------------------------------------------------------------------------------------


@billed
@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """What the person has, how much of it is used, what comes next, and what other plans cost today."""
    return render(request, "cabinet/plan.html", {"plan": Plan(request.user)})


@billed
@require_POST
def order(request: HttpRequest) -> HttpResponse:
    """Order a plan for a month or a year at the price that was shown; it is paid on the page of the order."""
    form = OrderForm(request.POST)
    if not form.is_valid():
        raise Http404
    try:
        purchase = purchases.request_purchase(request.user, **form.cleaned_data)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("cabinet:plan")
    return redirect("cabinet:payment", purchase_id=purchase.pk)


@billed
@require_POST
def choose_free(request: HttpRequest) -> HttpResponse:
    """Go on with the free plan, after what is paid for."""
    return _do(request, subscriptions.choose_free, _("The free plan is chosen."))


@billed
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Take the choice of the free plan back."""
    return _do(request, subscriptions.cancel_free, _("The plan stays as it is."))


@billed
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """Let a plan go on that the service desk has paused."""
    return _do(request, subscriptions.resume, _("The plan goes on. Prices are looked at anew, then the rules act."))


def _do(request: HttpRequest, act: Callable[[Any], object], done: str) -> HttpResponse:
    try:
        act(request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("cabinet:plan")


# --- Payments ---------------------------------------------------------------------------------------------------------


@billed
@require_safe
def payments(request: HttpRequest) -> HttpResponse:
    """All that the person ordered, the newest first."""
    return render(request, "cabinet/payments.html", {"purchases": _own(request)})


@billed
@require_safe
def payment(request: HttpRequest, purchase_id: int) -> HttpResponse:
    """One order: how to pay it, or what became of it. Made to be printed."""
    purchase = get_object_or_404(_own(request), pk=purchase_id)
    return render(request, "cabinet/payment.html", {"order": PlanOrder(purchase)})


@billed
@require_POST
def pay(request: HttpRequest, purchase_id: int) -> HttpResponse:
    """The address of the service where an order is paid: a link, for no form of ours may lead to another host."""
    purchase = get_object_or_404(_own(request), pk=purchase_id)
    try:
        url = next_step(purchase).url
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("cabinet:payment", purchase_id=purchase.pk)
    return render(request, "cabinet/payment.html", {"order": PlanOrder(purchase), "url": url})


@billed
@require_POST
def cancel(request: HttpRequest, purchase_id: int) -> HttpResponse:
    """Take an order back that was not paid."""
    purchase = get_object_or_404(_own(request), pk=purchase_id)
    try:
        purchases.cancel(purchase)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("cabinet:payment", purchase_id=purchase.pk)
    messages.success(request, _("Order %(number)s is cancelled.") % {"number": purchase.number})
    return redirect("cabinet:plan")


def _own(request: HttpRequest) -> QuerySet[UserPurchase]:
    return UserPurchase.objects.filter(user=request.user.pk).select_related("tariff")
