"""Where payment services call us, and the page of the one that is for development."""

import logging
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from users.models import UserPurchase
from users.payments.base import NotUnderstood, Unavailable, Untrusted
from users.payments.registry import online_provider_of, provider_of
from users.payments.sandbox import Happening, Sandbox, call_of, deliver
from users.services.billing.events import take_in

log = logging.getLogger(__name__)

TAKEN = {"code": 0}
NOT_TAKEN = {"code": 13}


@csrf_exempt  # A service has no page of ours; its signature says who it is.
@require_POST
def callback(request: HttpRequest, provider: str, topic: str) -> HttpResponse:
    """What a service tells us. Answered with success once it is written down, else it is told again."""
    service = online_provider_of(provider)
    if service is None:
        raise Http404
    try:
        event = service.read(topic, request.body, request.headers, timezone.now())
    except Untrusted as error:
        log.warning("A call as %s was not believed: %s", provider, error)
        return JsonResponse(NOT_TAKEN, status=HTTPStatus.FORBIDDEN)
    except NotUnderstood as error:
        log.error("A call of %s was not understood: %s", provider, error)  # noqa: TRY400 -- its body may name a card
        return JsonResponse(NOT_TAKEN, status=HTTPStatus.BAD_REQUEST)
    take_in(provider, event)
    return JsonResponse(TAKEN)


@login_required
@require_http_methods(["GET", "POST"])
def sandbox(request: HttpRequest, purchase_id: int) -> HttpResponse:
    """Say what happens to a payment that costs nothing."""
    if provider_of(Sandbox.code) is None:
        raise Http404
    own = UserPurchase.objects.filter(user=request.user.pk, provider=Sandbox.code).select_related("tariff")
    purchase = get_object_or_404(own, pk=purchase_id)
    if request.method == "GET":
        return render(request, "payments/sandbox.html", {"purchase": purchase, "happenings": Happening})
    if request.POST.get("happens") not in list(Happening):
        raise Http404
    try:
        deliver(*call_of(purchase, Happening(request.POST["happens"])))
    except Unavailable as error:
        messages.error(request, str(error))
    return redirect("payment-sandbox", purchase_id=purchase.pk)
