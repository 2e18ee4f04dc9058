"""
How long a seller with 100,000 products waits for a page of them, against the two usual ways in the same run.

For each question: our page (keyset, folded search column, the store's own indexes), the same rows by OFFSET, and by the
framework as it comes (`SearchFilter`, `OrderingFilter`, `PageNumberPagination` with its count). Best of several runs,
queries only, with 9 other stores in the table. Seconds are of the processor on SQLite, which tells more on a busy
machine; of the clock on MariaDB, which works in a process of its own. A line ends in TOO SLOW where ours takes longer
than the usual way by more than a tenth, or longer than LIMIT.

    python -m bench.products [--products 100000] [--runs 7] [--mariadb]
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Q, QuerySet

from bench.database import make_database
from stores.models import CatalogueBatch, Product, Store
from stores.services import catalogue
from stores.services.catalogue import CityChange, PointChange, ProductChange
from stores.services.catalogue.finding import SORTINGS, Wanted, find
from stores.services.keyset import read_page
from stores.services.store import open_store
from users.models import User

ALMATY = "750000000"
Source = CatalogueBatch.Source
SIZE = 50
LIMIT = 0.15
KINDS = ("Шәйнек", "Чайник", "Пылесос", "Шаңсорғыш", "Телефон", "Утюг", "Үтік", "Лампа")


@dataclass(frozen=True)
class Question:
    """What a seller wants to see."""

    name: str
    wanted: Wanted = field(default_factory=Wanted)
    order: str = "new"
    cursor: str = ""


def main() -> None:
    told = argparse.ArgumentParser()
    told.add_argument("--products", type=int, default=100_000)
    told.add_argument("--runs", type=int, default=7)
    told.add_argument("--mariadb", action="store_true")
    options = told.parse_args()
    make_database()
    owner = User.objects.create_user("bench@example.kz", full_name="Bench")
    for number in range(1, 10):
        fill(open_store(f"Store {number}", f"3000000{number}", owner), options.products // 100, owner)
    store = open_store("Store", "30000000", owner)
    print(f"{connection.vendor}, {options.products} products of one store; seconds, and those of the processor:")
    tell("added", lambda: fill(store, options.products, owner))
    changes = [ProductChange(f"SKU-{number:06}", brand=f"New {number % 300}") for number in range(options.products)]
    tell("previewed", lambda: sum(plan.is_changed for plan in catalogue.plan_changes(store, changes)))
    tell("a brand changed", lambda: catalogue.apply_changes(store, changes, owner, Source.BULK))
    compare(store, owner, options.runs)


def fill(store: Store, count: int, owner: User) -> None:
    catalogue.bring_in(store, [catalogue.PointFacts("PP1", ALMATY)], [])
    catalogue.apply_changes(store, goods(count), owner, Source.UPLOAD)


def tell(what: str, work: Callable[[], Any]) -> None:
    started, of_processor = time.perf_counter(), time.process_time()
    work()
    print(f"{what:24}{time.perf_counter() - started:9.1f}{time.process_time() - of_processor:9.1f}", flush=True)


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
    deep = cursor_at(store, share=0.9)
    questions = [
        Question("first page"),
        Question("deep page", cursor=deep),
        Question("by name", order="name"),
        Question("search, common", Wanted(search="ШӘЙНЕК")),
        Question("search, one product", Wanted(search="sku-000777")),
        Question("search, nothing", Wanted(search="жоқ")),
        Question("filter: brand", Wanted(brand="New 17")),
        Question("filter: paused", Wanted(is_paused=True)),
        Question("filter: no limits", Wanted(has_limits=False)),
        Question("filter: off sale", Wanted(is_on_sale=False), "name"),
        Question("filter: held", Wanted(hold_rule="stopped")),
    ]
    print(f"{'ms':24}{'ours':>9}{'OFFSET':>9}{'as it comes':>13}{'ratio':>8}")
    for question in questions:
        print_line(question, *(best(ask, runs) for ask in ways(store, owner, question)))
    print(f"{'count of all':24}{best(lambda: products(store, owner, Wanted()).count(), runs) * 1000:9.1f}")


def ways(store: Store, owner: User, asked: Question) -> tuple[Callable[[], Any], ...]:
    """Ours, the same by OFFSET, and the framework's."""
    at = int(0.9 * Product.everything.filter(store=store).count()) if asked.cursor else 0
    return (
        lambda: read_page(products(store, owner, asked.wanted), SORTINGS[asked.order], SIZE, asked.cursor),
        lambda: list(ordered(products(store, owner, asked.wanted), asked.order)[at : at + SIZE]),
        lambda: as_it_comes(store, owner, asked, at),
    )


def products(store: Store, owner: User, wanted: Wanted) -> "QuerySet[Product]":
    return find(Product.objects.for_user(owner).filter(store=store), wanted)


def ordered(rows: "QuerySet[Product]", order: str) -> "QuerySet[Product]":
    sign = "-" if SORTINGS[order].is_descending else ""
    return rows.order_by(*(sign + column for column in SORTINGS[order].columns))


def as_it_comes(store: Store, owner: User, asked: Question, at: int) -> Any:
    """What SearchFilter, OrderingFilter and PageNumberPagination of the framework ask the database."""
    rows = products(store, owner, replace(asked.wanted, search=""))
    for word in asked.wanted.search.split():
        rows = rows.filter(Q(sku__icontains=word) | Q(model__icontains=word) | Q(brand__icontains=word))
    column = {"new": "-pk", "name": "model"}[asked.order]
    return list(Paginator(rows.order_by(column), SIZE).get_page(at // SIZE + 1))


def cursor_at(store: Store, share: float) -> str:
    rows = Product.everything.filter(store=store).order_by("-pk")
    first = rows[int(share * rows.count())]
    return read_page(Product.everything.filter(store=store, pk__lte=first.pk), SORTINGS["new"], 1).after


def best(ask: Callable[[], Any], runs: int) -> float:
    clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    taken = []
    for _ in range(runs):
        started = clock()
        ask()
        taken.append(clock() - started)
    return min(taken)


def print_line(asked: Question, ours: float, offset: float, usual: float) -> None:
    is_slow = ours > LIMIT or ours > 1.1 * usual + 0.002
    told = "".join(f"{value * 1000:{width}.1f}" for value, width in ((ours, 9), (offset, 9), (usual, 13)))
    print(f"{asked.name:24}{told}{ours / usual:8.2f}{'  TOO SLOW' if is_slow else ''}", flush=True)


if __name__ == "__main__":
    main()
