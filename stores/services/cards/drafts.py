"""Batches and their cards while they are filled in. Nothing of it leaves; `sending` does that."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from stores.models import CardBatch, CardCategory, NewCard, Store
from stores.services import access
from stores.services.cards.checks import Problem, check_card
from stores.services.cards.classification import attributes_of, category_for
from stores.services.errors import Refusal, StaleEdit
from stores.services.transactions import in_transaction

MOST_CARDS = 500
MOST_DRAFTS = 100
TEXTS = ("sku", "title", "brand", "description", "weight")
FIELDS = (*TEXTS, "attributes", "images")
State = CardBatch.State


def create_batch(store: Store, name: str, actor: Any) -> CardBatch:
    """An empty batch. Raises Forbidden, Refusal (`too_many_drafts`)."""
    access.require(actor, store, access.Action.CHANGE_PRICES)
    if CardBatch.objects.for_store(store).filter(state=State.DRAFT).count() >= MOST_DRAFTS:
        text = _("%(count)s drafts are open. Send or delete some of them first.") % {"count": MOST_DRAFTS}
        raise Refusal("too_many_drafts", text)
    return CardBatch.everything.create(store=store, name=name)


@in_transaction
def delete_batch(batch: CardBatch, actor: Any) -> None:
    """Throw a draft away with its cards. Raises Forbidden, Refusal (`not_a_draft`)."""
    _open_draft(batch, actor).delete()


def add_card(batch: CardBatch, values: Mapping[str, Any], actor: Any) -> NewCard:
    """
    Put a card into a draft; `values` are FIELDS and `category`, its code. It need not be whole yet.

    Raises Forbidden, and Refusal: `not_a_draft`, `sku_twice`, `too_many_cards`, `unknown_category`, and what
    `classification` raises.
    """
    access.require(actor, batch.store, access.Action.CHANGE_PRICES)
    return _add(batch, category_for(batch.store, values["category"]), values, actor)


@in_transaction
def _add(batch: CardBatch, category: CardCategory, values: Mapping[str, Any], actor: Any) -> NewCard:
    batch = _open_draft(batch, actor)
    if batch.cards.count() >= MOST_CARDS:
        text = _("A batch holds at most %(count)s cards. Begin another one.") % {"count": MOST_CARDS}
        raise Refusal("too_many_cards", text)
    card = NewCard(store=batch.store, batch=batch, category=category, **_told(values))
    _refuse_twin(card)
    card.save()
    return card


def change_card(card: NewCard, version: int, values: Mapping[str, Any], actor: Any) -> NewCard:
    """
    Change what is named in `values`. Another category takes another set of attributes: those it does not know are left
    out.

    Raises StaleEdit, and what `add_card` raises.
    """
    access.require(actor, card.store, access.Action.CHANGE_PRICES)
    code = values.get("category", card.category.code)
    return _change(card, version, category_for(card.store, code), values, actor)


@in_transaction
def _change(card: NewCard, version: int, category: CardCategory, values: Mapping[str, Any], actor: Any) -> NewCard:
    _open_draft(card.batch, actor)
    card = NewCard.everything.select_for_update().get(pk=card.pk)
    if card.version != version:
        raise StaleEdit("stale", _("Somebody has changed this card since you opened it. Look at it again."))
    for name, value in _told(values).items():
        setattr(card, name, value)
    if category.pk != card.category_id:
        known = {each.code for each in attributes_of(category)}
        card.attributes = {code: value for code, value in card.attributes.items() if code in known}
        card.category = category
    _refuse_twin(card)
    card.version += 1
    card.save()
    return card


@in_transaction
def delete_card(card: NewCard, actor: Any) -> None:
    """Take a card out of its draft. Raises Forbidden, Refusal (`not_a_draft`)."""
    _open_draft(card.batch, actor)
    card.delete()


def check_batch(batch: CardBatch) -> dict[int, list[Problem]]:
    """
    What is wrong with each card of the batch, by its id; cards with which nothing is wrong are not there.

    Two queries and one for each category.
    """
    cards = list(batch.cards.select_related("category"))
    asked = {each.pk: attributes_of(each) for each in {card.category for card in cards}}
    on_their_way = _on_their_way(batch, [card.sku for card in cards])
    found = {}
    for card in cards:
        problems = check_card(card, asked[card.category_id])
        if card.sku in on_their_way:
            problems.append(Problem("sku", "already_sent", _("A card with this SKU was sent before.")))
        if problems:
            found[card.pk] = problems
    return found


@in_transaction
def copy_failed(batch: CardBatch, actor: Any) -> CardBatch:
    """
    A new draft with the cards that the marketplace did not take, to be put right. Raises Forbidden, Refusal
    (`nothing_failed`).
    """
    access.require(actor, batch.store, access.Action.CHANGE_PRICES)
    failed = list(batch.cards.filter(state__in=(NewCard.State.FAILED, NewCard.State.SKIPPED)))
    if not failed:
        raise Refusal("nothing_failed", _("The marketplace has refused no card of this batch."))
    draft = create_batch(batch.store, batch.name, actor)
    NewCard.everything.bulk_create(
        NewCard(store=batch.store, batch=draft, category_id=card.category_id, **_filled_in(card)) for card in failed
    )
    return draft


def _filled_in(card: NewCard) -> dict[str, Any]:
    return {name: getattr(card, name) for name in FIELDS}


def _on_their_way(batch: CardBatch, skus: Sequence[str]) -> set[str]:
    others = NewCard.objects.for_store(batch.store_id).exclude(batch=batch)
    return set(others.filter(sent_sku__in=skus).values_list("sent_sku", flat=True))


def _open_draft(batch: CardBatch, actor: Any) -> CardBatch:
    """The batch, locked. Raises Forbidden, Refusal (`not_a_draft`)."""
    access.require(actor, batch.store, access.Action.CHANGE_PRICES)
    batch = CardBatch.everything.select_for_update().get(pk=batch.pk)
    if batch.state != State.DRAFT:
        raise Refusal("not_a_draft", _("This batch was sent. Its cards are not changed any more."))
    return batch


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are named, texts without blanks around them."""
    return {name: values[name].strip() if name in TEXTS else values[name] for name in FIELDS if name in values}


def _refuse_twin(card: NewCard) -> None:
    if card.batch.cards.filter(sku=card.sku).exclude(pk=card.pk).exists():
        text = _("The batch has a card with the SKU “%(sku)s” already.") % {"sku": card.sku}
        raise Refusal("sku_twice", text, {"sku": [text]})
