"""What the gate knew when the price wanted to leave."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stores.services.money import NARROW_SPACE, thousands
from stores.services.prices.gate import Hold

# Fact of the gate → what it is called, and the codes by which it can hold a price.
FACTS: Mapping[str, tuple[str | Promise, frozenset[Hold]]] = {
    "floor": (gettext_lazy("Floor"), frozenset({Hold.NO_LIMITS, Hold.LIMITS_CROSSED, Hold.UNDER_FLOOR})),
    "ceiling": (gettext_lazy("Ceiling"), frozenset({Hold.NO_LIMITS, Hold.LIMITS_CROSSED, Hold.OVER_CEILING})),
    "current": (gettext_lazy("Price before"), frozenset({Hold.MOVE_TOO_LARGE})),
    "shown": (gettext_lazy("Shown on the storefront"), frozenset({Hold.SHOWN_UNEXPECTED})),
    "highest_of_day": (gettext_lazy("Highest of 24 hours"), frozenset({Hold.DRIFT_OF_DAY})),
    "confirmed": (gettext_lazy("Last confirmed by a person"), frozenset({Hold.DRIFT_SINCE_CONFIRMED})),
    "market_median": (gettext_lazy("Usual on the card"), frozenset({Hold.FAR_FROM_MARKET})),
    "changes_in_half_hour": (gettext_lazy("Changes in half an hour"), frozenset({Hold.BUDGET_SPENT})),
    "changes_ahead": (gettext_lazy("Changes that go before it"), frozenset({Hold.WAITS_TURN})),
}


@dataclass(frozen=True)
class Guard:
    """One fact: a number (tenge or a count; None: unknown), its words, and whether it is what held the price."""

    code: str
    name: str
    value: int | None
    text: str
    is_reason: bool


def tell_guards(facts: Mapping[str, Any], hold_code: str) -> tuple[Guard, ...]:
    """The gate's facts in the order in which it asks for them; those that an old update does not have are left out."""
    return tuple(
        Guard(code, str(name), facts[code], _sentence(code, facts), hold_code in reasons)
        for code, (name, reasons) in FACTS.items()
        if code in facts
    )


def _sentence(code: str, facts: Mapping[str, Any]) -> str:
    if code == "changes_in_half_hour":
        spent = {"spent": facts[code], "allowed": facts["changes_per_half_hour"]}
        return _("spent %(spent)s of %(allowed)s") % spent
    if code == "changes_ahead":
        return str(facts[code])
    return "–" if facts[code] is None else f"{thousands(facts[code])}{NARROW_SPACE}₸"
