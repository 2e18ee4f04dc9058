"""What the orders tell a decision: pieces a week, and pieces at each of our own prices."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import pricing
from stores.models import CityPrice, CompetitorProductMonitoring, CompetitorStore, Order, OrderItem, Product, Store
from stores.services.prices.plans import policy_of, read_rules
from stores.services.prices.sales import sold_per_week
from stores.services.prices.situation import BatchFacts, describe, market_of, read_batch_facts
from tests import cast

pytestmark = pytest.mark.django_db
ME = "30125007"
SLOW = {"slow_sales": {"at_most": 2}}
WARY = {"truce": {"window_seconds": 86_400.0}}


@pytest.fixture
def row(store: Store) -> CityPrice:
    product = cast.product(store, cities=(cast.ALMATY, cast.ASTANA))
    Product.everything.update(plan=SLOW)
    return cast.city_price(product)


def sell(row: CityPrice, quantity: int = 1, price: int = 10_000, **facts: Any) -> None:
    """An order of one line; `facts` are fields of the order, or `point`, the code of its point."""
    number = Order.everything.count() + 1
    point = facts.pop("point", "PP1")
    usual = {"state": "ARCHIVE", "status": "COMPLETED", "placed_at": timezone.now() - timedelta(hours=1)}
    order = Order.everything.create(
        store=row.product.store,
        code=f"{number}",
        marketplace_id=f"M{number}",
        total_price=price * quantity,
        sales_point=row.product.store.sales_points.filter(code=point).first(),
        **usual | facts,
    )
    OrderItem.everything.create(
        order=order,
        entry_number=0,
        product=row.product,
        sku=row.product.sku,
        name="x",
        quantity=quantity,
        base_price=price,
        total_price=price * quantity,
    )


def read(rows: list[CityPrice]) -> BatchFacts:
    rules = read_rules(rows)
    return read_batch_facts(rows, {row.pk: policy_of(row, rules) for row in rows})


def facts_of(row: CityPrice) -> BatchFacts:
    return read([CityPrice.everything.select_related("product__store", "market").get(pk=row.pk)])


def situation_of(row: CityPrice) -> pricing.Situation:
    row = CityPrice.everything.select_related("product__store", "market").get(pk=row.pk)
    return describe(row, [], frozenset(), read([row]))


def test_pieces_of_the_last_week_in_the_city_are_counted(row: CityPrice) -> None:
    sell(row, 2)
    sell(row, 1, placed_at=timezone.now() - timedelta(days=6))
    sell(row, 5, placed_at=timezone.now() - timedelta(days=8))
    sell(row, 7, point="PP2")
    sell(row, 9, status="CANCELLED")
    sell(row, 9, status="RETURNED")
    assert situation_of(row).sold_per_week == 3
    assert situation_of(cast.city_price(row.product, cast.ASTANA)).sold_per_week == 7


def test_a_sale_from_an_unknown_point_counts_in_each_city(row: CityPrice) -> None:
    sell(row, 4, point="none")
    assert situation_of(row).sold_per_week == 4
    assert situation_of(cast.city_price(row.product, cast.ASTANA)).sold_per_week == 4


def test_a_store_without_orders_of_the_week_tells_nothing(row: CityPrice) -> None:
    assert situation_of(row).sold_per_week is None
    sell(row, 4, placed_at=timezone.now() - timedelta(days=8))
    assert situation_of(row).sold_per_week is None


def test_a_product_that_did_not_sell_in_a_store_that_did_is_none(row: CityPrice) -> None:
    sell(cast.city_price(cast.product(row.product.store, "SKU-2")), 4)
    assert situation_of(row).sold_per_week == 0


def test_only_plans_that_ask_cost_a_query(row: CityPrice) -> None:
    sell(row, 2)
    rows = list(CityPrice.everything.select_related("product__store", "market"))
    with CaptureQueriesContext(connection) as asked:
        read(rows)
    Product.everything.update(plan={})
    rows = list(CityPrice.everything.select_related("product__store", "market"))
    with CaptureQueriesContext(connection) as unasked:
        assert read(rows).sold_per_week == {}
    assert len(asked) - len(unasked) == 2
    assert sold_per_week([]) == {}


def move(row: CityPrice, who: CompetitorStore, price: int, minutes_ago: int) -> None:
    CompetitorProductMonitoring.objects.create(
        market=market_of(row),
        competitor_store=who,
        kind="moved",
        price_before=price + 1,
        price_after=price,
        seen_at=timezone.now() - timedelta(minutes=minutes_ago),
    )


def test_our_own_moves_know_what_was_sold_at_their_price(row: CityPrice) -> None:
    Product.everything.update(plan=WARY)
    now = timezone.now()
    me, rival = (
        CompetitorStore.objects.create(merchant_id=who, name=who, first_seen_at=now) for who in (ME, "30200001")
    )
    move(row, me, 10_000, 60)
    move(row, rival, 9_950, 50)
    move(row, me, 9_900, 40)
    move(row, me, 10_000, 20)
    sell(row, 2, 10_000, placed_at=now - timedelta(minutes=50))
    sell(row, 1, 9_900, placed_at=now - timedelta(minutes=30))
    sell(row, 1, 10_000, placed_at=now - timedelta(minutes=30))
    sell(row, 4, 10_000, placed_at=now - timedelta(minutes=10))
    told = [(each.merchant_id, each.price, each.units_sold) for each in situation_of(row).history]
    assert told == [(ME, 10_000, 2), ("30200001", 9_950, None), (ME, 9_900, 1), (ME, 10_000, 4)]


def test_without_orders_nothing_is_said_of_pieces(row: CityPrice) -> None:
    Product.everything.update(plan=WARY)
    me = CompetitorStore.objects.create(merchant_id=ME, name=ME, first_seen_at=timezone.now())
    move(row, me, 10_000, 60)
    assert [(each.units_sold, each.unit_profit) for each in situation_of(row).history] == [(None, None)]
    assert facts_of(row).sales == {}
