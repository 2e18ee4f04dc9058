"""What is kept of the market's past, and the charts made of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from stores.models import CardMarket, CompetitorProductDay, CompetitorProductMonitoring, CompetitorStore, Store
from stores.services.market import daily_history
from stores.services.market.history import MOST_MERCHANTS, price_history
from tests import cast

pytestmark = pytest.mark.django_db

Kind = CompetitorProductMonitoring.Kind
# 00:30 in Almaty on the first of March.
NIGHT = datetime(2026, 2, 28, 19, 30, tzinfo=UTC)
LONG_AFTER = NIGHT + timedelta(days=90)


@pytest.fixture
def market(db: None) -> CardMarket:
    return CardMarket.objects.create(card_id="100000001", city_id=cast.ALMATY, next_look_at=NIGHT)


def merchant(number: int) -> CompetitorStore:
    row, _ = CompetitorStore.objects.get_or_create(
        merchant_id=f"3020{number:04}", defaults={"name": f"Rival {number}", "first_seen_at": NIGHT}
    )
    return row


def change(
    market: CardMarket, at: datetime, before: int | None, after: int | None, number: int = 1
) -> CompetitorProductMonitoring:
    kind = Kind.CAME if before is None else Kind.LEFT if after is None else Kind.MOVED
    return CompetitorProductMonitoring.objects.create(
        market=market,
        competitor_store=merchant(number),
        kind=kind,
        price_before=before,
        price_after=after,
        seen_at=at,
    )


def days() -> list[tuple[date, int, int, int, int | None, int]]:
    columns = ("day", "open", "low", "high", "close", "changes")
    return list(CompetitorProductDay.objects.order_by("day", "competitor_store").values_list(*columns))


def test_the_changes_of_a_day_become_one_row(market: CardMarket) -> None:
    change(market, NIGHT, None, 9_000)
    change(market, NIGHT + timedelta(hours=1), 9_000, 8_000)
    change(market, NIGHT + timedelta(hours=2), 8_000, 9_500)
    assert daily_history.roll_up(LONG_AFTER) == 3
    assert days() == [(date(2026, 3, 1), 9_000, 8_000, 9_500, 9_500, 3)]
    assert not CompetitorProductMonitoring.objects.exists()


def test_a_day_is_a_day_of_almaty(market: CardMarket) -> None:
    change(market, NIGHT - timedelta(hours=1), None, 9_000)
    change(market, NIGHT, 9_000, 8_000)
    daily_history.roll_up(LONG_AFTER)
    assert [(row[0], row[4]) for row in days()] == [(date(2026, 2, 28), 9_000), (date(2026, 3, 1), 8_000)]


def test_an_offer_that_left_closes_with_nothing(market: CardMarket) -> None:
    change(market, NIGHT, 9_000, None)
    daily_history.roll_up(LONG_AFTER)
    assert days() == [(date(2026, 3, 1), 9_000, 9_000, 9_000, None, 1)]


def test_what_is_young_enough_stays(market: CardMarket, settings: Settings) -> None:
    settings.KEEP_CHANGES = timedelta(days=30)
    old = change(market, NIGHT, None, 9_000)
    young = change(market, NIGHT + timedelta(days=1), 9_000, 8_000)
    assert daily_history.roll_up(NIGHT + timedelta(days=31)) == 1
    assert list(CompetitorProductMonitoring.objects.all()) == [young]
    assert [row[0] for row in days()] == [date(2026, 3, 1)]
    assert old.pk != young.pk


def test_rolling_up_again_changes_nothing(market: CardMarket) -> None:
    change(market, NIGHT, None, 9_000)
    daily_history.roll_up(LONG_AFTER)
    before = days()
    assert daily_history.roll_up(LONG_AFTER) == 0
    assert days() == before


def test_what_died_half_way_is_done_by_the_next_round(market: CardMarket, monkeypatch: pytest.MonkeyPatch) -> None:
    other = CardMarket.objects.create(card_id="100000002", city_id=cast.ALMATY, next_look_at=NIGHT)
    change(market, NIGHT, None, 9_000)
    change(other, NIGHT, None, 7_000)
    monkeypatch.setattr(daily_history, "MARKETS_AT_ONCE", 1)
    monkeypatch.setattr(daily_history, "ROUND", 1)
    assert daily_history.roll_up(LONG_AFTER) == 1
    assert daily_history.roll_up(LONG_AFTER) == 1
    assert {row[1] for row in days()} == {9_000, 7_000}


def test_a_merchant_who_left_long_ago_returns_and_does_not_come_anew(store: Store) -> None:
    row = cast.city_price(cast.product(store))
    cast.see(row.market, {store.merchant_id: 10_000, "30200001": 9_500})
    cast.see(row.market, {store.merchant_id: 10_000})
    daily_history.roll_up(datetime.now(UTC) + timedelta(days=60))
    assert not CompetitorProductMonitoring.objects.exists()
    cast.see(row.market, {store.merchant_id: 10_000, "30200001": 9_400})
    assert CompetitorProductMonitoring.objects.get().kind == Kind.RETURNED


# --- Charts -----------------------------------------------------------------------------------------------------------


def test_a_chart_has_no_more_steps_than_asked_for(market: CardMarket) -> None:
    for minute in range(120):
        change(market, NIGHT + timedelta(minutes=minute), 9_000 - minute, 8_999 - minute)
    history = price_history(market, NIGHT, NIGHT + timedelta(hours=2), points=4)
    [line] = history.lines
    assert history.step == timedelta(minutes=30)
    assert [(bucket.at, bucket.open, bucket.low, bucket.high, bucket.close) for bucket in line.buckets] == [
        (NIGHT + step * history.step, 9_000 - 30 * step, 8_970 - 30 * step, 9_000 - 30 * step, 8_970 - 30 * step)
        for step in range(4)
    ]


def test_a_chart_goes_on_where_the_days_end(market: CardMarket, settings: Settings) -> None:
    settings.KEEP_CHANGES = timedelta(days=2)
    change(market, NIGHT, None, 9_000)
    change(market, NIGHT + timedelta(days=3), 9_000, 8_000)
    daily_history.roll_up(NIGHT + timedelta(days=4))
    history = price_history(market, NIGHT, NIGHT + timedelta(days=4), points=4)
    assert [bucket.close for bucket in history.lines[0].buckets] == [9_000, 8_000]


def test_the_liveliest_merchants_are_shown_and_the_others_counted(market: CardMarket) -> None:
    for number in range(MOST_MERCHANTS + 5):
        change(market, NIGHT, None, 9_000 + number, number)
    change(market, NIGHT + timedelta(hours=1), 9_034, 9_000, MOST_MERCHANTS + 4)
    history = price_history(market, NIGHT, NIGHT + timedelta(hours=2), points=100)
    assert (len(history.lines), history.left_out) == (MOST_MERCHANTS, 5)
    assert history.lines[0].name == f"Rival {MOST_MERCHANTS + 4}"


def test_a_chart_costs_three_queries_however_much_happened(market: CardMarket) -> None:
    for minute in range(50):
        change(market, NIGHT + timedelta(minutes=minute), 9_000 + minute, 9_001 + minute, minute % 5)
    with CaptureQueriesContext(connection) as queries:
        price_history(market, NIGHT, NIGHT + timedelta(hours=1), points=10)
    assert len(queries) == 3
