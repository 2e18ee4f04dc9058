"""What failed today: one page for the service desk, with the way to the rows behind each number."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from stores.models import (
    BreakerTrip,
    CardBatch,
    CardMarket,
    MerchantToken,
    Notification,
    OrderAction,
    OrderReading,
    PriceListVersion,
    ProductPriceUpdate,
    ProductUpload,
    TaskFailure,
)
from stores.services import failures
from stores.services.failures import Failed
from users.models import Letter, UserPurchase

PERIOD = timedelta(days=1)


@dataclass(frozen=True)
class Kind:
    """One way to fail: its words, its query, and the list of the admin that shows its rows."""

    title: str | Promise
    ask: Callable[[datetime], Failed]
    model: type[Model]
    rows: str = ""


@dataclass(frozen=True)
class Line:
    """One line of the page. `link` is empty for who may not see the rows."""

    title: str | Promise
    failed: Failed
    link: str


# What costs sellers money first.
KINDS = (
    Kind(_("Price lists refused by the checker"), failures.refused_lists, PriceListVersion, "refusal__isempty=0"),
    Kind(
        _("Prices in no price list in time"), failures.unpublished_prices, ProductPriceUpdate, "state__exact=approved"
    ),
    Kind(_("Price lists not fetched in time"), failures.unpulled_prices, ProductPriceUpdate, "state__exact=published"),
    Kind(_("Prices not on the storefront in time"), failures.unseen_prices, ProductPriceUpdate, "state__exact=pulled"),
    Kind(_("Blind: cards not looked at in time"), failures.blind_markets, CardMarket),
    Kind(_("Pauses by a breaker"), failures.tripped_breakers, BreakerTrip),
    Kind(_("Prices held"), failures.held_prices, ProductPriceUpdate, "state__exact=held"),
    Kind(_("Orders that cannot be read"), failures.unread_orders, OrderReading),
    Kind(_("Order actions with an unknown end"), failures.unclear_actions, OrderAction, "state__exact=unclear"),
    Kind(_("Order actions refused or without effect"), failures.refused_actions, OrderAction),
    Kind(_("Payments to be looked at"), failures.held_payments, UserPurchase, "attention__isempty=0"),
    Kind(_("API tokens refused"), failures.refused_tokens, MerchantToken, "state__exact=refused"),
    Kind(_("New cards without an answer"), failures.unsure_cards, CardBatch, "state__exact=unsure"),
    Kind(_("Files refused"), failures.refused_uploads, ProductUpload, "state__exact=refused"),
    Kind(_("Messages not told in time"), failures.untold_messages, Notification, "delivery__exact=waiting"),
    Kind(_("Letters not sent in time"), failures.unsent_letters, Letter, "sent_at__isempty=1"),
    Kind(_("Failed tasks"), failures.failed_tasks, TaskFailure),
)


@require_safe
def what_failed(request: HttpRequest) -> HttpResponse:
    """Everything that failed in the last 24 hours or has not ended well since; what did fail comes first."""
    since = timezone.now() - PERIOD
    lines = [Line(kind.title, kind.ask(since), _link(request, kind)) for kind in KINDS]
    shown = {
        **admin.site.each_context(request),
        "title": _("What failed today"),
        "failed": [line for line in lines if line.failed.rows],
        "fine": [line for line in lines if not line.failed.rows],
    }
    return TemplateResponse(request, "admin/what_failed.html", shown)


def _link(request: HttpRequest, kind: Kind) -> str:
    desk = admin.site.get_model_admin(kind.model)
    if not desk.has_view_permission(request):
        return ""
    return f"{reverse(f'admin:{desk.opts.app_label}_{desk.opts.model_name}_changelist')}?{kind.rows}"
