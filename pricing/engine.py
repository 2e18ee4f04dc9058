"""
The order of thoughts: is the picture fit to decide on → who is a rival → which strategy rules now, and where would it
go → is it a war, is there stock → how far of it is allowed in one move → is the move worth it. Each leaves a step.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pricing.fitness import why_unfit
from pricing.hours import is_minute_of_week, is_within
from pricing.plan import Plan
from pricing.rivals import Picture, read_picture
from pricing.situation import Situation
from pricing.strategies import Exit, Market, Strategy, share_of
from pricing.types import Decision, Rule, Step
from pricing.war import make_peace

ENGINE_VERSION = "3"

# One move goes at most this share away from the price that buyers see now.
MAX_MOVE_SHARE = 0.2

# A thought that ends in one of these leaves the price alone.
HOLDS = frozenset({Rule.NO_COST_FLOOR, Rule.MANUAL})


@dataclass(slots=True)
class Draft:
    """A decision while it is being thought."""

    price: int
    steps: list[Step] = field(default_factory=list)
    dead_zone_exit: Exit = Exit.BELOW

    def take(self, step: Step) -> None:
        """Write the step down, and go where it goes."""
        self.steps.append(step)
        if step.price is not None:
            self.price = step.price


def decide(situation: Situation) -> Decision:
    """The price for this situation, explained. Deciding again with the answer as `price` gives the same answer."""
    reason = why_unfit(situation)
    if reason is not None:
        return hold(situation, reason)
    picture = read_picture(situation)
    if isinstance(picture, Rule):
        return hold(situation, picture)
    if needs_time(situation.plan) and not is_minute_of_week(situation.minute_of_week):
        return hold(situation, Rule.NO_TIME)
    draft = Draft(situation.price, list(picture.remarks))
    market = open_market(situation, picture)
    stay = why_stay(situation)
    if stay is not None:
        draft.take(stay)
        keep_in_corridor(draft, market)
    elif not pursue(draft, situation, market):
        return Decision(situation.price, tuple(draft.steps), is_hold=True)
    if draft.price == situation.price:
        draft.steps.append(Step(Rule.UNCHANGED))
    return Decision(draft.price, tuple(draft.steps))


def hold(situation: Situation, rule: Rule) -> Decision:
    """Leave everything as it is, and say why."""
    return Decision(situation.price, (Step(rule),), is_hold=True)


def needs_time(plan: Plan) -> bool:
    """Whether the plan cannot be followed without knowing the minute."""
    return bool(plan.working_hours or plan.quiet_hours or plan.schedule or (plan.truce and plan.truce.sleep_hours))


def open_market(situation: Situation, picture: Picture) -> Market:
    """What the strategy is told. Raises ValueError when a limit is missing."""
    limits, cost_floor = situation.limits, situation.cost_floor
    if limits.floor is None or limits.ceiling is None:
        raise ValueError("a market needs both a floor and a ceiling")
    is_cost = cost_floor is not None and cost_floor > limits.floor
    return Market(
        rivals=picture.rivals,
        shown=picture.shown,
        floor=cost_floor if cost_floor is not None and is_cost else limits.floor,
        ceiling=limits.ceiling,
        step=limits.step,
        floor_rule=Rule.COST_FLOOR if is_cost else Rule.FLOOR,
        cost_floor=cost_floor,
    )


def why_stay(situation: Situation) -> Step | None:
    """The first reason to stay whatever the market does, or None."""
    if situation.stock == 0:
        return Step(Rule.OUT_OF_STOCK, seen=0)
    rule = why_rest(situation.plan, situation.minute_of_week)
    return None if rule is None else Step(rule, seen=situation.minute_of_week)


def why_rest(plan: Plan, minute: int | None) -> Rule | None:
    """The first reason to stay in this minute, or None."""
    if minute is None:
        return None
    if is_within(minute, plan.quiet_hours):
        return Rule.QUIET_HOURS
    return Rule.AFTER_HOURS if is_after_hours(plan, minute) and plan.after_hours is None else None


def pursue(draft: Draft, situation: Situation, market: Market) -> bool:
    """Go where the strategy goes, as far as it is allowed and worth it; False when it leaves the price alone."""
    strategy, why_now = choose_strategy(situation.plan, situation.minute_of_week)
    if why_now is not None:
        draft.take(Step(why_now, seen=situation.minute_of_week))
    for step in strategy.aim(market):
        draft.take(step)
    if draft.steps[-1].rule in HOLDS:
        return False
    draft.dead_zone_exit = strategy.dead_zone_exit
    bend(draft, situation, market)
    land(draft, situation, market)
    restrain(draft, situation, market)
    return True


def choose_strategy(plan: Plan, minute: int | None) -> tuple[Strategy, Rule | None]:
    """The strategy that rules in this minute, and why it is another than the plan's first."""
    if minute is None:
        return plan.strategy, None
    if plan.after_hours is not None and is_after_hours(plan, minute):
        return plan.after_hours, Rule.AFTER_HOURS
    slot = next((slot for slot in plan.schedule if minute in slot.hours), None)
    return (plan.strategy, None) if slot is None else (slot.strategy, Rule.SCHEDULED)


def is_after_hours(plan: Plan, minute: int) -> bool:
    """Whether working hours are given and the minute is in none of them."""
    return bool(plan.working_hours) and not is_within(minute, plan.working_hours)


def bend(draft: Draft, situation: Situation, market: Market) -> None:
    """What speaks for another price than the strategy's: a war, the last pieces, pieces that nobody buys."""
    plan = situation.plan
    if plan.truce is not None:
        for step in make_peace(situation, plan.truce, draft.price, market.shown, market.rivals):
            draft.take(step)
    if plan.low_stock is not None and situation.stock is not None and situation.stock <= plan.low_stock.at_most:
        drifted = market.shown + share_of(market.shown, plan.low_stock.rise_basis_points)
        if drifted > draft.price:
            draft.take(Step(Rule.LOW_STOCK, drifted, seen=situation.stock))
            draft.dead_zone_exit = Exit.ABOVE
        return
    slow, sold = plan.slow_sales, situation.sold_per_week
    if slow is not None and sold is not None and sold <= slow.at_most:
        draft.take(Step(Rule.SLOW_SALES, draft.price - share_of(draft.price, slow.cut_basis_points), seen=sold))


def land(draft: Draft, situation: Situation, market: Market) -> None:
    """As far as corridor, bound and dead zones allow."""
    keep_in_corridor(draft, market)
    lowest, highest = reach(market)
    bounded = min(max(draft.price, lowest), highest)
    is_bounded = bounded != draft.price
    if is_bounded:
        draft.take(Step(Rule.BOUNDED_STEP, bounded, seen=draft.price))
    if situation.dead_zones and draft.dead_zone_exit is not Exit.NONE:
        may_jump_over = is_bounded or draft.dead_zone_exit is Exit.ABOVE
        leave_dead_zones(draft, situation.dead_zones, range(lowest, highest + 1), may_jump_over=may_jump_over)


def keep_in_corridor(draft: Draft, market: Market) -> None:
    """Never over the ceiling, never under the floor."""
    if draft.price > market.ceiling:
        draft.take(Step(Rule.CEILING, market.ceiling, seen=draft.price))
    elif draft.price < market.floor:
        draft.take(Step(market.floor_rule, market.floor, seen=draft.price))


def reach(market: Market) -> tuple[int, int]:
    """
    The lowest and the highest price of one move: a fifth away from what buyers see; the way into the corridor is free.

    Measured from the shown price, not from the one we mean: so deciding twice from one picture goes no further.
    """
    most = int(market.shown * MAX_MOVE_SHARE)
    lowest = min(max(market.shown - most, market.floor), market.ceiling)
    highest = min(max(market.shown + most, market.floor), market.ceiling)
    return lowest, highest


def leave_dead_zones(
    draft: Draft, zones: Iterable[tuple[int, int, int]], allowed: range, *, may_jump_over: bool
) -> None:
    """
    Out of a zone where a lower price earns at least as much.

    Who goes under a rival jumps below: it is cheaper for the buyer and earns no less, and above the zone the place
    would be lost. Who must not go lower (a premium, a margin, the last pieces) jumps over; so does a bounded move
    down.
    Where no side is allowed the price stays. Zones are passed in the direction of the jump, so one never leads back.
    """
    goes_over = draft.dead_zone_exit is Exit.ABOVE
    for start, end, better in sorted(zones, reverse=not goes_over):
        if start <= draft.price <= end:
            below = Step(Rule.BELOW_DEAD_ZONE, better, seen=draft.price)
            over = Step(Rule.OVER_DEAD_ZONE, end + 1, seen=draft.price)
            sides = [over, below] if goes_over else [below, over] if may_jump_over else [below]
            for side in sides:
                if side.price in allowed:
                    draft.take(side)
                    break


def restrain(draft: Draft, situation: Situation, market: Market) -> None:
    """
    Stay, when the goods may not be there and the price would fall, or the move is too small or too soon; unless the
    present price is outside the corridor.

    A tenge out of a dead zone is worth hundreds, so no way out is too small.
    """
    present, plan = situation.price, situation.plan
    if draft.price == present or not market.floor <= present <= market.ceiling:
        return
    waited = situation.seconds_since_change
    is_in_dead_zone = any(start <= present <= end for start, end, _ in situation.dead_zones)
    if situation.is_stock_doubtful and draft.price < present:
        draft.take(Step(Rule.DOUBTFUL_STOCK, present, seen=draft.price))
    elif abs(draft.price - present) < plan.smallest_move and not is_in_dead_zone:
        draft.take(Step(Rule.SMALL_MOVE, present, seen=draft.price))
    elif waited is not None and waited < plan.cool_down_seconds:
        draft.take(Step(Rule.COOL_DOWN, present, seen=int(waited)))
