"""Rows of a table that are recognised many at once: nothing else becomes of them than of a row that is judged alone."""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stores.models import Availability, CatalogueBatch, CatalogueChange, CityPrice, Product, SalesPoint, Store
from stores.services import catalogue
from stores.services.catalogue import EVERYWHERE, ProductChange, Table, read_points, sort_out
from stores.services.errors import Forbidden
from tests import cast
from tests.cast import ALMATY, ASTANA
from users.models import User

pytestmark = pytest.mark.django_db

Source = CatalogueBatch.Source
Row = Mapping[tuple[str, str, str], Any]

# Where a value belongs (a fact, a city, a point), which, and its field → what may be said there; most of it is good.
CHOICES: Mapping[tuple[str, str, str], Sequence[Any]] = {
    ("facts", "", "model"): ("Утюг", "Утюг", "Утюг", None, "", "a\tb", "x" * 1025),
    ("facts", "", "brand"): ("Qazan", None),
    ("facts", "", "card_id"): (None, None, None, "100000007", "0", "x"),
    ("facts", "", "purchase_cost"): (None, 7_000),
    ("facts", "", "weight_g"): (None, None, 500, 0),
    ("cities", EVERYWHERE, "price"): (9_000, 9_000, 9_000, None, 50),
    ("cities", ALMATY, "price"): (None, None, 9_500, 99),
    ("cities", ALMATY, "floor"): (None, None, None, None, 8_000),
    ("cities", "1", "price"): (None, None, None, None, None, 500),
    ("points", "PP1", "is_available"): (True, True, False, None),
    ("points", "PP1", "stock_count"): (None, 0, 5, 10**9 + 1),
    ("points", "PP1", "preorder_days"): (None, 0, 0, 3, 31),
    ("points", "PP2", "is_available"): (True, False, None),
    ("points", "PP2", "stock_count"): (None, 7),
    ("points", "PP2", "preorder_days"): (None, 0, 0, 3, 5),
    ("points", "PP9", "is_available"): (None, None, None, None, None, True),
    ("points", "PP9", "stock_count"): (None,),
    ("points", "PP9", "preorder_days"): (None,),
}
BAD = {"", "a\tb", "x" * 1025, "0", "x", 50, 99, 31, 500, 10**9 + 1}
# The same without what is refused.
GOOD = {place: [each for each in values if each not in BAD] for place, values in CHOICES.items()}
GOOD[("facts", "", "weight_g")] = [None, 400]
GOOD[("facts", "", "model")] = ["Утюг"]
GOOD[("points", "PP9", "is_available")] = [None]


def rows_of(choices: Mapping[tuple[str, str, str], Sequence[Any]], count: int) -> list[Row]:
    chance = random.Random(11)
    return [{place: chance.choice(values) for place, values in choices.items()} for _ in range(count)]


def table_of(rows: Sequence[Row], letter: str = "N") -> Table:
    table = Table([f"{letter}-{number}" for number in range(len(rows))])
    for kind, where, name in CHOICES:
        column = [row[kind, where, name] for row in rows]
        if kind == "facts":
            table.facts[name] = column
        else:
            getattr(table, kind).setdefault(where, {})[name] = column
    # What is said of a point that is not spoken of is nothing.
    for columns in table.points.values():
        for name in ("stock_count", "preorder_days"):
            pairs = zip(columns["is_available"], columns[name], strict=True)
            columns[name] = [None if is_available is None else value for is_available, value in pairs]
    return table


def changes_of(table: Table, places: Sequence[int]) -> Iterator[ProductChange]:
    return map(table.change, places)


def apply(store: Store, actor: User, *changes: ProductChange | Table) -> catalogue.Applied:
    return catalogue.apply_changes(store, changes, actor, Source.UPLOAD)


def facts(store: Store) -> list[Any]:
    """All that is known of the store's products, by SKU."""
    of_product = ("sku", "model", "brand", "card_id", "purchase_cost", "packaging_cost", "weight_g", "strategy", "step")
    more = ("plan", "is_paused", "is_exclusive", "search", "sort_name", "version")
    of_city = ("market__card_id", "price", "confirmed_price", "floor", "ceiling", "version", "strategy", "plan", "step")
    prices = CityPrice.everything.filter(product__store=store).order_by("product__sku", "city_id")
    there = Availability.everything.filter(product__store=store).order_by("product__sku", "sales_point__code")
    history = CatalogueChange.everything.filter(store=store).order_by("sku", "pk")
    return [
        list(Product.everything.filter(store=store).order_by("sku").values(*of_product, *more)),
        list(prices.values("product__sku", "city_id", *of_city)),
        list(there.values("product__sku", "sales_point__code", "is_available", "stock_count", "preorder_days")),
        list(history.values("sku", "product__sku", "field", "city_id", "point_code", "old", "new")),
    ]


# --- New products -----------------------------------------------------------------------------------------------------


def test_what_is_added_as_it_is_would_be_refused_by_nobody(store: Store) -> None:
    table = table_of(rows_of(CHOICES, 3_000))
    found = sort_out(store, read_points(store), table)
    assert len(found.new) > 20
    assert sorted((*found.new, *found.same, *found.rest)) == list(range(3_000))
    for plan in catalogue.plan_changes(store, changes_of(table, found.new)):
        assert (plan.is_new, plan.refused) == (True, [])


def test_what_nobody_refuses_is_added_as_it_is(store: Store) -> None:
    """But for limits, which are judged one by one, and for pre-orders that differ between cities."""
    table = table_of(rows_of(GOOD, 300))
    found = sort_out(store, read_points(store), table)
    plans = catalogue.plan_changes(store, changes_of(table, found.rest))
    missed = [at for at, plan in zip(found.rest, plans, strict=True) if not plan.refused]
    for at in missed:
        preorders = {table.points[code]["preorder_days"][at] or 0 for code in ("PP1", "PP2")}
        assert table.cities[ALMATY]["floor"][at] is not None or len(preorders) > 1
    assert len(found.new) > 30


def test_a_table_adds_what_its_rows_would_add_one_by_one(
    store: Store, seller: User, strangers_store: Store, stranger: User
) -> None:
    table = table_of(rows_of(CHOICES, 1_000))
    alone = apply(strangers_store, stranger, *changes_of(table, range(1_000)))
    together = apply(store, seller, table)
    assert together.added == alone.added > 20
    assert together.refused == alone.refused
    assert facts(store) == facts(strangers_store)
    marked = set(Product.everything.filter(store=store).values_list("offer_version", flat=True))
    store.refresh_from_db()
    assert 0 not in marked
    assert max(marked) == store.catalogue_version
    assert sorted(together.written) == sorted(Product.everything.filter(store=store).values_list("pk", flat=True))


def test_what_was_added_by_a_table_is_undone(store: Store, seller: User) -> None:
    cast.product(store, "OLD")
    before = facts(store)[:3]
    applied = apply(store, seller, table_of(rows_of(GOOD, 50)))
    assert applied.added > 10
    undone = catalogue.undo_batch(applied.batch, seller)
    assert (undone.removed, facts(store)[:3]) == (applied.added, before)


def test_what_changed_since_it_was_seen_is_judged_anew(store: Store, seller: User) -> None:
    """The product is there by now; the point lies in another city by now, where nothing gives a price."""
    row = {place: values[0] for place, values in GOOD.items()}
    table = table_of([row, row])
    additions = sort_out(store, read_points(store), table).additions
    assert list(additions.prices()) == [{ALMATY: 9_000, ASTANA: 9_000}] * 2
    cast.product(store, "N-0", price=10_000, floor=None, ceiling=None)
    del additions.cities[ASTANA], additions.points["PP2"]
    SalesPoint.everything.filter(store=store, code="PP1").update(city_id=ASTANA)
    applied = apply(store, seller, additions)
    assert (applied.added, applied.changed) == (0, 0)
    assert {sku: [each.code for each in refused] for sku, refused in applied.refused.items()} == {
        "N-0": ["stale"],
        "N-1": ["no_price"],
    }
    assert not Product.everything.filter(sku="N-1").exists()


def test_who_may_only_look_adds_nothing(store: Store, assistant: User) -> None:
    before = facts(store)
    with pytest.raises(Forbidden):
        apply(store, assistant, table_of(rows_of(GOOD, 5)))
    assert facts(store) == before


# --- Products that are there ------------------------------------------------------------------------------------------


def test_what_changes_nothing_would_change_nothing_alone(store: Store, seller: User) -> None:
    there = rows_of(GOOD, 400)
    apply(store, seller, table_of(there))
    again = [dict(row) for row in there]
    chance = random.Random(12)
    for row in again:
        place = chance.choice(list(CHOICES))
        row[place] = chance.choice(CHOICES[place])
    table = table_of(again)
    found = sort_out(store, read_points(store), table)
    plans = list(catalogue.plan_changes(store, changes_of(table, range(400))))
    assert [at for at in found.same if plans[at].changes or plans[at].refused or plans[at].is_new] == []
    assert len(found.same) > 50
    assert sum(bool(plan.changes) for plan in plans) > 10


def test_pre_orders_that_differ_in_a_city_are_no_row_that_changes_nothing(store: Store) -> None:
    product = cast.product(store, "A")
    second = SalesPoint.everything.create(store=store, code="PP3", city_id=ALMATY)
    Availability.everything.create(product=product, sales_point=second, is_available=True, preorder_days=4)
    columns: dict[str, list[Any]] = {"is_available": [True], "stock_count": [5], "preorder_days": [None]}
    table = Table(["A"], points={"PP1": columns})
    assert sort_out(store, read_points(store), table).rest == [0]


def test_thousands_are_sorted_out_in_three_queries(store: Store, seller: User) -> None:
    apply(store, seller, table_of(rows_of(GOOD, 600)))
    points = read_points(store)
    for letter, most in (("N", 3), ("M", 1)):
        with CaptureQueriesContext(connection) as captured:
            sort_out(store, points, table_of(rows_of(GOOD, 600), letter))
        assert len(captured) == most


def test_another_stores_products_are_not_known_here(store: Store, strangers_store: Store, stranger: User) -> None:
    table = table_of(rows_of(GOOD, 50))
    apply(strangers_store, stranger, table)
    found = sort_out(store, read_points(store), table)
    assert found.same == []
    assert len(found.new) > 10
