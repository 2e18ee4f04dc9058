"""
What the marketplace's categories ask of a card, kept in rows with their age.

Shared by all stores, asked with the token of whoever needs it. What is old is served, and renewed in the background;
only what was never read makes somebody wait.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

import kaspi
from stores.models import CardAttribute, CardCategory, MerchantToken, Store
from stores.models.words import search_words
from stores.services.errors import Refusal
from stores.services.merchant.asking import CANNOT_ASK, Answer, NoToken, Question, ask
from stores.services.transactions import in_transaction

log = logging.getLogger(__name__)

FRESH = timedelta(days=1)
MOST_FOUND = 50
MOST_VALUES = 5_000
RENEWED_AT_ONCE = 20
# Lists of values that are asked for at once: more of them would wait too long for their turns.
VALUES_AT_ONCE = 10


def find_categories(store: Store, words: str) -> list[CardCategory]:
    """
    The first categories in whose code or title each of the words stands, in any case.

    Raises Refusal (`no_token`, `token_refused`, `marketplace_silent`) where none was ever read and none can be now.
    """
    _read_once(store)
    found = CardCategory.objects.filter(is_offered=True)
    for word in search_words(words.casefold()):
        found = found.filter(folded__contains=word)
    return list(found.order_by("title", "code")[:MOST_FOUND])


def category_for(store: Store, code: str) -> CardCategory:
    """The category with what it asks for. Raises Refusal: `unknown_category`, and as `find_categories`."""
    _read_once(store)
    category = CardCategory.objects.filter(code=code, is_offered=True).first()
    if category is None:
        text = _("The marketplace has no category “%(code)s”. Choose one from its list.") % {"code": code[:100]}
        raise Refusal("unknown_category", text, {"category": [text]})
    if category.attributes_read_at is None:
        _read_attributes(store, category)
    return category


def attributes_of(category: CardCategory) -> list[CardAttribute]:
    """What the category asks for, what it must have first."""
    return list(category.attributes.all())


def renew() -> None:
    """Read again what is older than a day, with the token of a store that works with new cards."""
    helper = _helper()
    if helper is None:
        return
    before = timezone.now() - FRESH
    if not CardCategory.objects.filter(read_at__gte=before).exists():
        with _alone():
            _read_categories(helper)
    for category in _stale(before):
        CardCategory.objects.filter(pk=category.pk).update(attributes_tried_at=Now())
        with _alone():
            _read_attributes(helper, category)


@contextmanager
def _alone() -> Iterator[None]:
    """What cannot be read keeps nothing else from being read."""
    try:
        yield
    except Refusal as refusal:
        log.info("what categories ask for is not renewed: %s", refusal.__cause__ or refusal)


def _stale(before: object) -> QuerySet[CardCategory]:
    """Those tried longest ago first: one that fails for good is not always the first."""
    used = CardCategory.objects.filter(attributes_read_at__lt=before, is_offered=True)
    return used.order_by("attributes_tried_at", "attributes_read_at", "pk")[:RENEWED_AT_ONCE]


def _helper() -> Store | None:
    """A store whose token works and that has new cards: nobody else's is spent on this."""
    tokens = MerchantToken.everything.filter(state=MerchantToken.State.VALID, store__new_cards__isnull=False)
    token = tokens.select_related("store").order_by("?").first()
    return None if token is None else token.store


def _read_once(store: Store) -> None:
    if not CardCategory.objects.exists():
        _read_categories(store)


def _read_categories(store: Store) -> None:
    _store_categories(_answered(store, lambda api: kaspi.CardsApi(api).categories()))


def _read_attributes(store: Store, category: CardCategory) -> None:
    attributes, values = _answered(store, lambda api: _attributes_with_values(kaspi.CardsApi(api), category.code))
    _store_attributes(category, attributes, values)


async def _attributes_with_values(
    cards: kaspi.CardsApi, code: str
) -> tuple[Sequence[kaspi.CardAttribute], dict[str, Sequence[kaspi.ChoiceOfValue]]]:
    attributes = await cards.attributes(code)
    enums = [each.code for each in attributes if each.type == kaspi.AttributeType.ENUM]
    values: dict[str, Sequence[kaspi.ChoiceOfValue]] = {}
    for start in range(0, len(enums), VALUES_AT_ONCE):
        some = enums[start : start + VALUES_AT_ONCE]
        answers = await asyncio.gather(*(cards.values(code, each) for each in some))
        values |= zip(some, answers, strict=True)
    return attributes, values


def _answered(store: Store, question: Question[Answer]) -> Answer:
    try:
        return ask(store, question)
    except kaspi.TokenRejected as rejected:
        raise NoToken("token_refused", _("The marketplace refuses the store's API token.")) from rejected
    except CANNOT_ASK as error:
        text = _("The marketplace does not answer now. Try again in a few minutes.")
        raise Refusal("marketplace_silent", text) from error


@in_transaction
def _store_categories(categories: Sequence[kaspi.CardCategory]) -> None:
    """All that came are offered; what is not among them is not any more. An empty list is no list."""
    if not categories:
        return
    now = timezone.now()
    rows = [
        CardCategory(code=each.code, title=each.title, folded=f"{each.code} {each.title}".casefold(), read_at=now)
        for each in categories
    ]
    CardCategory.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        update_fields=["title", "folded", "read_at", "is_offered"],
        # MariaDB takes whichever unique column meets its twin; here there is one.
        unique_fields=None if connection.vendor == "mysql" else ["code"],
    )
    CardCategory.objects.filter(read_at__lt=now).update(is_offered=False)


@in_transaction
def _store_attributes(
    category: CardCategory,
    attributes: Sequence[kaspi.CardAttribute],
    values: dict[str, Sequence[kaspi.ChoiceOfValue]],
) -> None:
    CardCategory.objects.select_for_update().get(pk=category.pk)
    category.attributes.all().delete()
    CardAttribute.objects.bulk_create(
        CardAttribute(
            category=category,
            code=each.code,
            type=each.type,
            multi_valued=each.multi_valued,
            mandatory=each.mandatory,
            values=[[value.code, value.name] for value in values.get(each.code, ())[:MOST_VALUES]],
            place=place,
        )
        for place, each in enumerate(attributes)
    )
    category.attributes_read_at = timezone.now()
    category.save(update_fields=["attributes_read_at"])
