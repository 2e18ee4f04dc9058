"""Reviews that customers send in. Each is shown after somebody of the staff has read it, and never changes."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction

from landing.models import Review
from landing.services import editions
from landing.services.shown import forget_unshown, pictures_of


class ReviewWaitsError(Exception):
    """An earlier review of this person has not been read yet; nothing was written."""


@dataclass(frozen=True)
class Words:
    """What a customer says: plain text, shown as it was typed. `rating` goes from 1 to 5."""

    author_name: str
    text: str
    rating: int
    language: str
    company: str = ""


def submit(author_id: int, words: Words) -> Review:
    """
    Keep the words until they are read. One review of a person waits at a time: nobody floods the desk.

    Raises ReviewWaitsError.
    """
    with transaction.atomic():
        get_user_model().objects.select_for_update().get(pk=author_id)  # Two at once come one after the other.
        if waits(author_id):
            raise ReviewWaitsError
        return Review.objects.create(
            author_id=author_id,
            author_name=words.author_name,
            company=words.company,
            text=words.text,
            rating=words.rating,
            language=words.language,
        )


def waits(author_id: int) -> bool:
    """Whether a review of this person has not been read yet."""
    return Review.objects.filter(author_id=author_id, state=Review.State.SUBMITTED).exists()


def written_by(author_id: int) -> list[dict[str, Any]]:
    """What this person said, and when (UTC)."""
    said = Review.objects.filter(author_id=author_id).order_by("pk")
    columns = ("author_name", "company", "text", "rating", "language", "state", "created_at")
    return [dict(zip(columns, row, strict=True)) for row in said.values_list(*columns)]


def forget_author(author_id: int) -> None:
    """
    Delete what a person said, and his picture: his name stands under it. Belongs into the transaction that forgets the
    person.
    """
    reviews = Review.objects.filter(author_id=author_id)
    forget_unshown(pictures_of(reviews))
    if reviews.delete()[0]:
        editions.renew()
