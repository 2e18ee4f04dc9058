"""Why this price, in one sentence."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pricing import Rule
from stores.models import CityPrice, ProductPriceUpdate
from stores.services.money import thousands
from stores.services.prices.gate import Hold

# Where the price went. The last of these among the steps is the one that set it.
MOVES: Mapping[str, str | Promise] = {
    "undercut": gettext_lazy("one step under the cheapest rival that can be beaten, who asks %(seen)s ₸"),
    "match": gettext_lazy("as the cheapest rival that can be met, who asks %(seen)s ₸"),
    "place": gettext_lazy("the highest price that keeps the place, under the rival who asks %(seen)s ₸"),
    "place_is_safe": gettext_lazy("the place is safe at any price, so up to the ceiling"),
    "second": gettext_lazy("after the second place, which asks %(seen)s ₸"),
    "premium": gettext_lazy("above the cheapest rival, who asks %(seen)s ₸"),
    "margin": gettext_lazy("the price that earns the wanted margin"),
    "fixed": gettext_lazy("the fixed price"),
    "low_stock": gettext_lazy("few pieces are left, so the price does not fight"),
    "slow_sales": gettext_lazy("it sells slowly, so a little lower"),
    "alone": gettext_lazy("nobody else sells this, so up to the ceiling"),
    "floor": gettext_lazy("the rivals are under the floor, and the price stops there"),
    "cost_floor": gettext_lazy("lower would earn too little, and the price stops there"),
    "ceiling": gettext_lazy("the price stops at the ceiling"),
    "below_dead_zone": gettext_lazy("just below the jump of the delivery fee, where it earns more"),
    "over_dead_zone": gettext_lazy("over the jump of the delivery fee, where it earns as much again"),
    "war_hold": gettext_lazy("a price war is on, so no lower"),
    "war_step_up": gettext_lazy("a price war is on, so one step up"),
    "war_reset": gettext_lazy("a price war is on, so back up in the quiet hours"),
    "truce": gettext_lazy("the rival followed up, so no fight with him"),
    "bounded_step": gettext_lazy("on the way to %(seen)s ₸, as far as one move may go"),
    "person": gettext_lazy("set by hand"),
    "undo": gettext_lazy("put back by hand"),
}

HOLDS: Mapping[str, str | Promise] = {
    Hold.WATCH_ONLY: gettext_lazy("The store only watches; in automatic mode the price would be this."),
    Hold.MOVED_SINCE: gettext_lazy("The price has moved since this one was proposed."),
    Hold.NOT_WHOLE_TENGE: gettext_lazy("The price is not a whole number of tenge."),
    Hold.STOPPED: gettext_lazy("Prices are stopped: those of the store, or everything."),
    Hold.OTHER_BUILD: gettext_lazy(
        "A part of the service runs another version than the one on record, so nothing leaves."
    ),
    Hold.ENGINE_NOT_ACCEPTED: gettext_lazy(
        "The pricing rules were renewed, and the service desk has not yet agreed to what that changes."
    ),
    Hold.ALARM_UNREAD: gettext_lazy(
        "An urgent message about the store's prices is still unread. Read it, and the rules go on."
    ),
    Hold.SUBSCRIPTION_ENDED: gettext_lazy(
        "The plan of the store's owner has ended, so rules leave the price alone. It can still be set by hand."
    ),
    Hold.OVER_TARIFF: gettext_lazy(
        "The plan has room for fewer repriced products, and this is one of the newest. It can still be set by hand."
    ),
    Hold.NOT_AUTOMATED: gettext_lazy("The price is set by hand only."),
    Hold.PERSONS_PRICE_WAITS: gettext_lazy(
        "A person has set other limits and a price with them, which leaves as soon as the marketplace takes it. Until "
        "then rules leave this price alone."
    ),
    Hold.SHOWN_UNEXPECTED: gettext_lazy(
        "The storefront shows a price that was not set here. If you set it in the marketplace's cabinet, "
        "set it here too."
    ),
    Hold.NO_LIMITS: gettext_lazy("The product has no floor or no ceiling, so nothing is automated."),
    Hold.LIMITS_CROSSED: gettext_lazy("The floor is above the ceiling."),
    Hold.NO_MARGIN: gettext_lazy(
        "It cannot be said which price earns the wanted margin: a cost, a weight or a fee is missing, or no price does."
    ),
    Hold.MARGIN_TOO_LOW: gettext_lazy("The price earns less than the wanted margin."),
    Hold.UNDER_FLOOR: gettext_lazy("The price is under the floor."),
    Hold.OVER_CEILING: gettext_lazy("The price is above the ceiling."),
    Hold.STALE: gettext_lazy("The offers were seen too long ago."),
    Hold.MOVE_TOO_LARGE: gettext_lazy("The move is too large for one step."),
    Hold.DRIFT_OF_DAY: gettext_lazy("The price has already fallen far within 24 hours."),
    Hold.DRIFT_SINCE_CONFIRMED: gettext_lazy("The price has fallen far from the last one a person confirmed."),
    Hold.FAR_FROM_MARKET: gettext_lazy("The price is far below what others on the card ask."),
    Hold.MOVED_BY_PERSON: gettext_lazy("A person has set this price since."),
    Hold.BUDGET_SPENT: gettext_lazy(
        "The marketplace takes no more changes in this half hour; what rules want waits for its turn."
    ),
    Hold.WAITS_TURN: gettext_lazy("Changes that are expected to earn more go first; this one waits for its turn."),
    Hold.LADDER: gettext_lazy(
        "This rival answers every cut with a cut, and going on would lead both to the floor; so the price stays."
    ),
    Hold.LOOK_FAILED: gettext_lazy("The card could not be read at the last look."),
    # Why the engine leaves a price alone, where the gate has not said it above.
    Rule.BAD_LIMITS: gettext_lazy("The floor, the ceiling or the step is not a whole number of tenge."),
    Rule.ABSURD_LIMITS: gettext_lazy("The floor is under 100 ₸, or the ceiling is above any price."),
    Rule.COST_OVER_CEILING: gettext_lazy("The price that earns the wanted margin is above the ceiling."),
    Rule.BAD_PRICE: gettext_lazy("Our own price is not a whole number of tenge."),
    Rule.BAD_AGE: gettext_lazy("It is not known when the offers were seen."),
    Rule.BAD_FACT: gettext_lazy("A stock, a count or an earlier price is not a number that it can be."),
    Rule.FROM_THE_FUTURE: gettext_lazy("The offers bear a time that is still to come: a clock is wrong."),
    Rule.NO_OFFERS: gettext_lazy("The card shows no offers."),
    Rule.BAD_OFFER: gettext_lazy("An offer on the card has no price that can be read."),
    Rule.OWN_OFFER_MISSING: gettext_lazy("Our own offer is not on the card."),
    Rule.ONLY_OUTLIERS: gettext_lazy("All rivals ask so little that it looks like a mistake."),
    Rule.MARKET_JUMPED: gettext_lazy("All prices of the card jumped together, as if they were in other units."),
    Rule.NO_TIME: gettext_lazy("The plan has hours, and the time is not known."),
    Rule.NO_COST_FLOOR: gettext_lazy(
        "The strategy needs the price of the wanted margin: no margin is set, or it cannot be worked out."
    ),
    Rule.MANUAL: gettext_lazy("The plan leaves the price to people."),
}


def explain(update: ProductPriceUpdate) -> str:
    """One sentence: from, to, why; by which rule of the seller; and why not, when it is held."""
    sentence = _("%(old)s → %(new)s ₸: %(move)s.") % {
        "old": thousands(update.old_price),
        "new": thousands(update.new_price),
        "move": _move(update.why.get("steps", [])),
    }
    if rule := update.why.get("rule"):
        sentence = f"{sentence} {_('By the rule “%(name)s”.') % {'name': rule}}"
    return f"{sentence} {HOLDS[update.hold_code]}" if update.hold_code else sentence


def why_held(code: str) -> str:
    """The sentence of one hold code."""
    return str(HOLDS[code])


def hold_of(row: CityPrice) -> str:
    """The code for which the rules leave this price alone now, or nothing: what they said last, or a failed look."""
    is_unseen = row.market is not None and row.market.failures > 0
    return row.hold_rule or (Hold.LOOK_FAILED if is_unseen else "")


def _move(steps: list[dict[str, Any]]) -> str:
    step: dict[str, Any] = next((step for step in reversed(steps) if step["rule"] in MOVES), {"rule": "person"})
    return str(MOVES[step["rule"]]) % {"seen": thousands(step.get("seen"))}
