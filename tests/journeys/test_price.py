"""A rival drops the price → the storefront shows ours. Real HTTP, every step of the path, on either database."""

from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer
from redis import Redis

from kaspi_backend.celery import app
from sandbox.server import SandboxServer
from stores import tasks
from stores.models import CardMarket, Notification, PathStep, PriceListPull, ProductPriceUpdate, Store
from stores.services.health import read_health
from stores.services.market.pace import OWN_ADDRESS, key_of
from stores.signals import prices_moved
from tests import cast
from tests.environment import wait_until
from tests.journeys import market
from users.models import User

pytestmark = pytest.mark.django_db(transaction=True)
State = ProductPriceUpdate.State


@pytest.fixture(autouse=True)
def _tasks_run_at_once(settings: Settings, empty_redis: Redis) -> Iterator[None]:
    settings.PUBLISH_INTERVAL = settings.LOOK_INTERVAL * 0
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def store(kaspi_sandbox: SandboxServer, seller: User, live_server: LiveServer) -> Store:
    opened = market.move_in(kaspi_sandbox, seller)
    market.register_price_list(kaspi_sandbox, opened, live_server.url)
    return opened


def look() -> None:
    """One round of the worker's work, as the timetable rings it."""
    cast.make_due()
    tasks.look_at_due_markets()
    tasks.decide_looked_markets()
    tasks.publish_price_lists()
    tasks.tell_notifications()
    tasks.guard_prices()


def settle(sandbox: SandboxServer) -> None:
    """Look, publish and be pulled until prices stand still."""
    for _ in range(4):
        look()
        market.pull(sandbox)
    look()


def test_a_rival_drops_the_price_and_the_storefront_shows_ours(
    kaspi_sandbox: SandboxServer, store: Store, live_server: LiveServer
) -> None:
    settle(kaspi_sandbox)
    row = market.first_price(store)
    heard: list[list[int]] = []
    prices_moved.connect(lambda product_ids, **_: heard.append(product_ids), weak=False, dispatch_uid="journey")

    rival = market.cheapest_rival(kaspi_sandbox, row)
    asked = row.price - 55
    market.set_rival(kaspi_sandbox, row, rival, asked)
    look()

    row.refresh_from_db()
    update = row.updates.latest("pk")
    assert (update.state, update.new_price, row.price) == (State.PUBLISHED, asked - 10, asked - 10)
    assert update.why["steps"][-1] == {"rule": "undercut", "price": asked - 10, "merchant_id": rival, "seen": asked}
    assert market.offers_of(kaspi_sandbox, row)[market.MERCHANT] == update.old_price

    assert market.pull(kaspi_sandbox)["status"] == 200
    wait_until(lambda: row.updates.latest("pk").state == State.PULLED, "the pull is on record")
    assert market.offers_of(kaspi_sandbox, row)[market.MERCHANT] == asked - 10

    look()
    update.refresh_from_db()
    row.refresh_from_db()
    prices_moved.disconnect(dispatch_uid="journey")
    assert (update.state, row.place) == (State.SEEN, 1)
    assert None not in (update.approved_at, update.published_at, update.pulled_at, update.seen_at)
    assert any(row.product_id in product_ids for product_ids in heard)
    message = Notification.everything.get(event=f"approved:{update.pk}")
    assert (message.delivery, message.facts["new_price"]) == ("told", asked - 10)
    health = read_health()
    assert health["status"] == "ok"
    assert all(health["last"][step] is not None for step in PathStep.Name.values)


def test_the_rival_leaves_and_the_price_comes_back(kaspi_sandbox: SandboxServer, store: Store) -> None:
    settle(kaspi_sandbox)
    row = market.first_price(store)
    rival = market.cheapest_rival(kaspi_sandbox, row)
    before = row.price
    market.set_rival(kaspi_sandbox, row, rival, before - 200)
    settle(kaspi_sandbox)
    row.refresh_from_db()
    assert row.price == before - 210
    market.set_rival(kaspi_sandbox, row, rival, None)
    settle(kaspi_sandbox)
    row.refresh_from_db()
    assert row.price >= before
    assert market.offers_of(kaspi_sandbox, row)[market.MERCHANT] == row.price


def test_the_marketplace_takes_the_list_as_it_is(kaspi_sandbox: SandboxServer, store: Store) -> None:
    look()
    entry = market.pull(kaspi_sandbox)
    assert (entry["status"], entry["accepted"]) == (200, store.products.count())
    assert (entry["rejected"], entry["unrecognised"], entry["gone_off_sale"]) == ([], [], [])
    again = market.pull(kaspi_sandbox)
    assert again["status"] == 304
    wait_until(lambda: PriceListPull.everything.count() == 2, "both pulls are on record")


@pytest.mark.parametrize(
    "fault",
    ["403", "429", "html", "5xx", "truncated", "disconnect", "empty_list", "other_units", "wrong_card", "partial"],
)
def test_whatever_the_storefront_does_prices_hold_and_work_resumes(
    kaspi_sandbox: SandboxServer, store: Store, fault: str, empty_redis: Redis
) -> None:
    settle(kaspi_sandbox)
    row = market.first_price(store)
    market.set_rival(kaspi_sandbox, row, market.cheapest_rival(kaspi_sandbox, row), row.price - 55)
    looked_at = read_health()["last"]["looked"]
    kaspi_sandbox.control("PUT", f"/_sandbox/faults/{fault}", {"path": "/yml/offer-view"})
    look()
    before = row.price
    row.refresh_from_db()
    if fault != "partial":  # only cards with a second page notice
        assert row.price == before
        assert CardMarket.objects.exclude(last_error="").exists()
        assert read_health()["last"]["looked"] == looked_at
    kaspi_sandbox.control("DELETE", "/_sandbox/faults")
    empty_redis.hdel(key_of(OWN_ADDRESS), "held")  # the silence after a block is over
    look()
    row.refresh_from_db()
    assert row.price == before - 65
