"""The merchants on a store's cards: what they are to it, and how they behave."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cabinet.forms.rivals import RivalForm
from stores.models import Competitor, Store
from stores.models.words import search_words
from stores.services.cities import city_name

KINDS: Mapping[bool | None, str | Promise] = {True: _("a robot"), False: _("a person"), None: _("not known yet")}


@dataclass(frozen=True)
class Rival:
    """
    A merchant and what the last two weeks say of him; None: not known.

    `step`, `lowest`: tenge; `reaction_seconds`: how long he needs to answer; `first_share`: of the time, 0 to 1.
    """

    rival: Competitor
    form: RivalForm
    kind: str
    step: int | None
    reaction_seconds: int | None
    lowest: int | None
    first_share: float | None
    cities: list[str]


def competitors(store: Store, words: str, stance: str) -> QuerySet[Competitor]:
    """The store's merchants by name, those with all the words in it and of the stance, where one is given."""
    named = Q()
    for word in search_words(words):
        named &= Q(competitor_store__name__icontains=word)
    found = Competitor.objects.for_store(store).filter(named)
    if stance in Competitor.Stance.values:
        found = found.filter(stance=stance)
    return found.select_related("competitor_store").order_by("competitor_store__name", "pk")


def rivals_of(rows: Iterable[Competitor]) -> list[Rival]:
    """The rows in words."""
    return [_rival(row) for row in rows]


def _rival(row: Competitor) -> Rival:
    learnt: dict[str, Any] = row.behaviour
    return Rival(
        rival=row,
        form=RivalForm(row),
        kind=str(KINDS[row.is_bot]),
        step=learnt.get("step"),
        reaction_seconds=learnt.get("reaction_seconds"),
        lowest=learnt.get("lowest"),
        first_share=learnt.get("first_share"),
        cities=sorted(city_name(city_id) for city_id in learnt.get("cities", [])),
    )
