"""Why this price, in one sentence."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stores.models import ProductPriceUpdate
from stores.services.money import thousands

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
    "watch_only": gettext_lazy("The store only watches; in automatic mode the price would be this."),
    "not_whole_tenge": gettext_lazy("The price is not a whole number of tenge."),
    "stopped": gettext_lazy("Prices are stopped: the store, the product, or everything."),
    "not_automated": gettext_lazy("The price is set by hand only."),
    "shown_unexpected": gettext_lazy(
        "The storefront shows a price that was not set here. If you set it in the marketplace's cabinet, "
        "set it here too."
    ),
    "no_limits": gettext_lazy("The product has no floor or no ceiling, so nothing is automated."),
    "limits_crossed": gettext_lazy("The floor is above the ceiling."),
    "under_floor": gettext_lazy("The price is under the floor."),
    "over_ceiling": gettext_lazy("The price is above the ceiling."),
    "stale": gettext_lazy("The offers were seen too long ago."),
    "move_too_large": gettext_lazy("The move is too large for one step."),
    "drift_of_day": gettext_lazy("The price has already fallen far within 24 hours."),
    "drift_since_confirmed": gettext_lazy("The price has fallen far from the last one a person confirmed."),
    "far_from_market": gettext_lazy("The price is far below what others on the card ask."),
    "change_budget": gettext_lazy("The marketplace takes no more changes in this half hour."),
}


def explain(update: ProductPriceUpdate) -> str:
    """One sentence: from, to, why; and why not, when it is held."""
    sentence = _("%(old)s → %(new)s ₸: %(move)s.") % {
        "old": thousands(update.old_price),
        "new": thousands(update.new_price),
        "move": _move(update.why.get("steps", [])),
    }
    return f"{sentence} {HOLDS[update.hold_code]}" if update.hold_code else sentence


def why_held(code: str) -> str:
    """The sentence of one hold code."""
    return str(HOLDS[code])


def _move(steps: list[dict[str, Any]]) -> str:
    step: dict[str, Any] = next((step for step in reversed(steps) if step["rule"] in MOVES), {"rule": "person"})
    return str(MOVES[step["rule"]]) % {"seen": thousands(step.get("seen"))}
