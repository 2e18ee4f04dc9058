"""
How long a seller with 100,000 products waits for a page of them, against the two usual ways in the same run.

For each question: our page (keyset, folded search column, the store's own indexes), the same rows by OFFSET, and by the
framework as it comes (`SearchFilter`, `OrderingFilter`, `PageNumberPagination` with its count). Median of several runs,
queries only, with 9 other stores in the table. A line ends in TOO SLOW where ours takes longer than the usual way by
more than a tenth, or longer than LIMIT.

    python -m bench.products [--products 100000] [--runs 7] [--mariadb]
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Q, QuerySet

from bench.database import make_database
from stores.models import CatalogueBatch, Product, Store
from stores.services import catalogue
from stores.services.catalogue import CityChange, PointChange, ProductChange
from stores.services.catalogue.finding import ORDERS, Wanted, find
from stores.services.keyset import read_page
from stores.services.store import open_store
from users.models import User

ALMATY = "750000000"
SIZE = 50
LIMIT = 0.25
KINDS = ("Шәйнек", "Чайник", "Пылесос", "Шаңсорғыш", "Телефон", "Утюг", "Үтік", "Лампа")


def main() -> None:
    told = argparse.ArgumentParser()
    told.add_argument("--products", type=int, default=100_000)
    told.add_argument("--runs", type=int, default=7)
    told.add_argument("--mariadb", action="store_true")
    options = told.parse_args()
    make_database()
    owner = User.objects.create_user("bench@example.kz", full_name="Bench")
    seconds = {}
    for number in range(10):
        store = open_store(f"Store {number}", f"3000000{number}", owner)
        catalogue.bring_in(store, [catalogue.PointFacts("PP1", ALMATY)], [])
        count = options.products if number == 0 else options.products // 100
        started = time.perf_counter()
        catalogue.apply_changes(store, goods(count), owner, CatalogueBatch.Source.UPLOAD)
        seconds[store] = time.perf_counter() - started
    store = next(iter(seconds))
    print(f"{connection.vendor}: {options.products} products of one store added in {seconds[store]:.1f} s")
    started = time.perf_counter()
    changes = (ProductChange(f"SKU-{number:06}", brand=f"New {number % 300}") for number in range(options.products))
    catalogue.apply_changes(store, changes, owner, CatalogueBatch.Source.UPLOAD)
    print(f"and a brand changed on each of them in {time.perf_counter() - started:.1f} s, with its history")
    compare(store, owner, options.runs)


def goods(count: int) -> Iterator[ProductChange]:
    for number in range(count):
        yield ProductChange(
            f"SKU-{number:06}",
            card_id=str(100_000_000 + number),
            model=f"{KINDS[number % len(KINDS)]} модель {number * 7919 % count}",
            brand=f"Brand {number % 300}",
            strategy="undercut" if number % 3 else "manual",
            is_paused=number % 1000 == 0,
            everywhere=CityChange(10_000 + number % 5_000, 8_000, None if number % 50 == 0 else 20_000),
            points={"PP1": PointChange(is_available=number % 10 > 0, stock_count=number % 7)},
        )


def compare(store: Store, owner: User, runs: int) -> None:
    deep = cursor_at(store, owner, share=0.9)
    questions: list[tuple[str, Wanted, str, str]] = [
        ("first page", Wanted(), "new", ""),
        ("deep page", Wanted(), "new", deep),
        ("by name", Wanted(), "name", ""),
        ("search, common", Wanted(search="ШӘЙНЕК"), "new", ""),
        ("search, one product", Wanted(search="sku-000777"), "new", ""),
        ("search, nothing", Wanted(search="жоқ"), "new", ""),
        ("filter: brand", Wanted(brand="New 17"), "new", ""),
        ("filter: paused", Wanted(is_paused=True), "new", ""),
        ("filter: no limits", Wanted(has_limits=False), "new", ""),
        ("filter: off sale", Wanted(is_on_sale=False), "name", ""),
        ("filter: held", Wanted(hold_rule="no_rivals"), "new", ""),
    ]
    print(f"{'ms':24}{'ours':>9}{'OFFSET':>9}{'as it comes':>13}{'ratio':>8}")
    for name, wanted, order, cursor in questions:
        ours = median(lambda: read_page(products(store, owner, wanted), ORDERS[order], SIZE, cursor), runs)
        at = int(0.9 * Product.everything.filter(store=store).count()) if cursor else 0
        offset = median(lambda: list(ordered(products(store, owner, wanted), order)[at : at + SIZE]), runs)
        usual = median(lambda: as_it_comes(owner, store, wanted, order, at), runs)
        print_line(name, ours, offset, usual)
    counted = median(lambda: find(Product.everything.filter(store=store), Wanted()).count(), runs)
    print(f"{'count of all':24}{counted * 1000:9.1f}")


def products(store: Store, owner: User, wanted: Wanted) -> "QuerySet[Product]":
    return find(Product.objects.for_user(owner).filter(store=store), wanted)


def ordered(rows: "QuerySet[Product]", order: str) -> "QuerySet[Product]":
    sign = "-" if ORDERS[order].is_descending else ""
    return rows.order_by(*(sign + column for column in ORDERS[order].columns))


def as_it_comes(owner: User, store: Store, wanted: Wanted, order: str, at: int) -> Any:
    """What SearchFilter, OrderingFilter and PageNumberPagination of the framework ask the database."""
    rows = find(Product.objects.for_user(owner).filter(store=store), Wanted(**wanted.told() | {"search": ""}))
    for word in wanted.search.split():
        rows = rows.filter(Q(sku__icontains=word) | Q(model__icontains=word) | Q(brand__icontains=word))
    column = {"new": "-pk", "name": "model"}[order]
    return list(Paginator(rows.order_by(column), SIZE).get_page(at // SIZE + 1))


def cursor_at(store: Store, owner: User, share: float) -> str:
    rows = Product.everything.filter(store=store).order_by("-pk")
    first = rows[int(share * rows.count())]
    return read_page(Product.everything.filter(store=store, pk__lte=first.pk), ORDERS["new"], 1).after


def median(ask: Callable[[], Any], runs: int) -> float:
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def print_line(name: str, ours: float, offset: float, usual: float) -> None:
    is_slow = ours > LIMIT or ours > 1.1 * usual + 0.002
    told = "".join(f"{value * 1000:{width}.1f}" for value, width in ((ours, 9), (offset, 9), (usual, 13)))
    print(f"{name:24}{told}{ours / usual:8.2f}{'  TOO SLOW' if is_slow else ''}", flush=True)


if __name__ == "__main__":
    main()
