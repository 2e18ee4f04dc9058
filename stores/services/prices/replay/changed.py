"""
What this engine decides otherwise than the one that decided then: asked before a new version may act.

Two sources. Each stored situation of a rule's update is decided again as it was stored. And each recorded moment of the
markets is decided with the present plans, limits and merchants, for products nobody has edited since: there an update
may be missing that the new engine would make. What a card usually asked then is not on record; a moment that would be
held by what it asks today is passed over.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from heapq import merge
from itertools import groupby
from operator import attrgetter

from django.utils import timezone

import pricing
from pricing.replay import Change, Meant, Merchant, Price
from stores.models import CityPrice, ProductPriceUpdate, Store
from stores.services.prices.replay import record
from stores.services.prices.replay.record import Merchants, Question
from stores.services.prices.situation import market_of, minute_of_week
from stores.services.rows import batched

# What reading a stored situation may raise.
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)
Origin = ProductPriceUpdate.Origin


class Source(StrEnum):
    """Where the decision of then is on record."""

    UPDATE = "update"
    MARKET = "market"


@dataclass(frozen=True, slots=True)
class ChangedDecision:
    """
    One decision that is another now. Prices in tenge; `rule_then` is empty where nothing was recorded.

    `unreadable` says why a stored situation cannot be decided again; `now` is None then.
    """

    store_id: int
    sku: str
    city_id: str
    decided_at: datetime
    source: Source
    then: int
    now: int | None
    rule_then: str = ""
    rule_now: str = ""
    unreadable: str = ""


def changed_decisions(since: datetime, store: Store | None = None) -> Iterator[ChangedDecision]:
    """Every decision since then that this code would take otherwise; of one store, or of all."""
    stores = Store.everything.exclude(mode=Store.Mode.PAUSED).order_by("pk") if store is None else [store]
    for each in stores:
        yield from _changed_updates(each, since)
        yield from _Recall(Question(each, since, timezone.now())).changed()


def _changed_updates(store: Store, since: datetime) -> Iterator[ChangedDecision]:
    updates = ProductPriceUpdate.everything.filter(store=store, origin=Origin.RULE, created_at__gte=since)
    for update in updates.select_related("product").order_by("pk").iterator(chunk_size=500):
        told = _decided_again(update)
        if told is not None:
            yield told


def _decided_again(update: ProductPriceUpdate) -> ChangedDecision | None:
    """None where the same price is reached for the same reason."""
    told = ChangedDecision(
        store_id=update.store_id,
        sku=update.product.sku,
        city_id=update.city_id,
        decided_at=update.created_at,
        source=Source.UPDATE,
        then=update.new_price,
        now=None,
        rule_then=_rule_then(update),
    )
    try:
        decision = pricing.decide(pricing.Situation.from_stored(update.why["situation"]))
    except UNREADABLE as error:
        return replace(told, unreadable=f"{type(error).__name__}: {error}")
    rule = rule_of(decision.steps)
    if (decision.price, rule) == (update.new_price, told.rule_then) and not decision.is_hold:
        return None
    return replace(told, now=decision.price, rule_now=rule)


def rule_of(steps: Iterable[pricing.Step]) -> str:
    """The rule that set the price: the last step that moved it, else the last one."""
    told = list(steps)
    return str(next((step.rule for step in reversed(told) if step.price is not None), told[-1].rule))


def _rule_then(update: ProductPriceUpdate) -> str:
    steps = update.why.get("steps", [])
    moving = next((step["rule"] for step in reversed(steps) if step["price"] is not None), "")
    return str(moving or (steps[-1]["rule"] if steps else ""))


@dataclass(slots=True)
class _Asked:
    """What this engine decided at a moment, and the prices that were right then until the next moment."""

    at: float
    price: int
    rule: str
    right: set[int]


@dataclass(frozen=True, slots=True)
class _Wished:
    """A price that a rule wanted and that did not leave."""

    at: float
    key: int
    price: int


class _Recall:
    """The recorded moments of one store's markets, decided by this engine."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._rows = {row.pk: row for row in _automated(question)}
        prices, _ = record.read_prices(question)
        self._prices = {price.key: price for price in prices if price.key in self._rows}
        self._in_market: defaultdict[int, list[Price]] = defaultdict(list)
        for price in self._prices.values():
            self._in_market[price.market].append(price)
        self._offers: defaultdict[int, dict[Merchant, record.Standing]] = defaultdict(dict)
        self._moves: defaultdict[int, list[tuple[float, str, int]]] = defaultdict(list)
        self._meant = {price.key: price.price for price in self._prices.values()}
        self._wished: dict[int, int] = {}
        self._changed_at: dict[int, float] = {}
        self._asked: dict[int, _Asked] = {}

    def changed(self) -> Iterator[ChangedDecision]:
        """The moments at which this engine wants a price that was not decided then."""
        merchants = Merchants()
        for standing in record.standings(self._question, self._in_market, merchants):
            self._offers[standing.market_id][standing.merchant] = standing
        for begin, end in self._question.windows():
            changes = record.changes(self._question, begin, end, merchants)
            records = merge(changes, _wishes(self._question, begin, end), key=attrgetter("at"))
            for _, together in groupby(records, key=lambda each: (each.at, getattr(each, "market", None))):
                yield from self._take(list(together))
        yield from self._close(list(self._asked))

    def _take(self, together: list[Change | Meant | _Wished]) -> Iterator[ChangedDecision]:
        """Records of one moment: of one market, or of ours."""
        for each in together:
            if isinstance(each, Change):
                self._move(each)
            elif each.key in self._prices:
                self._note(each)
        first = together[0]
        if isinstance(first, Change):
            keys = [price.key for price in self._in_market[first.market]]
            yield from self._close(keys)
            for price in self._in_market[first.market]:
                self._ask(price, first.at)

    def _move(self, change: Change) -> None:
        standing = self._offers[change.market].get(change.merchant)
        days = standing.days if standing else (None, None)
        price = change.price or 0
        self._offers[change.market][change.merchant] = record.Standing(change.market, change.merchant, price, days)
        if price:
            self._moves[change.market].append((change.at, change.merchant.merchant_id, price))

    def _note(self, ours: Meant | _Wished) -> None:
        """A price of then: one that left, or one that only wanted to."""
        if isinstance(ours, Meant):
            self._meant[ours.key] = ours.price
            self._changed_at[ours.key] = ours.at
            self._wished.pop(ours.key, None)
        else:
            self._wished[ours.key] = ours.price
        if ours.key in self._asked:
            self._asked[ours.key].right.add(ours.price)

    def _ask(self, price: Price, at: float) -> None:
        """Decide, and remember what would be right: what we meant, or wanted already; later what we came to mean."""
        if self._rows[price.key].product.updated_at > self._question.moment_of(at):
            return
        situation = self._situation(price, at)
        decision = pricing.decide(situation)
        if not decision.is_hold and self._is_unusual(price, situation):
            return
        right = {self._meant[price.key], self._wished.get(price.key, self._meant[price.key])}
        wanted = self._meant[price.key] if decision.is_hold else decision.price
        self._asked[price.key] = _Asked(at, wanted, rule_of(decision.steps), right)

    def _is_unusual(self, price: Price, situation: pricing.Situation) -> bool:
        """Whether the picture is so far from what the card usually asks that the price would be left alone."""
        market = market_of(self._rows[price.key])
        if market.recent_median is None:
            return False
        return pricing.decide(replace(situation, recent_median=round(market.recent_median))).is_hold

    def _situation(self, price: Price, at: float) -> pricing.Situation:
        changed_at = self._changed_at.get(price.key)
        has_truce = price.facts.plan.truce is not None
        return replace(
            price.facts,
            price=self._meant[price.key],
            offers=tuple(_offer(standing) for standing in self._offers[price.market].values() if standing.price),
            minute_of_week=minute_of_week(self._question.moment_of(at)),
            seconds_since_change=None if changed_at is None else at - changed_at,
            history=tuple(pricing.Move(who, asked, at - when) for when, who, asked in self._moves[price.market])
            if has_truce
            else (),
        )

    def _close(self, keys: Iterable[int]) -> Iterator[ChangedDecision]:
        """The market has moved on: what this engine wanted was decided by now, or it never was."""
        for key in keys:
            asked = self._asked.pop(key, None)
            if asked is not None and asked.price not in asked.right:
                row = self._rows[key]
                yield ChangedDecision(
                    store_id=self._question.store.pk,
                    sku=row.product.sku,
                    city_id=row.city_id,
                    decided_at=self._question.moment_of(asked.at),
                    source=Source.MARKET,
                    then=self._meant[key],
                    now=asked.price,
                    rule_now=asked.rule,
                )


def _automated(question: Question) -> Iterator[CityPrice]:
    for rows in batched(record.recorded_prices(question).filter(product__is_paused=False), record.CHUNK):
        policies = record.policies_of(question, rows)
        yield from (row for row in rows if policies[row.pk].is_automated)


def _wishes(question: Question, begin: datetime, end: datetime) -> list[_Wished]:
    """What rules wanted in the period and what has not left."""
    waiting = ProductPriceUpdate.everything.filter(
        store=question.store, origin=Origin.RULE, approved_at=None, created_at__gte=begin, created_at__lt=end
    )
    rows = waiting.order_by("created_at", "pk").values_list("created_at", "city_price_id", "new_price")
    return [_Wished(question.seconds_of(at), key, price) for at, key, price in rows]


def _offer(standing: record.Standing) -> pricing.Offer:
    merchant = standing.merchant
    return pricing.Offer(merchant.merchant_id, standing.price, merchant.rating, merchant.reviews, *standing.days)
