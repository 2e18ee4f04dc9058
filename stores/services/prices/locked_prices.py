"""Prices of one store, locked: their limits and where they come from, as the gate asks, read for many at once."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from stores.models import CityPrice, CompetitorProduct, PriceTurn, ProductPriceUpdate, Store
from stores.services.prices import gate, queue, waiting_prices
from stores.services.prices.budget import spent_changes
from stores.services.prices.plans import Rules, policy_of, read_rules, version_of
from stores.services.prices.switches import Switches, read_switches

# How far back a price may lie that the storefront still shows, and how many of them are looked through.
LATELY = timedelta(days=7)
MOST_KNOWN = 100


class Change(NamedTuple):
    """A price that left, tenge; and whether it came to be seen on the storefront."""

    old_price: int
    new_price: int
    is_by_person: bool
    is_seen: bool


Changes = Mapping[int, Sequence[Change]]


@dataclass
class LockedPrices:
    """
    Prices of one store as they stand while the store is locked, by id, and what the gate asks about them.

    `of_day` and `lately` hold what left, newest first. `changes_in_half_hour` grows with each price that leaves.
    `turns`: those of these prices that wait for a place in the change budget.
    """

    store: Store
    now: datetime
    rows: dict[int, CityPrice]
    switches: Switches
    rules: Rules
    changes_in_half_hour: int
    of_day: Changes
    lately: Changes
    turns: dict[int, PriceTurn]

    def limits(self, row: CityPrice, rule_id: int | None) -> gate.Limits:
        """What the seller and the marketplace allow of this price now; `rule_id`: the rule that wants to move it."""
        policy = policy_of(row, self.rules)
        return gate.Limits(
            row.floor,
            row.ceiling,
            is_stopped=self.switches.is_stopped,
            is_recorded_build=self.switches.is_recorded_build,
            is_engine_accepted=self.switches.is_engine_accepted,
            has_unread_alarm=self.switches.has_unread_alarm,
            is_subscribed=self.store.frozen_at is None,
            is_within_tariff=self.store.is_within_tariff(row.product_id),
            is_automated=policy.is_automated and policy.rule_id == rule_id and not row.product.is_paused,
            waits_for_person=waiting_prices.waits_for_person(row),
            changes_per_half_hour=settings.CHANGES_PER_HALF_HOUR,
        )

    def policy_version(self, row: CityPrice) -> tuple[int, int]:
        """By which version of the seller's wishes this price is to be decided now."""
        return version_of(row, policy_of(row, self.rules))

    def shown_now(self, row: CityPrice) -> int | None:
        """Our price on the storefront at the last look, read without the engine; None where we do not stand there."""
        ours = CompetitorProduct.objects.filter(
            market=row.market_id, competitor_store__merchant_id=self.store.merchant_id
        )
        return ours.values_list("price", flat=True).first()

    def changes_ahead(self, row: CityPrice, worth: float) -> int:
        """How many prices that wait go before this one, for which a rule wants a change of that worth; one query."""
        return queue.count_ahead(row, self.turns.get(row.pk), worth)

    def history(self, row: CityPrice, shown: int | None, changes_ahead: int) -> gate.History:
        """Where this price comes from; `shown` is what the storefront shows of our offer on its card."""
        return gate.History(
            current=row.price,
            shown=shown,
            known=self._known(row, shown),
            highest_of_day=_highest_since_a_person(row.price, self.of_day.get(row.pk, ())),
            confirmed=row.confirmed_price,
            market_median=row.market.median if row.market else None,
            changes_in_half_hour=self.changes_in_half_hour,
            changes_ahead=changes_ahead,
        )

    def _known(self, row: CityPrice, shown: int | None) -> frozenset[int]:
        """What the storefront may show; of two articles of the store on one card it may show either one's price."""
        known = _known(row.price, self.lately.get(row.pk, ()))
        if shown is None or shown in known or row.market_id is None:
            return known
        twins = CityPrice.everything.filter(product__store=self.store, market=row.market_id).exclude(pk=row.pk)
        return known.union(*known_prices(list(twins)).values())


def lock_prices(store_id: int, city_price_ids: Collection[int]) -> LockedPrices:
    """
    Lock the store until the end of the transaction and read these prices of it; eight queries, however many.

    The lock keeps the change budget exact under many workers, and the limits still while they are read: whoever
    changes limits or releases a price list takes the same lock first.
    """
    store = Store.everything.select_for_update().get(pk=store_id)
    now = timezone.now()
    # The store is compared in Python: with it in the query SQLite scans all prices of the store.
    of_ids = CityPrice.everything.filter(pk__in=city_price_ids).order_by()
    prices = of_ids.select_related("product", "market", "waiting_price")
    rows = {row.pk: row for row in prices if row.product.store_id == store.pk}
    of_day = ProductPriceUpdate.everything.filter(
        city_price__in=city_price_ids, approved_at__gte=now - timedelta(hours=24)
    )
    turns = PriceTurn.everything.filter(city_price__in=city_price_ids)
    return LockedPrices(
        store=store,
        now=now,
        rows=rows,
        switches=read_switches(store),
        rules=read_rules(rows.values()),
        changes_in_half_hour=spent_changes(store, now).count(),
        of_day=_changes(of_day),
        lately=_lately(city_price_ids),
        turns={turn.city_price_id: turn for turn in turns},
    )


def known_prices(rows: Collection[CityPrice]) -> dict[int, frozenset[int]]:
    """Price row → the prices that the storefront may show of it; one query."""
    lately = _lately([row.pk for row in rows])
    return {row.pk: _known(row.price, lately.get(row.pk, ())) for row in rows}


def _lately(city_price_ids: Collection[int]) -> Changes:
    left = ProductPriceUpdate.everything.filter(city_price__in=city_price_ids, approved_at__gte=timezone.now() - LATELY)
    return _changes(_newest_of_each(left))


def _newest_of_each(updates: QuerySet[ProductPriceUpdate]) -> QuerySet[ProductPriceUpdate]:
    age = Window(RowNumber(), partition_by=F("city_price"), order_by=F("pk").desc())
    return updates.annotate(age=age).filter(age__lte=MOST_KNOWN)


def _changes(updates: QuerySet[ProductPriceUpdate]) -> Changes:
    """Price row → its changes, newest first."""
    changes: defaultdict[int, list[Change]] = defaultdict(list)
    columns = ("city_price_id", "old_price", "new_price", "actor_id", "seen_at")
    for city_price_id, old_price, new_price, actor_id, seen_at in updates.order_by("-pk").values_list(*columns):
        changes[city_price_id].append(Change(old_price, new_price, actor_id is not None, seen_at is not None))
    return changes


def _known(price: int, lately: Sequence[Change]) -> frozenset[int]:
    """The present price, those under way, and the last that was seen; before any was, all that may stand there yet."""
    known = {price}
    for change in lately:
        known.add(change.new_price)
        if change.is_seen:
            break
        known.add(change.old_price)
    return frozenset(known)


def _highest_since_a_person(price: int, of_day: Sequence[Change]) -> int:
    """The highest price of the day; what was before a person's own price is his decision, not drift."""
    highest = price
    for change in of_day:
        highest = max(highest, change.new_price)
        if change.is_by_person:
            break
        highest = max(highest, change.old_price)
    return highest
