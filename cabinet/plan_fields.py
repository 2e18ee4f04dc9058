"""
A plan as a seller fills it in: which strategy has which parameters, and which parts of a plan have which fields.

A form says less than a plan can hold. What it cannot say exactly (a schedule, hours of single days) is kept as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import time
from typing import Any, TypeAlias

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

import pricing
from cabinet.fields import ClockField, MoneyField, PercentField
from money.fields import WholeNumberField
from pricing import Answer, Conditions, Hours, LowStock, Plan, SlowSales, Truce

MakeField: TypeAlias = Callable[..., forms.Field]
Values: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Input:
    """One field of a form: how it is called, what it takes, and what stands behind it (a unit)."""

    label: str | Promise
    make: MakeField
    unit: str | Promise = ""
    hint: str | Promise = ""

    def field(self, **kwargs: Any) -> forms.Field:
        """A fresh field of this kind, empty allowed."""
        field = self.make(**{"required": False, "label": self.label, "help_text": self.hint} | kwargs)
        field.unit = self.unit  # type: ignore[attr-defined] # templates show it behind the input
        return field


def count_from(lowest: int) -> MakeField:
    """A whole number of things."""

    def make(**kwargs: Any) -> forms.Field:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
        return WholeNumberField(min_value=lowest, max_value=1_000_000, widget=widget, **kwargs)

    return make


def amount(**kwargs: Any) -> forms.Field:
    """Tenge, at least one."""
    return MoneyField(min_value=1, **kwargs)


def nines(**kwargs: Any) -> forms.Field:
    """How many nines a price ends in."""
    return forms.TypedChoiceField(
        choices=[(10, "9"), (100, "99"), (1000, "999")], coerce=int, empty_value=None, **kwargs
    )


# Strategy → its parameters, as the engine calls them.
PARAMETERS: Mapping[str, Mapping[str, Input]] = {
    "undercut": {
        "tenge": Input(_("By"), amount, "₸", _("Empty: by the step.")),
        "basis_points": Input(_("Or by a share"), PercentField, "%", _("Counts when it is given.")),
    },
    "nine_ending": {"of": Input(_("The price ends in"), nines)},
    "match": {},
    "hold_place": {"place": Input(_("Place"), count_from(1))},
    "follow_second": {},
    "stay_above": {
        "tenge": Input(_("By"), amount, "₸"),
        "basis_points": Input(_("Or by a share"), PercentField, "%", _("Counts when it is given.")),
    },
    "fixed": {"price": Input(_("Price"), amount, "₸")},
    "manual": {},
    "margin_target": {"basis_points": Input(_("Above the price of the margin by"), PercentField, "%")},
}


def parameter_name(strategy: str, parameter: str) -> str:
    """What the field of a parameter is called in the form."""
    return f"{strategy}-{parameter}"


def parameter_fields(strategies: list[str], chosen: str) -> dict[str, forms.Field]:
    """Fields for the parameters of all these strategies; the chosen one's must be filled in where it has no default."""
    return {
        parameter_name(strategy, name): told.field(
            required=strategy == chosen and _default_of(strategy, name) is MISSING
        )
        for strategy in strategies
        for name, told in PARAMETERS.get(strategy, {}).items()
    }


def parameter_values(plan: Plan, strategies: list[str]) -> dict[str, Any]:
    """What stands in those fields: the plan's own parameters, and the defaults of strategies it does not follow."""
    values: dict[str, Any] = {}
    for strategy in strategies:
        for name in PARAMETERS.get(strategy, {}):
            is_own = strategy == plan.strategy.name
            value = getattr(plan.strategy, name) if is_own else _default_of(strategy, name)
            values[parameter_name(strategy, name)] = None if value is MISSING else value or None
    return values


def read_parameters(strategy: str, cleaned: Values) -> dict[str, Any]:
    """The parameters of a strategy, as plans keep them: only what was filled in."""
    told = {name: cleaned.get(parameter_name(strategy, name)) for name in PARAMETERS.get(strategy, {})}
    return {name: value for name, value in told.items() if value is not None}


def _default_of(strategy: str, parameter: str) -> Any:
    """The engine's default of a parameter; MISSING where it must be said."""
    kind: Any = pricing.STRATEGIES[strategy]
    return next(each.default for each in fields(kind) if each.name == parameter)


# --- Parts of a plan --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Part:
    """
    A field of the plan, and the inputs that say it.

    `read` makes the inputs' values of the plan's; `write` the plan's of theirs (empty inputs are None or False).
    """

    name: str
    title: str | Promise
    inputs: Mapping[str, Input]
    read: Callable[[Any], Values]
    write: Callable[[Values], Any]

    def is_sayable(self, plan: Plan) -> bool:
        """Whether the inputs can say exactly what the plan holds."""
        held = getattr(plan, self.name)
        return bool(self.write(self.read(held)) == held)


def _read_hours(prefix: str) -> Callable[[tuple[Hours, ...]], Values]:
    def read(held: tuple[Hours, ...]) -> Values:
        if not held:
            return {f"{prefix}_from": None, f"{prefix}_to": None}
        return {f"{prefix}_from": _clock(held[0].start), f"{prefix}_to": _clock(held[0].end)}

    return read


def _write_hours(prefix: str) -> Callable[[Values], tuple[Hours, ...]]:
    def write(values: Values) -> tuple[Hours, ...]:
        start, end = values[f"{prefix}_from"], values[f"{prefix}_to"]
        return () if start is None or end is None else pricing.daily(_minute(start), _minute(end))

    return write


def _clock(minute_of_week: int) -> time:
    return time(minute_of_week // 60 % 24, minute_of_week % 60)


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _read_conditions(held: Conditions) -> Values:
    return {
        "lowest_rating": held.lowest_rating or None,
        "fewest_reviews": held.fewest_reviews or None,
        "most_delivery_days": held.most_delivery_days,
        "with_preorder": held.with_preorder,
    }


def _write_conditions(values: Values) -> Conditions:
    return Conditions(
        lowest_rating=values["lowest_rating"] or 0.0,
        fewest_reviews=values["fewest_reviews"] or 0,
        most_delivery_days=values["most_delivery_days"],
        with_preorder=values["with_preorder"],
    )


def _read_low_stock(held: LowStock | None) -> Values:
    return {
        "low_stock": None if held is None else held.at_most,
        "low_stock_rise": None if held is None else held.rise_basis_points,
    }


def _write_low_stock(values: Values) -> LowStock | None:
    at_most, rise = values["low_stock"], values["low_stock_rise"]
    if at_most is None:
        return None
    return LowStock(at_most) if rise is None else LowStock(at_most, rise)


def _read_slow_sales(held: SlowSales | None) -> Values:
    return {
        "slow_sales": None if held is None else held.at_most,
        "slow_sales_cut": None if held is None else held.cut_basis_points,
    }


def _write_slow_sales(values: Values) -> SlowSales | None:
    at_most, cut = values["slow_sales"], values["slow_sales_cut"]
    if at_most is None:
        return None
    return SlowSales(at_most) if cut is None else SlowSales(at_most, cut)


def _read_truce(held: Truce | None) -> Values:
    hours = _read_hours("truce")(() if held is None else held.sleep_hours)
    return {
        "truce_answer": "" if held is None else held.answer.value,
        "truce_step_up": None if held is None else held.step_up,
        **hours,
    }


def _write_truce(values: Values) -> Truce | None:
    if not values["truce_answer"]:
        return None
    truce = Truce(Answer(values["truce_answer"]), sleep_hours=_write_hours("truce")(values))
    step_up = values["truce_step_up"]
    return truce if step_up is None else Truce(truce.answer, step_up=step_up, sleep_hours=truce.sleep_hours)


def _rating(**kwargs: Any) -> forms.Field:
    widget = forms.NumberInput(attrs={"step": "0.1", "inputmode": "decimal"})
    return forms.FloatField(min_value=0, max_value=5, widget=widget, **kwargs)


def _truce_answers(**kwargs: Any) -> forms.Field:
    answers = [
        ("", _("Fight on")),
        (Answer.HOLD.value, _("Go no lower")),
        (Answer.STEP_UP.value, _("Offer peace: one step up, then hold")),
        (Answer.RESET.value, _("Back to the first price at night, else hold")),
    ]
    return forms.ChoiceField(choices=answers, **kwargs)


_FROM, _TO = _("From"), _("to")

PARTS: tuple[Part, ...] = (
    Part(
        "conditions",
        _("Which rivals count"),
        {
            "lowest_rating": Input(_("Rating at least"), _rating),
            "fewest_reviews": Input(_("Reviews at least"), count_from(0)),
            "most_delivery_days": Input(_("Delivery at most"), count_from(0), _("days")),
            "with_preorder": Input(_("Offers on pre-order count too"), forms.BooleanField),
        },
        _read_conditions,
        _write_conditions,
    ),
    Part(
        "working_hours",
        _("Working hours"),
        {
            "working_from": Input(_FROM, ClockField),
            "working_to": Input(_TO, ClockField, hint=_("Outside of them the price stays.")),
        },
        _read_hours("working"),
        _write_hours("working"),
    ),
    Part(
        "quiet_hours",
        _("Quiet hours"),
        {
            "quiet_from": Input(_FROM, ClockField),
            "quiet_to": Input(_TO, ClockField, hint=_("Within them the price stays.")),
        },
        _read_hours("quiet"),
        _write_hours("quiet"),
    ),
    Part(
        "smallest_move",
        _("Smallest move"),
        {"smallest_move": Input(_("No move of less than"), amount, "₸")},
        lambda held: {"smallest_move": held or None},
        lambda values: values["smallest_move"] or 0,
    ),
    Part(
        "cool_down_seconds",
        _("Rest"),
        {"cool_down": Input(_("After a change rest for"), count_from(0), _("min"))},
        lambda held: {"cool_down": int(held // 60) or None},
        lambda values: float((values["cool_down"] or 0) * 60),
    ),
    Part(
        "low_stock",
        _("Last pieces"),
        {
            "low_stock": Input(_("At so many or fewer"), count_from(0), _("pcs")),
            "low_stock_rise": Input(_("do not fight, but rise by"), PercentField, "%"),
        },
        _read_low_stock,
        _write_low_stock,
    ),
    Part(
        "slow_sales",
        _("Slow sales"),
        {
            "slow_sales": Input(_("At so many a week or fewer"), count_from(0), _("pcs")),
            "slow_sales_cut": Input(_("lower by"), PercentField, "%"),
        },
        _read_slow_sales,
        _write_slow_sales,
    ),
    Part(
        "truce",
        _("Price war"),
        {
            "truce_answer": Input(_("When a rival answers each step"), _truce_answers),
            "truce_step_up": Input(_("Step up by"), amount, "₸"),
            "truce_from": Input(_("Night from"), ClockField),
            "truce_to": Input(_TO, ClockField),
        },
        _read_truce,
        _write_truce,
    ),
)
# Parts of a plan that the form shows as kept, and does not edit.
ONLY_KEPT: Mapping[str, str | Promise] = {
    "schedule": _("Strategies by the hour"),
    "after_hours": _("Strategy outside of the working hours"),
}


def kept_parts(plan: Plan) -> list[str | Promise]:
    """The names of what the plan holds and the form cannot say."""
    only_kept = [name for field, name in ONLY_KEPT.items() if getattr(plan, field)]
    return only_kept + [part.title for part in PARTS if not part.is_sayable(plan)]


def used_parts(plan: Plan, among: Sequence[Part] = PARTS) -> list[str | Promise]:
    """The names of the parts in which the plan says something."""
    nothing = Plan()
    return [part.title for part in among if getattr(plan, part.name) != getattr(nothing, part.name)]


def tell_plan(plan: Plan) -> list[str]:
    """What the plan adds to the name of its strategy, in a few words each: its parameters, then what else it holds."""
    only_kept = [name for field, name in ONLY_KEPT.items() if getattr(plan, field)]
    return [*_tell_parameters(plan), *map(str, (*only_kept, *used_parts(plan)))]


def _tell_parameters(plan: Plan) -> list[str]:
    told = PARAMETERS.get(plan.strategy.name, {})
    values = {name: getattr(plan.strategy, name) for name in told}
    return [_tell(told[name], value) for name, value in values.items() if value]


def _tell(told: Input, value: Any) -> str:
    """`By 100 ₸`, `The price ends in 99`."""
    field = told.field()
    choices = dict(getattr(field, "choices", ()))
    return f"{told.label} {choices.get(value) or field.prepare_value(value)} {told.unit}".rstrip()
