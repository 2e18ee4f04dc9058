"""A seller's plan: kept with the product, checked when it is written, followed when the market moves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from stores.models import Availability, CityPrice, CompetitorProductMonitoring, Product, ProductPriceUpdate, Store
from stores.services.errors import Refusal
from stores.services.prices.decide import decide_markets
from stores.services.prices.explain import explain
from stores.services.prices.plans import check_plan
from stores.services.prices.situation import minute_of_week
from tests import cast

pytestmark = pytest.mark.django_db
ME = "30125007"
ALWAYS = [{"start": 0, "end": 10_080}]


@pytest.fixture
def row(store: Store) -> CityPrice:
    return cast.city_price(cast.product(store, step=10))


def follow(row: CityPrice, strategy: str, plan: dict[str, Any], offers: dict[str, int]) -> int:
    """The price after one look with this plan."""
    Product.everything.filter(pk=row.product_id).update(strategy=strategy, plan=plan)
    recorded = cast.see(row.market, {ME: row.price} | offers)
    decide_markets(recorded.market_ids)
    row.refresh_from_db()
    return row.price


@pytest.mark.parametrize(
    ("strategy", "plan", "expected"),
    [
        ("undercut", {}, 9_490),
        ("undercut", {"parameters": {"tenge": 100}}, 9_400),
        ("undercut", {"parameters": {"basis_points": 100}}, 9_405),
        ("match", {}, 9_500),
        ("hold_place", {"parameters": {"place": 2}}, 9_790),
        ("stay_above", {"parameters": {"tenge": 200}}, 9_700),
        ("fixed", {"parameters": {"price": 11_000}}, 11_000),
        ("manual", {}, 10_000),
        ("undercut", {"conditions": {"lowest_rating": 4.9}}, 12_000),
        ("undercut", {"smallest_move": 600}, 10_000),
        ("undercut", {"quiet_hours": ALWAYS}, 10_000),
        ("undercut", {"schedule": [{"hours": ALWAYS[0], "strategy": {"name": "match"}}]}, 9_500),
    ],
)
def test_the_plan_is_followed(row: CityPrice, strategy: str, plan: dict[str, Any], expected: int) -> None:
    check_plan(strategy, plan)
    assert follow(row, strategy, plan, {"a": 9_500, "b": 9_800}) == expected


def test_the_sentence_tells_of_the_strategy(row: CityPrice) -> None:
    follow(row, "match", {}, {"a": 9_500})
    assert "9\u202f500" in explain(ProductPriceUpdate.everything.get())


def test_the_last_pieces_do_not_fight(row: CityPrice) -> None:
    Availability.everything.update(stock_count=2)
    assert follow(row, "undercut", {"low_stock": {"at_most": 3}}, {"a": 9_500}) == 10_100


def test_what_is_not_counted_is_not_low(row: CityPrice) -> None:
    Availability.everything.update(stock_count=None)
    assert follow(row, "undercut", {"low_stock": {"at_most": 3}}, {"a": 9_500}) == 9_490


def test_nothing_left_stays_where_it_is(row: CityPrice) -> None:
    Availability.everything.update(stock_count=0)
    assert follow(row, "undercut", {}, {"a": 9_500}) == 10_000


def test_after_a_change_the_price_rests(row: CityPrice) -> None:
    plan = {"cool_down_seconds": 600}
    assert follow(row, "undercut", plan, {"a": 9_500}) == 9_490
    assert follow(row, "undercut", plan, {"a": 9_400}) == 9_490
    ProductPriceUpdate.everything.update(approved_at=timezone.now() - timedelta(seconds=601))
    assert follow(row, "undercut", plan, {"a": 9_400}) == 9_390


def test_in_a_war_a_truce_goes_no_lower(row: CityPrice) -> None:
    ours = his = 10_000
    now = timezone.now()
    for minutes in range(60, 0, -5):
        if minutes % 10:
            ours = his - 50
        else:
            his = ours - 50
        cast.see(row.market, {ME: ours, "a": his})
        CompetitorProductMonitoring.objects.filter(seen_at__gte=now).update(seen_at=now - timedelta(minutes=minutes))
    CityPrice.everything.filter(pk=row.pk).update(price=ours)
    row.refresh_from_db()
    assert follow(row, "undercut", {"truce": {"answers": 2}}, {"a": ours - 50}) == ours


def test_a_plan_that_was_spoilt_stops_its_product_and_no_other(row: CityPrice, store: Store) -> None:
    neighbour = cast.city_price(cast.product(store, "SKU-2"))
    Product.everything.filter(pk=row.product_id).update(strategy="fixed", plan={"parameters": "?"})
    recorded = cast.see(row.market, {ME: 10_000, "a": 9_500})
    assert decide_markets(recorded.market_ids) == 1
    neighbour.refresh_from_db()
    assert neighbour.price == 9_499


@pytest.mark.parametrize(
    ("strategy", "plan"),
    [
        ("hold_place", {"parameters": {"place": 0}}),
        ("hold_place", {"parameters": {"place": "2"}}),
        ("hold_place", {"parameters": {"place": True}}),
        ("hold_place", {"parameters": {"plase": 2}}),
        ("fixed", {}),
        ("undercut", {"conditons": {}}),
        ("undercut", {"conditions": {"lowest_rating": "4"}}),
        ("undercut", {"smallest_move": "12"}),
        ("undercut", {"cool_down_seconds": None}),
        ("undercut", {"quiet_hours": [{"start": 1}]}),
        ("undercut", {"quiet_hours": [{"start": -1, "end": 5}]}),
        ("undercut", {"truce": {"answer": "surrender"}}),
        ("undercut", {"strategy": {"name": "match"}}),
        ("undercut", {"parameters": 5}),
        ("undercut", {"schedule": [{"hours": {"start": 0, "end": 5}, "strategy": {"name": "nobody"}}]}),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused(strategy: str, plan: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        check_plan(strategy, plan)
    assert refused.value.code == "bad_plan"


def test_the_api_takes_a_plan_and_refuses_a_bad_one(api: APIClient, row: CityPrice) -> None:
    url = f"/api/products/{row.product_id}/"
    good = {"strategy": "hold_place", "plan": {"parameters": {"place": 2}}}
    answer = api.patch(url, good, format="json", headers={"If-Match": "1"})
    assert (answer.status_code, answer.json()["strategy"], answer.json()["plan"]) == (200, *good.values())
    bad = api.patch(url, {"strategy": "fixed"}, format="json", headers={"If-Match": "2"})
    assert (bad.status_code, bad.json()["code"]) == (422, "bad_plan")
    assert "plan" in bad.json()["fields"]
    assert Product.everything.get().strategy == "hold_place"


def test_the_week_begins_on_monday_in_almaty() -> None:
    sunday_evening_in_utc = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)
    assert minute_of_week(sunday_evening_in_utc) == 30
