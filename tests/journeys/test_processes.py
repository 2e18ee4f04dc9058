"""The same path with real processes: web, worker, scheduler. A worker dies, or the marketplace goes away."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from redis import Redis

from sandbox.server import SandboxServer
from stores.models import CardMarket, CityPrice, ProductPriceUpdate, Store
from stores.services.health import read_health
from tests.environment import wait_until
from tests.journeys import market
from tests.processes import Product, kill
from users.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]
State = ProductPriceUpdate.State
MOVING = [State.APPROVED, State.PUBLISHED, State.PULLED]


@pytest.fixture
def product(kaspi_sandbox: SandboxServer, empty_redis: Redis) -> Iterator[Product]:
    with Product.running(kaspi_sandbox.url) as running:
        yield running


@pytest.fixture
def store(kaspi_sandbox: SandboxServer, seller: User, product: Product) -> Store:
    opened = market.move_in(kaspi_sandbox, seller)
    market.register_price_list(kaspi_sandbox, opened, product.url)
    return opened


def settle(sandbox: SandboxServer, store: Store) -> None:
    """Let the marketplace pull until prices stand still: two more looks at each market moved nothing."""
    prices: dict[int, int] = {}
    look_numbers: dict[int, int] = {}

    def is_settled() -> bool:
        nonlocal prices, look_numbers
        if store.price_updates.filter(state=State.PUBLISHED).exists():
            market.pull(sandbox)
        markets = CardMarket.objects.filter(city_prices__product__store=store)
        numbers = dict(markets.values_list("pk", "look_number"))
        if any(number < look_numbers.get(pk, 0) + 2 for pk, number in numbers.items()):
            return False
        before, prices, look_numbers = prices, dict(rows_values(store)), numbers
        return prices == before and not store.price_updates.filter(state__in=MOVING).exists()

    wait_until(is_settled, "prices stand still", seconds=120)


def rows_values(store: Store) -> list[tuple[int, int]]:
    return list(CityPrice.everything.filter(product__store=store).values_list("pk", "price"))


def test_a_rival_drops_the_price_and_the_storefront_shows_ours(kaspi_sandbox: SandboxServer, store: Store) -> None:
    settle(kaspi_sandbox, store)
    row = market.first_price(store)
    asked = row.price - 55
    market.set_rival(kaspi_sandbox, row, market.cheapest_rival(kaspi_sandbox, row), asked)
    ours = asked - 10
    wait_until(lambda: row.updates.filter(new_price=ours, state=State.PUBLISHED).exists(), "the answer is published")
    market.pull(kaspi_sandbox)
    wait_until(lambda: row.updates.filter(new_price=ours, state=State.SEEN).exists(), "the answer is seen")
    assert market.offers_of(kaspi_sandbox, row)[market.MERCHANT] == ours


def test_the_marketplace_goes_away_and_comes_back(kaspi_sandbox: SandboxServer, store: Store) -> None:
    settle(kaspi_sandbox, store)
    before = dict(CityPrice.everything.values_list("pk", "price"))
    kaspi_sandbox.control("PUT", "/_sandbox/faults/disconnect", {"path": "/yml"})
    looked_at = read_health()["last"]["looked"]
    wait_until(lambda: CardMarket.objects.filter(failures__gt=0).exists(), "looks fail, and soon rest")
    row = market.first_price(store)
    market.set_rival(kaspi_sandbox, row, market.cheapest_rival(kaspi_sandbox, row), row.price - 55)
    assert dict(CityPrice.everything.values_list("pk", "price")) == before
    kaspi_sandbox.control("DELETE", "/_sandbox/faults")
    wait_until(lambda: read_health()["last"]["looked"] > looked_at, "looking goes on by itself")
    wait_until(lambda: row.updates.filter(new_price=row.price - 65).exists(), "the answer is decided")


def test_kill_9_of_the_worker_loses_no_work_and_doubles_no_update(
    kaspi_sandbox: SandboxServer, store: Store, product: Product
) -> None:
    rivals = {row.pk: market.cheapest_rival(kaspi_sandbox, row) for row in rows(store)}
    settle(kaspi_sandbox, store)
    for death in range(3):
        for row in rows(store):
            market.set_rival(kaspi_sandbox, row, rivals[row.pk], row.price - 31 - death)
        wait_until(has_more_updates_than(ProductPriceUpdate.everything.count()), "the worker is at it")
        kill(product.worker)
        product.start_worker()
    settle(kaspi_sandbox, store)

    assert not CardMarket.objects.exclude(claim="").filter(is_undecided=True).exists()
    for row in rows(store):
        left = [update for update in market.updates_of(row) if update.approved_at]
        looks = [update.look_number for update in left]
        assert len(looks) == len(set(looks))
        assert all(earlier.new_price == later.old_price for earlier, later in pairwise(left))
        assert left[-1].new_price == row.price == market.offers_of(kaspi_sandbox, row)[market.MERCHANT]
        assert row.version == 1 + len(left)


def has_more_updates_than(count: int) -> Callable[[], bool]:
    return lambda: ProductPriceUpdate.everything.count() > count


def rows(store: Store) -> list[CityPrice]:
    prices = CityPrice.everything.filter(product__store=store, city_id="750000000", floor__isnull=False)
    return list(prices.select_related("product__store"))
