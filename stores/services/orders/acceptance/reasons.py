"""Why an order is not accepted by itself: codes with facts, as they are stored, and the sentences made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from stores.services.money import thousands


class Code(StrEnum):
    """Stored with decisions: they are added to, never renamed."""

    STOPPED = "stopped"
    ALARM_UNREAD = "alarm_unread"
    NO_TOKEN = "no_token"  # noqa: S105 -- a code, not a secret
    STATE_DOUBTED = "state_doubted"
    OUT_OF_HOURS = "out_of_hours"
    EXPRESS = "express"
    PREORDER = "preorder"
    OVER_TOTAL = "over_total"
    NO_LINES = "no_lines"
    UNKNOWN_PRODUCT = "unknown_product"
    NOT_COUNTED = "not_counted"
    STOCK_SHORT = "stock_short"
    STOCK_DOUBTED = "stock_doubted"
    MARGIN_UNKNOWN = "margin_unknown"
    MARGIN_LOW = "margin_low"


@dataclass(frozen=True)
class Reason:
    """One reason; `facts` are those of its sentence."""

    code: Code
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_stored(self) -> dict[str, Any]:
        """As it lies in a decision."""
        return {"code": str(self.code), **self.facts}


TEXTS: Mapping[str, str | Promise] = {
    Code.STOPPED: gettext_lazy("The store is paused, or everything is stopped."),
    Code.ALARM_UNREAD: gettext_lazy("An urgent message about the store's prices is unread."),
    Code.NO_TOKEN: gettext_lazy("The store has no API token that the marketplace takes."),
    Code.STATE_DOUBTED: gettext_lazy("The marketplace says two things about its state; it is being looked up."),
    Code.OUT_OF_HOURS: gettext_lazy("It is outside of the hours in which orders are accepted."),
    Code.EXPRESS: gettext_lazy("Express orders are left to people."),
    Code.PREORDER: gettext_lazy("Pre-orders are left to people."),
    Code.OVER_TOTAL: gettext_lazy("It comes to %(total)s ₸, more than %(most)s ₸."),
    Code.NO_LINES: gettext_lazy("Its lines are not read yet."),
    Code.UNKNOWN_PRODUCT: gettext_lazy("%(sku)s is not among the products, or does not lie at the order's point."),
    Code.NOT_COUNTED: gettext_lazy("The stock of %(sku)s is not counted."),
    Code.STOCK_SHORT: gettext_lazy("There are too few pieces of %(sku)s."),
    Code.STOCK_DOUBTED: gettext_lazy("The stock of %(sku)s is doubtful."),
    Code.MARGIN_UNKNOWN: gettext_lazy("It cannot be said what %(sku)s earns: a cost, a weight or a fee is missing."),
    # Without the figures: packers read it too.
    Code.MARGIN_LOW: gettext_lazy("%(sku)s earns less than is wanted."),
}
SUMS = ("total", "most")


def sentence_of(stored: Mapping[str, Any]) -> str:
    """A stored reason as a person reads it."""
    facts = {name: thousands(value) if name in SUMS else value for name, value in stored.items()}
    return str(TEXTS[stored["code"]]) % facts
