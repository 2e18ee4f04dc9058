"""Which new orders a store accepts by itself."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from stores.models import AcceptanceDecision, AcceptanceRules, OrderAction, Store
from stores.models.fields import MAX_SUM
from stores.services import access
from stores.services.errors import Refusal, StaleEdit
from stores.services.orders.actions import withdraw_planned
from stores.services.sales_points import check_hours
from stores.services.transactions import in_transaction

EDITABLE = ("is_on", "least_margin", "most_total", "hours", "takes_express", "takes_preorders")


def rules_of(store_id: int) -> AcceptanceRules:
    """The store's rules; unsaved, and off, where it has none."""
    return AcceptanceRules.everything.filter(store=store_id).first() or AcceptanceRules(store_id=store_id)


def wished(store: Store, values: Mapping[str, Any]) -> AcceptanceRules:
    """The rules as they would be with these values, unsaved. Raises Refusal: `bad_hours`, `bad_margin`, `bad_total`."""
    rules = rules_of(store.pk)
    for name in EDITABLE:
        setattr(rules, name, values.get(name, getattr(rules, name)))
    rules.hours = check_hours(rules.hours)
    if rules.least_margin is not None and not Decimal(0) <= rules.least_margin < 1:
        text = _("A share lies between 0 and 1.")
        raise Refusal("bad_margin", text, {"least_margin": [text]})
    if rules.most_total is not None and not 1 <= rules.most_total <= MAX_SUM:
        text = _("Write a sum of whole tenge, or nothing.")
        raise Refusal("bad_total", text, {"most_total": [text]})
    return rules


@in_transaction
def change_rules(store: Store, version: int, values: Mapping[str, Any], actor: Any) -> AcceptanceRules:
    """
    Change some of the rules as they were last read (`version`). What they had planned does not leave: the new ones
    decide these orders, or, where they are off, a person is told of each. Raises Forbidden, StaleEdit, and what
    `wished` refuses.
    """
    store = Store.everything.select_for_update().get(pk=store.pk)
    access.require(actor, store, access.Action.CHANGE_PRICES)
    access.require(actor, store, access.Action.HANDLE_ORDERS)
    rules = wished(store, values)
    if rules.version != version:
        raise StaleEdit("stale", _("Somebody has changed these rules since you read them. Read them again, then edit."))
    rules.version += 1
    rules.changed_by = actor
    rules.save()
    # What the rules of before have planned may still wait for its turn.
    withdraw_planned(store, is_told=not rules.is_on)
    AcceptanceDecision.everything.filter(store=store, action__why=OrderAction.Why.STOPPED).delete()
    return rules
