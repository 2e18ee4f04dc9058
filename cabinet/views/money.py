"""What the orders brought: statistics, profits, goods that come back, the shop's quality."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.money import LASTING, SHOWING, TELLING, CloseReturnForm, CloseReturnsForm, PeriodForm
from cabinet.own_rows import own_store
from cabinet.presenters import money as presenter
from cabinet.presenters.frame import frame_of
from stores.models import OrderReturn, ReturnOutcome, Store
from stores.models.roles import Action
from stores.services import access
from stores.services.errors import Refusal
from stores.services.keyset import BadCursor, Sorting, read_page
from stores.services.ledger.charges import differences
from stores.services.ledger.costs import fill_unknown_costs, unknown_costs
from stores.services.ledger.returns import awaited, awaited_goods, close_return, close_returns
from stores.services.ledger.statistics import By, statistics, total_of

ORDERS_PER_PAGE = 50
TITLES: Mapping[By, str | Promise] = {
    By.DAY: gettext_lazy("Day"),
    By.CITY: gettext_lazy("City"),
    By.PRODUCT: gettext_lazy("Product"),
}
STATISTICS_TABLES = {By.DAY: "profit-by-day", By.CITY: "profit-by-city", By.PRODUCT: "profit-by-product"}
NEWEST = Sorting("placed_at", is_descending=True)


@login_required
@require_safe
def statistics_page(request: HttpRequest, store_id: int) -> HttpResponse:
    """What the store's orders brought in a period, by day, city or product."""
    store = own_store(request, store_id)
    form = PeriodForm(request.GET)
    period, by = form.period, form.told_by
    told = statistics(store, period, by)
    context = {
        **_frame(request, store, form),
        "by": by,
        "tellings": TELLING,
        "telling": TITLES[by],
        "tables": [(STATISTICS_TABLES[by], _("these figures"))],
        "told": told,
        "rows": presenter.rows_of(told, by),
        "chart": presenter.chart_of(told) if by is By.DAY else None,
    }
    return render(request, "cabinet/money_statistics.html", context)


@login_required
@require_safe
def profits(request: HttpRequest, store_id: int) -> HttpResponse:
    """What each order of a period earned, what is not known, and where the charges differ from the tables."""
    store = own_store(request, store_id)
    form = PeriodForm(request.GET)
    total = total_of(store, form.period)
    try:
        accounts = presenter.accounts_of(store, form.period, form.shown)
        page = read_page(accounts, NEWEST, ORDERS_PER_PAGE, request.GET.get("cursor", ""))
    except BadCursor:
        raise Http404 from None
    context = {
        **_frame(request, store, form),
        "show": form.shown,
        "showings": SHOWING,
        "page": page,
        "query": urlencode({**_asked(form), "show": form.shown}),
        "orders": [presenter.profit_row(account) for account in page.rows],
        "total": total,
        "differences": differences(store, form.period),
        # All orders are looked through for it, so it is asked where it matters only.
        "unknown": unknown_costs(store) if total.unknown else None,
        "tables": [("order-profits", _("these orders")), ("returns", _("returns"))],
    }
    return render(request, "cabinet/money_profits.html", context)


@login_required
@require_POST
def fill_costs(request: HttpRequest, store_id: int) -> HttpResponse:
    """Take the costs that were not known from the products as they are now."""
    store = own_store(request, store_id)
    try:
        filled = fill_unknown_costs(store, request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        text = _("Filled in: lines %(lines)s, orders %(orders)s. Their profit is there in a moment.")
        messages.success(request, text % {"lines": filled.lines, "orders": filled.orders})
    return redirect("cabinet:profits", store_id=store.pk)


@login_required
@require_safe
def returns(request: HttpRequest, store_id: int) -> HttpResponse:
    """Goods that are to come back, and what came of those that were."""
    store = own_store(request, store_id, Action.SEE_ORDERS)
    context = {
        "frame": frame_of(store, request.user),
        "goods": awaited_goods(store),
        "returns": presenter.returns_of(store),
        "closed": presenter.closed_returns_of(store),
        "outcomes": ReturnOutcome.Outcome.choices,
        "may_handle": Action.HANDLE_ORDERS in access.allowed(request.user, store),
    }
    return render(request, "cabinet/money_returns.html", context)


@login_required
@require_POST
def close(request: HttpRequest, order_id: int) -> HttpResponse:
    """Say what came of the goods of one order."""
    own = OrderReturn.objects.for_user(request.user).select_related("order__store")
    row = get_object_or_404(own, pk=order_id)
    form = CloseReturnForm(request.POST)
    if form.is_valid():
        try:
            said = close_return(row.order, form.cleaned_data["outcome"], request.user)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            facts = {"code": row.order.code, "outcome": said.get_outcome_display()}
            messages.success(request, _("Order %(code)s: %(outcome)s.") % facts)
    else:
        messages.error(request, _("Say whether the goods can be sold, are damaged, or never came back."))
    return redirect("cabinet:returns", store_id=row.store_id)


@login_required
@require_POST
def close_many(request: HttpRequest, store_id: int) -> HttpResponse:
    """Say the same of the goods of all orders that were chosen."""
    store = own_store(request, store_id, Action.SEE_ORDERS)
    waiting = {row.pk: row.order for row in awaited(store).select_related("order__store").defer("order__raw")}
    form = CloseReturnsForm(waiting, request.POST)
    if form.is_valid():
        chosen = [waiting[pk] for pk in form.cleaned_data["orders"]]
        try:
            closed = close_returns(chosen, form.cleaned_data["outcome"], request.user)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Closed: %(count)s.") % {"count": closed})
    else:
        messages.error(request, _("Choose orders that are awaited, and say what came of their goods."))
    return redirect("cabinet:returns", store_id=store.pk)


@login_required
@require_safe
def quality(request: HttpRequest, store_id: int) -> HttpResponse:
    """How near the shop is to what the marketplace lowers it for."""
    store = own_store(request, store_id)
    context = {"frame": frame_of(store, request.user), "gauges": presenter.gauges_of(store)}
    return render(request, "cabinet/money_quality.html", context)


def _frame(request: HttpRequest, store: Store, form: PeriodForm) -> dict[str, object]:
    return {
        "frame": frame_of(store, request.user),
        "form": form,
        "period": form.period,
        "today": timezone.localdate(),
        "lasting": LASTING,
        "asked": urlencode(_asked(form)),
        "may_export": Action.EXPORT in access.allowed(request.user, store),
    }


def _asked(form: PeriodForm) -> dict[str, str]:
    """The days, for links that keep them."""
    return {"since": form.period.since.isoformat(), "until": form.period.until.isoformat()}
