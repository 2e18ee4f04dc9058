"""
What a file would do, row by row: nothing of the store is changed here.

Rows that the reading process would not guess about, rows that the catalogue refuses, and all the others are written
into pages; what would change is kept as wishes, and those alone are carried out when a person says yes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import compress
from typing import Any, BinaryIO

from sheets import Batch, Problem, read_batches
from stores.models import Availability, Product, ProductUpload, Store
from stores.services.catalogue import (
    PointChange,
    ProductChange,
    ProductPlan,
    Table,
    beginning_of,
    plan_changes,
    read_points,
    sort_out,
    told_of,
)
from stores.services.catalogue.repriced import Repriced
from stores.services.rows import among
from stores.services.stock.repeated import Recount
from stores.services.uploads import files, work
from stores.services.uploads.counts import Counts
from stores.services.uploads.doubts import Doubt, Prices, doubts_of
from stores.services.uploads.pages import Entry, PageWriter, entry_of_refused, start_anew, without_empty
from stores.services.uploads.wishes import WishWriter, table_of, terms_of, wish_of

# Field of the catalogue → the columns that it may have been read from, the narrower first.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "model": ("model",),
    "brand": ("brand",),
    "card_id": ("card",),
    "category_code": ("category",),
    "weight_g": ("weight", "weight_kg"),
    "purchase_cost": ("cost",),
    "packaging_cost": ("packaging",),
    "step": ("step",),
    "price": ("price:{city}", "price"),
    "floor": ("floor:{city}", "floor"),
    "ceiling": ("ceiling:{city}", "ceiling"),
    "is_available": ("point:{point}",),
    "stock_count": ("point:{point}",),
    "preorder_days": ("preorder",),
}
# SKUs that Excel takes for numbers which it writes otherwise: with zeros in front, or with a power of ten.
LIKE_A_NUMBER = r"^(0[0-9]+|[0-9]+(\.[0-9]+)?[Ee][+]?[0-9]{1,3})$"


def preview(upload: ProductUpload) -> tuple[Counts, list[Doubt]]:
    """Write the pages and the wishes of an upload whose rows are read. Raises Overtaken."""
    target = files.aside(files.wishes_of(upload), upload.claim)
    with target.open("wb") as file:
        found = _Checking(upload, start_anew(upload), file).run()
    target.replace(files.wishes_of(upload))
    return found


class _Checking:
    """One pass over the rows of an upload."""

    def __init__(self, upload: ProductUpload, pages: PageWriter, wishes: BinaryIO) -> None:
        self._upload = upload
        self._store = upload.store
        self._pages = pages
        self._said: list[tuple[str, Entry]] = []
        self._wishes = WishWriter(wishes)
        self._columns = {name: number for number, name in enumerate(upload.columns, start=1)}
        self._counts = Counts()
        self._prices = Prices()
        self._repriced = Repriced()
        self._named: set[str] = set()
        self._mangled = _mangled_skus(upload)
        self._points = read_points(upload.store)
        self._terms = terms_of(upload)

    def run(self) -> tuple[Counts, list[Doubt]]:
        tell = work.progress_of(self._upload, "rows_checked")
        done = 0
        for batch in read_batches(files.rows_of(self._upload)):
            done += len(batch.rows)
            self._note_problems(batch)
            self._judge(batch)
            self._write_said()
            tell(done)
        self._note_leaving()
        if self._counts.going_off:
            self._counts.on_sale = _count_on_sale(self._store)
        self._counts.repriced = self._repriced.count_more(self._store)
        self._write_said()
        self._pages.finish()
        return self._counts, list(doubts_of(self._upload, self._counts, self._prices))

    def _say(self, kind: str, entry: Entry) -> None:
        self._said.append((kind, entry))

    def _write_said(self) -> None:
        """Into the pages, in the file's order: rows that are judged together are said first."""
        self._said.sort(key=lambda said: said[1].get("row", 0))
        for kind, entry in self._said:
            self._pages.add(kind, entry)
        self._said.clear()

    def _note_problems(self, batch: Batch) -> None:
        """The rows that are not read are noted; those whose SKU has lost its zeros are left out too."""
        for problem in batch.problems:
            self._note_problem(problem)
        self._named.update(batch.skus)
        if not self._mangled or not any(batch.are_numbers):
            return
        have_lost = [
            is_number and sku in self._mangled for sku, is_number in zip(batch.skus, batch.are_numbers, strict=True)
        ]
        for sku, row in compress(zip(batch.skus, batch.rows, strict=True), have_lost):
            facts = {"sku": ", ".join(self._mangled[sku])}
            self._note_problem(Problem(row, self._columns["sku"], sku, "lost_zeros", facts))
        batch.keep([not has_lost for has_lost in have_lost])

    def _judge(self, batch: Batch) -> None:
        """What is new and what is as it was is seen at once; the other rows are judged one by one."""
        table = table_of(batch, self._store.merchant_id, self._points)
        found = sort_out(self._store, self._points, table, self._upload.created_at)
        self._counts.unchanged += len(found.same)
        self._counts.known += len(found.same)
        self._counts.unknown += len(found.new)
        self._prices.add_unmoved(found.same_prices)
        if found.new:
            self._wishes.write(found.additions)
            self._note_additions(found.additions, [batch.rows[at] for at in found.new])
        repeated = dict(found.repeated)
        changes = list(map(table.change, found.rest))
        plans = plan_changes(self._store, changes, self._terms)
        for at, change, plan in zip(found.rest, changes, plans, strict=True):
            self._note(plan, batch.rows[at])
            if not plan.refused:
                self._prices.add_unmoved(_count_unmoved(change, plan))
                repeated.update((pk, stock) for pk, stock in plan.repeated.items() if pk in found.stale)
        if repeated:
            self._note_counts(repeated, found.stale)

    def _note_counts(self, repeated: Mapping[int, int], doubts: Mapping[int, str]) -> None:
        """Stocks that are told again, by the doubts that this ends."""
        self._counts.counted += len(repeated)
        by_doubt: defaultdict[str, dict[int, int]] = defaultdict(dict)
        for pk, stock in repeated.items():
            by_doubt[doubts[pk]][pk] = stock
        self._wishes.write(Recount(self._upload.created_at, by_doubt))

    def _note_additions(self, additions: Table, rows: Sequence[int]) -> None:
        self._counts.added += len(rows)
        for row, sku, new in zip(rows, additions.skus, told_of(additions), strict=True):
            self._say("added", _added(row, sku, new))

    def _note_problem(self, problem: Problem) -> None:
        self._counts.refused += 1
        if problem.sku:
            self._note_named(problem.sku)
        else:
            self._counts.nameless += 1
        entry = without_empty(
            row=problem.row, column=problem.column, sku=problem.sku, code=problem.code, facts=problem.facts
        )
        self._say("refused", entry)

    def _note_named(self, sku: str) -> None:
        """Nobody knows whether the SKU of a refused row has lost its zeros: then that one is not missing either."""
        self._named.update([sku, *self._mangled.get(sku, [])])

    def _note(self, plan: ProductPlan, row: int) -> None:
        self._counts.known += not plan.is_new
        self._counts.unknown += plan.is_new
        if plan.refused:
            self._counts.refused += 1
            self._note_named(plan.sku)
            for each in plan.refused:
                column = self._column(each.field, each.city_id, each.point_code)
                self._say("refused", entry_of_refused(row, column, plan.sku, each))
            return
        if not plan.is_changed:
            self._counts.unchanged += 1
            return
        self._wishes.write(wish_of(plan))
        self._repriced.add(plan)
        if plan.is_new:
            self._note_added(plan, row)
        else:
            self._note_changed(plan, row)

    def _note_added(self, plan: ProductPlan, row: int) -> None:
        self._counts.added += 1
        self._say("added", _added(row, plan.sku, beginning_of(plan.changes)))

    def _note_changed(self, plan: ProductPlan, row: int) -> None:
        self._counts.changed += 1
        self._counts.going_off += plan.goes_off_sale
        for each in plan.changes:
            if each.field == "price" and each.old:
                self._prices.add(each.old, each.new)
            entry = without_empty(
                row=row,
                column=self._column(each.field, each.city_id, each.point_code),
                sku=plan.sku,
                field=each.field,
                city_id=each.city_id,
                point_code=each.point_code,
            )
            self._say("changed", entry | {"old": each.old, "new": each.new})

    def _column(self, name: str, city: str, point: str) -> int:
        """Where in the row it was read; 0 where the file has no columns."""
        names = (column.format(city=city, point=point) for column in COLUMNS.get(name, ()))
        return next((self._columns[column] for column in names if column in self._columns), 0)

    # --- Products that the file does not name ---

    def _note_leaving(self) -> None:
        """Products that go off sale because a file that is the whole range does not name them."""
        if not self._upload.is_whole_range or self._counts.nameless:
            return
        leaving = {sku: codes for sku, codes in _on_sale(self._upload).items() if sku not in self._named}
        for plan in plan_changes(self._upload.store, _off_sale(leaving)):
            self._counts.leaving += 1
            self._counts.going_off += plan.goes_off_sale
            self._wishes.write(wish_of(plan))
            self._say("leaving", {"sku": plan.sku, "new": {"points": leaving[plan.sku]}})


def _added(row: int, sku: str, new: dict[str, Any]) -> Entry:
    """All that a product begins with, its prices among it also where it has none."""
    new["prices"] = new.pop("price", {})
    return {"row": row, "sku": sku, "new": new}


def _mangled_skus(upload: ProductUpload) -> dict[str, list[str]]:
    """What Excel makes of SKUs that it takes for other numbers, `00123` and `12E4` → those SKUs; no SKU itself."""
    of_store = Product.everything.filter(store=upload.store)
    skus = of_store.filter(sku__regex=LIKE_A_NUMBER).values_list("sku", flat=True)
    mangled: dict[str, list[str]] = {}
    for sku in skus:
        number = Decimal(sku)
        if number == number.to_integral_value():
            mangled.setdefault(str(int(number)), []).append(sku)
    meant = set(of_store.filter(sku__in=among(mangled)).values_list("sku", flat=True)) if mangled else set()
    return {number: skus for number, skus in mangled.items() if number not in meant}


def _on_sale(upload: ProductUpload) -> dict[str, list[str]]:
    """SKU → the points where it is on sale, or would be if they were open."""
    rows = Availability.everything.filter(product__store=upload.store, is_available=True)
    on_sale: dict[str, list[str]] = {}
    for sku, code in rows.order_by("product", "sales_point").values_list("product__sku", "sales_point__code"):
        on_sale.setdefault(sku, []).append(code)
    return on_sale


def _count_unmoved(change: ProductChange, plan: ProductPlan) -> int:
    """How many prices of cities the wish tells as they stand."""
    moved = {each.city_id for each in plan.changes if each.field == "price"}
    return sum(change.tells_price(city_id) for city_id in plan.after.cities.keys() - moved)


def _count_on_sale(store: Store) -> int:
    rows = Availability.everything.filter(product__store=store, is_available=True, sales_point__is_open=True)
    return rows.values("product").distinct().count()


def _off_sale(leaving: Mapping[str, Iterable[str]]) -> Iterator[ProductChange]:
    for sku, codes in leaving.items():
        yield ProductChange(sku, points={code: PointChange(is_available=False) for code in codes})
