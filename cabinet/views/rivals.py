from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.rivals import RivalForm
from cabinet.own_rows import own_store
from cabinet.presenters import rivals as presenter
from cabinet.presenters.frame import frame_of
from stores.models import Competitor
from stores.services.errors import Refusal
from stores.services.market.rivals import change_rival

RIVALS_PER_PAGE = 50
# Each word is a condition of its own, and a database takes only so many.
LONGEST_SEARCH = 200
# Where on the list somebody was.
PLACE = ("q", "stance", "page")


@login_required
@require_safe
def rivals(request: HttpRequest, store_id: int) -> HttpResponse:
    """The merchants that the store meets on its cards."""
    store = own_store(request, store_id)
    words = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    stance = request.GET.get("stance", "")
    page = Paginator(presenter.competitors(store, words, stance), RIVALS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "frame": frame_of(store, request.user),
        "words": words,
        "stance": stance,
        "stances": Competitor.Stance.choices,
        "page": page,
        "rivals": presenter.rivals_of(page.object_list),
        "place": _place(request),
    }
    return render(request, "cabinet/rivals.html", context)


@login_required
@require_POST
def change(request: HttpRequest, rival_id: int) -> HttpResponse:
    """Say what a merchant is to the store, and go back to him on the list."""
    own = Competitor.objects.for_user(request.user).select_related("store", "competitor_store")
    rival = get_object_or_404(own, pk=rival_id)
    form = RivalForm(rival, request.POST)
    if form.is_valid():
        try:
            change_rival(rival, form.cleaned_data, request.user)
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("%(name)s: saved.") % {"name": rival.competitor_store.name})
    else:
        messages.error(
            request, _("Nothing was saved. Choose one of the stances; notes are at most 5,000 letters long.")
        )
    address = reverse("cabinet:rivals", args=[rival.store_id])
    return redirect(f"{address}?{_place(request)}#rival-{rival.pk}")


def _place(request: HttpRequest) -> str:
    """Where on the list the person is, for the way back."""
    return urlencode({name: request.GET[name][:LONGEST_SEARCH] for name in PLACE if name in request.GET})
