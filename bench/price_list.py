"""
How long a price list takes, and how much memory: 100,000 and 1,000,000 offers, each at 5 points in 5 cities.

    .venv/bin/python bench/price_list.py
    .venv/bin/python bench/price_list.py --offers 100000 --mariadb

On a private database that ends with the run; each row is a process of its own. The reference reads the same rows with
three plain queries, makes a tree of `xml.etree.ElementTree` and writes it, in the same run; for a million offers it is
scaled up from a tenth of them (it would take 7 GB).

What is timed: *bare rows*, those that the reference reads, as the driver hands them over, and nothing made of them;
*first*, from rows alone, nothing to copy, as after an import, a new build or a new point; *after 2 %*, when the
prices of every fiftieth product have moved since, the others copied from the list before; *reading back*, the
checker's comparison of that list with the rows and with the one before; *packing*, its checksum and gzip; *serving*,
the view with the file ready, to the last byte. Seconds on the clock, and of the process's CPU. Ratios are of CPU on
SQLite, which tells more on a busy machine; of the clock on MariaDB, which works in a process of its own.

Limits: the first list and the one after 2 % may each take a fifteenth of the reference, the latter a fifth of the
first, and no step more than 100 MB at its peak, of which the loaded program is a part.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from django.db import connection, transaction
from django.db.models import F

from bench.database import make_database
from stores.models import CityPrice, Product, SalesPoint, Store
from stores.services.prices.price_list.stale_offers import mark_stale

SIZES = [100_000, 1_000_000]
SCALED_FROM = 100_000
CITIES = ["750000000", "710000000", "511010000", "351010000", "471010000"]
CHANGED_OF = 50
REQUESTS = 20
MOST_OF_REFERENCE, MOST_OF_FIRST, MOST_MB = 1 / 15, 0.2, 100
STEP = Path(__file__).with_name("price_list_step.py")

Took = dict[str, float]


def fill(count: int) -> None:
    """Products, each on sale at every point, with a price in every city, in the order of an import."""
    Store.everything.all().delete()
    store = Store.everything.create(name="Bench", merchant_id="30000001")
    for number, city_id in enumerate(CITIES, start=1):
        SalesPoint.everything.create(store=store, code=f"PP{number}", city_id=city_id)
    for start in range(0, count, 10_000):
        Product.everything.bulk_create(
            Product(store=store, sku=f"SKU-{number:07}", model=f"Blender SampleBrand X{number} white", brand="Sample")
            for number in range(start, start + 10_000)
        )
    everywhere = "FROM stores_product p JOIN stores_salespoint s ON s.store_id = p.store_id ORDER BY p.id, s.id"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stores_cityprice (product_id, city_id, price, confirmed_price, version)"
            f" SELECT p.id, s.city_id, 10000 + p.id % 977, 10000 + p.id % 977, 1 {everywhere}"
        )
        cursor.execute(
            "INSERT INTO stores_availability (product_id, sales_point_id, is_available, stock_count)"
            f" SELECT p.id, s.id, 1, p.id % 40 {everywhere}"
        )
        if connection.vendor == "mysql":
            cursor.execute("ANALYZE TABLE stores_product, stores_cityprice, stores_availability")


def change() -> None:
    """The prices of every fiftieth product move by a tenge."""
    store = Store.everything.get()
    ids = list(Product.everything.filter(store=store).order_by("pk").values_list("pk", flat=True)[::CHANGED_OF])
    with transaction.atomic():
        for start in range(0, len(ids), 1_000):
            CityPrice.everything.filter(product__in=ids[start : start + 1_000]).update(price=F("price") + 1)
        mark_stale(store.pk, ids)


def measure(step: str, folder: Path) -> Took:
    """What the step took, in a process of its own."""
    environment = os.environ | {"TEST_DATABASE_NAME": str(connection.settings_dict["NAME"])}
    command = [sys.executable, str(STEP), step, str(folder)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def seconds(took: Took) -> float:
    return took["clock"] if connection.vendor == "mysql" else took["cpu"]


class Table:
    """The rows of one size as they are measured, and what is over its limit."""

    def __init__(self, count: int, reference: Took, *, is_scaled: bool) -> None:
        self.count, self.reference = count, reference
        self.over: list[str] = []
        print(f"\n{connection.vendor}, {count:,} offers × {len(CITIES)} points × {len(CITIES)} cities")
        print(f"{'':32} {'clock, s':>9} {'CPU, s':>8} {'peak, MB':>9} {'loaded, MB':>11} {'of the reference':>17}")
        self._print("reference: ElementTree" + (", scaled" if is_scaled else ""), reference)

    def show(self, name: str, took: Took, most: float | None = None) -> None:
        """A row; `most`: the largest share of the reference that it may take."""
        share = seconds(took) / seconds(self.reference)
        self._print(name, took, f"{f'1/{1 / share:.1f}':>17}")
        if most is not None and share > most:
            self.over.append(f"{self.count:,}: {name}: 1/{1 / share:.1f} of the reference, at most 1/{1 / most:.0f}")
        if took["peak"] > MOST_MB:
            self.over.append(f"{self.count:,}: {name}: {took['peak']:.0f} MB at the peak, at most {MOST_MB}")

    def show_share(self, first: Took, later: Took) -> None:
        share = seconds(later) / seconds(first)
        print(f"{'after 2 %, of the first':32} {share:9.3f}")
        if share > MOST_OF_FIRST:
            self.over.append(f"{self.count:,}: after 2 %: {share:.2f} of the first, at most {MOST_OF_FIRST}")

    def _print(self, name: str, took: Took, more: str = "") -> None:
        print(f"{name:32} {took['clock']:9.2f} {took['cpu']:8.2f} {took['peak']:9.0f} {took['loaded']:11.0f} {more}")


def run(count: int, folder: Path, reference: Took | None) -> Table:
    """Measure all steps at this size."""
    fill(count)
    table = Table(count, reference or measure("reference", folder), is_scaled=reference is not None)
    table.show("bare rows, nothing made of them", measure("bare_rows", folder))
    first = measure("first", folder)
    table.show("first, from rows alone", first, MOST_OF_REFERENCE)
    change()
    later = measure("after_changes", folder)
    table.show("after 2 %", later, MOST_OF_REFERENCE)
    table.show("reading back", measure("read_back", folder))
    table.show("packing", measure("pack", folder))
    table.show_share(first, later)
    each = measure("serve", folder)["clock"] / REQUESTS
    print(f"{'served from the ready file':32} {1 / each:9.1f} a second; built each time: {1 / first['clock']:.2f}")
    return table


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--offers", type=int, action="append")
    parser.add_argument("--mariadb", action="store_true")
    sizes = parser.parse_args().offers or SIZES
    make_database()
    over: list[str] = []
    references: dict[int, Took] = {}
    with tempfile.TemporaryDirectory(prefix="bench-price-list-") as folder:
        for count in sizes:
            smaller = references.get(SCALED_FROM) if count > SCALED_FROM else None
            scaled = smaller and {name: value * count / SCALED_FROM for name, value in smaller.items()}
            table = run(count, Path(folder), scaled)
            references[count] = table.reference
            over += table.over
    print("\nWithin all limits." if not over else "\nOVER THE LIMIT\n" + "\n".join(over))
    sys.exit(bool(over))


if __name__ == "__main__":
    main()
