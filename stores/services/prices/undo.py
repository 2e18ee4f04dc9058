"""
Put one price back.

It goes through the gateway like every price, and is a new update that refers to the old one. The rules must not set it
again a minute later: the product pauses until a person resumes it. It leaves with the next price list, so a paused
store only watches from then on, and what its rules wanted before the pause goes back too (`restore.release_paused`);
while everything is stopped, it leaves as soon as the stop is released.
"""

from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from stores.models import CityPrice, ProductPriceUpdate, Store
from stores.services import access
from stores.services.announcements import announce_prices
from stores.services.errors import Refusal
from stores.services.prices import gateway
from stores.services.prices.explain import why_held
from stores.services.prices.restore import release_paused
from stores.services.prices.switches import pause_product
from stores.services.transactions import in_transaction

State = ProductPriceUpdate.State


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
        return ProductPriceUpdate.everything.get(undoes=update, approved_at__isnull=False)
    row = CityPrice.everything.get(pk=update.city_price_id)
    _check_undoable(update)
    intent = gateway.Intent(
        row.pk, update.old_price, row.version, why=gateway.WHY_UNDO, actor=actor, is_undo=True, undoes_id=update.pk
    )
    sent = gateway.send(intent)
    if sent is None:
        raise _moved_on()
    if sent.state == State.HELD:
        text = _("The price %(price)s cannot be put back now. %(reason)s")
        facts = {"price": update.old_price, "reason": why_held(sent.hold_code)}
        raise Refusal("price_held", text % facts, {"price": [sent.hold_code]})
    pause_product(update.product_id)
    release_paused(store, actor)
    announce_prices(store.pk, [update.product_id])
    return sent


def _check_undoable(update: ProductPriceUpdate) -> None:
    if update.state not in ProductPriceUpdate.LEAVING:
        raise Refusal("not_undoable", _("This price never left, so there is nothing to put back."))
    newest = ProductPriceUpdate.everything.filter(city_price=update.city_price_id, approved_at__isnull=False)
    if newest.aggregate(pk=Max("pk"))["pk"] != update.pk:
        raise _moved_on()


def _moved_on() -> Refusal:
    return Refusal("not_the_newest", _("The price has moved on since. Undo the newest change, or restore a moment."))
