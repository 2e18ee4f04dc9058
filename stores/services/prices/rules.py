"""
Rules by which products are priced that say so: made, changed, switched on and off, taken away.

Whatever happens to a rule, what the store's rules proposed before it is withdrawn, and the prices that follow another
one by it are decided anew: their markets are looked at as soon as the pace allows.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from stores.models import CityPrice, PricingRule, Product, Store
from stores.services import access
from stores.services.errors import Refusal, StaleEdit
from stores.services.market.watch import look_soon
from stores.services.prices.automated import automated_prices, markets_of, prices_with_strategy
from stores.services.prices.plans import check_plan
from stores.services.prices.proposals import withdraw_of_rules
from stores.services.subscription.limits import foretell_repriced, room_for_repriced
from stores.services.transactions import in_transaction

# Prices that leave it to a rule.
BY_RULE = Q(strategy=Product.Strategy.BY_RULE) | Q(strategy="", product__strategy=Product.Strategy.BY_RULE)
FIELDS = ("name", "category_code", "strategy", "plan", "step", "is_on")


@in_transaction
def create_rule(store: Store, values: dict[str, Any], actor: Any) -> PricingRule:
    """
    A new rule, switched off. It takes its category at once: the rule of the whole store moves those products no more.

    `values`: name, strategy, and any of category_code (empty: the whole store), plan, step (tenge). Raises Forbidden,
    or Refusal (`category_taken`, `bad_plan`).
    """
    store = _lock(store.pk, actor)
    rule = PricingRule(store=store, **values)
    _check(rule)
    rule.save()
    withdraw_of_rules(store.pk)
    return rule


@in_transaction
def change_rule(rule: PricingRule, version: int, values: dict[str, Any], actor: Any) -> PricingRule:
    """
    Change a rule as it was last read (`version`): any of FIELDS.

    Raises Forbidden, StaleEdit, or Refusal (`category_taken`, `bad_plan`, `tariff_limit`).
    """
    store = _lock(rule.store_id, actor)
    rule = PricingRule.everything.get(pk=rule.pk)
    if rule.version != version:
        raise StaleEdit("stale", _("Somebody has changed this rule since you read it. Read it again, then edit."))
    categories = {rule.category_code, values.get("category_code", rule.category_code)}
    for name in FIELDS:
        if name in values:
            setattr(rule, name, values[name])
    _check(rule)
    rule.version += 1
    with room_for_repriced(store):
        rule.save()
    withdraw_of_rules(rule.store_id)
    _decide_anew(rule.store_id, categories)
    return rule


@in_transaction
def delete_rule(rule: PricingRule, actor: Any) -> None:
    """
    Take away a rule that is off; its category follows the rule of the whole store from now on, if there is one.

    Raises Forbidden, or Refusal: `rule_is_on` where prices may be following it, `tariff_limit`.
    """
    store = _lock(rule.store_id, actor)
    rule = PricingRule.everything.get(pk=rule.pk)
    if rule.is_on:
        raise Refusal("rule_is_on", _("Prices may be following this rule. Switch it off first, then delete it."))
    with room_for_repriced(store):
        rule.delete()
    _decide_anew(rule.store_id, {rule.category_code})


@in_transaction
def switch_off(rule: PricingRule, actor: Any) -> None:
    """The rule moves nothing any more, and no other rule moves its prices; off already is as good. Raises Forbidden."""
    _lock(rule.store_id, actor)
    rule = PricingRule.everything.get(pk=rule.pk)
    if rule.is_on:
        rule.is_on = False
        rule.version += 1
        rule.save()
        withdraw_of_rules(rule.store_id)


def count_followers(store: Store, rules: Sequence[PricingRule]) -> dict[int, int]:
    """
    Rule → how many products it prices, or would price if it were switched on: one query.

    `rules`: all rules of the store.
    """
    return _count_by_rule(_priced_by_rule(store), rules)


def foretell_switch(rule: PricingRule) -> str:
    """
    What to know before a rule that is off is switched on: why it would be refused, as the payer's tariff has no room
    for so many more repriced products; empty where it has.
    """
    moves_nothing = rule.is_on or rule.strategy == Product.Strategy.MANUAL or rule.store.mode == Store.Mode.WATCH
    if moves_nothing:
        return ""
    by_itself = prices_with_strategy().filter(product=OuterRef("pk"))
    rules = list(PricingRule.objects.for_store(rule.store))
    more = _count_by_rule(_priced_by_rule(rule.store).exclude(Exists(by_itself)), rules)[rule.pk]
    return foretell_repriced(rule.store, more)


def _count_by_rule(products: QuerySet[Product], rules: Sequence[PricingRule]) -> dict[int, int]:
    # Counted here: the database takes some categories for one that are two.
    followers = Counter(products.values_list("category_code", flat=True))
    taken = {rule.category_code for rule in rules if rule.category_code}
    left = sum(count for category, count in followers.items() if category not in taken)
    return {rule.pk: followers[rule.category_code] if rule.category_code else left for rule in rules}


def _priced_by_rule(store: Store) -> QuerySet[Product]:
    """The store's products that leave their price to a rule, in one city at least."""
    prices = CityPrice.everything.filter(BY_RULE, product=OuterRef("pk"))
    return Product.objects.for_store(store).filter(Exists(prices))


def _decide_anew(store_id: int, categories: Collection[str]) -> None:
    """Soon after the commit, the prices of these categories that follow a rule; an empty one means the whole store."""
    prices = automated_prices().filter(BY_RULE, product__store=store_id)
    if "" not in categories:
        prices = prices.filter(product__category_code__in=categories)
    transaction.on_commit(partial(look_soon, markets_of(prices)))


def _lock(store_id: int, actor: Any) -> Store:
    """The store, locked as the gateway locks it: a price leaves by the rules of before or of after."""
    store = Store.everything.select_for_update().get(pk=store_id)
    access.require(actor, store, access.Action.CHANGE_PRICES)
    return store


def _check(rule: PricingRule) -> None:
    check_plan(rule.strategy, rule.plan)
    others = PricingRule.everything.filter(store=rule.store_id, category_code=rule.category_code)
    if other := others.exclude(pk=rule.pk).first():
        text = _("The rule “%(name)s” is for this category already. Change that one, or write another category.")
        message = text % {"name": other.name}
        raise Refusal("category_taken", message, {"category_code": [message]})
