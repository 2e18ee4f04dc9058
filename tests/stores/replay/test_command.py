"""`manage.py replay`, and what a new engine decides otherwise."""

import csv
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from pricing.strategies.base import Market
from pricing.strategies.undercut import Undercut
from pricing.types import Rule, Step
from stores.models import CardMarket, CityPrice, Product, ProductPriceUpdate, Store
from stores.services.prices.decide import decide_markets
from stores.services.prices.replay.changed import ChangedDecision, changed_decisions
from tests import cast
from tests.stores.replay.test_replay import look, look_and_decide

pytestmark = pytest.mark.django_db
ME = "30125007"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def begin() -> datetime:
    return timezone.now() - 50 * MINUTE


@pytest.fixture
def row(store: Store, begin: datetime) -> CityPrice:
    row = cast.city_price(cast.product(store))
    Product.everything.update(updated_at=begin - MINUTE)
    return row


@pytest.fixture
def lived(row: CityPrice, begin: datetime) -> CityPrice:
    """A rival comes, and twenty minutes later a dearer one who changes nothing."""
    look_and_decide(row, {ME: 10_000, "a": 9_500}, begin)
    look_and_decide(row, {ME: 9_499, "a": 9_500, "b": 9_900}, begin + 20 * MINUTE)
    return row


def tell(*options: Any) -> str:
    out = StringIO()
    call_command("replay", *options, stdout=out)
    return out.getvalue()


def test_the_table_and_the_file(lived: CityPrice, begin: datetime, tmp_path: Path) -> None:
    ProductPriceUpdate.everything.update(approved_at=begin + timedelta(seconds=1))
    Product.everything.update(sku="=SKU-1")
    path = tmp_path / "replay.csv"
    told = tell(
        f"--store={lived.product.store_id}",
        f"--from={begin.isoformat()}",
        f"--to={(begin + 45 * MINUTE).isoformat()}",
        "--strategy=match",
        f"--csv={path}",
    )
    assert "1 prices, " in told
    changes = next(line for line in told.splitlines() if line.startswith("changes "))
    assert changes.split() == ["changes", "1", "1"]
    assert "changes that rules may spend in half an hour: 200" in told
    (line,) = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    assert (line["sku"], line["would_last"], line["was_last"]) == ("'=SKU-1", "9500", "9499")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "--store"),
        (["--store=999999", "--from=2026-11-20"], "no store"),
        (["--store={store}", "--from=2099-01-01"], "--from"),
        (["--store={store}", "--from=2026-11-20", "--strategy=match", "--plan={"], "Expecting"),
        (["--store={store}", "--from=2026-11-20", "--strategy=hold_place", '--plan={"nonsense": 1}'], "nonsense"),
    ],
)
def test_what_cannot_be_run_is_said(store: Store, options: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        tell(*(option.replace("{store}", str(store.pk)) for option in options))


# --- A new engine -----------------------------------------------------------------------------------------------------


def changed(begin: datetime, store: Store | None = None) -> list[ChangedDecision]:
    return list(changed_decisions(begin - MINUTE, store))


def test_the_same_engine_changes_nothing(lived: CityPrice, begin: datetime, store: Store) -> None:
    assert ProductPriceUpdate.everything.count() == 1
    assert changed(begin) == changed(begin, store) == []
    assert "0 updates and 0 recorded moments" in tell("--engine", f"--store={store.pk}")


def test_another_engine_is_listed_with_what_it_does_otherwise(
    lived: CityPrice, begin: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def aim(self: Undercut, market: Market) -> tuple[Step, ...]:
        return (Step(Rule.MATCH, market.rivals[0].price, market.rivals[0].merchant_id, market.rivals[0].price),)

    monkeypatch.setattr(Undercut, "aim", aim)
    told = [(each.source, each.then, each.now, each.rule_then, each.rule_now) for each in changed(begin)]
    assert told == [
        ("update", 9_499, 9_500, "undercut", "match"),
        ("market", 9_499, 9_500, "", "match"),
        ("market", 9_499, 9_500, "", "match"),
    ]
    with pytest.raises(SystemExit) as left:
        tell("--engine")
    assert left.value.code == 1


def test_the_command_lists_each(lived: CityPrice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Undercut, "aim", lambda self, market: (Step(Rule.MATCH, 9_500, "a", 9_500),))
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("replay", "--engine", stdout=out)
    lines = out.getvalue().splitlines()
    assert [line.split(": ")[1] for line in lines[:-1]] == [
        "9499 (undercut) → 9500 (match), update",
        "9499 (nothing recorded) → 9500 (match), market",
        "9499 (nothing recorded) → 9500 (match), market",
    ]
    assert lines[-1].startswith("1 updates and 2 recorded moments are decided otherwise; 0 situations")


def test_what_cannot_be_read_is_listed(lived: CityPrice, begin: datetime) -> None:
    update = ProductPriceUpdate.everything.get()
    update.why["situation"]["version"] = 99
    update.save()
    (told,) = changed(begin)
    assert (told.now, told.unreadable) == (None, "UnknownVersionError: situations of version 99 cannot be read")
    with pytest.raises(SystemExit):
        tell("--engine")


def test_an_edited_product_is_not_compared_before_its_edit(
    lived: CityPrice, begin: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    Product.everything.update(updated_at=timezone.now())
    monkeypatch.setattr(Undercut, "aim", lambda self, market: (Step(Rule.MATCH, 9_500, "a", 9_500),))
    assert [each.source for each in changed(begin)] == ["update"]


def test_what_only_wanted_to_leave_was_decided_too(row: CityPrice, begin: datetime) -> None:
    Store.everything.update(mode="watch")
    look(row, {ME: 10_000, "a": 9_500}, begin)
    decide_markets([row.market_id])
    ProductPriceUpdate.everything.update(created_at=begin + timedelta(seconds=1))
    look(row, {ME: 10_000, "a": 9_500, "b": 9_900}, begin + 20 * MINUTE)
    decide_markets([row.market_id])
    assert ProductPriceUpdate.everything.get().hold_code == "watch_only"
    assert changed(begin) == []


def test_a_moment_far_from_what_the_card_usually_asks_is_passed_over(row: CityPrice, begin: datetime) -> None:
    """The rules left it alone then; that nothing was recorded is no other decision."""
    CardMarket.objects.update(watched_since=begin - timedelta(days=2), recent_median=30_000.0, looked_at=begin - MINUTE)
    look_and_decide(row, {ME: 10_000, "a": 9_500}, begin)
    look_and_decide(row, {ME: 10_000, "a": 9_500, "b": 9_900}, begin + 20 * MINUTE)
    assert (row.price, row.hold_rule) == (10_000, "market_jumped")
    assert changed(begin) == []
    CardMarket.objects.update(recent_median=None)
    assert [(each.source, each.then, each.now) for each in changed(begin)] == [("market", 10_000, 9_499)] * 2
