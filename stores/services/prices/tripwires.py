"""
Tripwires: forbidden proposals that go through the live gate again and again. One that passes stops everything.

A guard that is never tested is a decoration. The table asks the gate of this very process; then a random live price is
tried through the whole gateway, with everything it reads, in a transaction that is rolled back.
"""

import logging
import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Min
from django.utils import timezone

from stores.models import CityPrice, ProductPriceUpdate, Store
from stores.services.prices import gate, gateway
from stores.services.prices.automated import automated_prices
from stores.services.prices.breakers import ACTING, Code, Verdict, stop_everything
from stores.services.prices.gate import Hold
from stores.services.prices.plans import policy_of, read_rules
from stores.services.transactions import in_transaction

log = logging.getLogger(__name__)

SOUND = (
    gate.Proposal(price=9_500, is_by_person=False, age_seconds=5.0, earns_margin=True),
    gate.Limits(
        floor=8_000,
        ceiling=12_000,
        is_stopped=False,
        is_recorded_build=True,
        is_engine_accepted=True,
        has_unread_alarm=False,
        is_subscribed=True,
        is_within_tariff=True,
        is_automated=True,
        waits_for_person=False,
        changes_per_half_hour=250,
    ),
    gate.History(
        current=10_000,
        shown=10_000,
        known=frozenset({10_000, 9_900}),
        highest_of_day=10_000,
        confirmed=10_000,
        market_median=10_000,
        changes_in_half_hour=0,
        changes_ahead=0,
    ),
)
BY_PERSON = {"is_by_person": True, "age_seconds": None}
AGREED = {"is_agreed": True}
UNDO = BY_PERSON | {"is_undo": True}
WITHOUT_LIMITS = BY_PERSON | {"floor": None, "ceiling": None}

# What differs from the sound proposal. Most rows break one condition and no other, so that each stands guard alone.
FORBIDDEN: Mapping[str, Mapping[str, Any]] = {
    "one tenge": WITHOUT_LIMITS | {"price": 1},
    "just under the lowest price": WITHOUT_LIMITS | {"price": 99},
    "nothing": WITHOUT_LIMITS | {"price": 0},
    "less than nothing": WITHOUT_LIMITS | {"price": -9_500},
    "no price": WITHOUT_LIMITS | {"price": None},
    "true": WITHOUT_LIMITS | {"price": True},
    "a fraction": WITHOUT_LIMITS | {"price": 9_500.0},
    "not a number": WITHOUT_LIMITS | {"price": math.nan},
    "a text": WITHOUT_LIMITS | {"price": "9500"},
    "stopped": {"is_stopped": True},
    "stopped, by a person": BY_PERSON | {"is_stopped": True},
    "the switch is unknown": {"is_stopped": None},
    "another build": {"is_recorded_build": False},
    "another build, by a person": BY_PERSON | {"is_recorded_build": False},
    "another build, undone by a person": UNDO | {"is_recorded_build": False},
    "an engine nobody accepted": {"is_engine_accepted": False},
    "an unread alarm": {"has_unread_alarm": True},
    "an unread alarm, upward": {"has_unread_alarm": True, "price": 10_500},
    "an unread alarm, down from under the floor": {"has_unread_alarm": True, "price": 9_900, "floor": 10_500},
    "a subscription that ended": {"is_subscribed": False},
    "more than the tariff has room for": {"is_within_tariff": False},
    "a product set by hand": {"is_automated": False},
    "before a person's price that waits": {"waits_for_person": True},
    "nobody knows whether a person's price waits": {"waits_for_person": None},
    "a blank floor": {"floor": None},
    "a blank ceiling": {"ceiling": None},
    "a floor of no whole tenge": {"floor": 8_000.0},
    "crossed limits": {"floor": 12_001, "price": 12_001},
    "a floor under the lowest price": {"floor": 99},
    "under the floor": {"price": 7_999},
    "under the floor, by a person": BY_PERSON | {"price": 7_999},
    "under the floor, undone by a person": UNDO | {"price": 7_999},
    "over the ceiling": {"price": 12_001},
    "over the ceiling, by a person": BY_PERSON | {"price": 12_001},
    "a wanted margin nobody knows": {"earns_margin": None},
    "less than the wanted margin": {"earns_margin": False},
    "less than the wanted margin, agreed to": AGREED | {"earns_margin": False},
    "never looked": {"age_seconds": None},
    "looked too long ago": {"age_seconds": 3_601.0},
    "looked in the future": {"age_seconds": -1.0},
    "looked nobody knows when": {"age_seconds": math.nan},
    "the storefront shows hundredths": {"shown": 100},
    "the storefront shows nothing of ours": {"shown": None},
    "a fall too far": {"price": 8_000, "current": 11_500},
    "a rise too far": {"price": 12_000, "current": 9_000, "shown": 10_000},
    "drift of the day": {"highest_of_day": 16_000},
    "drift since a person confirmed": {"confirmed": 19_100},
    "far from the market": {"market_median": 24_000},
    "stopped, agreed to": AGREED | {"is_stopped": True},
    "an engine nobody accepted, agreed to": AGREED | {"is_engine_accepted": False},
    "an unread alarm, agreed to": AGREED | {"has_unread_alarm": True},
    "a subscription that ended, agreed to": AGREED | {"is_subscribed": False},
    "more than the tariff has room for, agreed to": AGREED | {"is_within_tariff": False},
    "a product set by hand, agreed to": AGREED | {"is_automated": False},
    "before a person's price that waits, agreed to": AGREED | {"waits_for_person": True},
    "a blank floor, agreed to": AGREED | {"floor": None},
    "never looked, agreed to": AGREED | {"age_seconds": None},
    "looked too long ago, agreed to": AGREED | {"age_seconds": 3_601.0},
    "the storefront shows another price, agreed to": AGREED | {"shown": 11_500},
    "a fall too far, agreed to": AGREED | {"price": 8_000, "current": 11_500},
    "drift of the day, agreed to": AGREED | {"highest_of_day": 16_000},
    "drift since a person confirmed, agreed to": AGREED | {"confirmed": 19_100},
    "far from the market, agreed to": AGREED | {"market_median": 24_000},
    "the reserve of changes": {"changes_in_half_hour": 200},
    "the reserve of changes, upward": {"price": 10_500, "changes_in_half_hour": 200},
    "no changes left": {"price": 10_500, "floor": 10_500, "changes_in_half_hour": 250},
    "no changes left, agreed to": AGREED | {"changes_in_half_hour": 250},
    "out of its turn": {"changes_ahead": 200},
    "out of its turn, near the reserve": {"changes_ahead": 1, "changes_in_half_hour": 199},
    "no changes left, by a person": BY_PERSON | {"changes_in_half_hour": 250},
}

# The rules of the tables that refuse a price, as both databases name them in their errors.
PRICE_RULES = (
    "price_update_within_limits",
    *("city_price_at_least_100", "city_price_not_under_floor", "city_price_not_over_ceiling"),
)

Changes = Callable[[CityPrice], Mapping[str, Any]]
# What a rule must never get through with a live price: outside its limits, or decided from no true picture.
FORBIDDEN_OF_LIVE: Mapping[str, Changes] = {
    "one tenge": lambda row: {"price": 1},
    "under the floor": lambda row: {"price": (row.floor or 0) - 1},
    "over the ceiling": lambda row: {"price": (row.ceiling or 0) + 1},
    "never looked": lambda row: {"looked_at": None},
    "looked too long ago": lambda row: {"looked_at": timezone.now() - timedelta(hours=2)},
    "looked in the future": lambda row: {"looked_at": timezone.now() + timedelta(hours=2)},
    "the storefront shows another price": lambda row: {"shown": 1},
}


def try_gate() -> None:
    """One round. A forbidden proposal that would leave stops everything; a sound one that is held is only logged."""
    if closed := gate.why_closed(*SOUND):
        log.error("the gate holds a sound proposal: %s", closed)
    passed = [*_passed_of_table(), *_passed_of_live_price()]
    if passed:
        stop_everything(Verdict(Code.TRIPWIRE, {"tripwires": passed}))


def forbidden(changes: Mapping[str, Any]) -> tuple[gate.Proposal, gate.Limits, gate.History]:
    """The sound proposal with these changes; each name is a field of one of the three."""
    proposal, limits, history = SOUND
    return _changed(proposal, changes), _changed(limits, changes), _changed(history, changes)


def _changed(part: Any, changes: Mapping[str, Any]) -> Any:
    names = {field.name for field in fields(part)}
    return replace(part, **{name: value for name, value in changes.items() if name in names})


def _passed_of_table() -> Iterator[str]:
    for name, changes in FORBIDDEN.items():
        if gate.why_closed(*forbidden(changes)) is None:
            yield name


def _passed_of_live_price() -> Iterator[str]:
    price_id = _random_price()
    if price_id is None:
        return
    for name, changes in FORBIDDEN_OF_LIVE.items():
        if _would_leave(price_id, changes):
            yield f"live price {price_id}: {name}"


def _random_price() -> int | None:
    """The id of a price that rules move, any of them; None where there is none."""
    automated = automated_prices().filter(floor__isnull=False, ceiling__isnull=False, product__store__mode__in=ACTING)
    ids = automated.order_by("pk").values_list("pk", flat=True)
    ends = CityPrice.everything.aggregate(first=Min("pk"), last=Max("pk"))
    start = random.randint(ends["first"] or 0, ends["last"] or 0)  # noqa: S311 -- which row is no secret
    return ids.filter(pk__gte=start).first() or ids.first()


def _would_leave(price_id: int, changes: Changes) -> bool:
    try:
        return _passes(price_id, changes)
    except IntegrityError as error:
        if not _is_price_rule(error):
            raise
        return True  # The gate let it through, and only the table's own rule stood in its way.


def _is_price_rule(error: IntegrityError) -> bool:
    """Whether a table refused the price itself, rather than a row that somebody else wrote meanwhile."""
    return any(name in str(error) for name in PRICE_RULES)


@in_transaction
def _passes(price_id: int, changes: Changes) -> bool:
    """Whether the gate lets it go. The store's mode comes after the gate, so a wish that is only watched passed it."""
    row = _locked(price_id)
    if row is None:
        return False
    update = gateway.send(replace(_sound_intent(row), **changes(row)))
    transaction.set_rollback(True)
    if update is None:
        return False
    return update.state != ProductPriceUpdate.State.HELD or update.hold_code == Hold.WATCH_ONLY


def _locked(price_id: int) -> CityPrice | None:
    """The price as it stands, with its store locked: limits that a person changes meanwhile are no hole in the gate."""
    stores = Store.everything.filter(pk__in=CityPrice.everything.filter(pk=price_id).values("product__store"))
    stores.select_for_update().first()
    return CityPrice.everything.select_related("product").filter(pk=price_id).first()


def _sound_intent(row: CityPrice) -> gateway.Intent:
    """A move by a tenge, as the rules that this price follows would wish it."""
    near = row.price - 1 if row.price > (row.floor or 0) else row.price + 1
    rule_id = policy_of(row, read_rules([row])).rule_id
    return gateway.Intent(row.pk, near, row.version, looked_at=timezone.now(), shown=row.price, rule_id=rule_id)
