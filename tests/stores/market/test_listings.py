"""Listings as detector: what they make due, what they must leave alone, and when they are believed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from redis import Redis

import kaspi
from sandbox.server import SandboxServer
from stores import tasks
from stores.models import CardMarket, CityPrice, Listing, ListingTrust, Store
from stores.services.market import detect, listings, look, record, trust, watch
from tests import cast
from tests.journeys import market as marketplace
from users.models import User

pytestmark = pytest.mark.django_db
NO_ROUND_WAITS = "stores.services.market.listings.cache.add"


@pytest.fixture
def market(store: Store) -> CardMarket:
    """Looked at a minute ago by the moment of `now`: a at 9,800 leads."""
    watched = cast.city_price(cast.product(store)).market
    cast.see(watched, {"a": 9_800, "b": 9_900})
    return look_again(watched, ago=timedelta(minutes=1))


def look_again(market: CardMarket, ago: timedelta) -> CardMarket:
    """The market as if its last look was so long ago, the next one due in ten minutes."""
    now = timezone.now()
    CardMarket.objects.filter(pk=market.pk).update(looked_at=now - ago, next_look_at=now + timedelta(minutes=10))
    market.refresh_from_db()
    return market


def page(market: CardMarket, lowest: int, leader: str | None, read_at: datetime | None = None) -> kaspi.ListedPage:
    card = kaspi.ListedCard(market.card_id, "Чайник", None, lowest, None, 0, leader)
    return kaspi.ListedPage((card,), read_at or datetime.now(UTC))


def note(market: CardMarket, lowest: int = 9_700, leader: str | None = "a", **kwargs: bool) -> detect.Told:
    return detect.note_page(market.city_id, page(market, lowest, leader), is_believed=kwargs.get("is_believed", True))


def is_due(market: CardMarket) -> bool:
    market.refresh_from_db()
    return market.next_look_at <= timezone.now()


# --- What a page tells ---


@pytest.mark.parametrize(
    ("case", "lowest", "leader", "due"),
    [
        ("nothing moved", 9_800, "a", 0),
        ("nothing moved, and nobody is named", 9_800, None, 0),
        ("cheaper", 9_700, "a", 1),
        ("dearer", 9_801, "a", 1),
        ("another leader at the same price", 9_800, "c", 1),
    ],
)
def test_what_differs_from_the_picture_is_due(
    market: CardMarket, case: str, lowest: int, leader: str | None, due: int
) -> None:
    assert note(market, lowest, leader).due == due
    assert is_due(market) == bool(due)


def test_a_listing_changes_no_picture_and_no_price(market: CardMarket) -> None:
    before = CityPrice.everything.values_list("pk", "price", "version").get()
    note(market, 9_700, "c")
    market.refresh_from_db()
    assert (market.lowest, market.leader.merchant_id, market.is_undecided, market.look_number) == (9_800, "a", True, 1)
    assert (market.listed_lowest, market.listed_leader) == (9_700, "c")
    assert CityPrice.everything.values_list("pk", "price", "version").get() == before
    assert market.offers.count() == 2


@pytest.mark.parametrize(
    ("case", "change"),
    [
        ("somebody looks at it", lambda now: {"leased_until": now + timedelta(seconds=30), "claim": "x" * 32}),
        ("it failed and keeps its pause", lambda now: {"failures": 1}),
        ("it was looked at since", lambda now: {"looked_at": now + timedelta(seconds=1)}),
    ],
)
def test_what_a_listing_leaves_alone(
    market: CardMarket, case: str, change: Callable[[datetime], dict[str, object]]
) -> None:
    CardMarket.objects.filter(pk=market.pk).update(**change(timezone.now()))
    market.refresh_from_db()
    before = (market.next_look_at, market.claim, market.leased_until)
    assert note(market).due == 0
    market.refresh_from_db()
    assert (market.next_look_at, market.claim, market.leased_until) == before


def test_a_look_time_never_moves_away(market: CardMarket) -> None:
    past = timezone.now() - timedelta(minutes=5)
    CardMarket.objects.filter(pk=market.pk).update(next_look_at=past)
    assert note(market).due == 0
    market.refresh_from_db()
    assert market.next_look_at == past


def test_a_market_that_was_never_looked_at_and_other_cities_are_none_of_its_business(store: Store) -> None:
    cast.product(store, cities=(cast.ALMATY, cast.ASTANA))
    almaty, astana = (CardMarket.objects.get(city_id=city) for city in (cast.ALMATY, cast.ASTANA))
    look_again(astana, ago=timedelta(minutes=1))
    assert note(almaty).due == 0
    astana.refresh_from_db()
    assert astana.listed_at is None


def test_what_a_look_refuted_is_not_looked_at_again(market: CardMarket) -> None:
    assert note(market).due == 1
    cast.see(market, {"a": 9_800, "b": 9_900})
    look_again(market, ago=timedelta(0))
    again = note(market)
    assert (again.due, again.comparisons) == (0, [(cast.ALMATY, False)])
    assert note(market, 9_650).due == 1


# --- How listings and offers are compared ---


@pytest.mark.parametrize(
    ("case", "ago", "lowest", "is_believed", "comparisons"),
    [
        ("just looked at, and the same", timedelta(minutes=1), 9_800, True, [True]),
        ("just looked at, news: the look that follows will say", timedelta(minutes=1), 9_700, True, []),
        ("on trial nothing follows, so this is what counts", timedelta(minutes=1), 9_700, False, [False]),
        ("on trial, and the same", timedelta(minutes=1), 9_800, False, [True]),
        ("an old picture says nothing", timedelta(minutes=3), 9_800, True, []),
        ("nor on trial", timedelta(minutes=3), 9_700, False, []),
    ],
)
def test_a_page_is_compared_with_a_fresh_picture(
    market: CardMarket, case: str, ago: timedelta, lowest: int, is_believed: bool, comparisons: list[bool]
) -> None:
    look_again(market, ago)
    told = note(market, lowest, is_believed=is_believed)
    assert told.comparisons == [(cast.ALMATY, agreed) for agreed in comparisons]
    assert told.due == (lowest != 9_800 and is_believed)


@pytest.mark.parametrize(
    ("case", "after", "lowest", "leader", "proofs"),
    [
        ("it was true", timedelta(seconds=5), 9_700, "a", [(cast.ALMATY, True)]),
        ("it was not", timedelta(seconds=5), 9_800, "a", [(cast.ALMATY, False)]),
        ("another leader", timedelta(seconds=5), 9_700, "b", [(cast.ALMATY, False)]),
        ("too long after", timedelta(minutes=3), 9_800, "a", []),
        ("read before the listing", timedelta(seconds=-5), 9_800, "a", []),
    ],
)
def test_the_look_after_a_listing_is_the_proof(
    market: CardMarket, case: str, after: timedelta, lowest: int, leader: str, proofs: list[tuple[str, bool]]
) -> None:
    note(market, 9_700, "a")
    market.refresh_from_db()
    answer = cast.offers(market, {leader: lowest}, market.listed_at + after)
    recorded = record.record(watch.claim_due_markets(10), [look.Look(market, answer)])
    assert recorded.proofs == proofs


def test_a_false_claim_counts_when_the_look_has_refuted_it(
    market: CardMarket, monkeypatch: pytest.MonkeyPatch, empty_redis: Redis
) -> None:
    monkeypatch.setattr(tasks.decide_looked_markets, "delay", lambda ids: None)
    note(market, 9_700, "a")
    truth = cast.offers(market, {"a": 9_800, "b": 9_900}, timezone.now())
    monkeypatch.setattr(look, "look_at", lambda markets: [look.Look(each, truth) for each in markets])
    tasks.look_at_due_markets()
    trusts = ListingTrust.objects.get()
    assert (trusts.city_id, trusts.compared, trusts.agreed) == (cast.ALMATY, 1, 0)


def test_only_the_first_look_after_a_listing_is_compared_with_it(market: CardMarket) -> None:
    note(market, 9_700, "a")
    assert cast.see(market, {"a": 9_700}).proofs == [(cast.ALMATY, True)]
    assert cast.see(market, {"a": 9_600}).proofs == []


# --- Trust ---


def trusted() -> bool:
    return cast.ALMATY in trust.believed_cities([cast.ALMATY])


@pytest.mark.parametrize(
    ("case", "agreed", "disagreed", "is_trusted"),
    [
        ("a new city", 0, 0, True),
        ("too few to judge", 0, 35, True),
        ("they lie", 0, 36, False),
        ("one slip in many", 35, 1, True),
        ("two are too many", 34, 2, False),
    ],
)
def test_listings_are_believed_until_enough_comparisons_say_otherwise(
    installation: None, case: str, agreed: int, disagreed: int, is_trusted: bool
) -> None:
    trust.count([(cast.ALMATY, True)] * agreed + [(cast.ALMATY, False)] * disagreed)
    assert trusted() == is_trusted
    assert trust.cities_left_alone() == trust.distrusted_cities() == ([] if is_trusted else [cast.ALMATY])
    assert trust.believed_cities([cast.ASTANA]) == {cast.ASTANA}


def test_what_was_long_ago_counts_less(installation: None) -> None:
    trust.count([(cast.ALMATY, True)] * 1000)
    row = ListingTrust.objects.get()
    assert row.compared == row.agreed == pytest.approx(100, abs=0.01)
    for _ in range(5):
        trust.count([(cast.ALMATY, False)])
        assert trusted()
    trust.count([(cast.ALMATY, False)])
    assert not trusted()
    row.refresh_from_db()
    assert row.agreement == pytest.approx(0.99**6, abs=0.001)
    assert (row.compared, row.agreed) == (0, 0)


def end_rest() -> None:
    ListingTrust.objects.update(retry_at=timezone.now() - timedelta(seconds=1))


def test_after_a_rest_the_city_is_tried_again_and_believed_when_it_agrees(installation: None) -> None:
    trust.count([(cast.ALMATY, False)] * 36)
    trust.count([(cast.ALMATY, True)] * 1000)
    assert trust.cities_left_alone() == [cast.ALMATY], "at rest nothing counts"
    end_rest()
    assert trust.cities_left_alone() == []
    trust.count([(cast.ALMATY, True)] * 35)
    assert not trusted()
    trust.count([(cast.ALMATY, True)])
    assert trusted()
    assert ListingTrust.objects.get().agreement == 1


def test_who_lies_on_trial_rests_again(installation: None, caplog: pytest.LogCaptureFixture) -> None:
    trust.count([(cast.ALMATY, False)] * 36)
    end_rest()
    trust.count([(cast.ALMATY, False)] * 36)
    assert trust.cities_left_alone() == [cast.ALMATY]
    assert [row.levelname for row in caplog.records if "disagree" in row.message] == ["WARNING", "WARNING"]


# --- Rounds, budget and claims ---


@pytest.fixture
def free_rounds(monkeypatch: pytest.MonkeyPatch, empty_redis: Redis) -> None:
    """Each call is a round of its own."""
    monkeypatch.setattr(NO_ROUND_WAITS, lambda *args, **kwargs: True)


@pytest.fixture
def shop(kaspi_sandbox: SandboxServer, seller: User, settings: Settings, free_rounds: None) -> Store:
    """The store of the sandbox's merchant, all its markets just looked at."""
    settings.LISTING_SHARE = 0.5
    moved_in = marketplace.move_in(kaspi_sandbox, seller)
    cast.make_due()
    look_at_all()
    return moved_in


def look_at_all() -> None:
    claim = watch.claim_due_markets(1000)
    trust.count(record.record(claim, look.look_at(claim.markets)).proofs)


def read_all_listings() -> int:
    Listing.everything.update(next_read_at=timezone.now())
    return sum(listings.read_due_listings() for _ in range(2))


def asked(sandbox: SandboxServer) -> dict[str, int]:
    return sandbox.control("GET", "/_sandbox/requests")["by_kind"]


def test_a_store_has_a_listing_in_each_city_it_sells_in(store: Store) -> None:
    cast.product(store, cities=(cast.ALMATY, cast.ASTANA))
    cast.product(store, "SKU-2", card_id="100000002")
    assert list(Listing.everything.values_list("store", "city_id")) == [
        (store.pk, cast.ASTANA),
        (store.pk, cast.ALMATY),
    ]


def test_two_workers_never_read_one_listing(store: Store) -> None:
    cast.product(store, cities=(cast.ALMATY, cast.ASTANA))
    first, second = listings.claim_due_listings(4), listings.claim_due_listings(8)
    assert [len(claim.listings) for claim in (first, second)] == [1, 1]
    assert first.listings != second.listings
    assert listings.claim_due_listings(8).listings == ()
    Listing.everything.filter(pk=first.listings[0].pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    assert listings.claim_due_listings(8).listings == first.listings


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_each_listing_has_one(store: Store) -> None:
    cities = [f"{each:02}0000000" for each in range(1, 17)]
    market = cast.city_price(cast.product(store)).market
    Listing.everything.all().delete()
    CityPrice.everything.bulk_create(
        CityPrice(product=store.products.get(), city_id=city, market=market, price=10_000, confirmed_price=10_000)
        for city in cities
    )
    past = timezone.now() - timedelta(minutes=1)
    Listing.everything.bulk_create(Listing(store=store, city_id=city, next_read_at=past) for city in cities)
    start = Barrier(4)
    claims: list[listings.Claim] = []

    def work() -> None:
        start.wait()
        try:
            claims.extend(listings.claim_due_listings(4 * listings.MOST_PAGES) for _ in range(4))
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    claimed = [listing.city_id for claim in claims for listing in claim.listings]
    assert sorted(claimed) == cities
    by_claim = {listing.claim for listing in Listing.everything.all()}
    assert by_claim == {claim.token for claim in claims if claim.listings}


def test_where_nothing_is_sold_any_more_nothing_is_read(store: Store) -> None:
    cast.product(store)
    CityPrice.everything.update(market=None)
    assert listings.claim_due_listings(8).listings == ()


@pytest.mark.parametrize(
    ("share", "per_second", "addresses", "pages"),
    [(0.2, 1.0, 1, 2), (0.2, 10.0, 1, 10), (0.2, 10.0, 2, 20), (0.01, 1.0, 1, 2), (0.0, 10.0, 1, 0)],
)
def test_a_round_has_its_share_of_the_requests(
    settings: Settings, empty_redis: Redis, share: float, per_second: float, addresses: int, pages: int
) -> None:
    settings.LISTING_SHARE, settings.LOOKS_PER_SECOND, settings.EGRESS = share, per_second, [""] * addresses
    rounds = [listings._pages_of_round() for _ in range(3)]
    # Rarely a new round begins in between.
    assert rounds[0] == pages
    assert 0 in rounds[1:]


def test_a_round_longer_than_usual_keeps_to_a_small_share(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, empty_redis: Redis
) -> None:
    settings.LISTING_SHARE, settings.LOOKS_PER_SECOND = 0.1, 1.0
    moment = 1_000_000_000.0
    read = 0
    for second in range(1000):
        monkeypatch.setattr(listings.time, "time", lambda second=second: moment + second)
        read += listings._pages_of_round()
    assert read == 100


def test_a_drop_is_noticed_by_a_listing_and_proved_by_a_look(kaspi_sandbox: SandboxServer, shop: Store) -> None:
    row = marketplace.first_price(shop)
    other = CardMarket.objects.exclude(card_id=row.product.card_id).first()
    rival = marketplace.cheapest_rival(kaspi_sandbox, row)
    lowest = row.market.lowest - 55
    marketplace.set_rival(kaspi_sandbox, row, rival, lowest)
    kaspi_sandbox.control("DELETE", "/_sandbox/requests")
    assert read_all_listings() == 1
    assert is_due(row.market)
    assert not is_due(other)
    assert set(asked(kaspi_sandbox)) == {"results"}
    look_at_all()
    assert asked(kaspi_sandbox)["offers"] == 1
    row.market.refresh_from_db()
    assert (row.market.lowest, row.market.leader.merchant_id) == (lowest, rival)
    trusts = ListingTrust.objects.get(city_id=row.city_id)
    assert trusts.agreed == trusts.compared > 0


def test_the_task_rings_for_a_look_only_when_something_is_due(
    kaspi_sandbox: SandboxServer, shop: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    rings: list[bool] = []
    monkeypatch.setattr(tasks.look_at_due_markets, "delay", lambda: rings.append(True))
    tasks.read_due_listings()
    assert rings == []
    row = marketplace.first_price(shop)
    marketplace.set_rival(kaspi_sandbox, row, marketplace.cheapest_rival(kaspi_sandbox, row), row.market.lowest - 55)
    Listing.everything.update(next_read_at=timezone.now())
    tasks.read_due_listings()
    assert rings == [True]


def test_listings_that_lie_are_left_alone_in_their_city_and_looks_go_on_as_before(
    kaspi_sandbox: SandboxServer, shop: Store, client: Client
) -> None:
    """Each lie costs one look; then the city goes by looks alone, and the other city is not concerned."""
    kaspi_sandbox.control("PUT", "/_sandbox/faults/listing_lies", {"city_id": cast.ALMATY})
    for _ in range(12):
        read_all_listings()
        look_at_all()
    assert trust.cities_left_alone() == [cast.ALMATY]
    assert trust.believed_cities([cast.ASTANA]) == {cast.ASTANA}
    kaspi_sandbox.control("DELETE", "/_sandbox/requests")
    before = list(CardMarket.objects.order_by("pk").values_list("next_look_at", flat=True))
    assert read_all_listings() == 0
    assert list(CardMarket.objects.order_by("pk").values_list("next_look_at", flat=True)) == before
    requests = kaspi_sandbox.control("GET", "/_sandbox/requests")["last"]
    assert cast.ALMATY not in {request["city_id"] for request in requests}
    assert cast.ASTANA in {request["city_id"] for request in requests}
    assert client.get("/api/health/").json()["offers_alone"] == [cast.ALMATY]


def test_a_lie_costs_one_look(kaspi_sandbox: SandboxServer, shop: Store) -> None:
    kaspi_sandbox.control("PUT", "/_sandbox/faults/listing_lies", {"city_id": cast.ALMATY})
    cards = CardMarket.objects.filter(city_id=cast.ALMATY, looked_at__isnull=False).count()
    assert read_all_listings() == cards
    look_at_all()
    assert read_all_listings() == 0


@pytest.mark.parametrize("fault", ["403", "429", "html", "5xx", "truncated", "disconnect"])
def test_whatever_a_listing_does_no_market_moves(kaspi_sandbox: SandboxServer, shop: Store, fault: str) -> None:
    before = list(CardMarket.objects.order_by("pk").values())
    Listing.everything.update(next_page=3)
    kaspi_sandbox.control("PUT", f"/_sandbox/faults/{fault}", {"path": "/yml/product-view"})
    listings.read_due_listings()
    assert list(CardMarket.objects.order_by("pk").values()) == before
    read = Listing.everything.exclude(next_read_at__lte=timezone.now())
    assert {(row.next_page, row.claim, row.leased_until) for row in read} == {(0, "", None)}


def test_a_long_listing_is_read_in_rounds(
    kaspi_sandbox: SandboxServer, shop: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.cards_view.PAGE_LENGTH", 2)
    monkeypatch.setattr("sandbox.cards_view.PAGE_STEP", 1)
    Listing.everything.exclude(city_id=cast.ALMATY).delete()
    pages = []
    for _ in range(3):
        listings.read_due_listings()
        pages.append(Listing.everything.get().next_page)
    listed = CardMarket.objects.filter(city_id=cast.ALMATY, listed_at__isnull=False).count()
    assert pages == [4, 0, 0]
    assert listed == CardMarket.objects.filter(city_id=cast.ALMATY, looked_at__isnull=False).count() > 4
