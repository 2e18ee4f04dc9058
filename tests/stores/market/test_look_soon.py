"""A switch is felt at once: the markets it concerns are looked at as soon as the pace allows."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from stores.models import CardMarket, CityPrice, Product, Store
from stores.services.market.watch import look_soon
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.prices.rules import change_rule, delete_rule, switch_off
from stores.services.prices.situation import market_of
from stores.services.store import change_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
Commits = Callable[..., AbstractContextManager[Any]]
FAR = timedelta(hours=5)


@pytest.fixture
def commits(django_capture_on_commit_callbacks: Commits) -> Iterator[None]:
    """What waits for the commit is done at the end of each block."""
    return django_capture_on_commit_callbacks


def kettle(store: Store, number: int, strategy: str = "undercut", category: str = "") -> CityPrice:
    """A product whose market is not due for hours."""
    product = cast.product(store, f"SKU-{number}", card_id=f"20000000{number}", strategy=strategy)
    Product.everything.filter(pk=product.pk).update(category_code=category)
    CardMarket.objects.update(next_look_at=timezone.now() + FAR)
    return cast.city_price(product)


def due(rows: list[CityPrice]) -> list[int]:
    """The places of those that are looked at within a minute."""
    soon = timezone.now() + timedelta(minutes=1)
    return [
        place for place, row in enumerate(rows) if CardMarket.objects.get(pk=market_of(row).pk).next_look_at <= soon
    ]


@pytest.mark.parametrize(
    ("before", "after", "is_due"),
    [
        ("watch", "automatic", True),
        ("ask", "automatic", True),
        ("paused", "watch", True),
        ("automatic", "paused", False),
        ("automatic", "automatic", False),
    ],
)
def test_a_new_mode_is_felt_at_once(
    store: Store, seller: User, commits: Commits, before: str, after: str, is_due: bool
) -> None:
    Store.everything.filter(pk=store.pk).update(mode=before)
    rows = [kettle(store, 0), kettle(store, 1, strategy="manual")]
    with commits(execute=True):
        change_store(store, {"mode": after}, seller)
    assert due(rows) == ([0] if is_due else [])


def test_another_name_is_no_switch(store: Store, seller: User, commits: Commits) -> None:
    rows = [kettle(store, 0)]
    with commits(execute=True):
        change_store(store, {"name": "Күн"}, seller)
    assert due(rows) == []


def test_a_rule_that_is_switched_on_is_felt_by_those_that_follow_it(
    store: Store, seller: User, commits: Commits
) -> None:
    rows = [kettle(store, 0, "by_rule", "kettles"), kettle(store, 1, "by_rule", "lamps"), kettle(store, 2)]
    rule = cast.rule(store, "kettles", is_on=False)
    with commits(execute=True):
        rule = change_rule(rule, rule.version, {"name": "Teapots"}, seller)
    assert due(rows) == [], "it moves nothing"
    with commits(execute=True):
        rule = change_rule(rule, rule.version, {"is_on": True}, seller)
    assert due(rows) == [0]
    CardMarket.objects.update(next_look_at=timezone.now() + FAR)
    with commits(execute=True):
        switch_off(rule, seller)
    assert due(rows) == []


def test_a_rule_that_gives_up_a_category_leaves_it_to_the_rule_of_the_store(
    store: Store, seller: User, commits: Commits
) -> None:
    rows = [kettle(store, 0, "by_rule", "kettles"), kettle(store, 1, "by_rule", "lamps")]
    cast.rule(store, name="All")
    rule = cast.rule(store, "kettles", is_on=False)
    with commits(execute=True):
        rule = change_rule(rule, rule.version, {"category_code": "irons"}, seller)
    assert due(rows) == [0]
    CardMarket.objects.update(next_look_at=timezone.now() + FAR)
    with commits(execute=True):
        delete_rule(change_rule(rule, rule.version, {"category_code": "lamps"}, seller), seller)
    assert due(rows) == [1]


def test_another_strategy_is_felt_at_once(store: Store, seller: User, commits: Commits) -> None:
    rows = [kettle(store, 0, "manual"), kettle(store, 1)]
    product = Product.everything.get(pk=rows[0].product_id)
    with commits(execute=True):
        edit_pricing(product, PricingEdit(product.version, {"strategy": "match"}), seller)
    assert due(rows) == [0]


def test_they_are_spread_over_half_of_the_pace_the_best_first(store: Store, settings: Settings) -> None:
    settings.LOOKS_PER_SECOND = 1.0  # 0.8 are planned, half of them for these
    rows = [kettle(store, number) for number in range(4)]
    for place, value in enumerate([0.1, None, 9.0, 1.0]):
        CardMarket.objects.filter(pk=market_of(rows[place]).pk).update(value=value)
    now = timezone.now()
    look_soon([market_of(row).pk for row in rows])
    waits = [(CardMarket.objects.get(pk=market_of(row).pk).next_look_at - now).total_seconds() for row in rows]
    assert [round(wait / 2.5) for wait in waits] == [2, 3, 0, 1]


def test_a_look_only_comes_nearer_and_who_fails_keeps_the_pause(store: Store) -> None:
    rows = [kettle(store, number) for number in range(3)]
    past, later = timezone.now() - timedelta(minutes=5), timezone.now() + timedelta(seconds=1)
    CardMarket.objects.filter(pk=market_of(rows[0]).pk).update(next_look_at=past, value=0.1)
    CardMarket.objects.filter(pk=market_of(rows[1]).pk).update(next_look_at=later, value=0.1)
    CardMarket.objects.filter(pk=market_of(rows[2]).pk).update(failures=1)
    lamp = CardMarket.objects.create(card_id="9", city_id=cast.ALMATY, next_look_at=later + FAR, value=9.0)
    others = CardMarket.objects.exclude(pk=lamp.pk).order_by("pk").values_list("pk", "next_look_at")
    before = list(others)
    look_soon(CardMarket.objects.values_list("pk", flat=True))
    assert list(others.all()) == before
