"""Which prices and limits people have decided on since a moment: a wish that was made before must not undo that."""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from django.db.models import Q

from stores.models import CatalogueChange, ProductPriceUpdate, Store, WaitingPrice
from stores.services.catalogue.range import OF_CITY

# Of a product in a city: (its id, the city's).
Place: TypeAlias = tuple[int, str]
# A decision bears the time at which its transaction began; others see it when that has ended.
LONGEST_TRANSACTION = timedelta(minutes=5)


class Decided(NamedTuple):
    """
    Where people have decided since: `taken` are the places where it is done, `waiting` where the price leaves later.

    What rules did is none of it; nor is a price that was decided on before and left since, when its turn came.
    """

    taken: AbstractSet[Place] = frozenset()
    waiting: AbstractSet[Place] = frozenset()


def read_decided(store: Store, since: datetime) -> Decided:
    """What people have decided in a store since that moment (UTC), and shortly before; three queries."""
    taken = {*_typed(store, since - LONGEST_TRANSACTION), *_agreed_or_undone(store, since - LONGEST_TRANSACTION)}
    waiting = WaitingPrice.everything.filter(store=store, batch__made_at__gt=since)
    return Decided(taken, set(waiting.values_list("city_price__product", "city_price__city_id")))


def _typed(store: Store, since: datetime) -> set[Place]:
    """On a page, through the API, in a file or for many at once."""
    changes = CatalogueChange.everything.filter(
        store=store, batch__made_at__gt=since, batch__actor__isnull=False, product__isnull=False, field__in=OF_CITY
    )
    return set(changes.order_by().values_list("product", "city_id"))


def _agreed_or_undone(store: Store, since: datetime) -> set[Place]:
    """What a rule proposed and a person said yes to, and what he put back: the history of products has neither."""
    updates = ProductPriceUpdate.everything.filter(store=store, approved_at__gt=since, actor__isnull=False)
    by_word = updates.filter(Q(origin=ProductPriceUpdate.Origin.RULE) | Q(undoes__isnull=False))
    return set(by_word.order_by().values_list("product", "city_id"))
