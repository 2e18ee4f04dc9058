"""What a person decides about prices: the corridor, the step, the strategy, the price itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from stores.models import CityPrice, Product, ProductPriceUpdate, Store
from stores.services import access
from stores.services.announcements import announce_prices
from stores.services.errors import Refusal, StaleEdit
from stores.services.market.watch import look_within
from stores.services.money import thousands
from stores.services.prices import gateway
from stores.services.prices.confirm import check_confirmed
from stores.services.prices.corridor import LIMITS, check_corridor, nearest, outside, with_room
from stores.services.prices.explain import why_held
from stores.services.prices.plans import check_own_plan
from stores.services.prices.proposals import withdraw_of_products
from stores.services.prices.waiting_prices import end_wait
from stores.services.product_history import Source, editable_facts, record_edit
from stores.services.subscription.limits import room_for_repriced
from stores.services.transactions import in_transaction

POLICY = ("strategy", "plan", "step")
# What has no value of its own in a city.
PRODUCT_ONLY = ("is_paused", "is_exclusive", "least_margin")


@dataclass(frozen=True)
class PricingEdit:
    """
    What a person wants of a product, as he last read it (`version`).

    `values`: any of floor, ceiling (tenge; None takes the limit away), price, strategy, plan, step, is_paused,
    is_exclusive, least_margin (a Decimal share of the price; None: no margin is wanted). `city_id` narrows the edit to
    one city, but for what has no value of its own there; an empty strategy in a city means "as the product".
    `is_policy_of_product`: strategy, plan and step are meant for the whole product all the same, and the city gives
    up its own. `move_prices`: prices that the new corridor leaves outside go to its edge; without it such an edit is
    refused. `confirm`: numbers of `values` and the purchase cost once more, for those that look like a slip. `source`:
    his door.
    """

    version: int
    values: dict[str, Any]
    city_id: str | None = None
    move_prices: bool = False
    confirm: dict[str, int] = field(default_factory=dict)
    is_policy_of_product: bool = False
    source: Source = Source.PERSON


@in_transaction
def edit_pricing(product: Product, edit: PricingEdit, actor: Any) -> Product:
    """
    Apply a person's edit, all of it or nothing. What rules proposed before it is withdrawn.

    Raises Forbidden, StaleEdit, or Refusal (`limits_crossed`, `price_outside_limits`, `price_held`, `unknown_city`,
    `no_city_strategy`, `bad_plan`, `confirm_needed`, `tariff_limit`).
    """
    store = Store.everything.select_for_update().get(pk=product.store_id)
    access.require(actor, store, access.Action.CHANGE_PRICES)
    product = Product.everything.select_related("store").get(pk=product.pk)
    if product.version != edit.version:
        raise StaleEdit("stale", _("Somebody has changed this product since you read it. Read it again, then edit."))
    rows, before = _rows(product, edit.city_id), editable_facts(product.pk)
    check_confirmed(product, rows, edit.values, edit.confirm)
    withdraw_of_products([product.pk])
    with room_for_repriced(store):
        _change_policy(product, rows, edit)
    _send_price(rows, edit, actor)
    _change_limits(rows, edit, actor)
    record_edit(product, before, actor, edit.source)
    announce_prices(product.store_id, [product.pk])
    # Prices are decided after a look: what a person has changed does not wait for the next one that is due.
    markets = [row.market_id for row in rows if row.market_id is not None]
    transaction.on_commit(partial(look_within, markets))
    return product


def _rows(product: Product, city_id: str | None) -> list[CityPrice]:
    rows = CityPrice.everything.filter(product=product).order_by("city_id")
    if city_id is not None:
        rows = rows.filter(city_id=city_id)
        if not rows:
            raise Refusal("unknown_city", _("This product has no price in city %(city)s.") % {"city": city_id})
    return list(rows)


def _change_policy(product: Product, rows: Iterable[CityPrice], edit: PricingEdit) -> None:
    """What decides the price, of the whole product or in one city; whether anything may, and what it must earn."""
    for name in PRODUCT_ONLY:
        setattr(product, name, edit.values.get(name, getattr(product, name)))
    wanted = {name: edit.values[name] for name in POLICY if name in edit.values}
    if edit.is_policy_of_product:
        CityPrice.everything.filter(pk__in=[row.pk for row in rows]).update(strategy="", plan=None, step=None)
    if edit.city_id is None or edit.is_policy_of_product:
        for name, value in wanted.items():
            setattr(product, name, value)
        check_own_plan(product.strategy, product.plan)
    elif wanted:
        for row in rows:
            change_city_policy(row, wanted)
    product.version += 1
    product.save(update_fields=[*POLICY, *PRODUCT_ONLY, "version", "updated_at"])


def change_city_policy(row: CityPrice, wanted: Mapping[str, Any]) -> None:
    """
    What moves the price in one city: any of POLICY. An empty strategy stands alone: the city follows the product.

    The caller holds the lock of the store. Raises Refusal (`bad_plan`, `no_city_strategy`).
    """
    strategy = wanted.get("strategy", row.strategy)
    if strategy:
        plan, step = wanted.get("plan", row.plan) or {}, wanted.get("step", row.step)
        check_own_plan(strategy, plan)
    elif wanted.keys() == {"strategy"}:
        plan, step = None, None
    else:
        text = _("This city follows the product. Send a strategy for the city too, or leave out city_id.")
        raise Refusal("no_city_strategy", text, {"strategy": [text]})
    CityPrice.everything.filter(pk=row.pk).update(strategy=strategy, plan=plan, step=step)


def _change_limits(rows: Iterable[CityPrice], edit: PricingEdit, actor: Any) -> None:
    if not any(name in edit.values for name in LIMITS):
        return
    for row in rows:
        as_read = row.floor, row.ceiling
        row.refresh_from_db()
        floor, ceiling = (edit.values.get(name, getattr(row, name)) for name in LIMITS)
        check_corridor(floor, ceiling)
        target = nearest(row.price, floor, ceiling)
        if target != row.price and not edit.move_prices:
            raise outside(row.city_id, row.price, floor, ceiling)
        # A row keeps its rule "price within limits" at every moment: first room for both prices, then the move.
        _write_limits(row, *with_room((floor, ceiling), (row.floor, row.ceiling), row.price))
        if target != row.price:
            _send(row, target, (floor, ceiling), actor)
        _write_limits(row, floor, ceiling)
        if (floor, ceiling) != as_read:
            end_wait([row.pk])


def _write_limits(row: CityPrice, floor: int | None, ceiling: int | None) -> None:
    CityPrice.everything.filter(pk=row.pk).update(floor=floor, ceiling=ceiling)


def _send_price(rows: Iterable[CityPrice], edit: PricingEdit, actor: Any) -> None:
    """A price typed together with limits must fit them: the limits are what this person allows."""
    price = edit.values.get("price")
    if price is None:
        return
    for row in rows:
        floor, ceiling = (edit.values.get(name, getattr(row, name)) for name in LIMITS)
        check_corridor(floor, ceiling)
        if nearest(price, floor, ceiling) != price:
            raise outside(row.city_id, price, floor, ceiling)
        _write_limits(row, *with_room((floor, ceiling), (row.floor, row.ceiling), row.price))
        _send(row, price, (floor, ceiling), actor)


def _send(row: CityPrice, price: int, limits: tuple[int | None, int | None], actor: Any) -> None:
    """Through the gateway like every price. Raises Refusal when it holds: a person hears no at once."""
    update = gateway.send(
        gateway.Intent(row.pk, price, row.version, why=gateway.WHY_PERSON, actor=actor, limits=limits)
    )
    if update is not None and update.state == ProductPriceUpdate.State.HELD:
        message = _("The price %(price)s cannot leave now. %(reason)s") % {
            "price": thousands(price),
            "reason": why_held(update.hold_code),
        }
        raise Refusal("price_held", message, {"price": [update.hold_code]})
