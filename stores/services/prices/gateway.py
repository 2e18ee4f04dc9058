"""
The one way a price leaves: for rules and for people.

Everything happens in one transaction that locks the store: the limits are read there, the gate is asked there, the
intent is written there. What the marketplace is told follows from the row, later and as often as needed.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone

from stores.models import (
    CityPrice,
    Notification,
    PriceStop,
    Product,
    ProductPriceUpdate,
    Store,
)
from stores.services.notifications import notify
from stores.services.prices import gate
from stores.services.transactions import in_transaction

State = ProductPriceUpdate.State
Origin = ProductPriceUpdate.Origin
WATCH_ONLY = "watch_only"
BUDGET_SPENT = "change_budget"
HALF_HOUR_SECONDS = 1800
# How far back a price may lie that the storefront still shows, and how many of them are looked through.
LATELY = timedelta(days=7)
MOST_KNOWN = 100


@dataclass(frozen=True)
class Intent:
    """
    A price that somebody wants: which row, how much (tenge), decided from which state of it.

    `looked_at`, `look_number` and `shown` tell of the picture a rule decided from: when, which, our own price in it.
    `actor` is the person who decided; `limits` are the floor and ceiling that he sets together with the price;
    `is_undo` says that he puts back what was there before, and `undoes` which update it was.
    """

    city_price_id: int
    price: int
    seen_version: int
    why: dict[str, Any] = field(default_factory=dict)
    looked_at: datetime | None = None
    look_number: int | None = None
    shown: int | None = None
    actor: Any | None = None
    limits: tuple[int | None, int | None] | None = None
    is_undo: bool = False
    undoes: ProductPriceUpdate | None = None

    @property
    def origin(self) -> Origin:
        return Origin.RULE if self.actor is None else Origin.PERSON


@in_transaction
def send(intent: Intent) -> ProductPriceUpdate | None:
    """
    Record the intent and let it go as far as the store's mode allows: held, proposed, or approved.

    Returns None when there is nothing to record: the price is that already, somebody moved it since it was read, this
    look was decided before, or the same answer stands already.
    """
    row = _lock(intent.city_price_id)
    if intent.limits is not None:
        row.floor, row.ceiling = intent.limits
    is_overtaken = row.version != intent.seen_version or _was_decided(row, intent.look_number)
    if row.price == intent.price or is_overtaken:
        return None
    update = _draft(row, intent)
    reason = _why_held(update, row, intent)
    if reason is not None:
        return _hold(update, reason)
    if intent.actor is None and update.store.mode == Store.Mode.ASK:
        return _ask(update)
    return _approve(update, row)


@in_transaction
def approve(update: ProductPriceUpdate, actor: Any) -> ProductPriceUpdate:
    """A person says yes to a proposed price. The gate is asked again; saying it twice changes nothing more."""
    row = _lock(update.city_price_id)
    update = ProductPriceUpdate.everything.get(pk=update.pk)
    if update.state != State.PROPOSED:
        return update
    update.actor = actor
    update.floor, update.ceiling = row.floor, row.ceiling
    # A person's yes does not make a rule's price his own: it needs both limits still.
    has_limits = row.floor is not None and row.ceiling is not None
    proposal = gate.Proposal(update.new_price, is_by_person=True, age_seconds=None)
    reason = _closed_by_gate(update, row, proposal) if has_limits else "no_limits"
    if reason is not None:
        return _write_held(update, reason)
    return _approve(update, row)


@in_transaction
def refuse(update: ProductPriceUpdate, actor: Any) -> ProductPriceUpdate:
    """A person says no to a proposed price."""
    Store.everything.select_for_update().get(pk=update.store_id)
    waiting = ProductPriceUpdate.everything.filter(pk=update.pk, state=State.PROPOSED)
    waiting.update(state=State.REFUSED, actor=actor)
    return ProductPriceUpdate.everything.get(pk=update.pk)


def _lock(city_price_id: int) -> CityPrice:
    """
    The price's row as it stands, with its store locked until the end of the transaction.

    Locking the store keeps its change budget exact under many workers, and its limits still while they are read:
    whoever changes limits or releases a price list takes the same lock first.
    """
    store_id = CityPrice.everything.values_list("product__store", flat=True).get(pk=city_price_id)
    Store.everything.select_for_update().get(pk=store_id)
    return CityPrice.everything.select_related("product__store", "market").get(pk=city_price_id)


def _was_decided(row: CityPrice, look_number: int | None) -> bool:
    return look_number is not None and row.updates.filter(look_number=look_number).exists()


def _draft(row: CityPrice, intent: Intent) -> ProductPriceUpdate:
    product = row.product
    return ProductPriceUpdate(
        store=product.store,
        product=product,
        city_price=row,
        city_id=row.city_id,
        origin=intent.origin,
        actor=intent.actor,
        old_price=row.price,
        new_price=intent.price,
        floor=row.floor,
        ceiling=row.ceiling,
        why=intent.why,
        look_number=intent.look_number,
        undoes=intent.undoes,
    )


def _why_held(update: ProductPriceUpdate, row: CityPrice, intent: Intent) -> str | None:
    age = None if intent.looked_at is None else (timezone.now() - intent.looked_at).total_seconds()
    is_by_person = intent.actor is not None
    proposal = gate.Proposal(update.new_price, is_by_person, age, intent.is_undo)
    reason = _closed_by_gate(update, row, proposal, intent.shown)
    if reason is None and not is_by_person and update.store.mode == Store.Mode.WATCH:
        return WATCH_ONLY
    return reason


def _closed_by_gate(
    update: ProductPriceUpdate, row: CityPrice, proposal: gate.Proposal, shown: int | None = None
) -> str | None:
    limits = gate.Limits(
        row.floor,
        row.ceiling,
        is_stopped=_is_stopped(update.store, update.product),
        is_automated=update.product.strategy != Product.Strategy.MANUAL,
        changes_per_half_hour=settings.CHANGES_PER_HALF_HOUR,
    )
    history = _history(row, update.store, shown)
    facts = asdict(limits) | asdict(history) | {"known": shown in history.known}
    update.why = {**update.why, "gate": facts}
    return gate.why_closed(proposal, limits, history)


def _is_stopped(store: Store, product: Product) -> bool:
    return store.mode == Store.Mode.PAUSED or product.is_paused or PriceStop.objects.exists()


def _history(row: CityPrice, store: Store, shown: int | None) -> gate.History:
    now = timezone.now()
    left = row.updates.filter(approved_at__isnull=False)
    changes = ProductPriceUpdate.everything.filter(store=store, approved_at__gte=now - timedelta(minutes=30))
    lately = left.filter(approved_at__gte=now - LATELY).order_by("-pk")[:MOST_KNOWN]
    return gate.History(
        current=row.price,
        shown=shown,
        known=frozenset({row.price, row.confirmed_price, *(price for pair in _prices(lately) for price in pair)}),
        highest_of_day=_highest_since_a_person(row, left.filter(approved_at__gte=now - timedelta(hours=24))),
        confirmed=row.confirmed_price,
        market_median=row.market.median if row.market else None,
        changes_in_half_hour=changes.count(),
    )


def _prices(updates: QuerySet[ProductPriceUpdate]) -> list[tuple[int, int]]:
    return list(updates.values_list("old_price", "new_price"))


def _highest_since_a_person(row: CityPrice, of_day: QuerySet[ProductPriceUpdate]) -> int:
    """The highest price of the day; what was before a person's own price is his decision, not drift."""
    by_person = of_day.filter(actor__isnull=False).order_by("-pk").values_list("pk", "new_price").first()
    pk, start = by_person or (0, row.price)
    return max(row.price, start, *(max(pair) for pair in _prices(of_day.filter(pk__gt=pk))))


def _hold(update: ProductPriceUpdate, reason: str) -> ProductPriceUpdate | None:
    """Write down that this price did not leave, and why; once, not at every look."""
    last = update.city_price.updates.order_by("-pk").first()
    if last and (last.state, last.hold_code, last.new_price) == (State.HELD, reason, update.new_price):
        return None
    return _write_held(update, reason)


def _write_held(update: ProductPriceUpdate, reason: str) -> ProductPriceUpdate:
    update.state, update.hold_code = State.HELD, reason
    update.save()
    if reason != WATCH_ONLY:
        notify(
            update.store_id,
            Notification.Kind.PRICE_HELD,
            event=_held_event(update, reason),
            product_id=update.product_id,
            facts=_facts(update) | {"code": reason},
        )
    return update


def _held_event(update: ProductPriceUpdate, reason: str) -> str:
    """A spent budget is one event of the store in its half hour; every other reason is one of the price in its day."""
    if reason == BUDGET_SPENT:
        return f"held:{reason}:{int(timezone.now().timestamp()) // HALF_HOUR_SECONDS}"
    return f"held:{update.city_price_id}:{reason}:{timezone.localdate()}"


def _ask(update: ProductPriceUpdate) -> ProductPriceUpdate | None:
    """Put the price before a person; an older question is withdrawn, and one he said no to is not asked again."""
    last = update.city_price.updates.order_by("-pk").first()
    if last and (last.state, last.new_price) == (State.REFUSED, update.new_price):
        return None
    waiting = update.city_price.updates.filter(state=State.PROPOSED)
    if waiting.filter(new_price=update.new_price, old_price=update.old_price).exists():
        return None
    waiting.update(state=State.SUPERSEDED)
    update.state = State.PROPOSED
    update.save()
    notify(
        update.store_id,
        Notification.Kind.PRICE_PROPOSED,
        event=f"proposed:{update.pk}",
        product_id=update.product_id,
        facts=_facts(update),
    )
    return update


def _approve(update: ProductPriceUpdate, row: CityPrice) -> ProductPriceUpdate:
    """Let the price go: the row says it, and the next price list will."""
    row.updates.filter(state__in=[State.PROPOSED, State.APPROVED, State.PUBLISHED]).exclude(pk=update.pk).update(
        state=State.SUPERSEDED
    )
    update.state, update.hold_code, update.approved_at = State.APPROVED, "", timezone.now()
    update.old_price = row.price
    update.save()
    row.price = update.new_price
    row.version += 1
    if update.actor is not None:
        row.confirmed_price = update.new_price
    row.save(update_fields=["price", "version", "confirmed_price"])
    Store.everything.filter(pk=update.store_id).update(catalogue_version=F("catalogue_version") + 1)
    notify(
        update.store_id,
        Notification.Kind.PRICE_CHANGED,
        event=f"approved:{update.pk}",
        product_id=update.product_id,
        facts=_facts(update),
    )
    return update


def _facts(update: ProductPriceUpdate) -> dict[str, Any]:
    return {
        "sku": update.product.sku,
        "city_id": update.city_id,
        "old_price": update.old_price,
        "new_price": update.new_price,
        "floor": update.floor,
        "ceiling": update.ceiling,
    }
