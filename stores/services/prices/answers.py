"""A person's answer to a price that waits for him."""

from typing import Any

from stores.models import ProductPriceUpdate
from stores.services import access
from stores.services.announcements import announce_prices
from stores.services.prices import gateway


def approve(update: ProductPriceUpdate, actor: Any) -> ProductPriceUpdate:
    """Yes. Raises Forbidden, or Refusal (`proposal_expired`)."""
    access.require(actor, update.store, access.Action.CHANGE_PRICES)
    answered = gateway.approve(update, actor)
    announce_prices(update.store_id, [update.product_id])
    return answered


def refuse(update: ProductPriceUpdate, actor: Any) -> ProductPriceUpdate:
    """No. Raises Forbidden."""
    access.require(actor, update.store, access.Action.CHANGE_PRICES)
    answered = gateway.refuse(update, actor)
    announce_prices(update.store_id, [update.product_id])
    return answered
