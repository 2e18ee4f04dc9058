"""What the old and the new price earn, line by line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

LINES: Mapping[str, str | Promise] = {
    "price": gettext_lazy("Price"),
    "purchase": gettext_lazy("Purchase"),
    "packaging": gettext_lazy("Packaging"),
    "commission": gettext_lazy("Commission"),
    "delivery": gettext_lazy("Delivery"),
    "tax": gettext_lazy("Tax on turnover"),
    "bonus": gettext_lazy("Bonus"),
    "returns_reserve": gettext_lazy("Reserve for returns"),
    "profit": gettext_lazy("Profit"),
}

# Why the profit is not known, by the code of what is missing.
MISSING: Mapping[str, str | Promise] = {
    "purchase_cost": gettext_lazy("The product has no purchase cost."),
    "weight": gettext_lazy("The product has no weight."),
    "category": gettext_lazy("The commission of the product's category is not known."),
    "tax_regime": gettext_lazy("The store has no tax regime."),
    "commission": gettext_lazy("Nobody has entered the commission for this day."),
    "delivery": gettext_lazy("Nobody has entered the delivery fee for this day."),
    "vat": gettext_lazy("Nobody has entered the VAT for this day."),
    "turnover_tax": gettext_lazy("Nobody has entered the tax on turnover for this day."),
    "returned": gettext_lazy("Nobody has entered the share of returns for this day."),
    "bonus": gettext_lazy("Nobody has entered the bonus for this day."),
    "overlapping_rates": gettext_lazy("The fee tables contradict themselves."),
    "bad_rate": gettext_lazy("The fee tables hold a rate that cannot be."),
    "out_of_reach": gettext_lazy("No price earns the wanted margin."),
}


@dataclass(frozen=True)
class ProfitLine:
    """One line of the calculation at both prices, in tenge; None: not known."""

    code: str
    name: str
    old: int | None
    new: int | None


@dataclass(frozen=True)
class ToldProfit:
    """
    What one unit earns before and after the change, in tenge; None: not known, and `missing` names why.

    `lines` are empty where only the result was stored. `codes` are the (rate, row of the fee tables) pairs used.
    """

    old: int | None
    new: int | None
    missing: str
    missing_text: str
    lines: tuple[ProfitLine, ...]
    codes: tuple[tuple[str, str], ...]

    @property
    def change(self) -> int | None:
        """How much more (or less, negative) one unit earns; None where a side is not known."""
        return None if self.old is None or self.new is None else self.new - self.old


def tell_profit(stored: Mapping[str, Any]) -> ToldProfit:
    """The profit as it was stored with the update."""
    missing = stored.get("missing", "")
    return ToldProfit(
        old=stored.get("old"),
        new=stored.get("new"),
        missing=missing,
        missing_text=why_unknown(missing),
        lines=_lines(stored.get("lines") or {}),
        codes=tuple((rate, code) for rate, code in stored.get("codes") or ()),
    )


def why_unknown(code: str) -> str:
    """The sentence of what is missing to know a profit; empty where nothing is."""
    return str(MISSING.get(code, code))


def _lines(stored: Mapping[str, Any]) -> tuple[ProfitLine, ...]:
    old, new = stored.get("old") or {}, stored.get("new") or {}
    return tuple(
        ProfitLine(code, str(name), old.get(code), new.get(code))
        for code, name in LINES.items()
        if code in old or code in new
    )
