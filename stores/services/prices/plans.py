"""What a seller wants done with a price, between the rows that keep it and the engine that follows it."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
from django.utils.translation import gettext as _

import pricing
from stores.models import CityPrice, PricingRule, Product
from stores.services.errors import Refusal

log = logging.getLogger(__name__)

Strategy = Product.Strategy
# What an API writes in a plan beside the strategy's own parameters.
PARAMETERS = "parameters"
# What reading a plan may raise; msgspec's own errors are ValueErrors.
UNFIT = (AttributeError, KeyError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides one price: a strategy with its plan and step (tenge), and the rule they come from, if any."""

    strategy: str
    plan: Mapping[str, Any]
    step: int
    rule: PricingRule | None = None

    @property
    def is_automated(self) -> bool:
        """Not what is priced by hand, nor what waits for a rule where none is switched on."""
        return self.strategy not in (Strategy.MANUAL, Strategy.BY_RULE)

    @property
    def rule_id(self) -> int | None:
        return None if self.rule is None else self.rule.pk


class Rules:
    """Rules of some stores, those among them that are switched off."""

    def __init__(self, rules: Iterable[PricingRule]) -> None:
        self._rules = {(rule.store_id, rule.category_code): rule for rule in rules}

    def of(self, product: Product) -> PricingRule | None:
        """
        The rule of the product's category, where there is one, else that of the whole store; None where that is off.

        A rule that is switched off keeps its category: its prices stay, and do not go to another rule meanwhile.
        """
        of_category = self._rules.get((product.store_id, product.category_code))
        rule = of_category or self._rules.get((product.store_id, ""))
        return rule if rule is not None and rule.is_on else None


def read_rules(rows: Iterable[CityPrice]) -> Rules:
    """The rules that these prices may follow: one query for all of them, none where no price follows a rule."""
    store_ids = {row.product.store_id for row in rows if own_policy(row).strategy == Strategy.BY_RULE}
    return Rules(PricingRule.everything.filter(store__in=store_ids) if store_ids else [])


def policy_of(row: CityPrice, rules: Rules) -> Policy:
    """What decides this price: the city's own strategy, else the product's, else the rule that it follows."""
    own = own_policy(row)
    rule = rules.of(row.product) if own.strategy == Strategy.BY_RULE else None
    return own if rule is None else Policy(rule.strategy, rule.plan, rule.step, rule)


def version_of(row: CityPrice, policy: Policy) -> tuple[int, int]:
    """The versions of the product and of its rule (0 without one): what was decided by others is out of date."""
    return row.product.version, 0 if policy.rule is None else policy.rule.version


def own_policy(row: CityPrice) -> Policy:
    """What the city says of this price, else the product; it may say that a rule decides."""
    product = row.product
    if row.strategy:
        return Policy(row.strategy, row.plan or {}, row.step or product.step)
    return Policy(product.strategy, product.plan, product.step)


def plan_of(policy: Policy) -> pricing.Plan:
    """The plan as the engine follows it; it was checked when it was written."""
    return make_plan(policy.strategy, policy.plan)


def make_plan(strategy: str, plan: Mapping[str, Any]) -> pricing.Plan:
    """A plan from its written form, as `check_plan` describes it. Raises one of UNFIT for what cannot be followed."""
    return _read(strategy, json.dumps(plan, sort_keys=True))


def has_sound_plan(row: CityPrice, policy: Policy) -> bool:
    """Whether the engine can follow the price's plan; one that it cannot stops that price, not its neighbours."""
    try:
        plan_of(policy)
    except UNFIT:
        log.exception("the plan of product %s in city %s cannot be followed", row.product_id, row.city_id)
        return False
    return True


def to_stored(plan: pricing.Plan) -> dict[str, Any]:
    """What is kept of a plan beside the name of its strategy: only what differs from the defaults."""
    told = pricing.write_plan(plan)
    parameters = {name: value for name, value in told.pop("strategy", {}).items() if name != "name"}
    return told | ({PARAMETERS: parameters} if parameters else {})


def check_own_plan(strategy: str, plan: Mapping[str, Any]) -> None:
    """Like `check_plan`, for a product or one of its cities, which may leave it all to a rule."""
    if strategy != Strategy.BY_RULE:
        check_plan(strategy, plan)
    elif plan:
        text = _("The rule brings its own plan. Send an empty one: plan: {}.")
        raise Refusal("bad_plan", text, {"plan": [text]})


def check_plan(strategy: str, plan: Mapping[str, Any]) -> None:
    """
    Refuse a plan that the engine could not follow. Raises Refusal (`bad_plan`).

    `plan`: `parameters` of the strategy (`{"place": 2}`), and any of conditions, schedule, working_hours, after_hours,
    quiet_hours, low_stock, slow_sales, smallest_move, cool_down_seconds, truce, as `pricing.Plan` describes them.
    """
    try:
        _check_types(make_plan(strategy, plan))
    except UNFIT as error:
        text = _("This plan cannot be followed: %(error)s.") % {"error": error}
        raise Refusal("bad_plan", text, {"plan": [text]}) from None


@lru_cache(maxsize=1024)
def _read(strategy: str, plan: str) -> pricing.Plan:
    told = json.loads(plan)
    if "strategy" in told:
        raise ValueError(f"the strategy is a field of its own; its parameters go into {PARAMETERS}")
    named = {"name": strategy} | told.pop(PARAMETERS, {})
    return pricing.read_plan(told | {"strategy": named})


def _check_types(plan: pricing.Plan) -> None:
    """Numbers are numbers: `"2"`, true and 2.5 are no place. Raises ValueError (msgspec's is one)."""
    msgspec.convert(plan.smallest_move, int)
    msgspec.convert(plan.cool_down_seconds, float)
    hours = (*plan.working_hours, *plan.quiet_hours, *(slot.hours for slot in plan.schedule))
    strategies = (plan.strategy, plan.after_hours, *(slot.strategy for slot in plan.schedule))
    for part in (*hours, *strategies, plan.conditions, plan.low_stock, plan.slow_sales, plan.truce):
        if part is not None:
            msgspec.convert(msgspec.to_builtins(part), type(part))
