"""
What it takes to read an account of ten thousand orders for the first time, and to let the stocks follow them.

    .venv/bin/python bench/orders.py
    .venv/bin/python bench/orders.py --mariadb

On a private database that ends with the run; the sandbox's desk answers in this process. Its own work is told apart,
and so is the time that the requests take at the default pace. The reference, timed in the same run, takes orders in one
by one, and is scaled up from a few hundred. Seconds on the clock, and of this process's CPU: the second tells more on a
busy machine, but MariaDB works in a process of its own.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

import kaspi
from bench.database import make_database
from kaspi.merchant.order_wire import read_page
from sandbox.orders.past import fill_past
from stores.models import Availability, Order, OrderItem, OrderReading, StockMovement, Store
from stores.services.orders import readings
from stores.services.orders.take_in import take_in
from stores.services.stock.following import follow_orders
from tests import cast
from tests.sandbox.orders_fakes import OWN, Desk
from tests.stores.orders.desk import DeskTransport, connect_by, just_now
from users.models import User

ORDERS, ONE_BY_ONE = 10_000, 400
DAYS = 90


class TimedRoad(DeskTransport):
    """Counts the requests, keeps the pages of orders, and tells the desk's work apart."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.cpu = 0.0
        self.pages: list[bytes] = []

    async def send(self, request: kaspi.Request) -> kaspi.Response:
        before = time.process_time()
        response = await super().send(request)
        self.cpu += time.process_time() - before
        self.pages.append(response.body)
        return response


@dataclass(frozen=True)
class Spent:
    """Seconds of the clock, of our CPU and of the desk's, and requests."""

    clock: float
    cpu: float
    desk: float
    requests: int


def spend(road: TimedRoad, work: Callable[[], object]) -> Spent:
    """Do it."""
    clock, cpu, desk, requests = time.perf_counter(), time.process_time(), road.cpu, len(road.requests)
    work()
    desk = road.cpu - desk
    cpu = time.process_time() - cpu - desk
    return Spent(time.perf_counter() - clock, cpu, desk, len(road.requests) - requests)


def show(what: str, spent: Spent, scale: int = 1) -> None:
    """Print a line."""
    pace = spent.requests / settings.MERCHANT_CALLS_PER_SECOND
    seconds = f"{spent.clock * scale:8.1f} {spent.cpu * scale:8.1f} {spent.desk * scale:8.1f}"
    print(f"{what:44} {seconds} {spent.requests:9} {pace:8.1f}")


def open_account(store: Store) -> TimedRoad:
    """An account with a past, whose goods the store has counted; its first reading goes back over all of it."""
    patch = pytest.MonkeyPatch()
    road = connect_by(TimedRoad, store, patch, timedelta(0))
    patch.setattr(readings, "FIRST_READING", timedelta(days=DAYS + 1))
    patch.setattr(readings, "READS_FOR_SECONDS", 3_600.0)
    world = road.desk.world
    seller = world.sellers[OWN]
    fill_past(world.book, seller, world.cities, ORDERS, DAYS * 86_400.0, world.now)
    for number, sku in enumerate(seller.products):
        cast.product(store, sku, card_id=f"{100_000_000 + number}", cities=(cast.ALMATY, cast.ASTANA))
    Availability.everything.update(stock_count=ORDERS, counted_at=timezone.now() - timedelta(days=DAYS + 1))
    return road


def read_all_trays() -> None:
    """Everything that is due now."""
    OrderReading.everything.update(next_read_at=just_now())
    readings.read_due_orders()


def one_by_one(store: Store, pages: Sequence[bytes]) -> None:
    """Take the first orders of these answers in, each by itself."""
    now = timezone.now()
    told = [order for page in pages for order in read_page(page, now).orders][:ONE_BY_ONE]
    for order in told:
        take_in(store, [order], now)
    assert Order.everything.filter(store=store).count() == ONE_BY_ONE  # noqa: S101 -- as above


def main() -> None:
    make_database()
    owner = User.objects.create_user("bench@example.kz")
    store = cast.store(owner, OWN, "Bench")
    road = open_account(store)
    head = f"{connection.vendor}, {ORDERS:,} orders of {DAYS} days"
    print(f"{head:44} {'clock, s':>8} {'CPU, s':>8} {'desk, s':>8} {'requests':>9} {'pace, s':>8}")
    first = spend(road, read_all_trays)
    show("first reading", first)
    reference = cast.store(owner, "30000001", "Reference")
    one_at_a_time = spend(road, lambda: one_by_one(reference, road.pages))
    show("reference: taken in one by one, scaled", one_at_a_time, ORDERS // ONE_BY_ONE)
    Order.everything.filter(store=reference).delete()
    assert Order.everything.count() == OrderItem.everything.count() == ORDERS  # noqa: S101 -- else nothing was timed
    show("stocks follow", spend(road, follow_orders))
    assert StockMovement.everything.exists()  # noqa: S101
    show("read again", spend(road, read_all_trays))
    print(f"a first reading takes {first.cpu / (one_at_a_time.cpu * ORDERS / ONE_BY_ONE):.2f} of the reference's CPU")


if __name__ == "__main__":
    main()
