"""Strategy, step and plan as sellers fill them in: the part that products, rules and what-ifs have in common."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

import pricing
from cabinet.fields import MoneyField, offer_choices
from cabinet.forms.versioned import VersionedForm
from cabinet.plan_fields import (
    PARAMETERS,
    PARTS,
    Part,
    kept_parts,
    parameter_fields,
    parameter_name,
    parameter_values,
    read_parameters,
    used_parts,
)
from stores.models import Product
from stores.models.rules import STRATEGIES
from stores.services.errors import Refusal
from stores.services.prices import plans


class PlanForm(forms.Form):
    """Strategy, step and plan. `policy` is what is there now, `present` what stands in the form's other fields."""

    strategies: ClassVar[list[tuple[str, Any]]] = list(STRATEGIES)
    # Where a refusal is shown that names no field of the form.
    shown_at: ClassVar[Mapping[str, str]] = {}

    step = MoneyField(label=_("Step"), min_value=1, max_value=1_000_000)
    strategy = forms.ChoiceField(label=_("Strategy"))

    def __init__(self, policy: plans.Policy, present: Mapping[str, Any], data: Mapping[str, Any] | None) -> None:
        self.policy, self.plan = policy, readable_plan(policy)
        self.parts = [part for part in PARTS if part.is_sayable(self.plan)]
        super().__init__(data, initial={**self._present_plan(), **present}, label_suffix="")
        offer_choices(self, "strategy", self.strategies)
        chosen = policy.strategy if data is None else str(data.get("strategy", ""))
        self.fields |= parameter_fields(self._codes, chosen)
        for part in self.parts:
            self.fields |= {name: told.field() for name, told in part.inputs.items()}

    def clean(self) -> dict[str, Any]:
        """What was typed for a strategy that was not chosen is nobody's mistake; hours have two ends."""
        for strategy in PARAMETERS:
            if strategy != self.cleaned_data.get("strategy"):
                for name in PARAMETERS[strategy]:
                    self.errors.pop(parameter_name(strategy, name), None)
        for start, end in (("working_from", "working_to"), ("quiet_from", "quiet_to"), ("truce_from", "truce_to")):
            if (self.cleaned_data.get(start) is None) != (self.cleaned_data.get(end) is None):
                self.add_error(end, _("Write both times, or none."))
        return self.cleaned_data

    def refuse(self, refusal: Refusal) -> None:
        """Show why a service did not do it, at the fields it is about."""
        named = [name for name in refusal.fields if name in self.fields]
        for name in named or [self.shown_at.get(refusal.code, NON_FIELD_ERRORS)]:
            self.add_error(name, str(refusal))

    @property
    def choices(self) -> list[tuple[str, str, bool, list[forms.BoundField]]]:
        """Each strategy: its code, its name, whether it is chosen, its parameters."""
        chosen = self["strategy"].value()
        return [
            (code, str(name), code == chosen, [self[parameter_name(code, each)] for each in PARAMETERS.get(code, {})])
            for code, name in self.strategies
        ]

    @property
    def fieldsets(self) -> list[tuple[Part, list[forms.BoundField]]]:
        """The parts of the plan that can be edited."""
        return [(part, [self[name] for name in part.inputs]) for part in self.parts]

    @property
    def kept(self) -> list[str | Promise]:
        """What the plan holds beside these fields; it stays."""
        return kept_parts(self.plan)

    @property
    def in_use(self) -> list[str | Promise]:
        """The parts of the plan that say something, by name."""
        return used_parts(self.plan, self.parts)

    def stored_plan(self) -> dict[str, Any]:
        """The plan that was filled in, as rows keep it; empty where a rule brings its own."""
        strategy = self.cleaned_data["strategy"]
        if strategy == Product.Strategy.BY_RULE:
            return {}
        written = {part.name: part.write(self.cleaned_data) for part in self.parts}
        kept = plans.to_stored(replace(self.plan, **written))
        parameters = read_parameters(strategy, self.cleaned_data)
        return {**kept, plans.PARAMETERS: parameters} if parameters else _without_parameters(kept)

    @property
    def _codes(self) -> list[str]:
        return [code for code, _name in self.strategies]

    def _present_plan(self) -> dict[str, Any]:
        values = {"step": self.policy.step, "strategy": self.policy.strategy}
        values |= parameter_values(self.plan, self._codes)
        for part in self.parts:
            values |= part.read(getattr(self.plan, part.name))
        return values


class EditForm(VersionedForm, PlanForm):
    """The plan of a row that somebody else may change meanwhile."""

    @property
    def strategy_as_read(self) -> SafeString:
        """The hidden input that `choices` leaves out."""
        return self["strategy"].as_hidden(only_initial=True)

    def title_of(self, name: str) -> str | Promise:
        """With the part of the plan, or the strategy, whose field it is."""
        part = next((each.title for each in self.parts if name in each.inputs), None)
        owner = part or dict(self.strategies).get(name.partition("-")[0])
        own = super().title_of(name)
        return f"{owner}: {own}" if owner else own


def readable_plan(policy: plans.Policy) -> pricing.Plan:
    """The plan to show; one that cannot be followed is as good as none, and saving replaces it."""
    try:
        return plans.plan_of(policy)
    except plans.UNFIT:
        return pricing.Plan()


def _without_parameters(stored: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in stored.items() if name != plans.PARAMETERS}
