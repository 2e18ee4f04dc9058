"""
Put prices back: one update, or a whole store as it was at a moment.

What is put back goes through the gateway like every price, and is a new update that refers to the old one. The rules
must not set it again a minute later: the product pauses, or the store only watches, until a person resumes them. The
price list still goes out, for it carries what was put back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from stores.models import CityPrice, ProductPriceUpdate, Store
from stores.services import access
from stores.services.announcements import announce_prices
from stores.services.errors import Refusal
from stores.services.prices import gateway
from stores.services.prices.explain import why_held
from stores.services.prices.switches import pause_product
from stores.services.transactions import in_transaction

State = ProductPriceUpdate.State
WHY = {"steps": [{"rule": "undo"}]}


@dataclass(frozen=True)
class Restoration:
    """One price of a store: what it is, what it was at the moment, and why it cannot go back (a hold code), if so."""

    city_price_id: int
    product_id: int
    sku: str
    city_id: str
    price: int
    price_then: int
    hold_code: str = ""


@in_transaction
def undo(update: ProductPriceUpdate, actor: Any) -> ProductPriceUpdate:
    """
    Put back the price from before this update and pause its product; undoing it twice changes nothing more.

    Returns the update that puts it back. Raises Forbidden, or Refusal: `not_undoable` for one that never left,
    `not_the_newest` when the price has moved on since, `price_held` when the gate does not let it.
    """
    store = Store.everything.select_for_update().get(pk=update.store_id)
    access.require(actor, store, access.Action.CHANGE_PRICES)
    update = ProductPriceUpdate.everything.get(pk=update.pk)
    if update.state == State.UNDONE:
        return ProductPriceUpdate.everything.get(undoes=update)
    row = CityPrice.everything.get(pk=update.city_price_id)
    _check_undoable(update)
    intent = gateway.Intent(row.pk, update.old_price, row.version, why=WHY, actor=actor, is_undo=True, undoes=update)
    sent = gateway.send(intent)
    if sent is None:
        raise _moved_on()
    if sent.state == State.HELD:
        text = _("The price %(price)s cannot be put back now. %(reason)s")
        facts = {"price": update.old_price, "reason": why_held(sent.hold_code)}
        raise Refusal("price_held", text % facts, {"price": [sent.hold_code]})
    ProductPriceUpdate.everything.filter(pk=update.pk).update(state=State.UNDONE)
    pause_product(update.product_id)
    announce_prices(store.pk, [update.product_id])
    return sent


def prices_as_of(store: Store, moment: datetime) -> list[Restoration]:
    """The prices of a store that were others at the moment: what a restore would do. Changes nothing."""
    then = _prices_then(store, moment)
    rows = CityPrice.everything.filter(product__store=store).select_related("product").order_by("product_id", "city_id")
    return [
        Restoration(row.pk, row.product_id, row.product.sku, row.city_id, row.price, then[row.pk], _why_not(row, then))
        for row in rows
        if then.get(row.pk, row.price) != row.price
    ]


@in_transaction
def restore(store: Store, moment: datetime, actor: Any) -> list[Restoration]:
    """
    Put the store's prices back as they were at the moment, let its rules only watch, and answer what was done.

    A price that its limits of today do not allow stays where it is, and the answer says why. Raises Forbidden, and
    Refusal (`moment_in_future`).
    """
    store = Store.everything.select_for_update().get(pk=store.pk)
    access.require(actor, store, access.Action.CHANGE_PRICES)
    if moment > timezone.now():
        raise Refusal("moment_in_future", _("This moment is still to come. Write one that has passed."))
    wanted = prices_as_of(store, moment)
    done = [_put_back(restoration, actor) for restoration in wanted]
    if wanted:
        acting = Store.everything.filter(pk=store.pk, mode__in=[Store.Mode.AUTOMATIC, Store.Mode.ASK])
        acting.update(mode=Store.Mode.WATCH)
    announce_prices(store.pk, [restoration.product_id for restoration in done])
    return done


def _check_undoable(update: ProductPriceUpdate) -> None:
    if update.state not in ProductPriceUpdate.LEAVING:
        raise Refusal("not_undoable", _("This price never left, so there is nothing to put back."))
    newest = ProductPriceUpdate.everything.filter(city_price=update.city_price_id, approved_at__isnull=False)
    if newest.aggregate(pk=Max("pk"))["pk"] != update.pk:
        raise _moved_on()


def _moved_on() -> Refusal:
    return Refusal("not_the_newest", _("The price has moved on since. Undo the newest change, or restore a moment."))


def _put_back(restoration: Restoration, actor: Any) -> Restoration:
    row = CityPrice.everything.get(pk=restoration.city_price_id)
    intent = gateway.Intent(row.pk, restoration.price_then, row.version, why=WHY, actor=actor, is_undo=True)
    sent = gateway.send(intent)
    held = sent.hold_code if sent is not None else ""
    return Restoration(**{**vars(restoration), "hold_code": held})


def _prices_then(store: Store, moment: datetime) -> dict[int, int]:
    """Price row → the price we meant at the moment, for rows that have ever moved."""
    left = ProductPriceUpdate.everything.filter(store=store, approved_at__isnull=False)
    ends = left.values("city_price").annotate(
        before=Max("pk", filter=Q(approved_at__lte=moment)), after=Min("pk", filter=Q(approved_at__gt=moment))
    )
    pairs = [(row["city_price"], row["before"], row["after"]) for row in ends]
    updates = ProductPriceUpdate.everything.in_bulk([pk for _, *both in pairs for pk in both if pk is not None])
    return {
        city_price_id: updates[before].new_price if before is not None else updates[after].old_price
        for city_price_id, before, after in pairs
    }


def _why_not(row: CityPrice, then: dict[int, int]) -> str:
    """The limits of today, as the preview can know them; the gate has the last word."""
    price = then[row.pk]
    if row.floor is not None and price < row.floor:
        return "under_floor"
    if row.ceiling is not None and price > row.ceiling:
        return "over_ceiling"
    return ""
