"""Who looks at which market when."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

import kaspi
from stores.models import CardMarket, CityPrice, Store
from stores.services import catalogue
from stores.services.market.watch import claim_due_markets, has_due_markets, look_within
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.store import close_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db


def bring_in(store: Store, numbers: range) -> None:
    """Products on cards of their own, in one upload."""
    facts = [
        catalogue.ProductFacts(
            f"N{n}", f"{300_000_000 + n}", "Чайник", prices={cast.ALMATY: catalogue.PriceFacts(5_000)}
        )
        for n in numbers
    ]
    catalogue.bring_in(store, [], facts)


def test_two_stores_on_one_card_share_one_market(store: Store, strangers_store: Store) -> None:
    mine = cast.city_price(cast.product(store, card_id="100000001"))
    theirs = cast.city_price(cast.product(strangers_store, card_id="100000001"))
    assert mine.market == theirs.market
    assert CardMarket.objects.count() == 1


def test_the_market_of_a_closed_store_is_looked_at_for_others_only(
    store: Store, strangers_store: Store, seller: User
) -> None:
    own = cast.city_price(cast.product(store, "OWN", card_id="100000001"))
    shared = cast.city_price(cast.product(store, "SHARED", card_id="100000002"))
    theirs = cast.city_price(cast.product(strangers_store, card_id="100000002"))
    CardMarket.objects.update(next_look_at=timezone.now() - timedelta(hours=1))
    close_store(store, seller)
    assert {row.market for row in CityPrice.everything.filter(pk__in=[own.pk, shared.pk])} == {None}
    assert claim_due_markets(10).markets == (theirs.market,)


def test_two_articles_on_one_card_are_both_watched(store: Store) -> None:
    facts = [
        catalogue.ProductFacts(sku, "100000001", "Чайник", prices={cast.ALMATY: catalogue.PriceFacts(5_000)})
        for sku in ("A", "B")
    ]
    catalogue.bring_in(store, [], facts)
    assert CityPrice.everything.filter(market__card_id="100000001").count() == 2


def test_a_product_without_a_card_has_no_market(store: Store) -> None:
    assert cast.city_price(cast.product(store, card_id="")).market is None


def test_new_markets_are_due_at_once_and_taken_once(store: Store, settings: Settings) -> None:
    settings.LOOKS_PER_SECOND = 1000.0
    cast.product(store, cities=(cast.ALMATY, cast.ASTANA))
    first, second = claim_due_markets(10), claim_due_markets(10)
    assert (len(first.markets), len(second.markets)) == (2, 0)


def test_new_markets_come_one_after_the_other_and_leave_half_to_the_known(store: Store, settings: Settings) -> None:
    settings.LOOKS_PER_SECOND = 0.1  # planned: 0.08; for the new: one in 25 s
    known = cast.city_price(cast.product(store, "KNOWN", card_id="200000001")).market
    cast.see(known, {"a": 9_800})
    bring_in(store, range(4))
    moments = list(CardMarket.objects.filter(looked_at=None).order_by("pk").values_list("next_look_at", flat=True))
    assert moments[0] <= timezone.now()
    assert [(moment - moments[0]).total_seconds() for moment in moments] == pytest.approx([0, 25, 50, 75])
    bring_in(store, range(4, 5))
    behind = CardMarket.objects.latest("pk").next_look_at - moments[-1]
    assert timedelta(0) < behind <= timedelta(seconds=25)


def test_a_range_of_six_hundred_is_seen_within_half_an_hour(store: Store) -> None:
    bring_in(store, range(600))
    last = CardMarket.objects.latest("next_look_at").next_look_at
    assert last - timezone.now() < timedelta(minutes=30)


def test_a_product_more_on_a_known_card_changes_nothing_there(store: Store, strangers_store: Store) -> None:
    market = cast.city_price(cast.product(store)).market
    cast.see(market, {"a": 9_800})
    planned = CardMarket.objects.get().next_look_at
    cast.product(strangers_store)
    assert CardMarket.objects.get().next_look_at == planned


class TestLookWithin:
    def test_it_comes_sooner_never_later(self, store: Store) -> None:
        markets = [cast.city_price(cast.product(store, f"S{n}", card_id=f"10000000{n}")).market for n in range(2)]
        now = timezone.now()
        CardMarket.objects.filter(pk=markets[0].pk).update(next_look_at=now + timedelta(hours=5))
        CardMarket.objects.filter(pk=markets[1].pk).update(next_look_at=now + timedelta(minutes=5))
        look_within([market.pk for market in markets], timedelta(minutes=10))
        waits = [market.next_look_at - now for market in CardMarket.objects.order_by("pk")]
        assert waits == [pytest.approx(timedelta(minutes=10), abs=timedelta(seconds=20)), timedelta(minutes=5)]

    def test_what_fails_keeps_its_pause(self, store: Store) -> None:
        market = cast.city_price(cast.product(store)).market
        cast.see(market, kaspi.Unavailable("away"))
        planned = CardMarket.objects.get().next_look_at
        look_within([market.pk])
        assert CardMarket.objects.get().next_look_at == planned

    def test_an_edit_does_not_wait_for_the_next_look(
        self, store: Store, seller: User, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager]
    ) -> None:
        product = cast.product(store)
        cast.see(cast.city_price(product).market, {"a": 9_800})
        assert not has_due_markets()
        with django_capture_on_commit_callbacks(execute=True):
            edit_pricing(product, PricingEdit(product.version, {"step": 5}), seller)
        assert has_due_markets()


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
    cast.make_due()
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
