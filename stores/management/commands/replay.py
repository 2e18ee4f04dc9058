"""
`manage.py replay --store ID --from … --to …`: what a strategy would have done in the recorded market.

`manage.py replay --engine`: what this engine decides otherwise than the one of the last day. Its exit code is 1 when
something differs.
"""

import csv
import json
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from stores.models import Store
from stores.models.rules import STRATEGIES
from stores.services.cities import city_name
from stores.services.errors import Refusal
from stores.services.prices.plans import check_plan
from stores.services.prices.replay.changed import ChangedDecision, changed_decisions
from stores.services.prices.replay.record import Question
from stores.services.prices.replay.run import Report, Row, run
from stores.services.prices.replay.sentences import sentences

SHOWN_ROWS = 40
FIGURES = ("first", "last", "lowest", "highest", "average", "changes", "at_floor", "place", "first_place", "top_three")
# What Excel would run.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Command(BaseCommand):
    help = "Runs a strategy over the recorded market of a store, or this engine over what was decided. Moves no price."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", type=int, help="the store's id")
        parser.add_argument("--from", dest="begin", type=moment, help="ISO, for example 2026-11-20T00:00+05:00")
        parser.add_argument("--to", dest="end", type=moment, help="ISO; now, unless given")
        parser.add_argument(
            "--strategy", default="", choices=[code for code, _ in STRATEGIES], help="each product's own, else"
        )
        parser.add_argument("--plan", default="{}", help="the strategy's plan as JSON")
        parser.add_argument("--csv", type=Path, help="write every price to this file")
        parser.add_argument("--engine", action="store_true", help="list the decisions that this engine takes otherwise")
        parser.add_argument("--hours", type=int, default=24, help="with --engine: how far back")

    def handle(self, *args: Any, **options: Any) -> None:
        store = _store(options["store"])
        if options["engine"]:
            since = timezone.now() - timedelta(hours=options["hours"])
            if self._tell_changed(since, store):
                sys.exit(1)
            return
        report = run(_question(store, options))
        self._tell(report)
        if options["csv"]:
            _write_csv(options["csv"], report.rows)

    def _tell(self, report: Report) -> None:
        told = report.to_stored()
        self.stdout.write(f"{told['prices']} prices, {told['decisions']} decisions")
        for name in ("without_record", "unfit_plans"):
            if told[name]:
                self.stdout.write(f"left out, {name}: {told[name]}")
        self.stdout.write(f"\n{'':32} {'would':>12} {'was':>12}")
        for name in ("changes", "worst_half_hour", "average", "place", "first_place", "top_three", "at_floor"):
            self.stdout.write(f"{name:32} {_cell(told['would'][name]):>12} {_cell(told['was'][name]):>12}")
        for name in ("first", "average", "last"):
            would, was = told["would"]["profit"][name], told["was"]["profit"][name]
            self.stdout.write(f"{f'profit, {name}':32} {_cell(would):>12} {_cell(was):>12}")
        self.stdout.write(f"changes that rules may spend in half an hour: {told['budget']['for_rules']}")
        for code, count in told["held"].items():
            self.stdout.write(f"held, {code}: {count}")
        self.stdout.write(f"\n{'SKU':24} {'city':16} {'would':>9} {'was':>9} {'changes':>9} {'first place':>12}")
        for row in told["rows"][:SHOWN_ROWS]:
            would, was = row["would"], row["was"]
            self.stdout.write(
                f"{row['sku']:24} {city_name(row['city_id']):16} {would['average']:9} {was['average']:9}"
                f" {would['changes']:9} {_cell(would['first_place']):>12}"
            )
        self.stdout.write("")
        for sentence in sentences(told["unknown"]):
            self.stdout.write(sentence)

    def _tell_changed(self, since: datetime, store: Store | None) -> int:
        """How many decisions differ or cannot be read."""
        counts: Counter[str] = Counter()
        for each in changed_decisions(since, store):
            counts["unreadable" if each.unreadable else each.source] += 1
            self.stdout.write(_line(each))
        self.stdout.write(
            f"{counts['update']} updates and {counts['market']} recorded moments are decided otherwise; "
            f"{counts['unreadable']} situations cannot be read."
        )
        return counts.total()


def moment(text: str) -> datetime:
    """An ISO moment; without an offset it is Almaty's."""
    told = datetime.fromisoformat(text)
    return told if told.tzinfo else timezone.make_aware(told)


def _store(store_id: int | None) -> Store | None:
    if store_id is None:
        return None
    store = Store.everything.filter(pk=store_id).first()
    if store is None:
        raise CommandError(f"There is no store {store_id}.")
    return store


def _question(store: Store | None, options: dict[str, Any]) -> Question:
    end = options["end"] or timezone.now()
    if store is None or options["begin"] is None or options["begin"] >= end:
        raise CommandError("Say --store and --from, and a --to after it.")
    try:
        plan = json.loads(options["plan"])
        if options["strategy"]:
            check_plan(options["strategy"], plan)
    except (ValueError, Refusal) as error:
        raise CommandError(str(error)) from error
    return Question(store, options["begin"], end, options["strategy"], plan)


def _cell(number: float | None) -> str:
    return "?" if number is None else f"{number:,}"


def _line(each: ChangedDecision) -> str:
    where = f"{each.sku} in {city_name(each.city_id)}, {timezone.localtime(each.decided_at):%d.%m %H:%M:%S}"
    if each.unreadable:
        return f"{where}: cannot be read ({each.unreadable})"
    return (
        f"{where}: {each.then} ({each.rule_then or 'nothing recorded'}) → {each.now} ({each.rule_now}), {each.source}"
    )


def _write_csv(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        courses = ("would", "was")
        writer.writerow(["sku", "city_id", *(f"{course}_{name}" for course in courses for name in FIGURES), "missing"])
        for row in rows:
            figures = [getattr(getattr(row, course).figures, name) for course in courses for name in FIGURES]
            sku = f"'{row.sku}" if row.sku.startswith(FORMULA) else row.sku
            writer.writerow([sku, row.city_id, *figures, row.missing])
