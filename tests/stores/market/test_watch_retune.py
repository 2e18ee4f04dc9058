"""The watch is tuned: values, what is usual, rhythms, and the tempo that fits the budget."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from stores.models import CardMarket, CityPrice, Order, OrderItem, Product, Store, WatchTempo
from stores.services import catalogue
from stores.services.market import positions, retune
from stores.services.market.next_look import read_next_looks
from stores.services.market.tempo import budget
from tests import cast

pytestmark = pytest.mark.django_db


def bring_in(store: Store, count: int, *, start: int = 0) -> list[CardMarket]:
    """Products on sale on cards of their own."""
    on_sale = catalogue.AvailabilityFacts(is_available=True)
    facts = [
        catalogue.ProductFacts(
            f"N{n}",
            f"{300_000_000 + n}",
            "Чайник",
            prices={cast.ALMATY: catalogue.PriceFacts(5_000)},
            availability={"PP1": on_sale},
        )
        for n in range(start, start + count)
    ]
    catalogue.bring_in(store, [], facts)
    return list(CardMarket.objects.order_by("pk"))


def sell(product: Product, quantity: int) -> None:
    order = Order.everything.create(
        store=product.store,
        code="1",
        marketplace_id="1",
        state=Order.State.ARCHIVE,
        status=Order.Status.COMPLETED,
        total_price=0,
        placed_at=timezone.now() - timedelta(days=1),
    )
    OrderItem.everything.create(
        order=order,
        product=product,
        sku=product.sku,
        name="",
        entry_number=0,
        quantity=quantity,
        base_price=0,
        total_price=0,
    )


def pull(store: Store, moments: list[datetime], status: int = 200) -> None:
    for moment in moments:
        store.price_list_pulls.create(version_number=1, status=status, pulled_at=moment)


def planned_looks() -> float:
    """The looks a second that all markets together would get."""
    next_looks = read_next_looks([])
    return sum(1 / next_looks.wait_of(market).total_seconds() for market in CardMarket.objects.all())


@pytest.mark.parametrize("looks_per_second", [0.05, 0.5])
def test_the_planned_looks_stay_within_the_budget(store: Store, settings: Settings, looks_per_second: float) -> None:
    settings.LOOKS_PER_SECOND = looks_per_second
    markets = bring_in(store, 300)
    for number, market in enumerate(markets):
        CardMarket.objects.filter(pk=market.pk).update(
            rate_changes=number % 40, rate_exposure=1e5, rate_war=0.9 if number % 50 == 0 else 0.01
        )
    assert retune.retune()
    # The last digits of the values are left out.
    assert 0.9 * budget() < planned_looks() < 1.03 * budget()


def test_the_budget_counts_every_address(settings: Settings) -> None:
    settings.LOOKS_PER_SECOND = 2.0
    settings.EGRESS = ["", "192.0.2.7", "192.0.2.8"]
    assert budget() == pytest.approx(4.8)


def test_a_small_shop_is_looked_at_as_often_as_is_polite(store: Store) -> None:
    bring_in(store, 5)
    retune.retune()
    next_looks = read_next_looks([])
    assert {next_looks.wait_of(market) for market in CardMarket.objects.all()} == {timedelta(minutes=3)}


def test_where_the_budget_does_not_reach_all_wait_the_same(store: Store, settings: Settings) -> None:
    settings.LOOKS_PER_SECOND = 0.001
    bring_in(store, 30)
    retune.retune()
    waits = [read_next_looks([]).wait_of(market).total_seconds() for market in CardMarket.objects.all()]
    assert waits == pytest.approx([30 / 0.0008] * 30)


@pytest.mark.parametrize(
    ("story", "stock", "is_available", "place", "value"),
    [
        ("nothing is known", None, True, None, 1.0),
        ("a tenge from the top", 5, True, 2, 1.5),
        ("far below", 5, True, 12, 0.5),
        ("nothing left", 0, True, None, 0.1),
        ("not on sale", 5, False, None, 0.1),
    ],
)
def test_a_market_is_worth_what_its_position_is(
    store: Store, story: str, stock: int | None, is_available: bool, place: int | None, value: float
) -> None:
    product = cast.product(store)
    product.availabilities.update(stock_count=stock, is_available=is_available)
    CityPrice.everything.update(place=place)
    retune.retune()
    assert CardMarket.objects.get().value == value, story


def test_what_sells_counts_more_and_the_other_city_has_its_own_stock(store: Store) -> None:
    product = cast.product(store, cities=(cast.ALMATY, cast.ASTANA))
    product.availabilities.filter(sales_point__city_id=cast.ASTANA).update(is_available=False)
    sell(product, 7)  # one a day: twice the usual
    retune.retune()
    assert dict(CardMarket.objects.values_list("city_id", "value")) == {cast.ALMATY: 2.0, cast.ASTANA: 0.2}


def test_two_stores_on_one_card_both_count(store: Store, strangers_store: Store) -> None:
    cast.product(store)
    cast.product(strangers_store)
    retune.retune()
    assert CardMarket.objects.get().value == 2.0


def test_what_is_usual_is_learnt_from_all(store: Store) -> None:
    bring_in(store, 40)
    CardMarket.objects.update(rate_changes=10, rate_exposure=36_000, rate_war=0.01)
    retune.retune()
    tempo = WatchTempo.objects.get()
    # 10 changes in 10 hours, and what was thought before: 0.4 in 3.2.
    assert tempo.usual_rate * 3600 == pytest.approx(10.4 / 13.2)
    assert tempo.usual_war == pytest.approx(0.01)


class TestRhythm:
    def learn(self, store: Store) -> dict[str, float] | None:
        WatchTempo.objects.update(tuned_at=None)
        retune.retune()
        store.refresh_from_db()
        return store.pull_rhythm

    def test_it_is_learnt_from_the_pulls(self, store: Store) -> None:
        bring_in(store, 100)
        now = timezone.now()
        pull(store, [now - timedelta(hours=hours) for hours in range(12, 0, -1)])
        pull(store, [now - timedelta(minutes=23)], status=401)
        rhythm = self.learn(store)
        assert (rhythm["period"], rhythm["jitter"]) == pytest.approx((3600, 0), abs=0.01)
        assert rhythm["anchor"] == pytest.approx((now - timedelta(hours=1)).timestamp())
        assert rhythm["window"] == pytest.approx(100 / (0.4 * 0.8))

    def test_too_few_or_too_old_are_no_rhythm(self, store: Store) -> None:
        bring_in(store, 1)
        now = timezone.now()
        pull(store, [now - timedelta(hours=hours) for hours in (3, 2, 1)])
        assert self.learn(store) is None
        store.price_list_pulls.all().delete()
        pull(store, [now - timedelta(hours=hours) for hours in range(23, 15, -1)])
        assert self.learn(store) is None

    def test_it_is_forgotten_when_nobody_comes_any_more(self, store: Store) -> None:
        bring_in(store, 1)
        now = timezone.now()
        pull(store, [now - timedelta(hours=hours) for hours in range(6, 0, -1)])
        assert self.learn(store) is not None
        store.price_list_pulls.all().delete()
        assert self.learn(store) is None


class TestOneAtATime:
    def test_it_is_due_every_five_minutes(self, store: Store) -> None:
        bring_in(store, 1)
        assert [retune.retune(), retune.retune()] == [True, False]
        WatchTempo.objects.update(tuned_at=timezone.now() - timedelta(minutes=5, seconds=1))
        assert retune.retune()

    def test_a_market_that_nobody_valued_makes_it_due(self, store: Store) -> None:
        bring_in(store, 1)
        retune.retune()
        bring_in(store, 1, start=1)
        assert retune.retune()
        assert not CardMarket.objects.filter(value=None).exists()

    def test_a_market_that_nobody_sells_in_does_not(self, store: Store) -> None:
        bring_in(store, 1)
        retune.retune()
        CardMarket.objects.create(card_id="1", city_id=cast.ALMATY, next_look_at=timezone.now())
        assert not retune.retune()

    def test_who_holds_it_is_left_alone_until_his_lease_ends(self, store: Store) -> None:
        bring_in(store, 1)
        retune.retune()
        WatchTempo.objects.update(claim="other", leased_until=timezone.now() + timedelta(minutes=1), tuned_at=None)
        CardMarket.objects.update(value=7.0)
        assert not retune.retune()
        assert (WatchTempo.objects.get().claim, CardMarket.objects.get().value) == ("other", 7.0)
        WatchTempo.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
        assert retune.retune()

    def test_who_slept_past_his_lease_does_not_overwrite_the_tempo(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bring_in(store, 1)

        def sleep(*_: object) -> None:
            WatchTempo.objects.update(claim="other", multiplier=42.0)

        monkeypatch.setattr(retune, "learn_rhythms", sleep)
        assert not retune.retune()
        tempo = WatchTempo.objects.get()
        assert (tempo.claim, tempo.multiplier, tempo.tuned_at) == ("other", 42.0, None)

    def test_a_fault_gives_it_back(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        bring_in(store, 1)
        with monkeypatch.context() as patch, pytest.raises(OSError, match="gone"):
            patch.setattr(retune, "learn_rhythms", fail)
            retune.retune()
        assert retune.retune()

    @pytest.mark.django_db(transaction=True)
    def test_of_two_at_the_same_moment_one_does_it(self, store: Store) -> None:
        bring_in(store, 50)
        start = Barrier(2)
        did: list[bool] = []

        def work() -> None:
            start.wait()
            try:
                did.append(retune.retune())
            finally:
                connection.close()

        threads = [Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(did) == [False, True]
        assert WatchTempo.objects.get().claim == ""


def fail(*_: object) -> None:
    raise OSError("gone")


def test_the_same_again_writes_nothing_but_its_time(store: Store) -> None:
    bring_in(store, 60)
    retune.retune()
    WatchTempo.objects.update(tuned_at=None)
    with CaptureQueriesContext(connection) as queries:
        retune.retune()
    written = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert written
    assert all("watchtempo" in sql for sql in written)


def test_queries_grow_with_the_portions_not_with_the_markets(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def cost() -> int:
        WatchTempo.objects.update(tuned_at=None)
        retune.retune()
        WatchTempo.objects.update(tuned_at=None)
        with CaptureQueriesContext(connection) as queries:
            retune.retune()
        return len(queries)

    bring_in(store, 2)
    few = cost()
    bring_in(store, 98, start=2)
    assert cost() == few
    monkeypatch.setattr(positions, "MARKETS_AT_ONCE", 50)
    assert cost() == few + 5  # a second portion
