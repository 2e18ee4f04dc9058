"""How many of the price changes that the marketplace takes in half an hour are spent, and when the next are free."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from stores.models import PriceTurn, ProductPriceUpdate, Store
from stores.services.prices.gate import SHARE_OF_RULES
from stores.services.prices.waiting_prices import waiting_prices_of

BUDGET_SPAN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Budget:
    """
    Changes of a store's prices in the last half hour: `spent` by everybody, `for_rules` of the `taken`, which are all
    that the marketplace takes; the difference is kept for people, undo and prices under their floor.

    `waiting`: prices that have no place yet, wanted by rules or in big changes of people. `next_place_at` (UTC): when
    one of the changes grows so old that a rule may make another; None while it may now.
    """

    spent: int
    for_rules: int
    taken: int
    waiting: int
    next_place_at: datetime | None

    @property
    def free_for_rules(self) -> int:
        """The changes that rules may make now."""
        return max(self.for_rules - self.spent, 0)

    @property
    def free(self) -> int:
        """The changes that may be made now, with the reserve that rules leave to people."""
        return max(self.taken - self.spent, 0)


def budget_of(store: Store, now: datetime | None = None) -> Budget:
    """The store's change budget at a moment: three or four queries."""
    spent = spent_changes(store, now or timezone.now())
    count, taken = spent.count(), settings.CHANGES_PER_HALF_HOUR
    for_rules = changes_for_rules()
    waiting = PriceTurn.everything.filter(store=store, city_price__market__isnull=False).count()
    waiting += waiting_prices_of(store).count()
    return Budget(count, for_rules, taken, waiting, next_place_at=_end_of(spent, count - for_rules))


def changes_for_rules() -> int:
    """How many changes in half an hour rules may spend, as the gate counts; the rest of them is kept for people."""
    return math.ceil(settings.CHANGES_PER_HALF_HOUR * SHARE_OF_RULES)


def spent_changes(store: Store, now: datetime) -> QuerySet[ProductPriceUpdate]:
    """The changes that count against the budget: a change of exactly half an hour ago does no more."""
    return ProductPriceUpdate.everything.filter(store=store, approved_at__gt=now - BUDGET_SPAN)


def _end_of(spent: QuerySet[ProductPriceUpdate], place: int) -> datetime | None:
    """When the change at this place, the oldest first, counts no more; None where there is no such change."""
    if place < 0:
        return None
    moments = spent.order_by("approved_at").values_list("approved_at", flat=True)
    return next((moment + BUDGET_SPAN for moment in moments[place : place + 1] if moment is not None), None)
