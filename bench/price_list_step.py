"""
One step of bench/price_list.py, in a process of its own: `python bench/price_list_step.py STEP FOLDER`.

It prints what it took as JSON: seconds on the clock, seconds of CPU, and the most memory before and after, MB. Loaded
are the product's models and services, and nothing of its doors.
"""

import json
import os
import shutil
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django
from django.conf import settings

settings.INSTALLED_APPS = [
    *("django.contrib.auth", "django.contrib.contenttypes", "allauth", "allauth.account", "allauth.mfa"),
    *("landing", "users", "stores"),
]
django.setup()

from django.db import connection
from django.test import RequestFactory

from stores.models import Availability, CityPrice, Product, Store
from stores.services.prices.price_list import files
from stores.services.prices.price_list.checker import Check
from stores.services.prices.price_list.index import Basis, Former, IndexReader
from stores.services.prices.price_list.write import write_price_list
from stores.views import marketplace_pull as door

REQUESTS = 20
Work = Callable[[], object]


def main() -> None:
    step, folder = sys.argv[1], Path(sys.argv[2])
    settings.PRICE_LISTS_DIR = folder / "served"
    work = STEPS[step](Store.everything.get(), folder)
    loaded = megabytes()
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    took = {"clock": time.perf_counter() - clock, "cpu": time.process_time() - cpu}
    print(json.dumps(took | {"peak": megabytes(), "loaded": loaded}))


def megabytes() -> float:
    """The most memory that this process has had; not what its parent had, as `ru_maxrss` would say."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def reference(store: Store, folder: Path) -> Work:
    prices: dict[int, list[tuple[str, int]]] = {}
    points: dict[int, list[tuple[str, bool, bool, int | None]]] = {}

    def build() -> None:
        of_store = CityPrice.everything.filter(product__store=store)
        for pk, city_id, price in of_store.values_list("product_id", "city_id", "price"):
            prices.setdefault(pk, []).append((city_id, price))
        lying = Availability.everything.filter(product__store=store)
        columns = ("product_id", "sales_point__code", "is_available", "sales_point__is_open", "stock_count")
        for pk, code, is_available, is_open, stock in lying.values_list(*columns):
            points.setdefault(pk, []).append((code, is_available, is_open, stock))
        root = ET.Element("kaspi_catalog", date="2026", xmlns="kaspiShopping")
        ET.SubElement(root, "company").text = store.name
        ET.SubElement(root, "merchantid").text = store.merchant_id
        offers = ET.SubElement(root, "offers")
        for pk, sku, model, brand in Product.everything.filter(store=store).values_list("pk", "sku", "model", "brand"):
            offer = ET.SubElement(offers, "offer", sku=sku)
            ET.SubElement(offer, "model").text = model
            ET.SubElement(offer, "brand").text = brand
            there = ET.SubElement(offer, "availabilities")
            for code, is_available, is_open, stock in points[pk]:
                available = "yes" if is_available and is_open else "no"
                ET.SubElement(there, "availability", available=available, storeId=code, stockCount=str(stock))
            city_prices = ET.SubElement(offer, "cityprices")
            for city_id, price in prices[pk]:
                ET.SubElement(city_prices, "cityprice", cityId=city_id).text = str(price)
        ET.ElementTree(root).write(folder / "reference.xml", encoding="utf-8", xml_declaration=True)

    return build


def bare_rows(_store: Store, _folder: Path) -> Work:
    tables = (
        "SELECT id, sku, model, brand FROM stores_product",
        "SELECT product_id, city_id, price FROM stores_cityprice",
        "SELECT product_id, sales_point_id, is_available, stock_count, preorder_days FROM stores_availability",
    )

    def read() -> None:
        for rows in tables:
            with connection.cursor() as cursor:
                cursor.execute(rows)
                while cursor.fetchmany(1_000):
                    pass

    return read


def first(store: Store, folder: Path) -> Work:
    return lambda: write(store, folder / "first.xml", Basis())


def after_changes(store: Store, folder: Path) -> Work:
    live = folder / "first.xml"

    def build() -> None:
        index = IndexReader.open(live.with_suffix(".index"), live.stat().st_size)
        assert index is not None  # noqa: S101 -- a bench that copied nothing has timed something else
        write(store, folder / "second.xml", Basis(Former(live, index)))

    return build


def write(store: Store, path: Path, basis: Basis) -> None:
    with path.open("wb") as target, path.with_suffix(".index").open("wb") as index:
        write_price_list(target, index, store, basis)


def read_back(store: Store, folder: Path) -> Work:
    def check() -> None:
        refusal = Check(folder / "second.xml", folder / "first.xml", store, store.catalogue_version).why_refused()
        assert refusal is None, refusal  # noqa: S101

    return check


def pack(store: Store, folder: Path) -> Work:
    return files.Built(folder / "second.xml").finish


def serve(store: Store, folder: Path) -> Work:
    # Nobody pulled anything.
    door.record_pull = lambda *_: None
    place = files.folder_of(store.price_list_key)
    password = "bench"  # noqa: S105
    files.write_access(place, files.Access(store.pk, "bench", files.hash_password(password)))
    shutil.copy(folder / "second.xml", files.version_path(place, 1))
    files.go_live(place, 1)
    request = RequestFactory().get("/", headers={"Authorization": "Basic YmVuY2g6YmVuY2g="})

    def answer() -> None:
        for _ in range(REQUESTS):
            answered = door.price_list(request, store.price_list_key)
            assert answered.status_code == 200  # noqa: S101
            assert sum(map(len, answered)) == (folder / "second.xml").stat().st_size  # noqa: S101

    return answer


STEPS = {
    "reference": reference,
    "bare_rows": bare_rows,
    "first": first,
    "after_changes": after_changes,
    "read_back": read_back,
    "pack": pack,
    "serve": serve,
}


if __name__ == "__main__":
    main()
