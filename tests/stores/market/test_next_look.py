"""When a market is looked at next: by how often it changes, what it is worth, and when price lists are pulled."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings
from redis import Redis

import kaspi
from sandbox.server import SandboxServer
from stores import tasks
from stores.models import CardMarket, Store, WatchTempo
from stores.services.market import policy
from stores.services.market.look import Look
from stores.services.market.next_look import NextLooks, history_of, read_next_looks
from stores.services.market.record import record
from stores.services.market.rhythms import expected_pull_at
from stores.services.market.tempo import Shared
from stores.services.market.watch import claim_due_markets
from tests import cast
from tests.journeys import market as sandbox_market
from users.models import User

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
SHARED = Shared(policy.Tempo(0.05, 180, 21_600), policy.Usual())


@pytest.fixture
def market(store: Store) -> CardMarket:
    return cast.city_price(cast.product(store)).market


def tune(multiplier: float) -> None:
    """The tempo that all workers share, as if it had been found."""
    WatchTempo.objects.create(
        pk=1, multiplier=multiplier, shortest=180, longest=21_600, usual_rate=3.5e-5, usual_shape=0.4, usual_war=0.03
    )


def look(market: CardMarket, prices: dict[str, int], *, minutes: float) -> CardMarket:
    """A look so long after the start; the market after it."""
    cast.make_due(market)
    offers = cast.offers(market, prices, read_at=START + timedelta(minutes=minutes))
    record(claim_due_markets(1), [Look(market, offers)])
    return CardMarket.objects.get(pk=market.pk)


def wait(market: CardMarket) -> float:
    """The seconds from now until the next look."""
    return (market.next_look_at - timezone.now()).total_seconds()


def test_a_new_row_knows_what_the_policy_knows_of_a_new_market() -> None:
    assert history_of(CardMarket()) == policy.History()


def test_a_first_picture_is_no_change_and_teaches_nothing(market: CardMarket) -> None:
    assert history_of(look(market, {"a": 9_800, "b": 9_900}, minutes=0)) == policy.History()


@pytest.mark.parametrize(
    ("second", "has_changed"),
    [
        ({"a": 9_800, "b": 9_900}, False),
        ({"a": 9_801, "b": 9_900}, True),
        ({"a": 9_800}, True),
        ({"a": 9_800, "b": 9_900, "c": 9_950}, True),
    ],
)
def test_a_look_teaches_what_the_policy_says(market: CardMarket, second: dict[str, int], has_changed: bool) -> None:
    look(market, {"a": 9_800, "b": 9_900}, minutes=0)
    learnt = history_of(look(market, second, minutes=20))
    assert learnt == policy.after_look(policy.History(), policy.Usual(), 1200, has_changed=has_changed)


def test_a_failed_look_teaches_nothing_and_keeps_its_short_pause(market: CardMarket) -> None:
    before = look(market, {"a": 9_800}, minutes=0)
    cast.see(market, kaspi.Unavailable("away"))
    after = CardMarket.objects.get()
    assert (history_of(after), after.looked_at) == (history_of(before), before.looked_at)
    assert wait(after) < 5


def test_what_changes_often_is_looked_at_sooner(store: Store) -> None:
    tune(0.05)
    lively, quiet = (cast.city_price(cast.product(store, f"S{n}", card_id=f"10000000{n}")).market for n in range(2))
    for number in range(12):
        lively = look(lively, {"a": 9_800 + number}, minutes=15 * number)
        quiet = look(quiet, {"a": 9_800}, minutes=15 * number)
    assert wait(lively) < wait(quiet) / 3


def test_what_counts_more_is_looked_at_sooner(store: Store) -> None:
    markets = [cast.city_price(cast.product(store, f"S{n}", card_id=f"10000000{n}")).market for n in range(2)]
    next_looks = NextLooks(START, SHARED, {})
    for market, value in zip(markets, (4.0, 1.0), strict=True):
        market.value = value
    assert next_looks.wait_of(markets[0]) * 2 == pytest.approx(
        next_looks.wait_of(markets[1]), abs=timedelta(milliseconds=1)
    )


@pytest.mark.parametrize("value", [1e-9, 0.1, None, 10.0, 1e9])
@pytest.mark.parametrize("multiplier", [1e-9, 0.01, 1e3])
def test_no_market_waits_longer_than_the_longest_nor_less_than_the_shortest(
    market: CardMarket, value: float | None, multiplier: float
) -> None:
    market.value = value
    next_looks = NextLooks(START, Shared(policy.Tempo(multiplier, 180, 21_600), policy.Usual()), {})
    assert timedelta(seconds=180) <= next_looks.wait_of(market) <= timedelta(hours=6)


def test_before_the_first_tuning_everything_counts_as_lively(market: CardMarket, settings: Settings) -> None:
    settings.SHORTEST_LOOK_INTERVAL = timedelta(minutes=4)
    assert not WatchTempo.objects.exists()
    assert wait(look(market, {"a": 9_800}, minutes=0)) == pytest.approx(240, abs=20)


def test_the_look_is_made_shortly_before_the_expected_pull(store: Store, market: CardMarket) -> None:
    tune(0.04)
    now = timezone.now()
    undisturbed = read_next_looks([market.pk]).wait_of(market)
    pull = now + undisturbed + timedelta(minutes=10)
    rhythm = {"period": 3600.0, "anchor": pull.timestamp(), "jitter": 5.0, "window": 60.0}
    Store.everything.filter(pk=store.pk).update(pull_rhythm=rhythm)
    planned = look(market, {"a": 9_800}, minutes=0).next_look_at
    assert timedelta(minutes=3) < pull - planned < timedelta(minutes=5)
    store.refresh_from_db()
    assert expected_pull_at(store, now) == pull - timedelta(hours=int((pull - now) / timedelta(hours=1)))


def test_twenty_markets_cost_as_many_queries_as_one(store: Store, strangers_store: Store) -> None:
    Store.everything.update(pull_rhythm={"period": 3600.0, "anchor": 0.0, "jitter": 5.0, "window": 60.0})
    ids = []
    for number in range(20):
        for seller in (store, strangers_store):
            product = cast.product(seller, f"S{number}", card_id=f"1000000{number:02}")
        ids.append(cast.city_price(product).market_id)
    with CaptureQueriesContext(connection) as queries:
        assert {len(pullers) for pullers in read_next_looks(ids).pullers.values()} == {2}
    assert len(queries) == 2


@pytest.mark.django_db(transaction=True)
def test_an_empty_redis_loses_no_plan(
    kaspi_sandbox: SandboxServer, seller: User, empty_redis: Redis, settings: Settings
) -> None:
    """What was learnt and planned are rows."""
    sandbox_market.move_in(kaspi_sandbox, seller)
    cast.make_due()
    tasks.retune_watch()
    empty_redis.flushdb()
    claim = claim_due_markets(100)
    cast.make_due()
    CardMarket.objects.update(claim="", leased_until=None)
    empty_redis.flushdb()
    assert claim.markets
    tasks.look_at_due_markets.run()
    looked = CardMarket.objects.exclude(looked_at=None)
    assert looked.count() == len(claim.markets)
    assert all(market.value is not None and market.next_look_at > timezone.now() for market in looked)
