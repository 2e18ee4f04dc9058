"""
The night of one price that the page plays: invented numbers, real rules.

Its sentences are those that the product says of its changes, and its numbers are what the engine and the fees of 2026
make of the rivals' prices.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from money import thousands

FLOOR = 13_500
CEILING = 16_000
STEP = 10
CHEAP, CHEAPER, UNDER_FLOOR = 14_990, 14_490, 12_900
OTHER = 15_200
OURS, LOWERED, RAISED = 14_980, 14_480, 15_190
# What a sale at each of them leaves of a kettle bought at 9 500 ₸ and packed for 150 ₸, 2 kg, delivered within Almaty.
LEFT_LOWERED, LEFT_RAISED = 1_311, 1_911


class Beat(StrEnum):
    """Who moves."""

    RIVAL = "rival"
    OURS = "ours"
    PUBLISHED = "published"
    SEEN = "seen"


@dataclass(frozen=True)
class Moment:
    """One thing that happens: when, by whom, and how the product tells it."""

    time: str
    beat: Beat
    text: str
    remark: str = ""


@dataclass(frozen=True)
class Sale:
    """Where the price of one kettle goes, in tenge."""

    price: int
    commission: int
    delivery: int
    tax: int
    left: int


# Bought at 9 500 ₸, packed for 150 ₸, 2 kg, within Almaty, simplified regime; fees of 2026.
SALES = (
    Sale(15_000, 1_875, 1_275, 450, 1_750),
    Sale(14_300, 1_788, 1_275, 429, 1_159),
    Sale(13_500, 1_688, 1_275, 405, 483),
    Sale(12_929, 1_616, 1_275, 388, 0),
)


def scene() -> tuple[Moment, ...]:
    """The night in the active language."""
    return (
        Moment("03:12", Beat.RIVAL, _("Rival: %(old)s → %(new)s ₸") % _prices(CHEAP, CHEAPER)),
        Moment("03:12", Beat.OURS, _told(OURS, LOWERED, CHEAPER), _left(LEFT_LOWERED)),
        Moment("03:41", Beat.PUBLISHED, _("Kaspi.kz has fetched the price list.")),
        Moment("03:44", Beat.SEEN, _("The storefront shows the new price.")),
        Moment("06:20", Beat.RIVAL, _("Rival: %(old)s → %(new)s ₸") % _prices(CHEAPER, UNDER_FLOOR), _left_out()),
        Moment("06:20", Beat.OURS, _told(LOWERED, RAISED, OTHER), _left(LEFT_RAISED)),
    )


def _prices(old: int, new: int) -> dict[str, str]:
    return {"old": thousands(old), "new": thousands(new)}


def _told(old: int, new: int, seen: int) -> str:
    move = _("one step under the cheapest rival that can be beaten, who asks %(seen)s ₸") % {"seen": thousands(seen)}
    return _("%(old)s → %(new)s ₸: %(move)s.") % {"move": move, **_prices(old, new)}


def _left(amount: int) -> str:
    return _("A sale leaves %(amount)s ₸.") % {"amount": thousands(amount)}


def _left_out() -> str:
    return _("%(merchant)s, %(seen)s ₸, does not count: %(reason)s.") % {
        "merchant": _("Rival"),
        "seen": thousands(UNDER_FLOOR),
        "reason": _("who goes along with this price goes under the floor"),
    }
