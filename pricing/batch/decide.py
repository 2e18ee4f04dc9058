"""
The thoughts of `pricing.engine.decide`, in its order and in the same words, each for all lanes at once.

What changes there changes here; the tests compare the two, price by price. What has no form for many (a truce, a
strategy without `aim_many`, numbers that no price list could hold) is asked of `decide` itself.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from pricing.batch.lanes import LARGEST, Flags, Lanes, fits_a_lane, lanes_of
from pricing.engine import MAX_MOVE_SHARE, choose_strategy, decide, needs_time, why_rest
from pricing.fitness import HIGHEST_PRICE, LOWEST_PRICE
from pricing.hours import MINUTES_OF_WEEK, is_minute_of_week
from pricing.plan import EVERYBODY, Conditions, LowStock, Plan, SlowSales
from pricing.rivals import OUTLIER_SHARE
from pricing.situation import Situation
from pricing.strategies import Exit, Strategy, share_of
from pricing.strategies.many import NOBODY, STAY, Markets, Prices


@dataclass(frozen=True, slots=True)
class Decisions:
    """A price in tenge for each lane, and whether it is a hold: unknown, so leave everything as it is."""

    price: Prices
    is_hold: Flags


@dataclass(slots=True)
class Drafts:
    """Decisions while they are being thought."""

    price: Prices
    goes_over: Flags
    leaves_zones: Flags

    def take(self, lanes: Flags, price: Prices) -> None:
        """Go to the price in these lanes."""
        self.price = np.where(lanes, price, self.price)


def decide_many(situations: Sequence[Situation]) -> Decisions:
    """The prices of `decide` for any situations, in their order."""
    price, is_hold = np.zeros(len(situations), dtype=np.int64), np.zeros(len(situations), dtype=np.bool_)
    places: defaultdict[Plan, list[int]] = defaultdict(list)
    for place, told in enumerate(situations):
        if fits_a_lane(told) and has_lanes(told.plan):
            places[told.plan].append(place)
        else:
            decision = decide(told)
            price[place], is_hold[place] = decision.price, decision.is_hold
    for plan, together in places.items():
        decided = decide_lanes(plan, lanes_of([situations[place] for place in together]))
        price[together], is_hold[together] = decided.price, decided.is_hold
    return Decisions(price, is_hold)


def has_lanes(plan: Plan) -> bool:
    """Whether `decide_lanes` can follow the plan: a truce needs the card's moves, merchant by merchant."""
    strategies = (plan.strategy, plan.after_hours, *(slot.strategy for slot in plan.schedule))
    parts = (*strategies, plan.low_stock, plan.slow_sales)
    return plan.truce is None and all(_is_moderate(part) for part in parts if part is not None)


def decide_lanes(plan: Plan, lanes: Lanes) -> Decisions:
    """The prices of `decide` for lanes that share the plan. Raises ValueError for a plan that has no lanes."""
    if not has_lanes(plan):
        raise ValueError("this plan is decided one situation at a time")
    markets, is_fit = read_pictures(plan.conditions, lanes)
    if needs_time(plan):
        is_fit &= (lanes.minute_of_week >= 0) & (lanes.minute_of_week < MINUTES_OF_WEEK)
    price, is_hold = lanes.price.copy(), ~is_fit
    for strategy, lanes_ruled in _ruling(plan, lanes):
        ruled = lanes_ruled & is_fit
        if not ruled.any():
            continue
        told, chosen = (lanes, markets) if ruled.all() else (lanes.take(ruled), _taken(markets, ruled))
        decided = rest(told, chosen) if strategy is None else pursue(strategy, plan, told, chosen)
        price[ruled], is_hold[ruled] = decided.price, decided.is_hold
    return Decisions(price, is_hold)


def read_pictures(conditions: Conditions, lanes: Lanes) -> tuple[Markets, Flags]:
    """What the strategies are told, and in which lanes the picture is fit to decide on."""
    offers, floor, median = lanes.offers, np.maximum(lanes.floor, lanes.cost_floor), lanes.recent_median
    is_offer = offers.price > 0
    shown = np.where(offers.is_mine & is_offer, offers.price, NOBODY).min(axis=1)
    in_market = is_offer & (offers.is_mine | ~offers.is_friend)
    ordered = np.sort(np.where(in_market, offers.price, NOBODY), axis=1)
    count = in_market.sum(axis=1)
    rows = np.arange(len(lanes))
    low, high = ordered[rows, np.maximum(count - 1, 0) // 2], ordered[rows, count // 2]
    has_jumped = (median > 0) & ((high < median * OUTLIER_SHARE) | (low > median / OUTLIER_SHARE))

    strangers = in_market & ~offers.is_mine
    lowest = np.maximum(np.maximum(high, shown) * OUTLIER_SHARE, median * OUTLIER_SHARE)
    rivals = strangers & (offers.price >= lowest[:, None])
    has_outliers = (strangers & ~rivals).any(axis=1)
    if conditions != EVERYBODY:
        rivals &= ~_excluded(conditions, lanes)
    only_outliers = has_outliers & ~rivals.any(axis=1)

    markets = Markets(
        rivals=np.sort(np.where(rivals, offers.price, NOBODY), axis=1),
        shown=shown,
        floor=floor,
        ceiling=lanes.ceiling,
        step=lanes.step,
        cost_floor=lanes.cost_floor,
    )
    return markets, _have_sound_limits(lanes) & (shown < NOBODY) & ~has_jumped & ~only_outliers


def rest(lanes: Lanes, markets: Markets) -> Decisions:
    """Stay; only the corridor may still move the price."""
    return Decisions(_in_corridor(lanes.price, markets), np.zeros(len(lanes), dtype=np.bool_))


def pursue(strategy: Strategy, plan: Plan, lanes: Lanes, markets: Markets) -> Decisions:
    """Go where the strategy goes, as far as it is allowed and worth it."""
    aim = strategy.aim_many(markets)
    if aim is None:
        return _one_by_one(plan, lanes)
    everywhere = np.ones(len(lanes), dtype=np.bool_)
    drafts = Drafts(aim, everywhere & (strategy.dead_zone_exit is Exit.ABOVE), everywhere & _leaves_zones(strategy))
    bend(drafts, plan, lanes, markets)
    land(drafts, lanes, markets)
    restrain(drafts, plan, lanes, markets)
    drafts.take(aim == STAY, lanes.price)
    return Decisions(drafts.price, aim == STAY)


def bend(drafts: Drafts, plan: Plan, lanes: Lanes, markets: Markets) -> None:
    """The last pieces, or pieces that nobody buys."""
    is_scarce = np.zeros(len(lanes), dtype=np.bool_)
    if plan.low_stock is not None:
        is_scarce = _is_scarce(plan.low_stock, lanes)
        drifted = markets.shown + share_of(markets.shown, plan.low_stock.rise_basis_points)
        drifts = is_scarce & (drifted > drafts.price)
        drafts.take(drifts, drifted)
        drafts.goes_over, drafts.leaves_zones = drafts.goes_over | drifts, drafts.leaves_zones | drifts
    if plan.slow_sales is not None:
        cut = drafts.price - share_of(drafts.price, plan.slow_sales.cut_basis_points)
        drafts.take(~is_scarce & _is_slow(plan.slow_sales, lanes), cut)


def land(drafts: Drafts, lanes: Lanes, markets: Markets) -> None:
    """As far as corridor, bound and dead zones allow."""
    inside = _in_corridor(drafts.price, markets)
    lowest, highest = reach(markets)
    drafts.price = np.minimum(np.maximum(inside, lowest), highest)
    if lanes.dead_zones.any():
        may_jump_over = (drafts.price != inside) | drafts.goes_over
        leave_dead_zones(drafts, lanes.dead_zones, (lowest, highest), may_jump_over)


def reach(markets: Markets) -> tuple[Prices, Prices]:
    """The lowest and the highest price of one move in each lane."""
    most = (markets.shown * MAX_MOVE_SHARE).astype(np.int64)
    lowest = np.minimum(np.maximum(markets.shown - most, markets.floor), markets.ceiling)
    highest = np.minimum(np.maximum(markets.shown + most, markets.floor), markets.ceiling)
    return lowest, highest


def leave_dead_zones(drafts: Drafts, zones: Prices, allowed: tuple[Prices, Prices], may_jump_over: Flags) -> None:
    """Out of the zones, which are passed in the direction of the jump: dearest first for those who go below."""
    numbers = range(zones.shape[1])
    for number in reversed(numbers):
        _leave(drafts, zones[:, number], allowed, drafts.leaves_zones & ~drafts.goes_over, may_jump_over)
    for number in numbers:
        _leave(drafts, zones[:, number], allowed, drafts.leaves_zones & drafts.goes_over, may_jump_over)


def restrain(drafts: Drafts, plan: Plan, lanes: Lanes, markets: Markets) -> None:
    """
    Stay, when the goods may not be there and the price would fall, or the move is too small or too soon; unless the
    present price is outside the corridor.
    """
    present = lanes.price
    may_stay = (markets.floor <= present) & (present <= markets.ceiling)
    zones = lanes.dead_zones
    is_in_dead_zone = ((zones[:, :, 0] <= present[:, None]) & (present[:, None] <= zones[:, :, 1])).any(axis=1)
    is_small = (np.abs(drafts.price - present) < plan.smallest_move) & ~is_in_dead_zone
    is_soon = lanes.seconds_since_change < plan.cool_down_seconds
    is_doubtful = lanes.is_stock_doubtful & (drafts.price < present)
    drafts.take(may_stay & (is_doubtful | is_small | is_soon), present)


def _ruling(plan: Plan, lanes: Lanes) -> list[tuple[Strategy | None, Flags]]:
    """Each strategy with the lanes in which it rules now; None where the price rests."""
    is_sold_out = lanes.stock == 0
    ruling: list[tuple[Strategy | None, Flags]] = [(None, is_sold_out)]
    if not needs_time(plan):
        return [*ruling, (plan.strategy, ~is_sold_out)]
    for minute in np.unique(lanes.minute_of_week).tolist():
        if is_minute_of_week(minute):
            strategy = None if why_rest(plan, minute) else choose_strategy(plan, minute)[0]
            ruling.append((strategy, (lanes.minute_of_week == minute) & ~is_sold_out))
    return ruling


def _have_sound_limits(lanes: Lanes) -> Flags:
    within = (lanes.floor >= LOWEST_PRICE) & (lanes.floor <= lanes.ceiling) & (lanes.ceiling <= HIGHEST_PRICE)
    return (lanes.price >= 1) & within & (lanes.step >= 1) & (lanes.cost_floor <= lanes.ceiling)


def _excluded(conditions: Conditions, lanes: Lanes) -> Flags:
    """Offers that do not meet a condition; what is unknown (NaN, -1) excludes nobody."""
    offers = lanes.offers
    excluded = (offers.rating < conditions.lowest_rating) | (
        (offers.reviews >= 0) & (offers.reviews < conditions.fewest_reviews)
    )
    if conditions.most_delivery_days is not None:
        excluded |= offers.delivery_days > max(conditions.most_delivery_days, -1)
    if not conditions.with_preorder:
        excluded |= offers.preorder_days > 0
    return excluded


def _in_corridor(price: Prices, markets: Markets) -> Prices:
    return np.maximum(np.minimum(price, markets.ceiling), markets.floor)


def _is_scarce(low: LowStock, lanes: Lanes) -> Flags:
    return (lanes.stock >= 0) & (lanes.stock <= low.at_most)


def _is_slow(slow: SlowSales, lanes: Lanes) -> Flags:
    return (lanes.sold_per_week >= 0) & (lanes.sold_per_week <= slow.at_most)


def _leaves_zones(strategy: Strategy) -> bool:
    return strategy.dead_zone_exit is not Exit.NONE


def _leave(
    drafts: Drafts, zone: Prices, allowed: tuple[Prices, Prices], concerned: Flags, may_jump_over: Flags
) -> None:
    """Out of one zone of each lane, on the side where the lane's strategy leaves first, else on the other."""
    start, end, better = zone.T
    is_inside = concerned & (start <= drafts.price) & (drafts.price <= end)
    lowest, highest = allowed
    over = end + 1
    may_go_below = is_inside & (lowest <= better) & (better <= highest)
    may_go_over = is_inside & may_jump_over & (lowest <= over) & (over <= highest)
    goes_over = may_go_over & (drafts.goes_over | ~may_go_below)
    drafts.take(goes_over, over)
    drafts.take(may_go_below & ~goes_over, better)


def _one_by_one(plan: Plan, lanes: Lanes) -> Decisions:
    decided = [decide(lanes.situation(lane, plan)) for lane in range(len(lanes))]
    return Decisions(np.array([each.price for each in decided]), np.array([each.is_hold for each in decided]))


def _is_moderate(part: Any) -> bool:
    """Whether its numbers multiply with a price within 64 bits."""
    numbers = (getattr(part, each.name) for each in fields(part))
    return all(number is None or number < LARGEST for number in numbers)


def _taken(markets: Markets, lanes: Flags) -> Markets:
    return Markets(*(getattr(markets, each.name)[lanes] for each in fields(markets)))
