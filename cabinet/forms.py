"""What sellers fill in, understood or refused in words. What it means is the services' business."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

import pricing
from cabinet.fields import MoneyField, PercentField
from cabinet.plan_fields import (
    PARAMETERS,
    PARTS,
    Part,
    kept_parts,
    parameter_fields,
    parameter_name,
    parameter_values,
    read_parameters,
)
from stores.models import CityPrice, Product, Store
from stores.models.fields import MAX_PRICE, MIN_PRICE
from stores.services.errors import Refusal
from stores.services.money import thousands
from stores.services.prices import plans
from stores.services.prices.limits import Edit
from stores.services.prices.targets import AsOf, BeforeList, Confirmed, Target, WithoutRule

MODES: Mapping[str, str | Promise] = {
    Store.Mode.WATCH: _("The rules look and say what they would do. They move nothing."),
    Store.Mode.ASK: _("Each price of a rule waits for your yes."),
    Store.Mode.AUTOMATIC: _("The rules move prices by themselves, within your limits."),
    Store.Mode.PAUSED: _("No price moves, and the last price list stays as it is."),
}
BASIS_POINTS = 10_000
# What may have to be typed twice.
CONFIRMED = ("floor", "ceiling", "price")
# Where a refusal is shown that names no field.
SHOWN_AT = {"price_outside_limits": "move_prices"}


class ProductForm(forms.Form):
    """
    Limits, price, strategy and plan of a product, as one edit.

    `row` is the price in the city at hand, read with its product. Floor, ceiling and price are for that city, or for
    all of them. An empty price stays as it is; an empty limit is none.
    """

    version = forms.IntegerField(widget=forms.HiddenInput)
    floor = MoneyField(label=_("Floor"), required=False, min_value=MIN_PRICE, max_value=MAX_PRICE)
    ceiling = MoneyField(label=_("Ceiling"), required=False, min_value=MIN_PRICE, max_value=MAX_PRICE)
    price = MoneyField(
        label=_("New price"),
        required=False,
        min_value=MIN_PRICE,
        max_value=MAX_PRICE,
        help_text=_("Empty: as it is."),
    )
    step = MoneyField(label=_("Step"), min_value=1, max_value=1_000_000)
    least_margin = PercentField(
        label=_("Margin at least"), required=False, help_text=_("After all fees and costs. Empty: none is wanted.")
    )
    all_cities = forms.BooleanField(label=_("Floor, ceiling and price for all cities"), required=False)
    only_here = forms.BooleanField(label=_("Step, strategy and plan for this city only"), required=False)
    move_prices = forms.BooleanField(
        label=_("A price outside of the new limits goes to the nearest one"), required=False
    )
    strategy = forms.ChoiceField(label=_("Strategy"), choices=Product.Strategy.choices)

    def __init__(self, row: CityPrice, data: Mapping[str, Any] | None = None) -> None:
        self.row, self.policy = row, plans.own_policy(row)
        self.plan = _readable_plan(row, self.policy)
        self.doubted: list[str] = []
        self.parts = [part for part in PARTS if part.is_sayable(self.plan)]
        super().__init__(data, initial=self._present(), label_suffix="")
        chosen = self.policy.strategy if data is None else str(data.get("strategy", ""))
        self.fields |= {confirm_name(name): _confirmation(self.fields[name]) for name in CONFIRMED}
        self.fields |= parameter_fields(Product.Strategy.values, chosen)
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
        if self.cleaned_data.get("only_here") and self.cleaned_data.get("all_cities"):
            self.add_error("only_here", _("Choose one: all cities, or this city only."))
        return self.cleaned_data

    def edit(self) -> Edit:
        """The edit that was asked for."""
        values = {name: self.cleaned_data[name] for name in ("floor", "ceiling", "step", "strategy")}
        if self.cleaned_data["price"] is not None:
            values["price"] = self.cleaned_data["price"]
        if "least_margin" in self.changed_data:
            values["least_margin"] = share_of_basis_points(self.cleaned_data["least_margin"])
        confirmed = {name: self.cleaned_data[confirm_name(name)] for name in CONFIRMED}
        return Edit(
            version=self.cleaned_data["version"],
            values=values | {"plan": self._stored_plan()},
            city_id=None if self.cleaned_data["all_cities"] else self.row.city_id,
            is_policy_of_product=not self.cleaned_data["only_here"],
            move_prices=self.cleaned_data["move_prices"],
            confirm={name: number for name, number in confirmed.items() if number is not None},
        )

    def refuse(self, refusal: Refusal) -> None:
        """Show why a service did not do it, at the fields it is about."""
        named = [name for name in refusal.fields if name in self.fields]
        if refusal.code == "confirm_needed":
            self.doubted = named
            for name in named:
                self.add_error(name, [str(doubt) for doubt in refusal.fields[name]])
            return
        for name in named or [SHOWN_AT.get(refusal.code, NON_FIELD_ERRORS)]:
            self.add_error(name, str(refusal))

    def rebase(self) -> None:
        """After somebody else's edit: what was typed stays, and saving it once more is an edit of what is there now."""
        self.data = {**dict(self.data.items()), "version": str(self.row.product.version)}

    @property
    def confirmations(self) -> list[forms.BoundField]:
        """Where the numbers that looked like a slip are typed once more."""
        return [self[confirm_name(name)] for name in self.doubted]

    @property
    def present(self) -> list[tuple[str | Promise, str]]:
        """What is there now, by name, where something else was typed."""
        now: dict[str, tuple[Any, str]] = {
            "floor": (self.row.floor, thousands(self.row.floor)),
            "ceiling": (self.row.ceiling, thousands(self.row.ceiling)),
            "step": (self.policy.step, thousands(self.policy.step)),
            "strategy": (self.policy.strategy, str(Product.Strategy(self.policy.strategy).label)),
        }
        differs = [name for name, (value, _shown) in now.items() if self.cleaned_data.get(name) != value]
        return [(self.fields[name].label or name, now[name][1]) for name in differs]

    @property
    def choices(self) -> list[tuple[str, str, bool, list[forms.BoundField]]]:
        """Each strategy: its code, its name, whether it is chosen, its parameters."""
        chosen = self["strategy"].value()
        return [
            (code, str(name), code == chosen, [self[parameter_name(code, each)] for each in PARAMETERS.get(code, {})])
            for code, name in Product.Strategy.choices
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
        nothing = pricing.Plan()
        return [part.title for part in self.parts if getattr(self.plan, part.name) != getattr(nothing, part.name)]

    def _present(self) -> dict[str, Any]:
        product = self.row.product
        values: dict[str, Any] = {
            "version": product.version,
            "floor": self.row.floor,
            "ceiling": self.row.ceiling,
            "step": self.policy.step,
            "strategy": self.policy.strategy,
            "only_here": bool(self.row.strategy),
            "least_margin": basis_points_of_share(product.least_margin),
        }
        values |= parameter_values(self.plan, Product.Strategy.values)
        for part in self.parts:
            values |= part.read(getattr(self.plan, part.name))
        return values

    def _stored_plan(self) -> dict[str, Any]:
        if self.cleaned_data["strategy"] == Product.Strategy.BY_RULE:
            return {}
        written = {part.name: part.write(self.cleaned_data) for part in self.parts}
        kept = plans.to_stored(replace(self.plan, **written))
        parameters = read_parameters(self.cleaned_data["strategy"], self.cleaned_data)
        return {**kept, plans.PARAMETERS: parameters} if parameters else _without_parameters(kept)


class PauseForm(forms.Form):
    """Pause a product, as it was read (`version`), or let it go on."""

    version = forms.IntegerField()
    is_paused = forms.BooleanField(required=False)


class ModeForm(forms.Form):
    """The switch of a store."""

    mode = forms.ChoiceField(choices=Store.Mode.choices)


class AlarmsForm(forms.Form):
    """The alarms that were on the page: up to the newest of them, by id."""

    newest = forms.IntegerField(min_value=1)


class RestoreForm(forms.Form):
    """
    Which prices are to come back, exactly one of: those of a moment in Almaty's time, those from before a price list,
    those that a rule did not make, the last that a person confirmed.
    """

    moment = forms.DateTimeField(
        label=_("Prices as of"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    price_list_number = forms.IntegerField(required=False, min_value=1)
    rule = forms.IntegerField(required=False, min_value=1)
    confirmed = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        """One target, no more and no less."""
        if not self.errors and len(self.asked) != 1:
            self.add_error("moment", _("Choose what to go back to."))
        return self.cleaned_data

    @property
    def asked(self) -> dict[str, Any]:
        """What was filled in, by field."""
        return {name: value for name, value in self.cleaned_data.items() if value}

    def target(self) -> Target:
        """What was asked for."""
        [(name, value)] = self.asked.items()
        targets: Mapping[str, Callable[[], Target]] = {
            "moment": lambda: AsOf(value),
            "price_list_number": lambda: BeforeList(value),
            "rule": lambda: WithoutRule(value),
            "confirmed": Confirmed,
        }
        return targets[name]()


def confirm_name(name: str) -> str:
    """What the field is called in which a number is typed once more."""
    return f"confirm-{name}"


def basis_points_of_share(share: Decimal | None) -> int | None:
    """0.08 is 800."""
    return None if share is None else int(share * BASIS_POINTS)


def share_of_basis_points(basis_points: int | None) -> Decimal | None:
    """800 is 0.08."""
    return None if basis_points is None else Decimal(basis_points) / BASIS_POINTS


def _confirmation(field: forms.Field) -> forms.Field:
    return MoneyField(label=format_lazy(_("{name} once more"), name=field.label or ""), required=False)


def _readable_plan(row: CityPrice, policy: plans.Policy) -> pricing.Plan:
    """The plan of the price; one that cannot be followed is as good as none, and saving replaces it."""
    is_readable = policy.strategy != Product.Strategy.BY_RULE and plans.has_sound_plan(row, policy)
    return plans.plan_of(policy) if is_readable else pricing.Plan()


def _without_parameters(stored: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in stored.items() if name != plans.PARAMETERS}
