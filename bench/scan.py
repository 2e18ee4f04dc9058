"""
How many cards a second one process scans, and the CPU that a thousand of them cost.

    .venv/bin/python bench/scan.py [--cards 2000]
    .venv/bin/python bench/scan.py --mariadb
    .venv/bin/python bench/scan.py --profile

Ours is the whole way of a look: claim, ask, decode, compare, record; with its checks, history and pace, the pace set so
high that it never waits. Beside it, on the same server and tables and timed in the same run, two loops as public bots
have them, which keep the last price of each offer and no more: one connection a call, and an `httpx` client; both write
with `update_or_create`. The second needs the group `bench`: `uv sync --group bench`, or `--with httpx`.

Each has looked at all cards once before it is timed; 3 % of the answers differ from the one before. The server's CPU is
not counted, MariaDB's neither.
"""

import argparse
import cProfile
import json
import logging
import pstats
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from bench.database import make_database
from bench.offers_server import serving
from stores.models import CardMarket, CompetitorProduct, CompetitorStore
from stores.services import catalogue
from stores.services.market.look import look_at
from stores.services.market.record import record
from stores.services.market.watch import claim_due_markets
from stores.services.store import open_store
from users.models import User

ALMATY = "750000000"
# The loops are so slow that a part of the cards tells enough.
CARDS_OF_A_LOOP = 100
Post = Callable[[str, bytes], bytes]


def open_shop(cards: int) -> None:
    """A store on so many cards."""
    store = open_store("Bench", "30000001", User.objects.create_user("bench@example.kz"))
    goods = [
        catalogue.ProductFacts(
            f"SKU-{number:06}", f"{200_000_000 + number}", "Kettle", prices={ALMATY: catalogue.PriceFacts(100_000)}
        )
        for number in range(cards)
    ]
    catalogue.bring_in(store, [], goods)


def scan_ours(batch: int) -> None:
    """What the task does, until nothing is due, without the decisions."""
    while markets := (claim := claim_due_markets(batch)).markets:
        recorded = record(claim, look_at(markets))
        assert not recorded.failed  # noqa: S101 -- a bench that saw nothing has timed nothing


def scan_in_a_loop(post: Post, cards: int) -> None:
    """Card by card, offer by offer."""
    for market in CardMarket.objects.order_by("pk")[:cards]:
        question = json.dumps({"cityId": market.city_id, "id": market.card_id, "limit": 64, "page": 0}).encode()
        answer = json.loads(post(f"/yml/offer-view/offers/{market.card_id}", question))
        for place, offer in enumerate(answer["offers"], start=1):
            merchant, _ = CompetitorStore.objects.get_or_create(
                merchant_id=offer["merchantId"],
                defaults={"name": offer["merchantName"], "first_seen_at": timezone.now()},
            )
            CompetitorProduct.objects.update_or_create(
                market=market,
                competitor_store=merchant,
                defaults={"price": int(offer["price"]), "place": place, "changed_at": timezone.now()},
            )


def post_alone(url: str) -> Post:
    """A connection for each call."""

    def post(path: str, question: bytes) -> bytes:
        line = HTTPConnection(url.removeprefix("http://"), timeout=10)
        line.request("POST", path, question, {"Content-Type": "application/json"})
        body = line.getresponse().read()
        line.close()
        return body

    return post


def post_with_httpx(url: str) -> Post:
    """One client, kept."""
    import httpx  # noqa: PLC0415 -- only this loop needs it, and only if it is there

    logging.getLogger("httpx").setLevel(logging.WARNING)
    client = httpx.Client(base_url=url)

    def post(path: str, question: bytes) -> bytes:
        return client.post(path, content=question, headers={"Content-Type": "application/json"}).content

    return post


def show(what: str, work: Callable[[], object], cards: int, than: float | None = None) -> float:
    """Do it and print its figures; the cards a second."""
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    clock, cpu = time.perf_counter() - clock, time.process_time() - cpu
    a_second = cards / clock
    ratio = "" if than is None else f"{than / a_second:10.1f} ×"
    print(f"{what:44} {a_second:10.0f} {1e6 * cpu / cards:14.0f} {ratio}", flush=True)
    return a_second


def make_all_due() -> None:
    CardMarket.objects.update(next_look_at=Now())


def look_at_all_once() -> None:
    """New cards come due one after the other: without this the first pictures would be part of what is timed."""
    make_all_due()
    scan_ours(50)


def measure(url: str, cards: int, batches: Sequence[int]) -> None:
    look_at_all_once()
    rates = []
    for batch in batches:
        make_all_due()
        rates.append(show(f"ours, {batch} a task", partial(scan_ours, batch), cards))
    loops = {"a connection a call, update_or_create": post_alone}
    if find_spec("httpx"):
        loops["httpx, update_or_create"] = post_with_httpx
    few = min(CARDS_OF_A_LOOP, cards)
    for name, make in loops.items():
        show(name, partial(scan_in_a_loop, make(url), few), few, than=rates[0])
    if not find_spec("httpx"):
        print("httpx is not installed: uv sync --group bench")


def profile(cards: int, batch: int) -> None:
    """Where the time of our way goes."""
    look_at_all_once()
    make_all_due()
    profiler = cProfile.Profile()
    profiler.runcall(scan_ours, batch)
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(90)
    print(f"{cards} cards")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cards", type=int, default=2_000)
    parser.add_argument("--mariadb", action="store_true")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    make_database()
    open_shop(options.cards)
    settings.LOOKS_PER_SECOND = 1e6
    with serving() as url:
        settings.KASPI_URL = url
        if options.profile:
            profile(options.cards, settings.BATCH_SIZE)
            return
        title = f"{connection.vendor}, {options.cards:,} cards of 20 offers"
        print(f"{title:44} {'cards/s':>10} {'CPU, ms/1,000':>14} {'ours':>10}")
        measure(url, options.cards, [settings.BATCH_SIZE, 80])


if __name__ == "__main__":
    main()
