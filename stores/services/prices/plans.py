"""What a seller wants done with a product, between the row that keeps it and the engine that follows it."""

import json
import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
from django.utils.translation import gettext as _

import pricing
from stores.models import Product
from stores.services.errors import Refusal

log = logging.getLogger(__name__)

# What an API writes in a plan beside the strategy's own parameters.
PARAMETERS = "parameters"
# What reading a plan may raise; msgspec's own errors are ValueErrors.
UNFIT = (AttributeError, KeyError, TypeError, ValueError)


def plan_of(product: Product) -> pricing.Plan:
    """The plan of a product, as it was checked when it was written."""
    return make_plan(product.strategy, product.plan)


def make_plan(strategy: str, plan: Mapping[str, Any]) -> pricing.Plan:
    """A plan from its written form, as `check_plan` describes it. Raises one of UNFIT for what cannot be followed."""
    return _read(strategy, json.dumps(plan, sort_keys=True))


def has_sound_plan(product: Product) -> bool:
    """Whether the engine can follow the product's plan; one that it cannot stops that product, not its neighbours."""
    try:
        plan_of(product)
    except UNFIT:
        log.exception("the plan of product %s cannot be followed", product.pk)
        return False
    return True


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
