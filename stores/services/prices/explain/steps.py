"""Each thought of a decision as a sentence of its own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pricing import Rule
from stores.services.money import thousands
from stores.services.prices.explain.sentence import HOLDS, MOVES

# Who does not lead the price, and why.
LEFT_OUT: Mapping[str, str | Promise] = {
    Rule.NOT_A_RIVAL: gettext_lazy("an own, partner or ignored shop"),
    Rule.OUTLIER: gettext_lazy("the price is far below the others on the card, probably a slip"),
    Rule.OUTLIER_OF_RECENT: gettext_lazy("the price is far below those of the last days, probably a slip"),
    Rule.LOW_RATING: gettext_lazy("the rating is too low"),
    Rule.FEW_REVIEWS: gettext_lazy("there are too few reviews"),
    Rule.SLOW_DELIVERY: gettext_lazy("the delivery takes too long"),
    Rule.PREORDER: gettext_lazy("it is on pre-order only"),
    Rule.UNDER_MY_FLOOR: gettext_lazy("who goes along with this price goes under the floor"),
}

# Everything else that sets no price: reasons to stay, and what was noticed.
REMARKS: Mapping[str, str | Promise] = {
    # What holds is told in one wording, wherever it is told.
    **{rule: HOLDS[rule] for rule in Rule if rule in HOLDS},
    Rule.QUIET_HOURS: gettext_lazy("%(seen)s: quiet hours, the price stays."),
    Rule.AFTER_HOURS: gettext_lazy("%(seen)s: outside of the working hours."),
    Rule.OUT_OF_STOCK: gettext_lazy("Nothing is in stock, so the price stays."),
    Rule.DOUBTFUL_STOCK: gettext_lazy(
        "It would be %(seen)s ₸, but nobody knows whether the goods are there: no lower until they are counted."
    ),
    Rule.COOL_DOWN: gettext_lazy("The last change was %(seen)s min ago, too short a time for another one."),
    Rule.SMALL_MOVE: gettext_lazy("%(seen)s ₸ would be too small a move, so the price stays."),
    Rule.SCHEDULED: gettext_lazy("%(seen)s: at this time another strategy rules."),
    Rule.UNCHANGED: gettext_lazy("So the price stays as it is."),
    Rule.WAR: gettext_lazy("A price war with %(merchant)s: %(seen)s ₸ down already."),
    Rule.WAR_FOLLOWER: gettext_lazy("%(merchant)s answers faster."),
    Rule.WAR_STEP: gettext_lazy("One goes under the other by %(seen)s ₸."),
    Rule.WAR_REACTION: gettext_lazy("%(merchant)s answers within %(seen)s min."),
    Rule.WAR_COST: gettext_lazy("The war has cost %(seen)s ₸ so far."),
}


@dataclass(frozen=True)
class ToldStep:
    """One thought: its code, its sentence, and the price after it in tenge (None: unchanged)."""

    rule: str
    text: str
    price: int | None


def tell_steps(steps: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> tuple[ToldStep, ...]:
    """The stored steps as sentences. `names`: merchant id → name."""
    return tuple(ToldStep(step["rule"], _sentence(step, names), step.get("price")) for step in steps)


def _sentence(step: Mapping[str, Any], names: Mapping[str, str]) -> str:
    rule, seen = step["rule"], step.get("seen")
    merchant_id = step.get("merchant_id")
    facts = {
        "seen": "–" if seen is None else UNITS.get(rule, thousands)(seen),
        "merchant": names.get(merchant_id, merchant_id) if merchant_id else "–",
    }
    if rule in MOVES:
        return _move_sentence(step, facts)
    if rule in LEFT_OUT:
        text = _("%(merchant)s, %(seen)s ₸, does not count: %(reason)s.")
        return text % (facts | {"reason": LEFT_OUT[rule]})
    if rule in REMARKS:
        return str(REMARKS[rule]) % facts
    # It was decided by a newer version than the one that reads it.
    return _("A newer rule (%(rule)s).") % {"rule": rule}


def _move_sentence(step: Mapping[str, Any], facts: Mapping[str, str]) -> str:
    move = str(MOVES[step["rule"]]) % facts
    if step.get("price") is None:
        return f"{capfirst(move)}."
    told = {"price": thousands(step["price"]), "move": move, "merchant": facts["merchant"]}
    if step.get("merchant_id"):
        return _("%(price)s ₸: %(move)s. Rival: %(merchant)s.") % told
    return _("%(price)s ₸: %(move)s.") % told


def minutes(seconds: int) -> str:
    """Begun minutes."""
    return str(-(-seconds // 60))


def weekday_and_time(minute: int) -> str:
    """`Mon 08:00`."""
    day, minute_of_day = divmod(minute, 24 * 60)
    return f"{WEEKDAYS_ABBR[day]} {minute_of_day // 60:02}:{minute_of_day % 60:02}"


# What a step has seen, where it is no price.
UNITS: Mapping[str, Callable[[int], str]] = {
    Rule.WAR_REACTION: minutes,
    Rule.COOL_DOWN: minutes,
    Rule.SCHEDULED: weekday_and_time,
    Rule.QUIET_HOURS: weekday_and_time,
    Rule.AFTER_HOURS: weekday_and_time,
}
