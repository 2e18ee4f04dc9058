"""
The replay itself: the record goes by in the order of time, in waves.

A wave is a run of changes in which no price of ours is concerned twice: its prices are decided together, then each wish
is put before the gate in the order of time. Besides recorded changes, a price is decided again when buyers see it (a
pull), when the hours of its plan turn, when its cool-down ends, and some minutes after the change budget held it back.
"""

import heapq
import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from pricing.batch import Lanes, decide_lanes, has_lanes, lanes_of
from pricing.engine import decide, needs_time
from pricing.hours import MINUTES_OF_WEEK, Hours
from pricing.plan import Move, Plan
from pricing.replay.board import OURS, Board
from pricing.replay.tracks import HALF_HOUR_SECONDS, Track
from pricing.replay.types import Change, Hooks, Meant, Merchant, Outcome, Price, Rows, Seconds, Wish
from pricing.situation import Situation

BUDGET_SPENT = "change_budget"
DAY_SECONDS = 86_400.0
# What the change budget held back is tried again at the next full five minutes.
RETRY_SECONDS = 300.0


class Replay:
    """
    A store's prices in their recorded markets. Feed it with `take`, in the order of time, then `finish`.

    `pulls` are the moments when the marketplace fetched our prices: from then on buyers see them.
    """

    def __init__(self, prices: Sequence[Price], pulls: Iterable[float], end: float, hooks: Hooks) -> None:
        self.prices, self.hooks, self.end = prices, hooks, end
        self.board = Board(len(prices))
        self.held: Counter[str] = Counter()
        self.decisions = 0
        self._rows = {price.key: row for row, price in enumerate(prices)}
        self._rows_in: defaultdict[int, list[int]] = defaultdict(list)
        for row, price in enumerate(prices):
            self._rows_in[price.market].append(row)
        meant = np.array([price.price for price in prices], dtype=np.int64)
        floor = np.array([price.facts.limits.floor or 0 for price in prices], dtype=np.int64)
        self.would, self.was = Track(meant, floor), Track(meant, floor)
        self._facts = _Facts(prices)
        self._changed_at = np.full(len(prices), -np.inf)
        self._history: defaultdict[int, deque[tuple[float, int]]] = defaultdict(deque)
        self._moves: defaultdict[int, deque[tuple[float, str, int]]] = defaultdict(deque)
        self._spent: deque[float] = deque()
        # (when, row): decide this price again, whatever the market does.
        self._wakes: list[tuple[float, int]] = [(0.0, row) for row in range(len(prices))]
        self._pulls = deque(sorted(pulls))
        self._wave: list[Change] = []
        self._wave_times: dict[int, float] = {}
        for plan, rows in self._facts.rows_of_plan.items():
            for moment in _turns(plan, hooks.minute_of_week(0.0), end):
                self._wakes.extend((moment, row) for row in rows)
        heapq.heapify(self._wakes)

    def stand(self, market: int, merchant: Merchant, price: int, days: tuple[int | None, int | None]) -> None:
        """A merchant of the market at the start (0: not there yet), and his days of delivery and of pre-order."""
        for row in self._rows_in[market]:
            if merchant.merchant_id == self.prices[row].facts.merchant_id:
                self.board.describe_merchant(row, OURS, merchant)
                self.board.offers.price[row, OURS] = self.was.shown[row] = price
                continue
            column = self._seat(row, merchant)
            self.board.offers.price[row, column] = price
            self.board.promise(row, column, *days)

    def start(self) -> None:
        """Everybody stands: from here on time passes."""
        self._place(np.arange(len(self.prices)))

    def take(self, records: Iterable[Change | Meant]) -> None:
        """The next records, in the order of time."""
        for record in records:
            self._pass_until(record.at)
            if isinstance(record, Meant):
                self._mean(record)
            elif record.market in self._rows_in:
                if self._wave_times.setdefault(record.market, record.at) != record.at:
                    self._flush()
                    self._wave_times[record.market] = record.at
                self._wave.append(record)

    def finish(self) -> list[Outcome]:
        """The rest of the period, and how it went."""
        self._pass_until(self.end)
        self._flush()
        everyone = np.arange(len(self.prices))
        self._settle(everyone, np.full(len(everyone), self.end))
        return [
            Outcome(price.key, self.would.figures(row), self.was.figures(row)) for row, price in enumerate(self.prices)
        ]

    # --- Time ---------------------------------------------------------------------------------------------------------

    def _pass_until(self, moment: float) -> None:
        """Everything that happens by itself before this moment."""
        while (due := min(self._next_pull(), self._next_wake(), self._horizon())) < moment:
            if self._wave:
                self._flush()
            elif self._next_pull() == due:
                self._pull(self._pulls.popleft())
            else:
                self._wake(due)

    def _next_pull(self) -> float:
        return self._pulls[0] if self._pulls else math.inf

    def _next_wake(self) -> float:
        return self._wakes[0][0] if self._wakes else math.inf

    def _horizon(self) -> float:
        """The first moment at which what comes of the gathered wave may be due: nothing later joins the wave."""
        if not self._wave:
            return math.inf
        return min(_next_retry(self._wave[0].at), self._wave[0].at + self._facts.shortest_cool_down)

    def _pull(self, now: float) -> None:
        """Buyers see what we mean, where we stand on the card."""
        shown = self.board.offers.price[:, OURS]
        rows = np.flatnonzero((shown > 0) & (shown != self.would.price))
        self._settle(rows, np.full(len(rows), now))
        shown[rows] = self.would.price[rows]
        for row in rows.tolist():
            self._remember(row, now, self.prices[row].facts.merchant_id, int(shown[row]))
        self._decide(rows, np.full(len(rows), now))

    def _wake(self, now: float) -> None:
        rows: set[int] = set()
        while self._next_wake() == now:
            rows.add(heapq.heappop(self._wakes)[1])
        woken = np.array(sorted(rows), dtype=np.int64)
        self._settle(woken, np.full(len(woken), now))
        self._decide(woken, np.full(len(woken), now))

    def _mean(self, meant: Meant) -> None:
        """What was really decided then; the replay's own course knows nothing of it."""
        row = self._rows.get(meant.key)
        if row is not None:
            self.was.settle(np.array([row]), np.array([meant.at]))
            self.was.move(row, meant.price, meant.at)

    # --- Waves --------------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Let the gathered changes happen, and decide the prices they concern."""
        if not self._wave:
            return
        rows = np.array([row for market in self._wave_times for row in self._rows_in[market]], dtype=np.int64)
        now = np.array([at for market, at in self._wave_times.items() for _ in self._rows_in[market]])
        self._settle(rows, now)
        for change in self._wave:
            for row in self._rows_in[change.market]:
                self._apply(row, change)
        self._wave, self._wave_times = [], {}
        self._decide(rows, now)

    def _apply(self, row: int, change: Change) -> None:
        price = change.price or 0
        if change.merchant.merchant_id != self.prices[row].facts.merchant_id:
            self.board.offers.price[row, self._seat(row, change.merchant)] = price
            if price:
                self._remember(row, change.at, change.merchant.merchant_id, price)
            return
        # Of our own recorded offer the replay keeps only whether it is there.
        self.was.shown[row] = price
        self.board.describe_merchant(row, OURS, change.merchant)
        if not price:
            self.board.offers.price[row, OURS] = 0
        elif not self.board.offers.price[row, OURS]:
            self.board.offers.price[row, OURS] = self.would.price[row]

    def _seat(self, row: int, merchant: Merchant) -> int:
        return self.board.seat(row, merchant, is_friend=merchant.merchant_id in self.prices[row].facts.not_rivals)

    def _settle(self, rows: Rows, now: Seconds) -> None:
        self.would.settle(rows, now)
        self.was.settle(rows, now)

    def _place(self, rows: Rows) -> None:
        self.would.shown[rows] = self.board.offers.price[rows, OURS]
        for track in (self.would, self.was):
            track.place[rows] = self.board.places(rows, track.shown[rows])

    # --- Decisions ----------------------------------------------------------------------------------------------------

    def _decide(self, rows: Rows, now: Seconds) -> None:
        """Decide these prices, and send those that should move, in the order of time."""
        if not len(rows):
            return
        self._place(rows)
        self.decisions += len(rows)
        wishes: list[tuple[float, int, int]] = []
        plans = self._facts.plan[rows]
        for number in np.unique(plans).tolist():
            chosen = plans == number
            wishes += self._wishes(self._facts.plans[number], rows[chosen], now[chosen])
        for moment, row, price in sorted(wishes):
            self._send(row, price, moment)

    def _wishes(self, plan: Plan, rows: Rows, now: Seconds) -> list[tuple[float, int, int]]:
        """(when, row, price) of the prices that should move."""
        if not has_lanes(plan):
            decided = [decide(self._situation(row, at)) for row, at in zip(rows.tolist(), now.tolist(), strict=True)]
            price, is_hold = np.array([d.price for d in decided]), np.array([d.is_hold for d in decided])
        else:
            together = decide_lanes(plan, self._lanes(plan, rows, now))
            price, is_hold = together.price, together.is_hold
        moves = np.flatnonzero(~is_hold & (price != self.would.price[rows]))
        return [(float(now[each]), int(rows[each]), int(price[each])) for each in moves.tolist()]

    def _lanes(self, plan: Plan, rows: Rows, now: Seconds) -> Lanes:
        facts = self._facts
        minute = np.full(len(rows), -1, dtype=np.int64)
        if needs_time(plan):
            minute[:] = [self.hooks.minute_of_week(at) for at in now.tolist()]
        return replace(
            facts.lanes.take(rows),
            price=self.would.price[rows],
            offers=self.board.offers.take(rows),
            minute_of_week=minute,
            seconds_since_change=now - self._changed_at[rows],
        )

    def _situation(self, row: int, now: float) -> Situation:
        """One price as the engine is told of it, with the moves on its card: for plans that make truces."""
        waited = now - float(self._changed_at[row])
        return replace(
            self.prices[row].facts,
            price=int(self.would.price[row]),
            offers=self.board.listed(row, self.prices[row].facts.merchant_id),
            minute_of_week=self.hooks.minute_of_week(now),
            seconds_since_change=None if math.isinf(waited) else waited,
            history=tuple(Move(who, price, now - at) for at, who, price in self._moves[row]),
        )

    def _remember(self, row: int, now: float, merchant_id: str, price: int) -> None:
        """Keep a move for plans that make truces, as long as their window is."""
        truce = self.prices[row].facts.plan.truce
        if truce is None:
            return
        moves = self._moves[row]
        moves.append((now, merchant_id, price))
        while moves[0][0] < now - truce.window_seconds:
            moves.popleft()

    # --- The gate -----------------------------------------------------------------------------------------------------

    def _send(self, row: int, price: int, now: float) -> None:
        """Let the price go if the gate is open; what the budget held back is tried again."""
        reason = self.hooks.why_closed(self._wish(row, price, now))
        if reason is not None:
            self.held[reason] += 1
            if reason == BUDGET_SPENT:
                heapq.heappush(self._wakes, (_next_retry(now), row))
            return
        self._history[row].append((now, int(self.would.price[row])))
        self.would.move(row, price, now)
        self._changed_at[row] = now
        self._spent.append(now)
        cool_down = self.prices[row].facts.plan.cool_down_seconds
        if cool_down:
            heapq.heappush(self._wakes, (now + cool_down, row))

    def _wish(self, row: int, price: int, now: float) -> Wish:
        told, current = self.prices[row], int(self.would.price[row])
        while self._spent and self._spent[0] <= now - HALF_HOUR_SECONDS:
            self._spent.popleft()
        of_day = self._history[row]
        while of_day and of_day[0][0] < now - DAY_SECONDS:
            of_day.popleft()
        return Wish(
            price=price,
            current=current,
            shown=int(self.board.offers.price[row, OURS]),
            highest_of_day=max(current, *(before for _, before in of_day), 0),
            confirmed=told.confirmed,
            market_median=int(median(self.board.asked(row))),
            changes_in_half_hour=len(self._spent),
            floor=told.facts.limits.floor,
            ceiling=told.facts.limits.ceiling,
        )


class _Facts:
    """What does not change while time passes: the plans, and lanes without offers."""

    def __init__(self, prices: Sequence[Price]) -> None:
        self.rows_of_plan: dict[Plan, list[int]] = {}
        for row, price in enumerate(prices):
            self.rows_of_plan.setdefault(price.facts.plan, []).append(row)
        self.plans = list(self.rows_of_plan)
        numbers = {plan: number for number, plan in enumerate(self.plans)}
        self.plan = np.array([numbers[price.facts.plan] for price in prices], dtype=np.int64)
        cool_downs = (plan.cool_down_seconds for plan in self.plans if plan.cool_down_seconds)
        self.shortest_cool_down = min(cool_downs, default=math.inf)
        self.lanes = lanes_of([price.facts for price in prices])


def _next_retry(now: float) -> float:
    return (now // RETRY_SECONDS + 1) * RETRY_SECONDS


def _turns(plan: Plan, first_minute: int, end: float) -> list[float]:
    """The moments of the period at which the hours of the plan turn, in seconds after its start."""
    if not needs_time(plan):
        return []
    windows: tuple[Hours, ...] = (*plan.working_hours, *plan.quiet_hours, *(slot.hours for slot in plan.schedule))
    sleep = plan.truce.sleep_hours if plan.truce else ()
    edges = {edge for hours in (*windows, *sleep) for edge in (hours.start, hours.end % MINUTES_OF_WEEK)}
    week = MINUTES_OF_WEEK * 60.0
    firsts = [(edge - first_minute) % MINUTES_OF_WEEK * 60.0 for edge in edges]
    return sorted(first + week * n for first in firsts for n in range(int(end // week) + 1) if first + week * n < end)
