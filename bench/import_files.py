"""
What it costs to bring a file of 100,000 products in: read, checked, previewed, applied.

    .venv/bin/python bench/import_files.py [--rows 100000] [--mariadb]

Each line of the table is a process of its own. The references, measured in the same run, only read: openpyxl the
workbook, lxml's iterparse the price list. Ours goes all the way, once into an empty store, once with new prices for 2 %
of what is there, and once more two days later, when it only tells all stocks again; the reading process alone is a line
of its own. What counts are seconds of the processors, ours with those of the reading process, without the time that
Python and Django take to start; the clock is told beside them. The peak is that of the process itself.

The limits, a third of openpyxl's time and four times lxml's, are missed. For files of which every row is new they
cannot be met with these tables. Of the workbook reading alone is 0.2 of openpyxl's time, and bare SQLite takes 0.3 for
its 600,000 rows when they are handed to it ready; of the price list reading is 1.1 times lxml's, and the 1,200,000 rows
are 3.5. Nothing is compared, checked, previewed or told by then.

Where the time goes with 100,000 products, in parts of what the reference takes: of the workbook reading 0.2, the
preview 0.2, applying 0.6, together 0.97; of the price list 1.2, 1.4 and 5.3, together 8.0. The second time, with 2 % of
the prices new: of the workbook 0.2, 0.3 and 0.3, together 0.81, for half a million stored values are fetched and
compared, and 4,000 prices pass the gateway; of the price list, with twice and a half as many of both, 1.2, 3.1 and 3.6,
together 8.0. Where all stocks are told again, 0.85 and 10.5.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import xlsxwriter
from django.conf import settings
from django.db import connection
from django.utils import timezone

import kaspi
from bench.database import make_database
from stores.models import Availability, CatalogueBatch, Product, ProductUpload, Store
from stores.services import catalogue
from stores.services.store import open_store
from stores.services.uploads import receive
from stores.services.uploads.steps import work_next
from users.models import User

MERCHANT = "30000001"
CITIES = ("750000000", "710000000", "511010000", "351010000", "151010000")
HEADER = ["SKU", "model", "brand", "price", "PP1", "PP2", "PP3", "PP4", "PP5", "preorder"]
MOST_MEGABYTES = 200.0

OPENPYXL = """
import sys, time, openpyxl
began = time.process_time()
for row in openpyxl.load_workbook(sys.argv[1], read_only=True).worksheets[0].iter_rows(values_only=True):
    pass
"""
LXML = """
import sys, time
from lxml import etree
began = time.process_time()
for _, offer in etree.iterparse(sys.argv[1], tag="{kaspiShopping}offer"):
    offer.clear()
    while offer.getprevious() is not None:
        del offer.getparent()[0]
"""


READING = """
import sys, time
from sheets.__main__ import read
from sheets.jobs import Job
began = time.process_time()
read(Job(sys.argv[1], sys.argv[1] + ".rows", points=["PP1", "PP2"], merchant_id="30000001"))
"""
SPENT = """
print(time.process_time() - began)
"""
PEAK = """
print(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""


class Took(NamedTuple):
    clock: float
    cpu: float
    megabytes: float
    laps: str


class Kind(NamedTuple):
    """How a file is made, what reads it for comparison, and how much longer ours may take."""

    make: Callable[[Path, int, int], None]
    reference: str
    code: str
    most: float


def make_workbook(path: Path, rows: int, raised: int) -> None:
    """Every fiftieth price higher by `raised`."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADER)
    for number in range(rows):
        row = [f"SKU-{number:06}", f"Чайник электрический Qazan {number}", "Qazan", price_of(number, raised)]
        sheet.write_row(number + 1, 0, [*row, number % 20 + 1, "yes"])
    book.close()


def make_price_list(path: Path, rows: int, raised: int) -> None:
    """The same products at five points in five cities."""

    def offers() -> Iterator[kaspi.PriceListOffer]:
        for number in range(rows):
            stock, price = number % 20 + 1, price_of(number, raised)
            yield kaspi.PriceListOffer(
                f"SKU-{number:06}",
                f"Чайник электрический Qazan {number}",
                "Qazan",
                tuple(kaspi.Availability(f"PP{point}", available=True, stock_count=stock) for point in range(1, 6)),
                city_prices=tuple(kaspi.CityPrice(city, price) for city in CITIES),
            )

    with path.open("wb") as target:
        kaspi.write_price_list(target, kaspi.PriceListHeader("Bench", MERCHANT, "2026-11-23"), offers())


def price_of(number: int, raised: int) -> int:
    return 10_000 + number % 5_000 + (0 if number % 50 else raised)


KINDS = {
    "xlsx": Kind(make_workbook, "openpyxl", OPENPYXL, 1 / 3),
    "xml": Kind(make_price_list, "lxml", LXML, 4.0),
}


def measure(*command: str) -> Took:
    """
    Run it with this interpreter to its end. Its last lines are the seconds of the processors that its work took, and
    the most memory that it has had, in kB.
    """
    began = time.perf_counter()
    process = subprocess.run([sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    *lines, spent, peak = process.stdout.splitlines()
    laps = [line for line in lines if not line.startswith("{")]
    return Took(time.perf_counter() - began, float(spent), int(peak) / 1024, " ".join(laps))


def spent() -> float:
    """Seconds of the processors, of this process and of those that it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def bring_in(path: Path) -> None:
    """On the database that the environment names: receive the file and do every step of it."""
    settings.CHANGES_PER_HALF_HOUR = 10**9
    began = spent()
    store = Store.everything.get(merchant_id=MERCHANT)
    owner = store.members.get()
    with path.open("rb") as file:
        upload = receive.receive(store, path.name, iter(lambda: file.read(1 << 20), b""), owner)
    for name in ("read", "preview"):
        timed(name, work_next)
    upload.refresh_from_db()
    receive.apply(upload, upload.preview_number, [doubt["code"] for doubt in upload.doubts], owner)
    timed("apply", work_next)
    upload.refresh_from_db()
    if upload.state != ProductUpload.State.APPLIED or upload.rows_refused or upload.rows_held:
        raise SystemExit(f"{upload.state}, {upload.refusal}, refused {upload.rows_refused}, held {upload.rows_held}")
    print(spent() - began)
    exec(PEAK)  # noqa: S102 -- the same lines as in the processes that it is compared with


def timed(name: str, work: Callable[[], object]) -> None:
    """Do it, and print what it cost."""
    began = spent()
    work()
    print(f"{name} {spent() - began:.1f} s")


def open_shop() -> None:
    """A store with five points in five cities."""
    store = open_store("Bench", MERCHANT, User.objects.create_user("bench@example.kz"))
    points = [catalogue.PointFacts(f"PP{number}", city) for number, city in enumerate(CITIES, start=1)]
    catalogue.bring_in(store, points, [])
    Store.everything.filter(pk=store.pk).update(mode=Store.Mode.AUTOMATIC)


def compare(name: str, kind: Kind, folder: Path, rows: int) -> bool:
    """The lines of one kind of file. Whether its limits hold."""
    CatalogueBatch.everything.all().delete()
    Product.everything.all().delete()
    first, again = folder / f"first.{name}", folder / f"again.{name}"
    kind.make(first, rows, 0)
    kind.make(again, rows, 150)
    read = measure("-c", kind.code + SPENT + PEAK, str(first))
    show(f"{name}: {kind.reference} reads it", read)
    ours = measure("-c", READING + SPENT + PEAK, str(first))
    show(f"{name}: the reading process alone", ours)
    holds = judge("peak, MB", ours.megabytes, MOST_MEGABYTES)
    steps = (
        ("into an empty store", first, 0),
        ("again, 2 % of the prices new", again, 0),
        ("all stocks told again", again, 2),
    )
    for what, path, days in steps:
        Availability.everything.update(counted_at=timezone.now() - timedelta(days=days))
        took = measure(__file__, "--file", str(path))
        show(f"{name}: {what}", took)
        holds &= judge(f"processor against {kind.reference}", took.cpu / read.cpu, kind.most)
        holds &= judge("peak, MB", took.megabytes, MOST_MEGABYTES)
    return holds


def show(what: str, took: Took) -> None:
    print(f"{what:40} {took.clock:8.2f} {took.cpu:8.2f} {took.megabytes:8.0f}  {took.laps}", flush=True)


def judge(what: str, measured: float, most: float) -> bool:
    print(f"    {what}: {measured:.2f}, at most {most:.2f}: {'holds' if measured <= most else 'MISSED'}")
    return measured <= most


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--mariadb", action="store_true")
    parser.add_argument("--file", type=Path)
    told = parser.parse_args()
    if told.file:
        bring_in(told.file)
        return
    make_database()
    open_shop()
    os.environ["TEST_DATABASE_NAME"] = str(connection.settings_dict["NAME"])
    print(f"{connection.vendor + f', {told.rows:,} rows':40} {'clock, s':>8} {'CPU, s':>8} {'peak, MB':>8}")
    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        held = [compare(name, kind, Path(folder), told.rows) for name, kind in KINDS.items()]
    raise SystemExit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
