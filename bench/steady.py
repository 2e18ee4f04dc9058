"""
A busy installation for some minutes: thousands of stores on shared markets, two worker processes, MariaDB and Redis.

    .venv/bin/python bench/steady.py [--minutes 10] [--stores 1000] [--products 200] [--markets 20000] [--pace 40]
    .venv/bin/python bench/steady.py --sqlite --minutes 1 --stores 50 --markets 1000 --interval 30

Each worker does what the task does, over and over: claim, look, record, without the decisions. A third process tunes
the watch once a minute, as beat has it done. Asked is a local server of offers that takes 50 ms for an answer. Every
few seconds one line: looks made, those that the pace allows, how long the oldest due market waits, the memory of each
process. At the end four promises are checked, and the exit code is 1 when one is broken: by the server's own log no
market was asked for twice at the same time, and in no ten seconds were more requests made than all workers together
may; no due market waited for longer than a minute, and no process holds a tenth more memory than after the first
fifth of the time. The third one asks for a pace that suffices: markets / interval < 0.8 pace.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
if "--sqlite" not in sys.argv:
    sys.argv.append("--mariadb")

from django.conf import settings
from django.db import connection
from django.db.models import Min
from django.utils import timezone

from bench.database import make_database
from bench.offers_server import WINDOW_SECONDS, serving, stats
from stores.models import CardMarket
from stores.services import catalogue
from stores.services.store import open_store
from tests.environment import stop
from users.models import User

ALMATY = "750000000"
WORKERS = 2
LATENCY = 0.05
LINES = 20
# Requests leave a gap apart, but arrive as the system's scheduler has it.
ARRIVAL_SLACK = 1.05
MOST_SECONDS_DUE = 60.0
MOST_GROWTH = 1.1
WORKER = """
import django
django.setup()
from stores.services.market import look, pace, record, watch
from django.conf import settings
import time
while True:
    if pace.is_booked_ahead(settings.REDIS_URL, settings.EGRESS):
        time.sleep(0.2)
        continue
    claim = watch.claim_due_markets(settings.BATCH_SIZE)
    if claim.markets:
        record.record(claim, look.look_at(claim.markets))
    else:
        time.sleep(0.2)
"""
TUNER = """
import django
django.setup()
from stores.services.market import retune
import time
while True:
    retune.retune()
    time.sleep(60)
"""


@dataclass(frozen=True)
class Sample:
    """A moment of the run: how long the market that is due longest has waited, and the memory of each worker."""

    oldest_due_seconds: float
    megabytes: list[float]


def open_shops(stores: int, products: int, markets: int) -> None:
    """Stores whose products lie evenly on the markets, so that each market has several stores."""
    owner = User.objects.create_user("bench@example.kz")
    for number in range(stores):
        store = open_store(f"Store {number}", f"{31_000_000 + number}", owner)
        goods = [
            catalogue.ProductFacts(
                sku=f"SKU-{place:05}",
                card_id=f"{200_000_000 + (number * products + place) % markets}",
                model="Kettle",
                prices={ALMATY: catalogue.PriceFacts(100_000)},
            )
            for place in range(products)
        ]
        catalogue.bring_in(store, [], goods)


def spread_looks() -> None:
    """Markets come due one after the other, as they do in an installation that has been running."""
    rows, now = list(CardMarket.objects.order_by("pk").only("pk")), timezone.now()
    for place, row in enumerate(rows):
        row.next_look_at = now + settings.LOOK_INTERVAL * place / len(rows)
    CardMarket.objects.bulk_update(rows, ["next_look_at"], batch_size=500)


@contextmanager
def workers(url: str, pace: float) -> Iterator[list[int]]:
    """So many processes that look, and one that tunes; the ids of all."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "KASPI_URL": url,
        "LOOKS_PER_SECOND": str(pace),
        "LOOK_INTERVAL": str(settings.LOOK_INTERVAL.total_seconds()),
        "SHORTEST_LOOK_INTERVAL": str(min(settings.SHORTEST_LOOK_INTERVAL, settings.LOOK_INTERVAL).total_seconds()),
    }
    root = Path(__file__).resolve().parent.parent
    programs = [WORKER] * WORKERS + [TUNER]
    running = [subprocess.Popen([sys.executable, "-c", program], env=environment, cwd=root) for program in programs]
    try:
        yield [process.pid for process in running]
        if any(process.poll() is not None for process in running):
            raise SystemExit("a worker ended")
    finally:
        for process in running:
            stop(process)


def megabytes(pid: int) -> float:
    """The memory that a process holds now (Linux). Raises SystemExit for one that has ended."""
    status = Path(f"/proc/{pid}/status").read_text()
    if "VmRSS" not in status:
        raise SystemExit("a worker ended")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def oldest_due_seconds() -> float:
    """How long the market that is due longest has waited."""
    oldest = CardMarket.objects.aggregate(oldest=Min("next_look_at"))["oldest"]
    return max((timezone.now() - oldest).total_seconds(), 0.0)


def watch_over(url: str, pids: list[int], seconds: float, pace: float) -> list[Sample]:
    """Print how it goes until the time is over; returns what was printed."""
    samples = []
    print(f"{'s':>6} {'looks':>8} {'budget':>8} {'looks/s':>8} {'oldest due, s':>14} {'memory of each, MB':>20}")
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        time.sleep(min(seconds / LINES, seconds - passed) + 0.01)
        passed = time.monotonic() - begun
        made = stats(url)["requests"]
        sample = Sample(oldest_due_seconds(), [megabytes(pid) for pid in pids])
        memory = " ".join(f"{each:9.1f}" for each in sample.megabytes)
        looks = f"{made:8} {passed * pace:8.0f} {made / passed:8.1f}"
        print(f"{passed:6.0f} {looks} {sample.oldest_due_seconds:14.1f} {memory:>20}", flush=True)
        samples.append(sample)
    return samples


def broken_promises(told: dict[str, int], pace: float, samples: list[Sample]) -> list[str]:
    """What the server's log and our own samples say against us."""
    most = pace * WINDOW_SECONDS * ARRIVAL_SLACK + 1
    broken = []
    if told["overlaps"]:
        broken.append(f"{told['overlaps']} times a market was asked for twice at the same time")
    if told["most_in_10_seconds"] > most:
        broken.append(f"{told['most_in_10_seconds']} requests within 10 s, at most {most:.0f} are allowed")
    oldest = max(sample.oldest_due_seconds for sample in samples)
    if oldest > MOST_SECONDS_DUE:
        broken.append(f"a due market waited for {oldest:.0f} s, at most {MOST_SECONDS_DUE:.0f} are allowed")
    growth = growth_of_memory(samples)
    if growth > MOST_GROWTH:
        broken.append(f"a worker's memory grew {growth:.2f} times, at most {MOST_GROWTH} are allowed")
    return broken


def growth_of_memory(samples: list[Sample]) -> float:
    """How many times the memory of the worker that grew most is what it was after the first fifth."""
    before, after = samples[len(samples) // 5].megabytes, samples[-1].megabytes
    return max(end / start for start, end in zip(before, after, strict=True))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--stores", type=int, default=1_000)
    parser.add_argument("--products", type=int, default=200)
    parser.add_argument("--markets", type=int, default=20_000)
    parser.add_argument("--interval", type=float, default=900, help="seconds between two looks at a market")
    parser.add_argument("--pace", type=float, default=40, help="looks a second, for all workers together")
    parser.add_argument("--sqlite", action="store_true", help="without MariaDB")
    parser.add_argument("--mariadb", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    settings.LOOK_INTERVAL = timedelta(seconds=options.interval)
    make_database()
    open_shops(options.stores, options.products, options.markets)
    spread_looks()
    print(f"{connection.vendor}: {options.stores:,} stores, {CardMarket.objects.count():,} markets, {WORKERS} workers")
    with serving(latency=LATENCY) as url:
        with workers(url, options.pace) as pids:
            samples = watch_over(url, pids, 60 * options.minutes, options.pace)
        told = stats(url)
    print(f"{told['requests']:,} requests; most in 10 s {told['most_in_10_seconds']}, pace {options.pace:g} a second")
    broken = broken_promises(told, options.pace, samples)
    print(
        *broken or ["met: no market twice at the same time, the pace kept together, none late, memory flat"], sep="\n"
    )
    failed = CardMarket.objects.filter(failures__gt=0).count()
    print(
        f"{CardMarket.objects.filter(looked_at__isnull=False).count():,} markets have a picture, {failed} failed last"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
