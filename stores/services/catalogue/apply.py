"""The one way by which facts of products change: for pages, the API, bulk changes, files and undo."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F

from stores.models import Availability, CatalogueBatch, CityPrice, Product, ProductPriceUpdate, Store
from stores.services import access
from stores.services.announcements import announce_prices
from stores.services.catalogue.changes import ProductChange
from stores.services.catalogue.history import record
from stores.services.catalogue.plan import (
    AS_TOLD,
    OF_CITY,
    OF_POINT,
    OF_PRODUCT,
    PORTION,
    ProductPlan,
    Refused,
    Terms,
    plan_changes,
    portions,
)
from stores.services.market.watch import look_within, watch_markets
from stores.services.prices import gateway
from stores.services.prices.corridor import LIMITS, with_room
from stores.services.prices.explain import why_held
from stores.services.prices.proposals import withdraw_of_products
from stores.services.prices.targets import newest_updates
from stores.services.rows import write_rows
from stores.services.transactions import in_transaction

Source = CatalogueBatch.Source
State = ProductPriceUpdate.State
# What decides the price: a market is looked at again when one of these has changed.
POLICY = ("strategy", "plan", "step", "is_paused", "least_margin", "purchase_cost", "packaging_cost", "card_id")
WHY = {"steps": [{"rule": "person"}]}
WHY_UNDONE = {"steps": [{"rule": "undo"}]}


@dataclass
class Applied:
    """
    What was done: how many products were added, changed, left as they were because nothing in them differs.

    `refused`: SKU → why nothing of it was changed. `held`: SKU → prices that the gate did not let go, with the limits
    that needed them; all else of that product was changed.
    """

    batch: CatalogueBatch
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: dict[str, list[Refused]] = field(default_factory=dict)
    held: dict[str, list[Refused]] = field(default_factory=dict)


@in_transaction
def apply_changes(
    store: Store, changes: Iterable[ProductChange], actor: Any, source: Source, terms: Terms = AS_TOLD
) -> Applied:
    """
    Do what `plan_changes` tells of these changes, judged anew while the store is locked, and keep its history.

    A product of which anything is refused stays as it is; the others change. `actor` None is the program itself, which
    moves no price of a product that is there. Raises Forbidden, and ValueError for a price the program wants.
    """
    store = Store.everything.select_for_update().get(pk=store.pk)
    if actor is not None:
        access.require(actor, store, access.Action.CHANGE_PRICES)
    return carry_out(CatalogueBatch.everything.create(store=store, actor=actor, source=source), changes, terms)


def carry_out(batch: CatalogueBatch, changes: Iterable[ProductChange], terms: Terms) -> Applied:
    """The same as part of a batch that is there already. The caller holds the lock of its store."""
    applied = Applied(batch)
    for plans in portions(plan_changes(batch.store, changes, terms)):
        _count(applied, plans)
        _write([plan for plan in plans if plan.is_changed], applied)
    batch.products_added, batch.products_changed = applied.added, applied.changed
    batch.save(update_fields=["products_added", "products_changed"])
    if applied.added or applied.changed:
        Store.everything.filter(pk=batch.store_id).update(catalogue_version=F("catalogue_version") + 1)
    return applied


def _count(applied: Applied, plans: Sequence[ProductPlan]) -> None:
    for plan in plans:
        if plan.refused:
            applied.refused[plan.sku] = plan.refused
        elif plan.is_new:
            applied.added += 1
        elif plan.changes:
            applied.changed += 1
        else:
            applied.unchanged += 1


# --- Writing, a portion at a time -------------------------------------------------------------------------------------


def _write(plans: Sequence[ProductPlan], applied: Applied) -> None:
    _write_products(plans)
    _write_availabilities(plans)
    _add_prices(plans)
    _follow_cards(plans)
    _move_prices(plans, applied)
    record(applied.batch, plans)
    _tell(applied.batch.store_id, plans)


def _write_products(plans: Sequence[ProductPlan]) -> None:
    Product.everything.bulk_create([plan.product for plan in plans if plan.is_new], batch_size=PORTION)
    there = [plan.product for plan in plans if not plan.is_new]
    for product in there:
        product.version += 1
    named = {change.field for plan in plans if not plan.is_new for change in plan.changes}
    write_rows(there, [*(name for name in OF_PRODUCT if name in named), "version", "updated_at"])


def _write_availabilities(plans: Sequence[ProductPlan]) -> None:
    rows = [row for plan in plans for row in plan.availabilities.values()]
    Availability.everything.bulk_create([row for row in rows if row.pk is None], batch_size=PORTION)
    write_rows([row for row in rows if row.pk is not None], OF_POINT)


def _add_prices(plans: Sequence[ProductPlan]) -> None:
    rows = [row for plan in plans for row in plan.prices.values() if row.pk is None]
    watch_markets(CityPrice.everything.bulk_create(rows, batch_size=PORTION))


def _follow_cards(plans: Sequence[ProductPlan]) -> None:
    """A product that goes to another card leaves the market of the old one: its rivals are not ours any more."""
    moved = [
        plan.product for plan in plans if not plan.is_new and any(each.field == "card_id" for each in plan.changes)
    ]
    rows = CityPrice.everything.filter(product__in=moved)
    rows.update(market=None, place=None, lowest_rival=None, hold_rule="")
    watch_markets(rows.select_related("product"))


def _move_prices(plans: Sequence[ProductPlan], applied: Applied) -> None:
    """Limits and the prices that go with them; where the gate holds a price, its limits stay as they are too."""
    wanted = [(plan, city_id) for plan in plans for city_id in plan.limits]
    moving = [(plan, city_id) for plan, city_id in wanted if city_id in plan.moves]
    for start in range(0, len(moving), gateway.PORTION):
        _send(moving[start : start + gateway.PORTION], applied)
    write_rows([_with_limits(plan, city_id) for plan, city_id in wanted if city_id in plan.limits], LIMITS)


def _send(moving: Sequence[tuple[ProductPlan, str]], applied: Applied) -> None:
    batch = applied.batch
    if batch.actor is None:
        raise ValueError("the program moves no price by itself: it decides, and asks the gateway")
    intents = [_intent(plan, city_id, batch) for plan, city_id in moving]
    if batch.undoes is not None:
        intents = _undoing(intents)
    codes = gateway.foresee(batch.store_id, intents)
    for (plan, city_id), code in zip(moving, codes, strict=True):
        if code:
            plan.drop(city_id)
            held = Refused("price", code, why_held(code), city_id)
            applied.held.setdefault(plan.sku, []).append(held)
    leaving = [each for each, code in zip(moving, codes, strict=True) if not code]
    write_rows([_with_room(plan, city_id) for plan, city_id in leaving], LIMITS)
    sent = gateway.send_all(batch.store_id, [intent for intent, code in zip(intents, codes, strict=True) if not code])
    if any(update is None or update.state != State.APPROVED for update in sent):
        raise RuntimeError("the gate holds what it let go a moment ago, under one lock")
    for plan, city_id in leaving:
        plan.prices[city_id].price = plan.moves[city_id]


def _intent(plan: ProductPlan, city_id: str, batch: CatalogueBatch) -> gateway.Intent:
    row = plan.prices[city_id]
    limits = plan.limits[city_id]
    return gateway.Intent(row.pk, plan.moves[city_id], row.version, why=WHY, actor=batch.actor, limits=limits)


def _undoing(intents: Sequence[gateway.Intent]) -> list[gateway.Intent]:
    newest = newest_updates([intent.city_price_id for intent in intents])
    return [
        replace(intent, why=WHY_UNDONE, is_undo=True, undoes_id=newest.get(intent.city_price_id)) for intent in intents
    ]


def _with_room(plan: ProductPlan, city_id: str) -> CityPrice:
    row = plan.prices[city_id]
    row.floor, row.ceiling = with_room(plan.limits[city_id], (row.floor, row.ceiling), row.price)
    return row


def _with_limits(plan: ProductPlan, city_id: str) -> CityPrice:
    row = plan.prices[city_id]
    row.floor, row.ceiling = plan.limits[city_id]
    return row


def _tell(store_id: int, plans: Sequence[ProductPlan]) -> None:
    """Pages look again; what was proposed before is withdrawn, and decided anew from the market as it is now."""
    ids = [plan.product.pk for plan in plans]
    withdraw_of_products(ids)
    announce_prices(store_id, ids)
    decided_by = {*POLICY, *OF_CITY}
    touched = [plan.product.pk for plan in plans if any(change.field in decided_by for change in plan.changes)]
    markets = CityPrice.everything.filter(product__in=touched, market__isnull=False).values_list("market", flat=True)
    transaction.on_commit(partial(look_within, list(markets)))
