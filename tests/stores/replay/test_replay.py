"""A strategy over the recorded market: the same as what happened, or another story; and nothing is moved by it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override
from pytest_django.fixtures import Settings

from stores.models import (
    CityPrice,
    CompetitorProductMonitoring,
    Notification,
    PriceListPull,
    Product,
    ProductPriceUpdate,
    Store,
)
from stores.services.market.look import Look
from stores.services.market.record import record
from stores.services.market.watch import claim_due_markets
from stores.services.prices.decide import decide_markets
from stores.services.prices.replay.record import Question, pulls
from stores.services.prices.replay.run import Report, Row, run
from stores.services.prices.replay.sentences import UNKNOWN, sentences
from stores.services.prices.situation import minute_of_week
from tests import cast

pytestmark = pytest.mark.django_db
ME = "30125007"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def begin() -> datetime:
    """The story takes fifty minutes of the last hour, so that every picture is fresh enough to be decided on."""
    return timezone.now() - 50 * MINUTE


def look(row: CityPrice, offers: Mapping[str, int], at: datetime) -> None:
    """One look at the market, read at that moment."""
    cast.make_due(row.market)
    claim = claim_due_markets(1000)
    record(claim, [Look(row.market, cast.offers(row.market, offers, at))])


def look_and_decide(row: CityPrice, offers: Mapping[str, int], at: datetime) -> None:
    """A look, and what the product does about it, a second later."""
    look(row, offers, at)
    decide_markets([row.market_id])
    new = ProductPriceUpdate.everything.filter(approved_at__gt=at + MINUTE)
    new.update(approved_at=at + timedelta(seconds=1))
    row.refresh_from_db()


def live_through(row: CityPrice, begin: datetime) -> list[int]:
    """A rival undercuts, comes lower, leaves; buyers see our prices at each pull. Returns what we meant after each."""
    meant = []
    for minute, rivals in [
        (0, {"b": 11_000}),
        (10, {"a": 9_500, "b": 11_000}),
        (20, {"a": 9_200, "b": 11_000}),
        (30, {"b": 11_000}),
    ]:
        at = begin + minute * MINUTE
        look_and_decide(row, {ME: row.price, **rivals}, at)
        meant.append(row.price)
        PriceListPull.everything.create(
            store=row.product.store, version_number=1, status=200, pulled_at=at + 5 * MINUTE
        )
        look(row, {ME: row.price, **rivals}, at + 5 * MINUTE)
        decide_markets([row.market_id])
    return meant


def ask(row: CityPrice, begin: datetime, **rest: object) -> Question:
    return Question(row.product.store, begin - MINUTE, begin + 49 * MINUTE, **rest)


def only(report: Report) -> Row:
    (one,) = report.rows
    return one


def everything_that_moves() -> list[object]:
    return [list(model.everything.order_by("pk").values()) for model in (CityPrice, ProductPriceUpdate, Notification)]


def test_undercutting_again_is_what_undercutting_really_did(row: CityPrice, begin: datetime) -> None:
    assert live_through(row, begin) == [10_999, 9_499, 9_199, 10_999]
    told = only(run(ask(row, begin)))
    assert told.would.figures == told.was.figures
    figures = told.would.figures
    assert (figures.first, figures.last, figures.lowest, figures.highest) == (10_000, 10_999, 9_199, 10_999)
    assert figures.changes == ProductPriceUpdate.everything.count() == 4
    assert (figures.first_place, figures.at_floor) == (0.7959, 0.0)


def test_another_strategy_is_another_story(row: CityPrice, begin: datetime) -> None:
    live_through(row, begin)
    told = only(run(ask(row, begin, strategy="stay_above", plan={"parameters": {"tenge": 100}})))
    # 11,000 + 100; then a asks 9,500, and later 9,200; then b alone again: 11,100, a fifth over the 9,300 at most.
    assert (told.would.figures.lowest, told.would.figures.highest, told.would.figures.last) == (9_300, 11_100, 11_100)
    # Of 49 minutes: five at the first 10,000, and five at 9,300 between the look and the pull after a has left.
    assert told.would.figures.first_place == round(10 / 49, 4)
    assert told.was.figures.first_place == round(39 / 49, 4)


def test_nothing_is_written(row: CityPrice, begin: datetime) -> None:
    live_through(row, begin)
    before = everything_that_moves()
    run(ask(row, begin, strategy="match"))
    assert everything_that_moves() == before


# --- What the gate, the hours and the record have to say --------------------------------------------------------------


def test_the_change_budget_holds_and_is_counted(
    store: Store, begin: datetime, settings: Settings, row: CityPrice
) -> None:
    settings.CHANGES_PER_HALF_HOUR = 5
    others = [cast.city_price(cast.product(store, f"SKU-{n}", card_id=f"10000000{n}")) for n in range(2, 7)]
    for number, each in enumerate([row, *others]):
        look(each, {ME: 10_000, "a": 9_500}, begin + number * MINUTE)
    report = run(ask(row, begin))
    # Rules may spend four of the five; two wait, are tried every five minutes, and go half an hour later.
    assert report.worst == (4, 0)
    assert (report.held["change_budget"], len(report.rows)) == (12, 6)
    assert [each.would.figures.changes for each in report.rows] == [1] * 6
    assert report.to_stored()["budget"] == {"taken": 5, "for_rules": 4}


def test_the_gate_holds_what_it_would_have_held(row: CityPrice, begin: datetime) -> None:
    CityPrice.everything.filter(pk=row.pk).update(confirmed_price=20_000, floor=1_000)
    look(row, {ME: 10_000, "a": 9_500}, begin)
    report = run(ask(row, begin))
    assert (report.held["drift_since_confirmed"] >= 1, only(report).would.figures.changes) == (True, 0)


def test_hours_turn_without_a_change_on_the_card(row: CityPrice, begin: datetime) -> None:
    look(row, {ME: 10_000, "a": 9_500}, begin)
    turn = minute_of_week(begin + 20 * MINUTE)
    resting = {"quiet_hours": [{"start": (turn - 60) % 10_080, "end": turn}]}
    figures = only(run(ask(row, begin, strategy="undercut", plan=resting))).would.figures
    assert (figures.changes, figures.first, figures.last) == (1, 10_000, 9_499)
    # Of fifty minutes, 21 or a little more at 10,000: the turn is at a full minute.
    assert figures.average in range(9_700, 9_725)


def test_the_end_of_a_cool_down_is_a_moment_too(row: CityPrice, begin: datetime) -> None:
    look(row, {ME: 10_000, "a": 9_500}, begin)
    look(row, {ME: 10_000, "a": 9_400}, begin + MINUTE)
    plan = {"cool_down_seconds": 600}
    figures = only(run(ask(row, begin, strategy="undercut", plan=plan))).would.figures
    assert (figures.changes, figures.last) == (2, 9_399)
    # A minute at 10,000, ten at 9,499, the other 39 at 9,399.
    assert figures.average == round((10_000 + 10 * 9_499 + 39 * 9_399) / 50)


def test_a_truce_is_replayed_with_the_moves_on_the_card(row: CityPrice, begin: datetime) -> None:
    asked = 9_900
    look(row, {ME: 10_000, "a": asked}, begin)
    for minute in (5, 10):
        PriceListPull.everything.create(
            store=row.product.store, version_number=1, status=200, pulled_at=begin + (minute - 1) * MINUTE
        )
        asked -= 50
        look(row, {ME: 10_000, "a": asked}, begin + minute * MINUTE)
    fought = only(run(ask(row, begin, strategy="undercut"))).would.figures
    peace = only(run(ask(row, begin, strategy="undercut", plan={"truce": {"answers": 2}}))).would.figures
    assert (fought.changes, fought.last) == (3, 9_799)
    assert (peace.changes, peace.last) == (2, 9_849)


def test_what_stood_before_the_period_is_known(row: CityPrice, begin: datetime) -> None:
    look(row, {ME: 10_000, "a": 9_800, "b": 9_900}, begin - 60 * MINUTE)
    look(row, {ME: 10_000, "b": 9_900}, begin + 5 * MINUTE)
    look(row, {ME: 10_000, "b": 9_700}, begin + 10 * MINUTE)
    CompetitorProductMonitoring.objects.filter(seen_at__lt=begin - MINUTE).delete()
    figures = only(run(ask(row, begin))).would.figures
    # From the first second under a, then under b; he was there all the time.
    assert (figures.lowest, figures.highest, figures.changes) == (9_699, 10_000, 3)
    assert figures.average == round((6 * 9_799 + 5 * 9_899 + 39 * 9_699) / 50)


def test_our_own_offer_is_there_when_it_was(row: CityPrice, begin: datetime) -> None:
    look(row, {"a": 9_500}, begin)
    look(row, {ME: 10_000, "a": 9_500}, begin + 10 * MINUTE)
    look(row, {"a": 9_200}, begin + 20 * MINUTE)
    figures = only(run(ask(row, begin))).would.figures
    assert (figures.changes, figures.last, figures.place) == (1, 9_499, 2.0)


def test_cards_without_a_record_are_counted_not_invented(store: Store, row: CityPrice, begin: datetime) -> None:
    cast.product(store, "SKU-2", card_id="100000002", cities=(cast.ALMATY, cast.ASTANA))
    look(row, {ME: 10_000, "a": 9_500}, begin)
    report = run(ask(row, begin))
    assert (len(report.rows), report.without_record) == (1, 2)
    assert "no_history" in report.unknown
    assert report.to_stored()["without_record"] == 2


def test_a_store_without_any_record_has_an_empty_answer(row: CityPrice, begin: datetime) -> None:
    told = run(ask(row, begin)).to_stored()
    assert (told["prices"], told["rows"], told["would"]["average"], told["without_record"]) == (0, [], None, 1)


def test_pulls_are_those_on_record_and_else_hourly(store: Store, begin: datetime) -> None:
    question = Question(store, begin - timedelta(hours=6), begin)
    assert pulls(question) == ([3600.0 * n for n in range(1, 6)], True)
    for minutes in (60, 170, 280):
        PriceListPull.everything.create(
            store=store, version_number=1, status=304, pulled_at=question.begins_at + minutes * MINUTE
        )
    assert pulls(question) == ([3600.0, 10_200.0, 16_800.0], False)


def test_the_scope_narrows(store: Store, row: CityPrice, begin: datetime) -> None:
    other = cast.city_price(cast.product(store, "SKU-2", card_id="100000002"))
    Product.everything.filter(pk=other.product_id).update(category_code="Master - Kettles")
    for each in (row, other):
        look(each, {ME: 10_000, "a": 9_500}, begin)
    assert [each.sku for each in run(ask(row, begin)).rows] == ["SKU-1", "SKU-2"]
    assert [each.sku for each in run(ask(row, begin, product_ids=(row.product_id,))).rows] == ["SKU-1"]
    assert [each.sku for each in run(ask(row, begin, category_code="Master - Kettles")).rows] == ["SKU-2"]


def test_a_given_step_counts(row: CityPrice, begin: datetime) -> None:
    look(row, {ME: 10_000, "a": 9_500}, begin)
    assert only(run(ask(row, begin, step=100))).would.figures.last == 9_400


def test_each_unknown_has_a_sentence() -> None:
    always = ["demand", "rivals_answers", "merchant_facts_of_today", "limits_of_today", "recent_median"]
    codes = [*always, "pulls_assumed", "no_history"]
    assert list(UNKNOWN) == codes
    with override("en"):
        assert "once an hour" in sentences(["pulls_assumed"])[0]
