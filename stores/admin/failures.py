"""What failed today: one page for the service desk, with the way to the rows behind each number."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from stores.services import failures
from stores.services.failures import Failed

PERIOD = timedelta(days=1)


@dataclass(frozen=True)
class Kind:
    """One way to fail: its words, its query, and the list of the admin that shows its rows."""

    title: str | Promise
    ask: Callable[[datetime], Failed]
    model: str
    rows: str = ""


@dataclass(frozen=True)
class Line:
    """One line of the page. `link` is empty for who may not see the rows."""

    title: str | Promise
    failed: Failed
    link: str


UPDATES = "productpriceupdate"
# What costs sellers money first.
KINDS = (
    Kind(_("Price lists refused by the checker"), failures.refused_lists, "pricelistversion", "refusal__isempty=0"),
    Kind(_("Prices in no price list in time"), failures.unpublished_prices, UPDATES, "state__exact=approved"),
    Kind(_("Price lists not fetched in time"), failures.unpulled_prices, UPDATES, "state__exact=published"),
    Kind(_("Prices not on the storefront in time"), failures.unseen_prices, UPDATES, "state__exact=pulled"),
    Kind(_("Blind: cards not looked at in time"), failures.blind_markets, "cardmarket"),
    Kind(_("Pauses by a breaker"), failures.tripped_breakers, "breakertrip"),
    Kind(_("Prices held"), failures.held_prices, UPDATES, "state__exact=held"),
    Kind(_("Orders that cannot be read"), failures.unread_orders, "orderreading"),
    Kind(_("Order actions with an unknown end"), failures.unclear_actions, "orderaction", "state__exact=unclear"),
    Kind(_("Order actions refused or without effect"), failures.refused_actions, "orderaction"),
    Kind(_("API tokens refused"), failures.refused_tokens, "merchanttoken", "state__exact=refused"),
    Kind(_("New cards without an answer"), failures.unsure_cards, "cardbatch", "state__exact=unsure"),
    Kind(_("Files refused"), failures.refused_uploads, "productupload", "state__exact=refused"),
    Kind(_("Messages not told in time"), failures.untold_messages, "notification", "delivery__exact=waiting"),
    Kind(_("Failed tasks"), failures.failed_tasks, "taskfailure"),
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
    if not request.user.has_perm(f"stores.view_{kind.model}"):
        return ""
    return f"{reverse(f'admin:stores_{kind.model}_changelist')}?{kind.rows}"
