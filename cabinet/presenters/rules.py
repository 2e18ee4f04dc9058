"""The rules of a store: what each says, and how many products it prices."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from cabinet.forms.plan import readable_plan
from cabinet.plan_fields import tell_plan
from money import tenge
from stores.models import PricingRule, Product, Store
from stores.services.prices.plans import Policy
from stores.services.prices.rules import count_followers


@dataclass(frozen=True)
class Rule:
    """
    A rule in words. `followers`: the products it prices, or would price if it were switched on. `heir`: the rule that
    moves their prices once this one is deleted; None: no rule does.
    """

    rule: PricingRule
    strategy: str
    details: list[str]
    followers: int
    heir: PricingRule | None


def rules_of(store: Store) -> list[Rule]:
    """The store's rules, the one of the whole store first: two queries."""
    rules = list(PricingRule.objects.for_store(store).order_by("category_code", "pk"))
    followers = count_followers(store, rules)
    of_store = next((rule for rule in rules if not rule.category_code and rule.is_on), None)
    return [
        Rule(
            rule,
            *tell_policy(rule.strategy, rule.plan, rule.step),
            followers=followers[rule.pk],
            heir=of_store if rule.category_code else None,
        )
        for rule in rules
    ]


def rule_of(rule: PricingRule) -> Rule:
    """One rule, as its page shows it."""
    return next(each for each in rules_of(rule.store) if each.rule.pk == rule.pk)


def tell_policy(strategy: str, plan: dict[str, object], step: int | None) -> tuple[str, list[str]]:
    """The name of a strategy, and what else decides; `step` (tenge) None: each product has its own."""
    details = tell_plan(readable_plan(Policy(strategy, plan, step or 1)))
    steps = [] if step is None else [_("step %(step)s") % {"step": tenge(step)}]
    return str(Product.Strategy(strategy).label), [*details, *steps]


def categories_of(store: Store) -> list[str]:
    """The categories of the store's products and rules: two queries."""
    products = Product.objects.for_store(store).values_list("category_code", flat=True).distinct()
    rules = PricingRule.objects.for_store(store).values_list("category_code", flat=True)
    return sorted({*products, *rules} - {""})
