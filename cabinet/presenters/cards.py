"""Batches of new cards as their pages show them."""

from dataclasses import dataclass

from stores.models import CardBatch, NewCard, Store
from stores.models.cards import counted
from stores.services.cards.checks import Problem
from stores.services.cards.drafts import check_batch

SHOWN = 50
State = CardBatch.State


@dataclass(frozen=True)
class Batch:
    """A batch, and how many of its cards are in which state, those that are none left out."""

    batch: CardBatch
    total: int
    counts: list[tuple[str, str, int]]


@dataclass(frozen=True)
class Card:
    """A card of a batch and what is wrong with it while it is a draft."""

    card: NewCard
    problems: list[Problem]
    may_be_linked: bool


def batches_of(store: Store) -> list[Batch]:
    """The newest batches: one query."""
    rows = counted(CardBatch.objects.for_store(store)).order_by("-pk")[:SHOWN]
    return [_batch(each) for each in rows]


def cards_of(batch: CardBatch) -> list[Card]:
    """The cards of a batch; of a draft with what is wrong with each."""
    problems = check_batch(batch) if batch.state == State.DRAFT else {}
    cards = batch.cards.select_related("category", "product").order_by("pk")
    linkable = (NewCard.State.MODERATED, NewCard.State.LINKED)
    return [Card(card, problems.get(card.pk, []), card.state in linkable) for card in cards]


def _batch(batch: CardBatch) -> Batch:
    counts = [(state, str(label), getattr(batch, f"{state}_cards")) for state, label in NewCard.State.choices]
    return Batch(batch, sum(count for _, _, count in counts), [each for each in counts if each[2]])
