"""
From what the marketplace tells of orders to our rows: by number, never older over newer, never backwards for one word.

The same answer twice writes nothing new. Every function may run twice, at the same time, or die half-way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.utils import timezone

import kaspi
from stores.models import Client, Order, OrderAction, OrderItem, Product, SalesPoint, Store
from stores.services.announcements import announce_orders
from stores.services.ledger.costs import COSTS, costs_of
from stores.services.orders.clocks import keep_clocks
from stores.services.orders.lifecycle import NOT_ACCEPTED, Stage, may_follow, stage_of
from stores.services.transactions import in_transaction

# A stage that does not follow from ours is looked up again so soon.
DOUBT_FOR = timedelta(seconds=20)

# A waybill appears seconds to minutes after assembling.
WAYBILL_AFTER = timedelta(seconds=30)
WAYBILL_CHECKS = 20

# The goods are not on the seller's shelf, or nobody can tell: his own courier leaves without a word.
ON_THEIR_WAY = frozenset(
    {Stage.CARRIED, Stage.DELIVERING, Stage.COMING_BACK, Stage.COMPLETED, Stage.RETURNING, Stage.RETURNED}
)

# Columns that repeat the answer's field of the same name.
SAME = (
    "state",
    "status",
    "delivery_mode",
    "is_kaspi_delivery",
    "is_express",
    "is_preorder",
    "is_assembled",
    "is_back_at_warehouse",
    "payment_mode",
    "credit_months",
    "signature_required",
    "cancellation_reason",
    "waybill_url",
    "waybill_number",
    "total_price",
    "delivery_cost",
    "delivery_cost_for_seller",
    "placed_at",
    "approved_at",
    "planned_delivery_at",
    "reserved_until",
    "handover_planned_at",
    "handed_over_at",
    "completed_at",
)
ITEM_SAME = (
    "entry_id",
    "sku",
    "card_id",
    "name",
    "category_code",
    "quantity",
    "base_price",
    "total_price",
    "unit_type",
    "weight_g",
    "needs_imei",
)


@dataclass
class Taken:
    """
    How many orders of an answer were new, had changed, were as we knew them, and told a stage we doubt; `moved`: the
    numbers of the first two.
    """

    new: int = 0
    changed: int = 0
    same: int = 0
    doubted: int = 0
    moved: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Known:
    """What the orders of an answer refer to: clients by marketplace id, points by code, products by SKU."""

    clients: Mapping[str, Client]
    points: Mapping[str, SalesPoint]
    products: Mapping[str, Product]


@in_transaction
def take_in(store: Store, told: Sequence[kaspi.MerchantOrder], read_at: datetime, *, is_direct: bool = False) -> Taken:
    """
    Write what an answer told, all of it or nothing. `read_at` is the moment before it was asked for.

    A direct answer is one about a single order. A stage that does not follow from ours is not believed at once: lists
    lag, and answers overtake each other. It is believed when a direct answer repeats it.
    """
    taken = Taken()
    told = _without_arrived(store, told)
    known = _know(store, told)
    rows = _rows(store, told)
    for order in told:
        row = rows.get(order.code)
        if row is not None:
            _update(row, order, read_at, known, taken, is_direct=is_direct)
    _create(store, [order for order in told if order.code not in rows], read_at, known, taken)
    if taken.moved:
        moved = Order.everything.filter(store=store, code__in=taken.moved)
        keep_clocks(moved.select_related("sales_point").defer("raw"))
        announce_orders(store.pk)
    return taken


def _without_arrived(store: Store, told: Sequence[kaspi.MerchantOrder]) -> Sequence[kaspi.MerchantOrder]:
    """
    The same orders, none of them a pre-order any more whose goods the seller has told to have come: whether the
    marketplace takes its mark away then is not documented.
    """
    marked = [order.code for order in told if order.is_preorder]
    if not marked:
        return told
    done = OrderAction.everything.filter(kind=OrderAction.Kind.ARRIVE, state=OrderAction.State.DONE)
    arrived = set(done.filter(store=store, order__code__in=marked).values_list("order__code", flat=True))
    return [msgspec.structs.replace(order, is_preorder=False) if order.code in arrived else order for order in told]


def _rows(store: Store, told: Sequence[kaspi.MerchantOrder]) -> dict[str, Order]:
    """Our rows of these orders, locked in one order so that two answers do not wait for each other."""
    codes = [order.code for order in told]
    rows = Order.everything.select_for_update().filter(store=store, code__in=codes).order_by("pk")
    return {row.code: row for row in rows}


def _update(  # noqa: PLR0913 -- one row, one answer, and what surrounds them
    row: Order, order: kaspi.MerchantOrder, read_at: datetime, known: _Known, taken: Taken, *, is_direct: bool
) -> None:
    if row.read_at >= read_at:
        taken.same += 1
        return
    stage, before = stage_of(order), stage_of(row)
    if not may_follow(before, stage) and not (is_direct and row.doubted_stage == stage):
        _doubt(row, stage)
        taken.doubted += 1
        return
    changes = _changes(row, order, known)
    has_new_items = order.entries is not None and _take_items(row, _entries_of(order), known)
    settled: dict[str, object] = {"read_at": read_at, "doubted_stage": ""}
    if changes:
        settled["updated_at"] = timezone.now()
    if before in NOT_ACCEPTED and stage not in (*NOT_ACCEPTED, Stage.CANCELLED):
        settled["accepted_at"] = timezone.now()
    if changes or has_new_items:
        settled |= {"stock_due_at": read_at, "reckoned_at": None}
    # Whoever asked for a look-up waits for a direct answer; a list does not stand in for it.
    if is_direct or row.check_at is None:
        settled |= _next_check(order, row.checks)
    Order.everything.filter(pk=row.pk).update(**changes, **settled)
    if changes or has_new_items:
        taken.changed += 1
        taken.moved.append(row.code)
    else:
        taken.same += 1


def _next_check(order: kaspi.MerchantOrder, checks: int) -> dict[str, Any]:
    """A packed order gets its waybill within minutes, so it is looked at again until it has; others are as they are."""
    if stage_of(order) is Stage.PACKED and not order.waybill_url and checks < WAYBILL_CHECKS:
        return {"check_at": timezone.now() + WAYBILL_AFTER, "checks": checks + 1}
    return {"check_at": None, "checks": 0}


def _doubt(row: Order, stage: Stage) -> None:
    """Remember what was said, and have it looked up."""
    Order.everything.filter(pk=row.pk).update(doubted_stage=stage, check_at=timezone.now() + DOUBT_FOR)


def _changes(row: Order, order: kaspi.MerchantOrder, known: _Known) -> dict[str, object]:
    told = _facts(order, known)
    # Goods that were seen on their way once have left, whatever is told later.
    told["has_left"] |= row.has_left
    if order.customer is None:
        # Who bought does not change because an answer does not name him.
        del told["client_id"]
    if row.buyer_forgotten_at is not None:
        # Whatever is told of so old an order, its buyer stays forgotten.
        told |= {"client_id": None, "raw": {}, "waybill_url": ""}
    return {name: value for name, value in told.items() if getattr(row, name) != value}


def _facts(order: kaspi.MerchantOrder, known: _Known) -> dict[str, Any]:
    client = None if order.customer is None else known.clients.get(order.customer.customer_id)
    point = known.points.get(order.point_code)
    return {
        **{name: getattr(order, name) for name in SAME},
        "client_id": None if client is None else client.pk,
        "sales_point_id": None if point is None else point.pk,
        "has_left": _has_left(order),
        "raw": msgspec.json.decode(order.raw),
    }


def _has_left(order: kaspi.MerchantOrder) -> bool:
    is_seen = order.handed_over_at is not None or order.is_back_at_warehouse
    return is_seen or stage_of(order) in ON_THEIR_WAY


def _create(store: Store, told: Sequence[kaspi.MerchantOrder], read_at: datetime, known: _Known, taken: Taken) -> None:
    """New rows. Another worker may be writing the same ones: whoever is second writes none, and none is lost."""
    if not told:
        return
    same = {"store": store, "tax_regime": store.tax_regime, "read_at": read_at}
    rows = [Order(code=order.code, marketplace_id=order.order_id, **same, **_facts(order, known)) for order in told]
    for row, order in zip(rows, told, strict=True):
        # An order whose lines did not come is read by itself at once.
        row.check_at = read_at if order.entries is None else _next_check(order, 0)["check_at"]
        # What was cancelled before we knew of it has taken nothing.
        row.stock_due_at = None if stage_of(order) is Stage.CANCELLED else read_at
    Order.everything.bulk_create(rows, ignore_conflicts=True, batch_size=200)
    created = {row.code: row for row in Order.everything.filter(store=store, code__in=[row.code for row in rows])}
    items = [_item(created[order.code], entry, known) for order in told for entry in _entries_of(order)]
    OrderItem.everything.bulk_create(items, ignore_conflicts=True, batch_size=500)
    taken.new += len(rows)
    taken.moved += created


def _entries_of(order: kaspi.MerchantOrder) -> Sequence[kaspi.OrderEntry]:
    """The lines. Where the order alone says that phones have to be named, any of them may be one."""
    entries = order.entries or ()
    if not order.needs_imei or any(entry.needs_imei for entry in entries):
        return entries
    return [msgspec.structs.replace(entry, needs_imei=True) for entry in entries]


def _take_items(row: Order, entries: Sequence[kaspi.OrderEntry], known: _Known) -> bool:
    """Make the lines what the answer says; whether any changed. A line that is gone was cancelled: it keeps a row."""
    items = {item.entry_number: item for item in OrderItem.everything.filter(order=row)}
    has_changed = False
    for entry in entries:
        item = items.pop(entry.number, None)
        if item is None:
            OrderItem.everything.bulk_create([_item(row, entry, known)], ignore_conflicts=True)
            has_changed = True
        elif changes := _item_changes(item, entry, known):
            has_changed |= bool(OrderItem.everything.filter(pk=item.pk).update(**changes))
    gone = [item.pk for item in items.values() if item.quantity]
    return bool(OrderItem.everything.filter(pk__in=gone).update(quantity=0, total_price=0)) or has_changed


def _item(row: Order, entry: kaspi.OrderEntry, known: _Known) -> OrderItem:
    """A new line, with what its goods cost now."""
    costs = costs_of(known.products.get(entry.sku))
    return OrderItem(order=row, entry_number=entry.number, **_item_facts(entry, known), **costs)


def _item_changes(item: OrderItem, entry: kaspi.OrderEntry, known: _Known) -> dict[str, object]:
    told = _item_facts(entry, known)
    # A product that was taken out of the range since stays the one that was sold.
    if told["product_id"] is None:
        del told["product_id"]
    return {name: value for name, value in told.items() if getattr(item, name) != value}


def _item_facts(entry: kaspi.OrderEntry, known: _Known) -> dict[str, object]:
    product = known.products.get(entry.sku)
    facts: dict[str, object] = {name: getattr(entry, name) for name in ITEM_SAME}
    return facts | {"product_id": None if product is None else product.pk}


def _know(store: Store, told: Sequence[kaspi.MerchantOrder]) -> _Known:
    skus = {entry.sku for order in told for entry in order.entries or ()}
    products = Product.everything.filter(store=store, sku__in=skus).only("pk", "sku", *COSTS.values())
    points = SalesPoint.everything.filter(store=store)
    return _Known(
        clients=_take_clients(store, [order.customer for order in told if order.customer is not None]),
        points={point.code: point for point in points},
        products={product.sku: product for product in products},
    )


def _take_clients(store: Store, customers: Sequence[kaspi.Customer]) -> dict[str, Client]:
    told = {customer.customer_id: customer for customer in customers}
    wanted = Client.everything.filter(store=store, marketplace_id__in=told)
    known = {client.marketplace_id: client for client in wanted}
    new = [Client(store=store, marketplace_id=key, **_person(told[key])) for key in told if key not in known]
    if new:
        Client.everything.bulk_create(new, ignore_conflicts=True, batch_size=500)
        known = {client.marketplace_id: client for client in wanted.all()}
    for key, client in known.items():
        changes = {
            name: value for name, value in _person(told[key]).items() if value and getattr(client, name) != value
        }
        if changes:
            Client.everything.filter(pk=client.pk).update(**changes)
    return known


def _person(customer: kaspi.Customer) -> dict[str, str]:
    return {
        "first_name": customer.first_name[:100],
        "last_name": customer.last_name[:100],
        "phone": customer.phone,
    }
