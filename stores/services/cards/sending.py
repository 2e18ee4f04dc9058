"""
A batch leaves once.

The intent is written first, and the road is tried with a small question before the batch goes. What the marketplace
surely did not take waits, or becomes a draft again; what it may have taken is `unsure`, for it knows no key against
twins and names no batch but by the code in its answer. Then a person looks into its cabinet and says what is there.
"""

import logging
import secrets
from datetime import timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

import kaspi
from stores.models import CardBatch, NewCard, Notification, Store
from stores.services import access
from stores.services.cards.checks import to_wire
from stores.services.cards.classification import attributes_of
from stores.services.cards.drafts import check_batch
from stores.services.errors import Refusal
from stores.services.market.pace import NoTurn
from stores.services.merchant.asking import CANNOT_ASK, NoToken, ask, usable_token
from stores.services.notifications import notify
from stores.services.prices.switches import is_from_backup
from stores.services.transactions import database_time, in_transaction

log = logging.getLogger(__name__)

State = CardBatch.State
# Longer than a request, its time-outs and its turn together.
LEASE = timedelta(minutes=5)
TRY_AGAIN = timedelta(minutes=2)
FIRST_CHECK = timedelta(seconds=20)
LONGEST_REFUSAL = 500


@in_transaction
def send_batch(batch: CardBatch, actor: Any) -> CardBatch:
    """
    Have the batch sent in the background.

    Raises Forbidden, NoToken, and Refusal: `not_a_draft`, `empty_batch`, `not_valid` (`check_batch` says why).
    """
    store = Store.everything.select_for_update().get(pk=batch.store_id)
    access.require(actor, store, access.Action.CHANGE_PRICES)
    _refuse_unready(batch)
    draft = CardBatch.everything.filter(pk=batch.pk, state=State.DRAFT)
    _move_on(draft.update(state=State.WAITING, sent_by=actor, refusal="", next_at=Now()))
    batch.cards.update(state=NewCard.State.SENT, sent_sku=F("sku"), remarks=[])
    return CardBatch.everything.get(pk=batch.pk)


@in_transaction
def take_back(batch: CardBatch, actor: Any) -> CardBatch:
    """Make a draft again of a batch that did not leave yet. Raises Forbidden, Refusal (`too_late`)."""
    access.require(actor, batch.store, access.Action.CHANGE_PRICES)
    if not CardBatch.everything.filter(pk=batch.pk, state=State.WAITING).update(state=State.DRAFT, next_at=None):
        raise Refusal("too_late", _("This batch is on its way, and is not taken back any more."))
    _make_drafts(batch)
    return CardBatch.everything.get(pk=batch.pk)


@in_transaction
def resolve(batch: CardBatch, actor: Any, *, was_taken: bool) -> CardBatch:
    """
    A person has looked into the marketplace's cabinet: the batch that got no answer is there, or it is not.

    What is there is with the moderators; what is not is a draft again, and may be sent. Raises Forbidden, Refusal
    (`not_unsure`).
    """
    access.require(actor, batch.store, access.Action.CHANGE_PRICES)
    unsure = CardBatch.everything.filter(pk=batch.pk, state=State.UNSURE)
    outcome = State.JUDGED if was_taken else State.DRAFT
    when = Now() if was_taken else None
    if not unsure.update(state=outcome, claim="", judged_at=when, next_at=when):
        raise Refusal("not_unsure", _("It is known by now what became of this batch."))
    if was_taken:
        batch.cards.update(state=NewCard.State.MODERATED)
    else:
        _make_drafts(batch)
    return CardBatch.everything.get(pk=batch.pk)


def send_next() -> bool:
    """Claim the batch that waits longest and send it; False when there is none."""
    _give_up_dead()
    batch = None if is_from_backup() else _claim()
    if batch is None:
        return False
    if _is_road_open(batch) and _keep(batch):
        _send(batch)
    return True


def _is_road_open(batch: CardBatch) -> bool:
    """Ask something small first: what fails here has surely sent nothing."""
    try:
        ask(batch.store, kaspi.MerchantApi.check_token)
    except kaspi.TokenRejected as rejected:
        _refuse(batch, rejected)
        return False
    except (*CANNOT_ASK, NoToken) as error:
        _wait(batch, error)
        return False
    return True


def _send(batch: CardBatch) -> None:
    cards = _wire_cards(batch)
    try:
        made = ask(batch.store, lambda api: kaspi.CardsApi(api).send(cards))
    except (NoTurn, NoToken, kaspi.Throttled) as error:
        _wait(batch, error)
    except kaspi.Refused as refused:
        _refuse(batch, refused)
    except CANNOT_ASK as error:
        log.warning("batch %s of new cards may have been taken: %s", batch.pk, error)
        doubt(_ours(batch), sent_at=Now())
    else:
        _note_sent(batch, made)


def _wire_cards(batch: CardBatch) -> list[kaspi.NewCard]:
    cards = list(batch.cards.select_related("category").order_by("pk"))
    asked = {each.pk: attributes_of(each) for each in {card.category for card in cards}}
    return [to_wire(card, asked[card.category_id]) for card in cards]


def _claim() -> CardBatch | None:
    """A batch is given to one worker, and never to a second one: who dies with it leaves it `unsure`."""
    due = CardBatch.everything.filter(state=State.WAITING, next_at__lte=Now())
    pk = due.order_by("next_at", "pk").values_list("pk", flat=True).first()
    if pk is None:
        return None
    claim = {"claim": secrets.token_hex(16), "leased_until": database_time(LEASE)}
    claimed = due.filter(pk=pk).update(state=State.SENDING, **claim)
    return CardBatch.everything.select_related("store").get(pk=pk) if claimed else None


def _ours(batch: CardBatch) -> "QuerySet[CardBatch]":
    return CardBatch.everything.filter(pk=batch.pk, claim=batch.claim, state=State.SENDING)


def _keep(batch: CardBatch) -> bool:
    """Whether the batch is still ours, the last time before it leaves. A worker may have slept since he claimed it."""
    return bool(_ours(batch).update(leased_until=database_time(LEASE)))


def _wait(batch: CardBatch, error: Exception) -> None:
    """It did not leave; it will."""
    pause = timedelta(seconds=getattr(error, "retry_after", None) or 0)
    _ours(batch).update(state=State.WAITING, claim="", next_at=database_time(max(pause, TRY_AGAIN)))


@in_transaction
def _refuse(batch: CardBatch, refused: kaspi.Refused) -> None:
    """None of it was taken: a draft again, with the marketplace's words."""
    words = str(refused)[:LONGEST_REFUSAL]
    if _ours(batch).update(state=State.DRAFT, claim="", next_at=None, refusal=words):
        _make_drafts(batch)
        _tell(batch, Notification.Kind.CARDS_REFUSED, {"refusal": words})


@in_transaction
def doubt_waiting() -> None:
    """The data came back from a backup: what was to leave then may have left since, and is not sent twice."""
    doubt(CardBatch.everything.filter(state=State.WAITING))


@in_transaction
def _give_up_dead() -> None:
    """Whoever held these is gone, and nobody knows how far he got."""
    doubt(CardBatch.everything.filter(state=State.SENDING, leased_until__lt=Now()), sent_at=Now())


@in_transaction
def doubt(batches: "QuerySet[CardBatch]", **facts: object) -> None:
    """A person has to look what the marketplace has of these; `facts` are columns that change with that."""
    for batch in batches.select_for_update():
        # The claim stays: an answer that comes late is still worth having.
        CardBatch.everything.filter(pk=batch.pk).update(state=State.UNSURE, **facts)
        _tell(batch, Notification.Kind.CARDS_UNSURE, {})


def _note_sent(batch: CardBatch, made: kaspi.CardImport) -> None:
    """The answer, on time or late, as long as nobody has said that the marketplace has nothing."""
    known = CardBatch.everything.filter(pk=batch.pk, claim=batch.claim, state__in=(State.SENDING, State.UNSURE))
    facts = {"code": made.code, "status": made.status[:200], "sent_at": Now(), "claim": ""}
    known.update(state=State.SENT, next_at=database_time(FIRST_CHECK), **facts)


def _make_drafts(batch: CardBatch) -> None:
    batch.cards.update(state=NewCard.State.DRAFT, sent_sku=None)


def _tell(batch: CardBatch, kind: Notification.Kind, facts: dict[str, Any]) -> None:
    event = f"{kind}:{batch.pk}:{secrets.token_hex(4)}"
    notify(batch.store_id, kind, event=event, facts={"batch": batch.pk, "name": batch.name, **facts})


def _refuse_unready(batch: CardBatch) -> None:
    usable_token(batch.store)
    if not batch.cards.exists():
        raise Refusal("empty_batch", _("There is no card in this batch."))
    if problems := check_batch(batch):
        text = _("Cards that are not ready yet: %(count)s. See their fields.") % {"count": len(problems)}
        raise Refusal("not_valid", text)


def _move_on(moved: int) -> None:
    if not moved:
        raise Refusal("not_a_draft", _("This batch was sent. Its cards are not changed any more."))
