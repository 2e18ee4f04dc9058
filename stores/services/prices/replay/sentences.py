"""What a replay cannot know, in one sentence each; in the active language."""

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

UNKNOWN: Mapping[str, str | Promise] = {
    "demand": gettext_lazy(
        "How many pieces would have been sold at other prices, nobody knows; profits are per piece."
    ),
    "rivals_answers": gettext_lazy(
        "Rivals do here what they really did. To other prices of yours they might have answered otherwise."
    ),
    "merchant_facts_of_today": gettext_lazy(
        "Ratings, reviews and delivery days of merchants are those of today, and so are those you never compete with."
    ),
    "limits_of_today": gettext_lazy("Floors, ceilings, stock, costs and fees are those of today."),
    "recent_median": gettext_lazy(
        "What a card usually asked is not on record: prices far from it, at which rules would have waited, count here."
    ),
    "pulls_assumed": gettext_lazy(
        "Where no fetch of the price list is on record, the marketplace is assumed to come once an hour."
    ),
    "no_history": gettext_lazy("Prices on whose cards nothing was recorded in the period are left out."),
}


def sentences(codes: Iterable[str]) -> list[str]:
    """The sentences of these codes, in their order."""
    return [str(UNKNOWN[code]) for code in codes]
