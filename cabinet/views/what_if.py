from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from cabinet.forms.what_if import WhatIfForm
from cabinet.own_rows import own_store
from cabinet.presenters import what_if as presenter
from cabinet.presenters.frame import frame_of
from cabinet.presenters.rules import categories_of
from stores.models import PricingRule, Replay, Store
from stores.services.errors import Refusal
from stores.services.prices.replay import work

LONGEST_ID = 18


@login_required
@require_safe
@vary_on_headers("HX-Request")
def what_if(request: HttpRequest, store_id: int) -> HttpResponse:
    """A question to ask, filled in from a rule where one is named; and the questions of before, or these alone."""
    store = own_store(request, store_id)
    if request.headers.get("HX-Request"):
        return render(request, "cabinet/_replays.html", {"store": store, "questions": presenter.questions_of(store)})
    rule = _rule_of(store, request.GET.get("rule", ""))
    return _page(request, store, WhatIfForm(categories_of(store), rule), rule)


@login_required
@require_POST
def ask(request: HttpRequest, store_id: int) -> HttpResponse:
    """Put the question into the queue. What is refused is shown at its field, with everything that was typed."""
    store = own_store(request, store_id)
    form = WhatIfForm(categories_of(store), data=request.POST)
    if not form.is_valid():
        return _page(request, store, form)
    try:
        replay = work.ask(store, form.wanted(), request.user)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(request, store, form)
    return redirect("cabinet:replay", replay_id=replay.pk)


@login_required
@require_safe
@vary_on_headers("HX-Request")
def replay(request: HttpRequest, replay_id: int) -> HttpResponse:
    """How far a question has got, or its answer: a page, or what changes on it while it runs."""
    asked = get_object_or_404(Replay.objects.for_user(request.user).select_related("store"), pk=replay_id)
    context = {
        "frame": frame_of(asked.store, request.user),
        "asked": presenter.tell(asked),
        "answer": presenter.answer_of(asked),
        "rule": presenter.rule_asked_about(asked),
    }
    is_part = bool(request.headers.get("HX-Request"))
    return render(request, "cabinet/_replay.html" if is_part else "cabinet/replay.html", context)


def _rule_of(store: Store, text: str) -> PricingRule | None:
    """The rule of the store that is named by its id; none for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_ID):
        return None
    return PricingRule.objects.for_store(store).filter(pk=text).first()


def _page(request: HttpRequest, store: Store, form: WhatIfForm, rule: PricingRule | None = None) -> HttpResponse:
    context = {
        "frame": frame_of(store, request.user),
        "store": store,
        "form": form,
        "rule": rule,
        "questions": presenter.questions_of(store),
    }
    return render(request, "cabinet/what_if.html", context)
