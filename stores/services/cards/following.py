"""Batches that the marketplace has: how far each is, what became of its cards, and which page each card got."""

import logging
import re
from datetime import timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec.structs import replace

import kaspi
from stores.models import CardBatch, CatalogueBatch, NewCard, Notification, Product, Store
from stores.services import access
from stores.services.cards.sending import doubt
from stores.services.catalogue import ProductChange, apply_changes
from stores.services.errors import Refusal
from stores.services.merchant.asking import CANNOT_ASK, NoToken, ask
from stores.services.notifications import notify
from stores.services.transactions import in_transaction

log = logging.getLogger(__name__)

State = NewCard.State
# The marketplace judges a batch within minutes. Its word for one that it gave up is not known.
LONGEST_JUDGEMENT = timedelta(days=2)
LONGEST_REMARK = 500
SHORTEST_PAUSE = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(hours=1)
COUNTED = {"accepted": State.MODERATED, "failed": State.FAILED, "skipped": State.SKIPPED}
# A question is worth asking again after a quarter of the time that has passed.
PATIENCE = 4
_CARD_IN_ADDRESS = re.compile(r"(?:https?://kaspi\.kz/shop/p/(?:[^/?#]*-)?)?([1-9][0-9]{5,19})(?:[/?#].*)?", re.ASCII)


def follow_next() -> bool:
    """Ask how far the batch is that waits longest for it; False when none is due."""
    _give_up_endless()
    batch = _claim()
    if batch is None:
        return False
    try:
        _follow(batch)
    except (*CANNOT_ASK, NoToken) as error:
        # Reading harms nobody: the next time is set already.
        log.info("batch %s of new cards: %s", batch.pk, error)
    return True


def _give_up_endless() -> None:
    """Batches that are never said to be finished keep their SKUs, so a person says what the marketplace has of them."""
    doubt(CardBatch.everything.filter(state=CardBatch.State.SENT, sent_at__lt=timezone.now() - LONGEST_JUDGEMENT))


def _claim() -> CardBatch | None:
    """The next question's time is moved on before this one is asked: no two workers ask the same."""
    due = CardBatch.everything.filter(state=CardBatch.State.SENT, next_at__lte=Now())
    batch = due.select_related("store").order_by("next_at", "pk").first()
    if batch is None or batch.sent_at is None:
        return None
    now = timezone.now()
    pause = min(max((now - batch.sent_at) / PATIENCE, SHORTEST_PAUSE), LONGEST_PAUSE)
    mine = CardBatch.everything.filter(pk=batch.pk, state=CardBatch.State.SENT, next_at=batch.next_at)
    return batch if mine.update(next_at=now + pause) else None


def _follow(batch: CardBatch) -> None:
    seen = ask(batch.store, lambda api: kaspi.CardsApi(api).status(batch.code))
    told = {"status": seen.status[:200], "remark": seen.description[:LONGEST_REMARK]}
    CardBatch.everything.filter(pk=batch.pk).update(**told)
    if seen.is_finished:
        result = ask(batch.store, lambda api: kaspi.CardsApi(api).result(batch.code))
        _check_whole(batch, result)
        judge(batch, result)


def _check_whole(batch: CardBatch, result: kaspi.CardImportResult) -> None:
    """
    A SKU that the marketplace leaves out, without counting it as passed over, may be made all the same: it is not to be
    sent again. Raises kaspi.MalformedAnswer.
    """
    named = {each.sku for each in result.cards}
    unnamed = sum(sku not in named for sku in batch.cards.values_list("sku", flat=True))
    if unnamed != result.skipped:
        raise kaspi.MalformedAnswer(f"{unnamed} SKUs without a word, {result.skipped} passed over", "$.result")


@in_transaction
def judge(batch: CardBatch, result: kaspi.CardImportResult) -> None:
    """Write down what became of each card, once. A SKU that a whole result does not name was passed over."""
    sent = CardBatch.everything.filter(pk=batch.pk, state=CardBatch.State.SENT)
    if not sent.update(state=CardBatch.State.JUDGED, judged_at=Now(), next_at=Now()):
        return
    told = {each.sku: each for each in result.cards}
    cards = list(batch.cards.all())
    for card in cards:
        card.state = _state_of(told.get(card.sku))
        card.remarks = list(told[card.sku].remarks) if card.sku in told else []
        card.sent_sku = card.sku if card.state == State.MODERATED else None
    NewCard.everything.bulk_update(cards, ["state", "remarks", "sent_sku"], batch_size=200)
    _tell(batch, cards)


def _state_of(result: kaspi.CardResult | None) -> State:
    if result is None:
        return State.SKIPPED
    return State.MODERATED if result.is_accepted else State.FAILED


def _tell(batch: CardBatch, cards: list[NewCard]) -> None:
    counts = {name: sum(card.state == state for card in cards) for name, state in COUNTED.items()}
    facts = {"batch": batch.pk, "name": batch.name, **counts}
    notify(batch.store_id, Notification.Kind.CARDS_JUDGED, event=f"cards_judged:{batch.pk}", facts=facts)


def link_card(card: NewCard, address: str, actor: Any) -> NewCard:
    """
    The marketplace has made the page: its number, or its address, goes to the product with the card's SKU, which is
    made if there is none yet. Price and stock are not part of a card: they come with the price list.

    Raises Forbidden, and Refusal: `not_moderated`, `not_a_card`, or what the catalogue refuses.
    """
    access.require(actor, card.store, access.Action.CHANGE_PRICES)
    return _link(card, card_id_in(address), actor, CatalogueBatch.Source.PERSON)


def link_found(card: NewCard, card_id: str) -> NewCard:
    """The program has seen the store's own offer on this card: the product gets its number. Raises Refusal."""
    return _link(card, card_id, None, CatalogueBatch.Source.PROGRAM)


@in_transaction
def _link(card: NewCard, card_id: str, actor: Any, source: CatalogueBatch.Source) -> NewCard:
    store = Store.everything.select_for_update().get(pk=card.store_id)
    card = NewCard.everything.select_for_update().select_related("category").get(pk=card.pk)
    if card.state not in (State.MODERATED, State.LINKED):
        raise Refusal("not_moderated", _("The marketplace has not taken this card."))
    change = _change_of(store, card, card_id)
    applied = apply_changes(store, [change], actor, source)
    for refused in applied.refused.get(card.sku, []):
        raise Refusal(refused.code, refused.message, {"card_id": [refused.message]})
    card.card_id, card.state = card_id, State.LINKED
    card.product = Product.objects.for_store(store).get(sku=card.sku)
    card.version += 1
    card.save(update_fields=["card_id", "state", "product", "version"])
    return card


def card_id_in(address: str) -> str:
    """The number of a card, typed alone or within the address of its page. Raises Refusal (`not_a_card`)."""
    found = _CARD_IN_ADDRESS.fullmatch(address.strip())
    if found is None:
        text = _("Read “%(read)s”. Copy the address of the card's page, or type the number at its end.")
        message = text % {"read": address[:100]}
        raise Refusal("not_a_card", message, {"card_id": [message]})
    return found[1]


def _change_of(store: Store, card: NewCard, card_id: str) -> ProductChange:
    """The card alone for a product that is there; its name too for one that is made."""
    change = ProductChange(sku=card.sku, card_id=card_id)
    if Product.objects.for_store(store).filter(sku=card.sku).exists():
        return change
    return replace(change, model=card.title, brand=card.brand, category_code=card.category.code)
