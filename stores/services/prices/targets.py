"""
Which earlier prices a store may be put back to.

A target answers with price row → tenge, from the updates that left. Each of them began where the one before had ended,
so the first one after a point tells the price at that point.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import F, Max, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from stores.models import CityPrice, PriceListVersion, PricingRule, ProductPriceUpdate, Store
from stores.services.errors import Refusal

Updates = QuerySet[ProductPriceUpdate]


class Target(Protocol):
    """A point to go back to."""

    def check(self, store: Store) -> None:
        """Raises Refusal where the store has no such point."""

    def prices(self, store: Store) -> dict[int, int]:
        """Price row → its price at that point; rows that have not moved since may be missing."""

    def set_by_person(self, store: Store) -> set[int]:
        """Price rows that a person has set since, not by undoing: they are as somebody wants them."""


@dataclass(frozen=True)
class AsOf:
    """The prices that were meant at a moment."""

    moment: datetime

    def check(self, store: Store) -> None:
        """Raises Refusal (`moment_in_future`)."""
        if self.moment > timezone.now():
            raise Refusal("moment_in_future", _("This moment is still to come. Write one that has passed."))

    def prices(self, store: Store) -> dict[int, int]:
        return _first(self._since(store), "old_price")

    def set_by_person(self, store: Store) -> set[int]:
        return set(_by_person(self._since(store)).values_list("city_price_id", flat=True))

    def _since(self, store: Store) -> Updates:
        return _left(store).filter(approved_at__gt=self.moment)


@dataclass(frozen=True)
class BeforeList:
    """The prices from before a price list, of those that it carried out first."""

    number: int

    def check(self, store: Store) -> None:
        """Raises Refusal (`unknown_price_list`)."""
        if not PriceListVersion.everything.filter(store=store, number=self.number).exists():
            text = _("There is no price list %(number)s of this store.")
            raise Refusal("unknown_price_list", text % {"number": self.number})

    def prices(self, store: Store) -> dict[int, int]:
        # What came between the two lists never reached a buyer.
        before = self._of_carried(store).filter(price_list_number__lt=self.number)
        return _first(self._of_carried(store), "old_price") | _last(before, "new_price")

    def set_by_person(self, store: Store) -> set[int]:
        carried = _last(self._carried(store), "pk")
        by_person = _last(_by_person(self._of_carried(store)), "pk")
        return {row for row, pk in by_person.items() if pk > carried.get(row, pk)}

    def _carried(self, store: Store) -> Updates:
        return _left(store).filter(price_list_number=self.number)

    def _of_carried(self, store: Store) -> Updates:
        return _left(store).filter(city_price__in=self._carried(store).values("city_price"))


@dataclass(frozen=True)
class WithoutRule:
    """The last prices that a rule did not make, where it made the present ones."""

    rule_id: int

    def check(self, store: Store) -> None:
        """Raises Refusal (`unknown_rule`)."""
        if not PricingRule.everything.filter(store=store, pk=self.rule_id).exists():
            raise Refusal("unknown_rule", _("There is no rule %(id)s in this store.") % {"id": self.rule_id})

    def prices(self, store: Store) -> dict[int, int]:
        moved = _left(store).filter(rule=self.rule_id).values("city_price")
        updates = _left(store).filter(city_price__in=moved)
        made_by = _last(updates, "rule_id")
        before = _first(updates, "old_price") | _last(updates.exclude(rule=self.rule_id), "new_price")
        return {row: price for row, price in before.items() if made_by.get(row) == self.rule_id}

    def set_by_person(self, store: Store) -> set[int]:
        return set()  # What a person set since is not the rule's any more.


@dataclass(frozen=True)
class Confirmed:
    """The last prices that a person set or agreed to."""

    def check(self, store: Store) -> None:
        """There always are some."""

    def prices(self, store: Store) -> dict[int, int]:
        moved = CityPrice.everything.filter(product__store=store).exclude(price=F("confirmed_price"))
        return dict(moved.values_list("pk", "confirmed_price"))

    def set_by_person(self, store: Store) -> set[int]:
        return set()  # That is what is confirmed.


@dataclass(frozen=True)
class Carried:
    """For prices that rules moved and no list has carried yet: the last one that a list carried or a person set."""

    def check(self, store: Store) -> None:
        """There always is one."""

    def prices(self, store: Store) -> dict[int, int]:
        by_rules = _left(store).filter(state=ProductPriceUpdate.State.APPROVED, actor=None)
        updates = _left(store).filter(city_price__in=by_rules.values("city_price"))
        stood = updates.filter(Q(price_list_number__isnull=False) | Q(actor__isnull=False))
        return _first(updates, "old_price") | _last(stood, "new_price")

    def set_by_person(self, store: Store) -> set[int]:
        return set()  # What a person wanted is what they go back to.


def newest_updates(city_price_ids: list[int]) -> dict[int, int]:
    """Price row → the id of the newest update of it that left."""
    return _last(ProductPriceUpdate.everything.filter(city_price__in=city_price_ids, approved_at__isnull=False), "pk")


def _left(store: Store) -> Updates:
    return ProductPriceUpdate.everything.filter(store=store, approved_at__isnull=False)


def _by_person(updates: Updates) -> Updates:
    return updates.filter(origin=ProductPriceUpdate.Origin.PERSON, undoes__isnull=True)


def _first(updates: Updates, column: str) -> dict[int, Any]:
    return _ends(updates, Min("pk"), column)


def _last(updates: Updates, column: str) -> dict[int, Any]:
    return _ends(updates, Max("pk"), column)


def _ends(updates: Updates, end: Min | Max, column: str) -> dict[int, Any]:
    """Price row → a column of its first or last update."""
    ends = updates.order_by().values("city_price").annotate(end=end).values("end")
    return dict(ProductPriceUpdate.everything.filter(pk__in=ends).values_list("city_price_id", column))
