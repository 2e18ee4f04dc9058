"""The one way by which facts of products change: for pages, the API, bulk changes, files and undo."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

from django.db import transaction
from django.utils import timezone

from stores.models import Availability, CatalogueBatch, CityPrice, Product, ProductPriceUpdate, Store
from stores.models.catalogue import found_by
from stores.services import access
from stores.services.announcements import announce_prices
from stores.services.catalogue.additions import FOUND_BY, add_products
from stores.services.catalogue.changes import ProductChange
from stores.services.catalogue.history import record
from stores.services.catalogue.plan import (
    AS_TOLD,
    PORTION,
    CityPlan,
    Digest,
    FieldChange,
    ProductPlan,
    Refused,
    Terms,
    plan_changes,
)
from stores.services.catalogue.range import OF_CITY, OF_POINT, OF_PRODUCT, read_points
from stores.services.catalogue.tables import Table, sort_out
from stores.services.catalogue.waiting import let_wait
from stores.services.market.watch import find_markets, look_within, read_listings
from stores.services.orders.acceptance.waking import wake_orders_of
from stores.services.prices import gateway
from stores.services.prices.corridor import LIMITS, with_room
from stores.services.prices.explain import why_held
from stores.services.prices.gate import Hold
from stores.services.prices.price_list.stale_offers import mark_stale, next_version
from stores.services.prices.proposals import withdraw_of_products
from stores.services.prices.targets import newest_updates
from stores.services.prices.waiting_prices import end_wait
from stores.services.rows import batched, insert_rows, update_rows
from stores.services.stock.orders_since import carry_forward, follow_again
from stores.services.stock.promised import take_anew
from stores.services.stock.repeated import Recount, recount, repeat_counts
from stores.services.subscription.limits import room_for_repriced
from stores.services.transactions import in_transaction

Source = CatalogueBatch.Source
State = ProductPriceUpdate.State
Wish: TypeAlias = ProductChange | Table | Recount
# What decides a price: its market is looked at again when one of these has changed.
DECIDING = frozenset(
    {
        *("strategy", "plan", "step", "is_paused", "least_margin"),
        *("purchase_cost", "packaging_cost", "weight_g", "category_code", *OF_CITY),
    }
)
OF_COUNT = ("counted_stock", "counted_at", "doubt")
WHOSE = ("pk", "product", "city_id")


@dataclass
class Applied:
    """
    What was done: how many products were added, changed, left as they were because nothing in them differs.

    `refused`: SKU → why nothing of it was changed. `held`: SKU → prices that the gate did not let go, with the limits
    that needed them; all else of that product was changed. `waiting`: SKU → prices that leave later, as the marketplace
    takes them; until then limits are in force that are narrower. `counted`: stocks that were told again, and are fresh.
    `written`: ids of the products that were added or changed. `digest`: of all that was judged. `reasons_to_wait`: the
    hold codes with which a price waits.
    """

    batch: CatalogueBatch
    reasons_to_wait: frozenset[str] = frozenset({Hold.BUDGET_SPENT})
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: dict[str, list[Refused]] = field(default_factory=dict)
    held: dict[str, list[Refused]] = field(default_factory=dict)
    waiting: dict[str, list[FieldChange]] = field(default_factory=dict)
    counted: int = 0
    written: list[int] = field(default_factory=list)
    digest: Digest = field(default_factory=Digest)

    @property
    def prices_waiting(self) -> int:
        """How many prices leave later: one of each city."""
        return sum(map(len, self.waiting.values()))


@in_transaction
def apply_changes(store: Store, changes: Iterable[Wish], actor: Any, source: Source, terms: Terms = AS_TOLD) -> Applied:
    """
    Do what `plan_changes` tells of these changes, judged anew while the store is locked, and keep its history.

    A product of which anything is refused stays as it is; the others change. A table names products to be added; the
    rows that `sort_out` finds plain are added together. `actor` None is the program itself, which moves no price of a
    product that is there. Raises Forbidden, Refusal (`tariff_limit`), and ValueError for a price the program wants.
    """
    store = Store.everything.select_for_update().get(pk=store.pk)
    if actor is not None:
        access.require(actor, store, access.Action.CHANGE_PRICES)
    batch = CatalogueBatch.everything.create(store=store, actor=actor, source=source)
    applied = Applied(batch)
    with room_for_repriced(store):
        carry_out(applied, changes, terms)
    if terms.counted_at is not None:
        follow_again(store.pk, terms.counted_at)
    write_counts(applied)
    return applied


def carry_out(applied: Applied, changes: Iterable[Wish], terms: Terms) -> None:
    """Like `apply_changes`, as part of a batch that exists. The caller holds the lock of its store."""
    store, changed_ids = applied.batch.store, list[int]()
    counted_at = terms.counted_at or timezone.now()
    for plans in batched(plan_changes(store, _one_by_one(applied, changes, counted_at), terms), PORTION):
        _count(applied, plans)
        if terms.counted_at is None:
            repeat_counts([pk for plan in plans if not plan.refused for pk in plan.repeated])
        changed = [plan for plan in plans if plan.is_changed]
        _write(changed, applied, counted_at)
        changed_ids.extend(plan.after.id for plan in changed)
    if changed_ids:
        mark_stale(store.pk, changed_ids)
    applied.written.extend(changed_ids)


def _one_by_one(applied: Applied, changes: Iterable[Wish], counted_at: datetime) -> Iterator[ProductChange]:
    """The wishes that are to be judged; what needs no judgement is done on the way."""
    store = applied.batch.store
    points = read_points(store)
    offer_version = 0
    for change in changes:
        if isinstance(change, ProductChange):
            yield change
            continue
        if isinstance(change, Recount):
            applied.counted += recount(store.pk, change)
            continue
        found = sort_out(store, points, change)
        if found.new:
            offer_version = offer_version or next_version(store.pk)
            applied.written.extend(add_products(applied.batch, points, found.additions, offer_version, counted_at))
            applied.added += len(found.new)
        yield from map(change.change, found.same)
        yield from map(change.addition, found.rest)


def write_counts(applied: Applied) -> None:
    """Keep with the batch how many products it added and changed."""
    batch = applied.batch
    batch.products_added, batch.products_changed = applied.added, applied.changed
    batch.save(update_fields=["products_added", "products_changed"])


def _count(applied: Applied, plans: Sequence[ProductPlan]) -> None:
    for plan in plans:
        applied.digest.add(plan)
        if plan.refused:
            applied.refused[plan.sku] = plan.refused
        elif plan.is_new:
            applied.added += 1
        elif plan.changes:
            applied.changed += 1
        else:
            applied.unchanged += 1


# --- Writing, a portion at a time -------------------------------------------------------------------------------------


def _write(plans: Sequence[ProductPlan], applied: Applied, counted_at: datetime) -> None:
    store = applied.batch.store
    _add_products(store, [plan for plan in plans if plan.is_new])
    _change_products(store, [plan for plan in plans if not plan.is_new])
    _write_points(plans, counted_at)
    take_anew(store.pk, {plan.after.id for plan in plans for each in plan.changes if each.field == "stock_count"})
    _add_prices(store, plans)
    _change_prices(plans, applied)
    record(applied.batch, plans)
    _after_change(store.pk, plans)


def _add_products(store: Store, plans: Sequence[ProductPlan]) -> None:
    rows = ((plan.sku, *_values(plan.after, OF_PRODUCT), *_found_by(plan)) for plan in plans)
    insert_rows(Product(store=store), ("sku", *OF_PRODUCT, *FOUND_BY), rows)
    added = Product.everything.filter(store=store, sku__in=[plan.sku for plan in plans]).order_by()
    ids = dict(added.values_list("sku", "pk"))
    for plan in plans:
        plan.after.id = ids[plan.sku]


def _change_products(store: Store, plans: Sequence[ProductPlan]) -> None:
    changed = {change.field for plan in plans for change in plan.changes}
    names = [name for name in OF_PRODUCT if name in changed]
    now = timezone.now()
    rows = ((plan.after.id, *_values(plan.after, names), plan.after.version + 1, now) for plan in plans)
    update_rows(Product, (*names, "version", "updated_at"), rows)
    renamed = (plan for plan in plans if any(change.field in ("model", "brand") for change in plan.changes))
    update_rows(Product, FOUND_BY, ((plan.after.id, *_found_by(plan)) for plan in renamed))
    if "card_id" in changed:
        _follow_cards(store, [plan for plan in plans if any(each.field == "card_id" for each in plan.changes)])


def _follow_cards(store: Store, plans: Sequence[ProductPlan]) -> None:
    """A product that goes to another card leaves the market of the old one: its rivals are not ours any more."""
    cards = {plan.after.id: plan.after.card_id for plan in plans}
    prices = CityPrice.everything.filter(product__in=cards).order_by()
    rows = [(pk, (cards[product_id], city_id)) for pk, product_id, city_id in prices.values_list(*WHOSE)]
    markets = _watched(store, {pair for _pk, pair in rows})
    forgotten = ((pk, markets.get(pair), None, None, "") for pk, pair in rows)
    update_rows(CityPrice, ("market_id", "place", "lowest_rival", "hold_rule"), forgotten)


def _write_points(plans: Sequence[ProductPlan], counted_at: datetime) -> None:
    states = [(plan.after.id, state) for plan in plans for state in plan.points.values()]
    new = (
        (product_id, each.point.pk, *_values(each, OF_POINT), each.stock_count, counted_at, "")
        for product_id, each in states
        if not each.id
    )
    insert_rows(Availability(), ("product_id", "sales_point_id", *OF_POINT, *OF_COUNT), new)
    there = ((each.id, *_values(each, OF_POINT)) for _id, each in states if each.id)
    update_rows(Availability, OF_POINT, there)
    told = {(plan.sku, each.point_code) for plan in plans for each in plan.changes if each.field == "stock_count"}
    counted = [state for plan in plans for code, state in plan.points.items() if state.id and (plan.sku, code) in told]
    update_rows(Availability, OF_COUNT, ((each.id, each.counted_stock, counted_at, each.doubt) for each in counted))
    carry_forward([pk for each in counted for pk in each.carried], counted_at)


def _add_prices(store: Store, plans: Sequence[ProductPlan]) -> None:
    new = [(plan.after, city_id, each.after) for plan in plans for city_id, each in plan.cities.items() if each.is_new]
    markets = _watched(store, {(product.card_id, city_id) for product, city_id, _price in new})
    rows = (
        (product.id, city_id, markets.get((product.card_id, city_id)), *_values(price, OF_CITY), price.price)
        for product, city_id, price in new
    )
    insert_rows(CityPrice(), ("product_id", "city_id", "market_id", *OF_CITY, "confirmed_price"), rows)


def _watched(store: Store, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """(card, city) → the market that is watched there; a product without a card has none."""
    of_cards = {pair for pair in pairs if pair[0]}
    if not of_cards:
        return {}
    read_listings({(store.pk, city_id) for _card_id, city_id in of_cards})
    return find_markets(of_cards)


def _change_prices(plans: Sequence[ProductPlan], applied: Applied) -> None:
    """Limits and the prices that go with them; where the gate holds a price, its limits stay as they are too."""
    moving = [(plan, city_id) for plan in plans for city_id, each in plan.cities.items() if each.is_move]
    of_limits = (each for plan in plans for each in plan.cities.values() if not each.is_new and not each.is_move)
    end_wait(each.after.id for each in of_limits)
    for each in batched(moving, gateway.PORTION):
        _send(each, applied)
    there = (each for plan in plans for each in plan.cities.values() if not each.is_new)
    update_rows(CityPrice, LIMITS, ((each.after.id, *each.after.limits) for each in there))


def _send(moving: Sequence[tuple[ProductPlan, str]], applied: Applied) -> None:
    batch = applied.batch
    if batch.actor is None:
        raise ValueError("the program moves no price by itself: it decides, and asks the gateway")
    intents = [_intent(plan.cities[city_id], batch.actor) for plan, city_id in moving]
    if batch.undoes is not None:
        intents = _undoing(intents)
    codes = gateway.foresee(batch.store_id, intents)
    leaving = [plan.cities[city_id] for (plan, city_id), code in zip(moving, codes, strict=True) if not code]
    update_rows(CityPrice, LIMITS, ((each.after.id, *_room(each)) for each in leaving))
    sent = gateway.send_all(batch.store_id, [intent for intent, code in zip(intents, codes, strict=True) if not code])
    if any(update is None or update.state != State.APPROVED for update in sent):
        raise RuntimeError("the gate holds what it let go a moment ago, under one lock")
    _keep_back([(plan, city_id, code) for (plan, city_id), code in zip(moving, codes, strict=True) if code], applied)


def _keep_back(held: Sequence[tuple[ProductPlan, str, str]], applied: Applied) -> None:
    """These prices, of (plan, city, hold code), do not leave now: some of them do later."""
    let_wait(applied.batch, [(plan, city_id) for plan, city_id, code in held if code in applied.reasons_to_wait])
    for plan, city_id, code in held:
        if code in applied.reasons_to_wait:
            before, after = plan.cities[city_id].before, plan.cities[city_id].after
            change = FieldChange("price", before.price, after.price, city_id)
            applied.waiting.setdefault(plan.sku, []).append(change)
            plan.postpone(city_id)
        else:
            applied.held.setdefault(plan.sku, []).append(Refused("price", code, why_held(code), city_id))
            plan.drop(city_id)


def _intent(planned: CityPlan, actor: Any) -> gateway.Intent:
    before, after = planned.before, planned.after
    return gateway.Intent(
        before.id, after.price, before.version, why=gateway.WHY_PERSON, actor=actor, limits=after.limits
    )


def _undoing(intents: Sequence[gateway.Intent]) -> list[gateway.Intent]:
    newest = newest_updates([intent.city_price_id for intent in intents])
    return [
        replace(intent, why=gateway.WHY_UNDO, is_undo=True, undoes_id=newest.get(intent.city_price_id))
        for intent in intents
    ]


def _room(planned: CityPlan) -> tuple[int | None, int | None]:
    return with_room(planned.after.limits, planned.before.limits, planned.before.price)


def _found_by(plan: ProductPlan) -> Iterable[str]:
    return found_by(plan.sku, plan.after.model, plan.after.brand).values()


def _values(state: Any, names: Sequence[str]) -> list[Any]:
    return [getattr(state, name) for name in names]


def _after_change(store_id: int, plans: Sequence[ProductPlan]) -> None:
    """Pages look again; what was proposed before is withdrawn, and decided anew from the market as it is now."""
    ids = [plan.after.id for plan in plans]
    withdraw_of_products(ids)
    announce_prices(store_id, ids)
    wake_orders_of(store_id, ids)
    touched = [plan.after.id for plan in plans if any(change.field in DECIDING for change in plan.changes)]
    prices = CityPrice.everything.filter(product__in=touched, market__isnull=False)
    transaction.on_commit(partial(look_within, list(prices.values_list("market", flat=True))))
