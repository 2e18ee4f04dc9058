"""Run a question over the record, and say how it went: as it would have been beside as it was."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from django.conf import settings

from pricing.replay import Figures, Hooks, Outcome, Replay, Wish, worst_half_hour
from stores import models
from stores.models import CityPrice
from stores.services.prices import gate
from stores.services.prices.budget import changes_for_rules
from stores.services.prices.profit import profits_of
from stores.services.prices.replay import record
from stores.services.prices.replay.record import CHUNK, Merchants, Question
from stores.services.prices.situation import minute_of_week
from stores.services.rows import batched

# So many prices are kept with the result, the most affected first; the totals count all of them.
KEPT_ROWS = 100

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Course:
    """One price over the period, and what a unit earned at its first, average and last price; None: not known."""

    figures: Figures
    profits: tuple[int | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One price of the store: as it would have gone and as it went. `missing`: why no profit can be told, if so."""

    product_id: int
    sku: str
    city_id: str
    would: Course
    was: Course
    missing: str

    @property
    def effect(self) -> tuple[int, int]:
        """How far the replay is from what happened: in the average price, then in changes."""
        would, was = self.would.figures, self.was.figures
        return abs(would.average - was.average), abs(would.changes - was.changes)


@dataclass(frozen=True)
class Report:
    """
    What a replay says. `worst`: the most changes in any half hour, as it would have been and as it was.

    `without_record`: prices whose market has no change on record in the period; `unfit_plans`: prices whose plan cannot
    be followed, or whose wanted margin is not known. Neither is in the rows. `held`: codes of the gate → how many
    wishes it held back.
    """

    rows: Sequence[Row]
    worst: tuple[int, int]
    without_record: int
    unfit_plans: int
    held: dict[str, int]
    decisions: int
    unknown: Sequence[str]

    def to_stored(self) -> dict[str, Any]:
        """Numbers and codes fit for JSON: totals, and the most affected prices."""
        affected = sorted(self.rows, key=lambda row: row.effect, reverse=True)
        return {
            "prices": len(self.rows),
            "without_record": self.without_record,
            "unfit_plans": self.unfit_plans,
            "decisions": self.decisions,
            "budget": {"taken": settings.CHANGES_PER_HALF_HOUR, "for_rules": changes_for_rules()},
            "held": self.held,
            "unknown": list(self.unknown),
            "would": _totals([row.would for row in self.rows], self.worst[0]),
            "was": _totals([row.was for row in self.rows], self.worst[1]),
            "missing": dict(Counter(row.missing for row in self.rows if row.missing)),
            "rows": [_row_to_stored(row) for row in affected[:KEPT_ROWS]],
        }


def run_asked(asked: models.Replay, on_progress: OnProgress) -> Report:
    """Replay what a person asked for, as its row tells it; otherwise as `run`."""
    question = Question(
        store=asked.store,
        begins_at=asked.begins_at,
        ends_at=asked.ends_at,
        strategy=asked.strategy,
        plan=asked.plan,
        step=asked.step,
        product_ids=tuple(asked.product_ids),
        category_code=asked.category_code,
    )
    return run(question, on_progress)


def run(question: Question, on_progress: OnProgress = lambda done, total: None) -> Report:
    """
    Replay the question, one portion of the record after the other; `on_progress` hears how many of them are done.

    What it raises ends the replay. Nothing is written.
    """
    prices, unfit = record.read_prices(question)
    pulls, is_assumed = record.pulls(question)
    replay = Replay(prices, pulls, question.seconds, _hooks(question))
    merchants = Merchants()
    for standing in record.standings(question, {price.market for price in prices}, merchants):
        replay.stand(standing.market_id, standing.merchant, standing.price, standing.days)
    replay.start()
    windows = question.windows()
    for number, (begin, end) in enumerate(windows, start=1):
        replay.take(record.changes(question, begin, end, merchants))
        on_progress(number, len(windows))
    rows = list(_rows(replay.finish()))
    without_record = record.city_prices(question).count() - len(prices) - unfit
    return Report(
        rows=rows,
        worst=(worst_half_hour(replay.would.change_times), worst_half_hour(replay.was.change_times)),
        without_record=without_record,
        unfit_plans=unfit,
        held=dict(sorted(replay.held.items())),
        decisions=replay.decisions,
        unknown=_unknown(is_assumed=is_assumed, is_record_missing=bool(without_record)),
    )


def _hooks(question: Question) -> Hooks:
    return Hooks(_why_closed, lambda seconds: minute_of_week(question.moment_of(seconds)))


def _why_closed(wish: Wish) -> str | None:
    """What the gate would have said to an automatic store that nobody has stopped."""
    return gate.why_closed(
        # The engine was told the wanted margin as a floor and as prices to keep out of.
        gate.Proposal(wish.price, is_by_person=False, age_seconds=0.0, earns_margin=True),
        gate.Limits(
            wish.floor,
            wish.ceiling,
            is_stopped=False,
            is_recorded_build=True,
            is_engine_accepted=True,
            has_unread_alarm=False,
            is_subscribed=True,
            is_within_tariff=True,
            is_automated=True,
            waits_for_person=False,
            changes_per_half_hour=settings.CHANGES_PER_HALF_HOUR,
        ),
        gate.History(
            current=wish.current,
            shown=wish.shown,
            known=frozenset({wish.shown}),
            highest_of_day=wish.highest_of_day,
            confirmed=wish.confirmed,
            market_median=wish.market_median,
            changes_in_half_hour=wish.changes_in_half_hour,
            changes_ahead=0,
        ),
    )


def _unknown(*, is_assumed: bool, is_record_missing: bool) -> list[str]:
    always = ["demand", "rivals_answers", "merchant_facts_of_today", "limits_of_today", "recent_median"]
    return [*always, *["pulls_assumed"] * is_assumed, *["no_history"] * is_record_missing]


def _rows(outcomes: Iterable[Outcome]) -> Iterator[Row]:
    for chunk in batched(outcomes, CHUNK):
        rows = CityPrice.everything.select_related("product__store").in_bulk([outcome.key for outcome in chunk])
        for outcome in chunk:
            # Whoever took the price away meanwhile does not want to hear of it.
            if outcome.key in rows:
                yield _row(rows[outcome.key], outcome)


def _row(row: CityPrice, outcome: Outcome) -> Row:
    would, was = outcome.would, outcome.was
    asked = [would.first, would.average, would.last, was.first, was.average, was.last]
    profits = profits_of(row.product, asked)
    earned = [profit.tenge for profit in profits]
    return Row(
        product_id=row.product_id,
        sku=row.product.sku,
        city_id=row.city_id,
        would=Course(would, (earned[0], earned[1], earned[2])),
        was=Course(was, (earned[3], earned[4], earned[5])),
        missing=next((profit.missing for profit in profits if profit.missing), ""),
    )


def _totals(courses: Sequence[Course], worst: int) -> dict[str, Any]:
    """Averages over the prices, each counted alike; those without a number are left out of it."""
    figures = [course.figures for course in courses]
    return {
        "changes": sum(each.changes for each in figures),
        "worst_half_hour": worst,
        "first": _mean([each.first for each in figures], 0),
        "last": _mean([each.last for each in figures], 0),
        "average": _mean([each.average for each in figures], 0),
        "at_floor": _mean([each.at_floor for each in figures], 4),
        "place": _mean([each.place for each in figures], 2),
        "first_place": _mean([each.first_place for each in figures], 4),
        "top_three": _mean([each.top_three for each in figures], 4),
        "profit": _named_profits([_mean([course.profits[n] for course in courses], 0) for n in range(3)]),
    }


def _mean(numbers: Iterable[float | None], digits: int) -> float | None:
    known = [number for number in numbers if number is not None]
    if not known:
        return None
    mean = fmean(known)
    return round(mean, digits) if digits else round(mean)


def _row_to_stored(row: Row) -> dict[str, Any]:
    return {
        "product": row.product_id,
        "sku": row.sku,
        "city_id": row.city_id,
        "would": _course_to_stored(row.would),
        "was": _course_to_stored(row.was),
        "missing": row.missing,
    }


def _course_to_stored(course: Course) -> dict[str, Any]:
    return asdict(course.figures) | {"profit": _named_profits(course.profits)}


def _named_profits(profits: Sequence[float | None]) -> dict[str, float | None]:
    return dict(zip(("first", "average", "last"), profits, strict=True))
