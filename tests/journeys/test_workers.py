"""Two workers on one installation: never at the same market, and together no faster than the pace."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import pytest
from redis import Redis

from sandbox.server import SandboxServer
from stores.models import CardMarket
from tests import cast
from tests.environment import wait_until
from tests.journeys import market
from tests.processes import Product
from users.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

A_SECOND = 10
# Requests leave a gap apart; a busy machine lets some arrive late and the next ones close behind them.
WINDOW, LATE_SECONDS = 3 * A_SECOND, 0.7


@pytest.fixture
def marketplace() -> Iterator[SandboxServer]:
    """Enough markets to keep two workers busy for some seconds."""
    with SandboxServer(seed=1, cards=40, merchant_cards=36, clock="manual", paused=True) as server:
        yield server


def test_two_workers_share_the_markets_and_the_pace(
    marketplace: SandboxServer, seller: User, empty_redis: Redis
) -> None:
    store = market.move_in(marketplace, seller)
    pace = {"LOOKS_PER_SECOND": str(A_SECOND), "LOOK_INTERVAL": "3600", "LISTING_SHARE": "0", "BATCH_SIZE": "10"}
    # Before the first worker is up: one market is due at once, and would be looked at again.
    cast.make_due()
    with Product.running(marketplace.url, **pace) as product:
        product.start_worker()
        watched = CardMarket.objects.for_store(store)
        wait_until(lambda: not watched.filter(look_number=0).exists(), "every market was looked at", seconds=120)
    requests = marketplace.control("GET", "/_sandbox/requests")["last"]
    asked = Counter((request["card_id"], request["city_id"], request["page"]) for request in requests)
    assert {(card_id, city_id) for card_id, city_id, _ in asked} == set(watched.values_list("card_id", "city_id"))
    assert set(asked.values()) == {1}
    assert set(watched.values_list("look_number", "failures")) == {(1, 0)}
    assert fastest_window(requests) > (WINDOW - 1) / A_SECOND - LATE_SECONDS


def fastest_window(requests: list[dict[str, str]]) -> float:
    """Seconds that the quickest `WINDOW` requests in a row took to arrive."""
    arrived = sorted(datetime.fromisoformat(request["received_at"]).timestamp() for request in requests)
    assert len(arrived) > 2 * WINDOW
    return min(last - first for first, last in zip(arrived, arrived[WINDOW - 1 :], strict=False))
