from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cabinet.forms.cards import BatchForm, CardForm, LinkForm, ResolveForm, unsaved
from cabinet.own_rows import own_store
from cabinet.presenters import cards as presenter
from cabinet.presenters.frame import frame_of
from stores.models import CardBatch, CardCategory, NewCard, Store
from stores.services.cards import drafts, sending
from stores.services.cards.checks import check_card
from stores.services.cards.classification import attributes_of, category_for, find_categories
from stores.services.cards.following import link_card
from stores.services.errors import Refusal, StaleEdit
from stores.services.merchant.tokens import token_of

LONGEST_SEARCH = 200


@login_required
@require_safe
def batches(request: HttpRequest, store_id: int) -> HttpResponse:
    """The batches of new cards of a store."""
    return _batches_page(request, own_store(request, store_id), BatchForm())


@login_required
@require_POST
def create(request: HttpRequest, store_id: int) -> HttpResponse:
    """Begin a batch."""
    store, form = own_store(request, store_id), BatchForm(request.POST)
    if not form.is_valid():
        return _batches_page(request, store, form)
    try:
        made = drafts.create_batch(store, form.cleaned_data["name"], request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("cabinet:card-batches", store_id=store.pk)
    return redirect("cabinet:card-batch", batch_id=made.pk)


@login_required
@require_safe
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One batch: what is wrong with its cards, or what became of them."""
    found = _find_batch(request, batch_id)
    cards = presenter.cards_of(found)
    context = {
        "frame": frame_of(found.store, request.user),
        "batch": found,
        "cards": cards,
        "unready": sum(bool(each.problems) for each in cards),
        "has_failed": any(each.card.state in (NewCard.State.FAILED, NewCard.State.SKIPPED) for each in cards),
    }
    return render(request, "cabinet/card_batch.html", context)


@login_required
@require_POST
def send(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Have the batch sent."""
    found = _find_batch(request, batch_id)
    told = _("The batch leaves within a minute. This page shows what the marketplace says.")
    return _done(request, found, lambda: sending.send_batch(found, request.user), told)


@login_required
@require_POST
def take_back(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Make a draft again of a batch that did not leave yet."""
    found = _find_batch(request, batch_id)
    return _done(request, found, lambda: sending.take_back(found, request.user), _("The batch is a draft again."))


@login_required
@require_POST
def resolve(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Say whether the marketplace has the batch that got no answer."""
    found, form = _find_batch(request, batch_id), ResolveForm(request.POST)
    if not form.is_valid():
        return redirect("cabinet:card-batch", batch_id=found.pk)
    was_taken = form.cleaned_data["was_taken"] == "yes"
    told = _("The cards are with the moderators.") if was_taken else _("The batch is a draft again.")
    return _done(request, found, lambda: sending.resolve(found, request.user, was_taken=was_taken), told)


@login_required
@require_POST
def copy_failed(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Put the refused cards into a new draft."""
    found = _find_batch(request, batch_id)
    try:
        draft = drafts.copy_failed(found, request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        draft = found
    return redirect("cabinet:card-batch", batch_id=draft.pk)


@login_required
@require_POST
def delete_batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Throw a draft away."""
    found = _find_batch(request, batch_id)
    try:
        drafts.delete_batch(found, request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("cabinet:card-batch", batch_id=found.pk)
    return redirect("cabinet:card-batches", store_id=found.store_id)


@login_required
@require_safe
def new_card(request: HttpRequest, batch_id: int) -> HttpResponse:
    """First the category, then what it asks for."""
    found = _find_batch(request, batch_id)
    code = request.GET.get("category", "")
    try:
        if not code:
            return _categories_page(request, found)
        category = category_for(found.store, code)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("cabinet:card-batch", batch_id=found.pk)
    return _card_page(request, found, CardForm(unsaved(category), attributes_of(category)))


@login_required
@require_POST
def add(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Put a card into the batch. What is missing may come later."""
    found = _find_batch(request, batch_id)
    category = get_object_or_404(CardCategory, code=request.POST.get("category", ""))
    form = CardForm(unsaved(category), attributes_of(category), request.POST)
    if not form.is_valid():
        return _card_page(request, found, form)
    try:
        card = drafts.add_card(found, form.values(), request.user)
    except Refusal as refusal:
        form.refuse(refusal)
        return _card_page(request, found, form)
    return redirect("cabinet:new-card", card_id=card.pk)


@login_required
@require_safe
def card(request: HttpRequest, card_id: int) -> HttpResponse:
    """One card: what was filled in, and what is wrong with it."""
    found = _find_card(request, card_id)
    attributes = attributes_of(found.category)
    form = CardForm(found, attributes)
    if found.state == NewCard.State.DRAFT:
        form.show(check_card(found, attributes))
    return _card_page(request, found.batch, form)


@login_required
@require_POST
def edit(request: HttpRequest, card_id: int) -> HttpResponse:
    """Save what was typed."""
    found = _find_card(request, card_id)
    form = CardForm(found, attributes_of(found.category), request.POST)
    if not form.is_valid():
        return _card_page(request, found.batch, form)
    try:
        drafts.change_card(found, form.cleaned_data["version"] or 0, form.values(), request.user)
    except (StaleEdit, Refusal) as refusal:
        form.refuse(refusal)
        return _card_page(request, found.batch, form)
    messages.success(request, _("Saved."))
    return redirect("cabinet:new-card", card_id=found.pk)


@login_required
@require_POST
def delete_card(request: HttpRequest, card_id: int) -> HttpResponse:
    """Take the card out of its batch."""
    found = _find_card(request, card_id)
    return _done(request, found.batch, lambda: drafts.delete_card(found, request.user), _("The card is taken out."))


@login_required
@require_POST
def link(request: HttpRequest, card_id: int) -> HttpResponse:
    """Say which page the marketplace has made of it."""
    found, form = _find_card(request, card_id), LinkForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Type the address of the card's page."))
        return redirect("cabinet:card-batch", batch_id=found.batch_id)
    told = _("The product %(sku)s has its card now.") % {"sku": found.sku}
    return _done(request, found.batch, lambda: link_card(found, form.cleaned_data["card_id"], request.user), told)


def _find_batch(request: HttpRequest, batch_id: int) -> CardBatch:
    return get_object_or_404(CardBatch.objects.for_user(request.user).select_related("store"), pk=batch_id)


def _find_card(request: HttpRequest, card_id: int) -> NewCard:
    rows = NewCard.objects.for_user(request.user).select_related("store", "batch__store", "category")
    return get_object_or_404(rows, pk=card_id)


def _done(request: HttpRequest, found: CardBatch, act: Callable[[], object], text: str) -> HttpResponse:
    try:
        act()
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, text)
    return redirect("cabinet:card-batch", batch_id=found.pk)


def _batches_page(request: HttpRequest, store: Store, form: BatchForm) -> HttpResponse:
    context = {
        "frame": frame_of(store, request.user),
        "batches": presenter.batches_of(store),
        "token": token_of(store),
        "form": form,
    }
    return render(request, "cabinet/card_batches.html", context)


def _categories_page(request: HttpRequest, found: CardBatch) -> HttpResponse:
    words = request.GET.get("q", "")[:LONGEST_SEARCH]
    context = {
        "frame": frame_of(found.store, request.user),
        "batch": found,
        "words": words,
        "categories": find_categories(found.store, words),
    }
    return render(request, "cabinet/card_categories.html", context)


def _card_page(request: HttpRequest, found: CardBatch, form: CardForm) -> HttpResponse:
    context = {"frame": frame_of(found.store, request.user), "batch": found, "form": form, "card": form.card}
    return render(request, "cabinet/new_card.html", context)
