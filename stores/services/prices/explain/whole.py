"""All about a price: what was seen, what was thought, what guarded it, what it earns, how far it got."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import pricing
from stores.models import Product, ProductPriceUpdate
from stores.services.cities import city_name
from stores.services.prices.explain.guards import Guard, tell_guards
from stores.services.prices.explain.offers import SeenOffer, names_of, tell_offers
from stores.services.prices.explain.profit import ToldProfit, tell_profit
from stores.services.prices.explain.sentence import explain, why_held
from stores.services.prices.explain.steps import ToldStep, tell_steps

UNDO = "undo"
# The stages of an update, by the column that says when each was reached.
PROGRESS: Mapping[str, str | Promise] = {
    "created_at": gettext_lazy("decided"),
    "approved_at": gettext_lazy("approved"),
    "published_at": gettext_lazy("published"),
    "pulled_at": gettext_lazy("pulled"),
    "seen_at": gettext_lazy("seen"),
}


@dataclass(frozen=True)
class StoredLimits:
    """The corridor and the step as they stood when the price was decided, in tenge; None: there was none."""

    floor: int | None
    ceiling: int | None
    step: int | None


@dataclass(frozen=True)
class Progress:
    """One stage of the update, its name, and when it was reached (None: not yet)."""

    stage: str
    name: str
    at: datetime | None


@dataclass(frozen=True)
class Explanation:
    """
    Everything that is known about one change of a price, in codes, numbers and sentences of the active language.

    `origin`: rule, person or undo; `decider` is the rule of the seller, the strategy that ruled, or the person;
    `answered_by` who said yes or no to a rule's price. `offers`, `looked_at` and `age_seconds` are empty where no
    picture of the market led to it; `build` is empty where it was not recorded.
    """

    sentence: str
    origin: str
    decider: str
    answered_by: str
    city_id: str
    city: str
    offers: tuple[SeenOffer, ...]
    looked_at: datetime | None
    age_seconds: int | None
    steps: tuple[ToldStep, ...]
    hold_code: str
    hold_text: str
    guards: tuple[Guard, ...]
    profit: ToldProfit | None
    limits: StoredLimits
    engine: str
    build: str
    progress: tuple[Progress, ...]


def explanation_of(update: ProductPriceUpdate) -> Explanation:
    """All that is known about an update, read with its `actor`. One query, for the merchants' names."""
    why = update.why
    steps = why.get("steps", [])
    situation = pricing.Situation.from_stored(why["situation"]) if "situation" in why else None
    names = names_of(_merchants(situation, steps))
    age = None if situation is None else timedelta(seconds=situation.age_seconds)
    return Explanation(
        sentence=explain(update),
        origin=_origin(update),
        decider=_decider(update, situation),
        answered_by=_name(update.actor) if update.origin == ProductPriceUpdate.Origin.RULE else "",
        city_id=update.city_id,
        city=city_name(update.city_id),
        offers=() if situation is None else tell_offers(situation, steps, names),
        looked_at=None if age is None else update.created_at - age,
        age_seconds=None if age is None else int(age.total_seconds()),
        steps=tell_steps(steps, names),
        hold_code=update.hold_code,
        hold_text=why_held(update.hold_code) if update.hold_code else "",
        guards=tell_guards(why.get("gate", {}), update.hold_code),
        profit=tell_profit(why["profit"]) if why.get("profit") else None,
        limits=StoredLimits(update.floor, update.ceiling, None if situation is None else situation.limits.step),
        engine=why.get("engine", ""),
        build=why.get("build", ""),
        progress=_progress(update),
    )


def _merchants(situation: pricing.Situation | None, steps: list[dict[str, Any]]) -> set[str]:
    seen = set() if situation is None else {offer.merchant_id for offer in situation.offers}
    return seen | {step["merchant_id"] for step in steps if step.get("merchant_id")}


def _origin(update: ProductPriceUpdate) -> str:
    is_undo = any(step["rule"] == UNDO for step in update.why.get("steps", []))
    return UNDO if is_undo else str(update.origin)


def _decider(update: ProductPriceUpdate, situation: pricing.Situation | None) -> str:
    if update.origin == ProductPriceUpdate.Origin.PERSON:
        return _name(update.actor) or _("a person who is no longer here")
    if rule := update.why.get("rule"):
        return str(rule)
    names = dict(Product.Strategy.choices)
    strategy = "" if situation is None else situation.plan.strategy.name
    return str(names.get(strategy, _("a rule")))


def _name(person: Any) -> str:
    return "" if person is None else person.full_name or person.email


def _progress(update: ProductPriceUpdate) -> tuple[Progress, ...]:
    return tuple(
        Progress(column.removesuffix("_at"), str(name), getattr(update, column)) for column, name in PROGRESS.items()
    )
