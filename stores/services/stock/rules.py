"""What a store wants of its stock."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from stores.models import Availability, StockRules, Store
from stores.services import access
from stores.services.errors import Refusal, StaleEdit
from stores.services.prices.price_list.stale_offers import mark_stale
from stores.services.transactions import in_transaction

EDITABLE = ("follows_orders", "hides_gone", "doubted_after_days")
MOST_DAYS = 365


def rules_of(store_id: int) -> StockRules:
    """The store's rules; the defaults, unsaved, where it has none."""
    return StockRules.everything.filter(store=store_id).first() or StockRules(store_id=store_id)


def on_sale_in(store_id: int) -> Q:
    """
    The availabilities whose goods the price list calls available, as far as the goods go: where the store wants it so,
    goods of which none are left are not on sale, unless they can be ordered ahead.
    """
    on_sale = Q(is_available=True)
    if rules_of(store_id).hides_gone:
        on_sale &= ~Q(stock_count=0, preorder_days__isnull=True)
    return on_sale


@in_transaction
def change_rules(store: Store, version: int, values: Mapping[str, Any], actor: Any) -> StockRules:
    """Change some of the rules as last read (`version`). Raises Forbidden, StaleEdit, and Refusal `bad_days`."""
    store = Store.everything.select_for_update().get(pk=store.pk)
    access.require(actor, store, access.Action.CHANGE_PRICES)
    rules = rules_of(store.pk)
    if rules.version != version:
        raise StaleEdit("stale", _("Somebody has changed these rules since you read them. Read them again, then edit."))
    rules.version += 1
    did_hide = rules.hides_gone
    for name in EDITABLE:
        setattr(rules, name, values.get(name, getattr(rules, name)))
    if rules.doubted_after_days is not None and not 1 <= rules.doubted_after_days <= MOST_DAYS:
        text = _("Write a number of days from 1 to 365, or nothing.")
        raise Refusal("bad_days", text, {"doubted_after_days": [text]})
    rules.save()
    if rules.hides_gone != did_hide:
        gone = Availability.everything.filter(product__store=store, stock_count=0)
        mark_stale(store.pk, gone.values_list("product", flat=True).distinct())
    return rules
