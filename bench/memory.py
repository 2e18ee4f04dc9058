"""
How much room the market's past takes: a million observed changes, and the days they are rolled up into.

    .venv/bin/python bench/daily_history.py [--changes 1000000] [--mariadb]

The changes are 30 days of 2,000 offers, each moving some 17 times a day. The reference of the ratio is the size of the
raw changes in the same run.
"""

import argparse
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.database import bytes_of, make_database
from stores.models import CardMarket, CompetitorProductDay, CompetitorProductMonitoring, CompetitorStore
from stores.services.market import daily_history

OFFERS_PER_CARD, CARDS, DAYS = 20, 100, 30
START = datetime(2026, 1, 1, tzinfo=UTC)
LONG_AFTER = START + timedelta(days=365)
BATCH = 20_000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--changes", type=int, default=1_000_000)
    parser.add_argument("--mariadb", action="store_true")
    count = parser.parse_args().changes
    make_database()
    fill(count)
    raw = bytes_of("stores_competitorproductmonitoring")
    seconds = roll_up()
    days, rolled = CompetitorProductDay.objects.count(), bytes_of("stores_competitorproductday")
    print(f"{'':20} {'rows':>10} {'MB':>8} {'bytes a row':>12}")
    print(f"{'observed changes':20} {count:10,} {raw / 1e6:8.1f} {raw / count:12.0f}")
    print(f"{'days of offers':20} {days:10,} {rolled / 1e6:8.1f} {rolled / days:12.0f}")
    print(f"rolled up in {seconds:.1f} s, {count / seconds:,.0f} a second; {raw / rolled:.1f} times smaller")


def fill(count: int) -> None:
    """Changes in order of time, spread evenly over the offers."""
    markets = CardMarket.objects.bulk_create(
        CardMarket(card_id=str(100_000_000 + card), city_id="750000000", next_look_at=START) for card in range(CARDS)
    )
    merchants = CompetitorStore.objects.bulk_create(
        CompetitorStore(merchant_id=str(30_200_000 + number), name=f"Rival {number}", first_seen_at=START)
        for number in range(OFFERS_PER_CARD)
    )
    changes = (change(markets, merchants, number, count) for number in range(count))
    while batch := list(islice(changes, BATCH)):
        CompetitorProductMonitoring.objects.bulk_create(batch)


def change(
    markets: list[CardMarket], merchants: list[CompetitorStore], number: int, count: int
) -> CompetitorProductMonitoring:
    """One of so many changes: a tenge down, from a price that looks like chance."""
    offer = number % (CARDS * OFFERS_PER_CARD)
    price = 10_000 + number * 7919 % 3_000
    return CompetitorProductMonitoring(
        market=markets[offer // OFFERS_PER_CARD],
        competitor_store=merchants[offer % OFFERS_PER_CARD],
        kind="moved",
        price_before=price,
        price_after=price - 1,
        seen_at=START + timedelta(days=DAYS) * number / count,
    )


def roll_up() -> float:
    """Seconds for all of it."""
    began = time.perf_counter()
    while daily_history.roll_up(LONG_AFTER):
        pass
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
