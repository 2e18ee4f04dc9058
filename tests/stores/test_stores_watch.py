"""Who looks at which market when."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from stores.models import CardMarket, CityPrice, Store
from stores.services import catalogue
from stores.services.market.watch import claim_due_markets, has_due_markets
from tests import cast

pytestmark = pytest.mark.django_db


def test_two_stores_on_one_card_share_one_market(store: Store, strangers_store: Store) -> None:
    mine = cast.city_price(cast.product(store, card_id="100000001"))
    theirs = cast.city_price(cast.product(strangers_store, card_id="100000001"))
    assert mine.market == theirs.market
    assert CardMarket.objects.count() == 1


def test_two_articles_on_one_card_are_both_watched(store: Store) -> None:
    facts = [
        catalogue.ProductFacts(sku, "100000001", "Чайник", prices={cast.ALMATY: catalogue.PriceFacts(5_000)})
        for sku in ("A", "B")
    ]
    catalogue.bring_in(store, [], facts)
    assert CityPrice.everything.filter(market__card_id="100000001").count() == 2


def test_a_product_without_a_card_has_no_market(store: Store) -> None:
    assert cast.city_price(cast.product(store, card_id="")).market is None


def test_new_markets_are_due_at_once_and_taken_once(store: Store) -> None:
    cast.product(store, cities=(cast.ALMATY, cast.ASTANA))
    first, second = claim_due_markets(10), claim_due_markets(10)
    assert (len(first.markets), len(second.markets)) == (2, 0)


def test_the_longest_due_come_first(store: Store) -> None:
    markets = [cast.city_price(cast.product(store, f"S{n}", card_id=f"10000000{n}")).market for n in range(3)]
    for market, hours in zip(markets, (1, 3, 2), strict=True):
        CardMarket.objects.filter(pk=market.pk).update(next_look_at=timezone.now() - timedelta(hours=hours))
    assert [market.pk for market in claim_due_markets(1).markets] == [markets[1].pk]
    assert [market.pk for market in claim_due_markets(1).markets] == [markets[2].pk]


def test_what_is_not_due_or_sold_by_nobody_is_left(store: Store) -> None:
    market = cast.city_price(cast.product(store)).market
    CardMarket.objects.create(card_id="200000002", city_id=cast.ALMATY, next_look_at=timezone.now())
    CardMarket.objects.filter(pk=market.pk).update(next_look_at=timezone.now() + timedelta(minutes=1))
    assert not has_due_markets()
    assert claim_due_markets(10).markets == ()


def test_a_claim_ends_with_its_lease(store: Store) -> None:
    cast.product(store)
    dead = claim_due_markets(10)
    assert claim_due_markets(10).markets == ()
    CardMarket.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert claim_due_markets(10).markets == dead.markets


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_moment_never_take_one_market_twice(store: Store) -> None:
    for number in range(30):
        cast.product(store, f"S{number}", card_id=f"1000000{number:02}")
    start = Barrier(4)
    taken: list[int] = []

    def work() -> None:
        start.wait()
        try:
            while markets := claim_due_markets(3).markets:
                taken.extend(market.pk for market in markets)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 30
