"""
How long the figures of a store with a hundred thousand orders take.

    .venv/bin/python bench/ledger.py
    .venv/bin/python bench/ledger.py --mariadb

On a private database that ends with the run. The orders are of one quarter, two lines each, of two thousand products in
two cities. The reference, timed in the same run, reads the same accounts into the program and adds them up there.
Seconds on the clock and of this process's CPU, the best of three; MariaDB works in a process of its own. What the
reckoning of all orders costs is told too.
"""

import random
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from django.db import connection
from django.utils import timezone

from bench.database import make_database
from stores.models import Order, OrderAccount, OrderAccountLine, OrderItem, SalesPoint, Store
from stores.services.ledger import reckon
from stores.services.ledger.charges import differences
from stores.services.ledger.period import Period
from stores.services.ledger.quality import budgets_of
from stores.services.ledger.statistics import COUNTS, By, Figures, statistics
from stores.services.store import open_store
from users.models import User

ORDERS, PRODUCTS, DAYS, AT_ONCE = 100_000, 2_000, 90, 5_000
CITIES = ("750000000", "710000000")


def fill(store: Store) -> None:
    """Orders as they were read: most of them sold, some cancelled, some returned."""
    points = [SalesPoint.everything.create(store=store, code=f"PP{city}", city_id=city) for city in CITIES]
    now, chance = timezone.now(), random.Random(1)
    for start in range(0, ORDERS, AT_ONCE):
        numbers = range(start, start + AT_ONCE)
        orders = Order.everything.bulk_create(order_of(store, points, number, now, chance) for number in numbers)
        OrderItem.everything.bulk_create(item_of(order, line, chance) for order in orders for line in range(2))


def order_of(store: Store, points: list[SalesPoint], number: int, now: datetime, chance: random.Random) -> Order:
    status = chance.choices(["COMPLETED", "CANCELLED", "RETURNED"], [92, 5, 3])[0]
    return Order(
        store=store,
        code=f"{number}",
        marketplace_id=f"{number}",
        state="ARCHIVE",
        status=status,
        sales_point=chance.choice(points),
        delivery_mode="DELIVERY_LOCAL",
        is_kaspi_delivery=True,
        delivery_cost_for_seller=1_275,
        total_price=15_000,
        tax_regime="simplified-almaty",
        placed_at=now - timedelta(seconds=number * DAYS * 86_400 // ORDERS),
    )


def item_of(order: Order, line: int, chance: random.Random) -> OrderItem:
    return OrderItem(
        order=order,
        entry_number=line,
        sku=f"SKU-{chance.randrange(PRODUCTS)}",
        name="Kettle",
        category_code="Master - Kettles",
        quantity=1,
        base_price=7_500,
        total_price=7_500,
        unit_cost=4_000,
        unit_packaging=50,
        unit_weight_g=1_000,
    )


def add_up(store: Store, period: Period) -> dict[date, Figures]:
    """The reference: every account is read, and added to its day."""
    days: dict[date, list[int]] = {}
    for account in OrderAccount.everything.filter(store=store, day__range=(period.since, period.until)):
        sums = days.setdefault(account.day, [0] * (2 + len(COUNTS)))
        is_earning = account.fate in ("open", "sold")
        sums[0] += 1
        sums[1] += account.units * is_earning
        sums[2] += account.amount * is_earning
        sums[3] += account.profit or 0
        sums[4] += account.profit is None
        sums[5] += account.fate in ("cancelled", "refused")
        sums[6] += account.fate == "returned"
    return {day: Figures(*sums) for day, sums in days.items()}


def took(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock, and of this process's CPU."""
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - cpu


def best_of(work: Callable[[], object], rounds: int = 3) -> tuple[float, float]:
    clocks, cpus = zip(*(took(work) for _round in range(rounds)), strict=True)
    return min(clocks), min(cpus)


def reckon_all() -> None:
    while reckon.reckon_due():
        pass


def show(name: str, seconds: tuple[float, float], reference: tuple[float, float]) -> None:
    clock, cpu = seconds
    print(f"{name:40} {clock:>8.3f} {cpu:>8.3f} {reference[0] / clock:>8.1f}", flush=True)


def main() -> None:
    make_database()
    store = open_store("Bench", "30000001", User.objects.create_user("bench@example.kz"))
    fill(store)
    clock, cpu = took(reckon_all)
    print(f"{connection.vendor}, {ORDERS:,} orders, {OrderAccountLine.everything.count():,} lines")
    print(f"reckoned in {clock:.0f} s on the clock, {cpu:.0f} s of CPU: {ORDERS / cpu:.0f} orders a second", flush=True)
    period = Period.last(DAYS)
    told = {row.key: row.figures for row in statistics(store, period, By.DAY).rows if row.figures.orders}
    if told != {str(day): figures for day, figures in add_up(store, period).items()}:
        raise SystemExit("the database counts otherwise than the program")
    reference = best_of(lambda: add_up(store, period))
    print(f"{f'{DAYS} days':40} {'clock, s':>8} {'CPU, s':>8} {'times':>8}")
    show("reference: added up in the program", reference, reference)
    for by in By:
        show(f"statistics by {by}", best_of(partial(statistics, store, period, by)), reference)
    show("charges beside the tables", best_of(lambda: differences(store, period)), reference)
    show("quality", best_of(lambda: budgets_of(store)), reference)


if __name__ == "__main__":
    main()
