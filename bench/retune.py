"""
How long tuning the watch takes with many markets, and how much memory.

    .venv/bin/python bench/retune.py [--markets 20000] [--mariadb]

Each market is one product of one of twenty stores, with all that its fees need; a third of them sold this week. The
first tuning values every market and writes each, the second finds what the first left.
"""

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.database import make_database
from stores.models import CardMarket, FeeCategory, FeeShare, Order, OrderItem, Product, Store, WatchTempo
from stores.services import catalogue
from stores.services.market.retune import retune
from tests.cast import ALMATY

STORES, PULLS = 20, 24


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--markets", type=int, default=20_000)
    parser.add_argument("--mariadb", action="store_true")
    count = parser.parse_args().markets
    make_database()
    fill(count, Random(1))
    measure("first", retune)
    WatchTempo.objects.update(tuned_at=None)
    measure("second", retune)
    measure("not due", retune)
    WatchTempo.objects.update(tuned_at=None)
    measure("memory", retune, counts_memory=True)
    tempo = WatchTempo.objects.get()
    print(f"{CardMarket.objects.values('value').distinct().count()} values, tempo {tempo}")


def fill(count: int, chance: Random) -> None:
    """Stores with the same range each, pulled every hour."""
    regime = FeeShare.objects.filter(rate=FeeShare.Rate.TURNOVER_TAX).values_list("key", flat=True).first() or ""
    category = FeeCategory.objects.values_list("category_code", flat=True).first() or ""
    for number in range(STORES):
        store = Store.everything.create(name=f"Store {number}", merchant_id=f"3000{number:04}", tax_regime=regime)
        size = count // STORES
        facts = [
            catalogue.ProductFacts(
                sku=f"SKU-{each}",
                card_id=str(100_000_000 + number * size + each),
                model="Kettle",
                category_code=category,
                weight_g=1_500,
                purchase_cost=chance.randrange(1_000, 100_000),
                prices={ALMATY: catalogue.PriceFacts(chance.randrange(2_000, 150_000))},
                availability={"PP1": catalogue.AvailabilityFacts(is_available=True, stock_count=chance.randrange(9))},
            )
            for each in range(size)
        ]
        catalogue.bring_in(store, [catalogue.PointFacts("PP1", ALMATY)], facts)
        sell(store, chance)
        now = timezone.now()
        for hour in range(PULLS):
            store.price_list_pulls.create(version_number=1, status=200, pulled_at=now - timedelta(hours=PULLS - hour))


def sell(store: Store, chance: Random) -> None:
    order = Order.everything.create(
        store=store,
        code="1",
        marketplace_id="1",
        state=Order.State.ARCHIVE,
        status=Order.Status.COMPLETED,
        total_price=0,
        placed_at=timezone.now() - timedelta(days=2),
    )
    sold = chance.sample(list(Product.everything.filter(store=store)), k=store.products.count() // 3)
    OrderItem.everything.bulk_create(
        OrderItem(
            order=order,
            product=product,
            sku=product.sku,
            name="Kettle",
            entry_number=number,
            quantity=chance.randrange(1, 30),
            base_price=0,
            total_price=0,
        )
        for number, product in enumerate(sold)
    )


def measure(name: str, work: Callable[[], object], *, counts_memory: bool = False) -> None:
    """Print what a call takes; counting memory makes it several times slower."""
    if counts_memory:
        tracemalloc.start()
    started = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        result = work()
    seconds = time.perf_counter() - started
    peak = f", {tracemalloc.get_traced_memory()[1] / 1e6:.0f} MB at most" if tracemalloc.is_tracing() else ""
    tracemalloc.stop()
    print(f"{name:8} {seconds:6.2f} s, {len(queries)} queries{peak}: {result}")


if __name__ == "__main__":
    main()
