"""A file, from the first byte to the undo: what it would do is shown, and only that is done."""

import gc
import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override
from pytest_django.fixtures import Settings

from stores.models import (
    Availability,
    CardMarket,
    CatalogueBatch,
    CityPrice,
    Order,
    OrderItem,
    Product,
    ProductPriceUpdate,
    ProductUpload,
    SalesPoint,
    StockMovement,
    Store,
    UploadColumns,
    UploadPage,
    WaitingPrice,
)
from stores.services.catalogue import EMPTY, CityChange, ProductChange, apply_changes
from stores.services.catalogue.sending import send_waiting
from stores.services.errors import Forbidden, Refusal, StaleEdit
from stores.services.exports.files import export_table
from stores.services.orders.acceptance.judge import read_lines
from stores.services.prices import gateway
from stores.services.prices.undo import undo
from stores.services.stock.following import follow_orders
from stores.services.uploads import files, receive, work
from stores.services.uploads.steps import work_next
from stores.services.uploads.sweep import clear_old
from stores.services.uploads.texts import doubt_text, entry_text, place_of, refusal_text
from tests import cast
from tests.sheets.makers import HEAD, KETTLE, TEMPLATE, price_list, table, workbook
from users.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("uploads_dir")]

State = ProductUpload.State
Rows = Sequence[Sequence[Any]]


def bring(store: Store, content: bytes, actor: User, name: str = "range.xlsx", **terms: bool) -> ProductUpload:
    """Receive the file, and let the workers do what they can."""
    upload = receive.receive(store, name, [content], actor, **terms)
    return worked(upload)


def worked(upload: ProductUpload) -> ProductUpload:
    while work_next():
        pass
    upload.refresh_from_db()
    return upload


def entries(upload: ProductUpload, kind: str) -> list[dict[str, Any]]:
    pages = UploadPage.everything.filter(upload=upload, kind=kind).order_by("number")
    return [entry for page in pages for entry in page.entries]


def everything_of(store: Store) -> list[Any]:
    """All that a file could change."""
    return [
        list(Product.everything.filter(store=store).order_by("pk").values()),
        list(CityPrice.everything.filter(product__store=store).order_by("pk").values()),
        list(Availability.everything.filter(product__store=store).order_by("pk").values()),
    ]


def prices_of(store: Store) -> dict[str, int]:
    return dict(CityPrice.everything.filter(product__store=store).values_list("product__sku", "price"))


# --- The whole way ----------------------------------------------------------------------------------------------------


def test_a_file_is_previewed_applied_and_undone(store: Store, seller: User) -> None:
    cast.product(store, "OLD", price=10_000, cities=(cast.ALMATY,))
    before = everything_of(store)
    rows = [
        ["SKU", "Название", "Цена", "Мин. цена", "Себестоимость", "PP1"],
        ["OLD", "Чайник OLD", 10_500, 9_000, 7_000, 3],
        ["NEW", "Утюг", 20_000, 18_000, 15_000, "yes"],
        ["BAD", "Фен", "12.000", "", "", "yes"],
    ]
    upload = bring(store, workbook(rows), seller)
    assert (upload.state, upload.kind, upload.rows_read) == (State.PREVIEWED, "xlsx", 3)
    counts = (upload.rows_added, upload.rows_changed, upload.rows_refused, upload.rows_unchanged)
    assert counts == (1, 1, 1, 0)
    assert everything_of(store) == before
    changed = {(each["field"], each["column"], each["old"], each["new"]) for each in entries(upload, "changed")}
    assert changed >= {("price", 3, 10_000, 10_500), ("floor", 4, 8_000, 9_000), ("stock_count", 6, 5, 3)}
    (refused,) = entries(upload, "refused")
    assert (place_of(upload.kind, refused["row"], refused["column"]), refused["sku"]) == ("C4", "BAD")
    assert "12.000" in entry_text(refused)

    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    assert upload.state == State.APPLIED
    old, new = Product.everything.get(sku="OLD"), Product.everything.get(sku="NEW")
    assert (cast.city_price(old).price, cast.city_price(old).floor) == (10_500, 9_000)
    assert (cast.city_price(new).price, new.model, new.purchase_cost) == (20_000, "Утюг", 15_000)
    assert not Product.everything.filter(sku="BAD").exists()
    assert upload.batch.source == CatalogueBatch.Source.UPLOAD

    receive.undo(upload, seller)
    worked(upload)
    assert upload.state == State.UNDONE
    assert (cast.city_price(old).price, cast.city_price(old).floor) == (10_000, 8_000)
    assert not Product.everything.filter(sku="NEW").exists()


@pytest.mark.parametrize("content", [workbook([TEMPLATE, KETTLE]), b"<kaspi_catalog>"], ids=["read", "refused"])
def test_cycles_are_collected_again_when_a_step_is_done(store: Store, seller: User, content: bytes) -> None:
    upload = bring(store, content, seller)
    assert upload.state in {State.PREVIEWED, State.REFUSED}
    assert gc.isenabled()


def test_a_preview_is_in_the_files_order(store: Store, seller: User) -> None:
    """Also where a row with limits is judged by itself, between two that are not."""
    header = ["SKU", "model", "price", "Мин. цена", "PP1"]
    rows = [["A", "Утюг", 500, "", "yes"], ["B", "Утюг", 500, 400, "yes"], ["C", "Утюг", 500, "", "yes"]]
    upload = bring(store, workbook([header, *rows]), seller)
    told = [(each["row"], each["sku"], each["new"]) for each in entries(upload, "added")]
    new = {"model": "Утюг", "prices": {cast.ALMATY: 500}, "is_available": {"PP1": True}}
    assert told == [(2, "A", new), (3, "B", new | {"floor": {cast.ALMATY: 400}}), (4, "C", new)]


def test_all_that_a_new_product_begins_with_is_shown(store: Store, seller: User) -> None:
    """One that is added as it is, and one that is judged for its limits: the same words for both."""
    header = ["SKU", "model", "price", "cost", "card", "PP1", "preorder", "Мин. цена", "Макс. цена"]
    plain = ["A", "Утюг", 20_000, 15_000, "100500100", 7, 2, "", ""]
    upload = bring(store, workbook([header, plain, ["B", *plain[1:-2], 18_000, 25_000]]), seller)
    told = {each["sku"]: each["new"] for each in entries(upload, "added")}
    new = {
        "model": "Утюг",
        "purchase_cost": 15_000,
        "card_id": "100500100",
        "prices": {cast.ALMATY: 20_000},
        "is_available": {"PP1": True},
        "stock_count": {"PP1": 7},
        "preorder_days": {"PP1": 2},
    }
    assert told == {"A": new, "B": new | {"floor": {cast.ALMATY: 18_000}, "ceiling": {cast.ALMATY: 25_000}}}


def test_the_same_file_again_changes_nothing(store: Store, seller: User) -> None:
    content = workbook([TEMPLATE, KETTLE])
    first = bring(store, content, seller)
    receive.apply(first, first.preview_number, [], seller)
    work_next()
    before = everything_of(store)
    again = bring(store, content, seller)
    assert (again.rows_added, again.rows_changed, again.rows_unchanged) == (0, 0, 1)
    with pytest.raises(Refusal) as refused:
        receive.apply(again, again.preview_number, [], seller)
    assert refused.value.code == "nothing_to_do"
    assert everything_of(store) == before


def test_an_xml_price_list_of_the_marketplace_is_taken(store: Store, seller: User) -> None:
    upload = bring(store, price_list(), seller, "ACTIVE.xml")
    assert (upload.state, upload.kind, upload.rows_added) == (State.PREVIEWED, "xml", 1)
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    product = Product.everything.get(store=store, sku="SKU-1")
    there = product.availabilities.get()
    assert (there.sales_point.code, there.is_available, there.stock_count) == ("PP1", True, 5)
    assert cast.city_price(product).price == 12_000


def test_costs_and_limits_come_by_sku(store: Store, seller: User) -> None:
    product = cast.product(store, "A", cities=(cast.ALMATY, cast.ASTANA))
    rows = [["Артикул", "Себестоимость", "Мин. цена", "Макс. цена Астана"], ["A", "7 500 ₸", 8_500, 12_500]]
    upload = bring(store, table(rows), seller, "limits.csv")
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    product.refresh_from_db()
    assert product.purchase_cost == 7_500
    limits = {row.city_id: (row.floor, row.ceiling) for row in product.city_prices.all()}
    assert limits == {cast.ALMATY: (8_500, 12_000), cast.ASTANA: (8_500, 12_500)}


@pytest.mark.parametrize(("language", "form"), [("en", "csv"), ("kk", "xlsx"), ("ru", "csv"), ("ru", "xlsx")])
def test_our_own_table_of_prices_comes_back(store: Store, seller: User, language: str, form: str) -> None:
    """As it left it changes nothing; with one floor in it changed, it changes that one."""
    for sku in ("A", "-B"):
        cast.product(store, sku, cities=(cast.ALMATY, cast.ASTANA), marker="=1")
    cast.product(store, "C", floor=None, ceiling=None)
    before = everything_of(store)
    with override(language):
        content = b"".join(export_table(store, "prices", form).chunks)
    upload = bring(store, content, seller, f"prices.{form}")
    assert (upload.state, upload.rows_unchanged, upload.rows_refused) == (State.PREVIEWED, 3, 0)
    assert (upload.rows_added, upload.rows_changed, everything_of(store)) == (0, 0, before)
    if form == "csv":
        astana = next(line for line in content.splitlines() if b"'-B" in line and cast.ASTANA.encode() in line)
        upload = bring(store, content.replace(astana, astana.replace(b";8000;", b";9000;")), seller, "prices.csv")
        told = [(each["sku"], each["field"], each["city_id"], each["new"]) for each in entries(upload, "changed")]
        assert told == [("-B", "floor", cast.ASTANA, 9_000)]


@pytest.mark.parametrize("language", ["en", "kk", "ru"])
def test_our_own_table_of_products_comes_back(store: Store, seller: User, language: str) -> None:
    """Nobody is asked for its columns, and as it left it changes nothing."""
    cast.product(store, "A")
    before = everything_of(store)
    with override(language):
        content = b"".join(export_table(store, "products", "csv").chunks)
    upload = bring(store, content, seller, "products.csv")
    assert (upload.state, upload.rows_unchanged, upload.rows_refused) == (State.PREVIEWED, 1, 0)
    assert everything_of(store) == before


# --- Columns ----------------------------------------------------------------------------------------------------------

ODD_COLUMNS = [["Код", "Закуп с НДС"], ["A", 7_100]]


def test_columns_are_asked_for_once(store: Store, seller: User) -> None:
    cast.product(store, "A")
    upload = bring(store, workbook(ODD_COLUMNS), seller)
    assert (upload.state, upload.header["names"]) == (State.UNSURE, ["Код", "Закуп с НДС"])
    receive.choose_columns(upload, ["sku", "cost"], seller)
    assert worked(upload).state == State.PREVIEWED
    assert [each["new"] for each in entries(upload, "changed")] == [7_100]
    assert bring(store, workbook(ODD_COLUMNS), seller).state == State.PREVIEWED


def test_columns_without_a_header_are_asked_for_each_time(store: Store, seller: User) -> None:
    """The next table of as many columns may have price and floor the other way round."""
    cast.product(store, "A")
    content = table([["A", 9_500, 9_000], ["A", 9_500, 9_000]])
    upload = bring(store, content, seller)
    assert (upload.state, upload.header["row"]) == (State.UNSURE, 0)
    receive.choose_columns(upload, ["sku", "price", "floor"], seller)
    assert worked(upload).state == State.PREVIEWED
    told = {(each["field"], each["new"]) for each in entries(upload, "changed")}
    assert told == {("price", 9_500), ("floor", 9_000)}
    receive.choose_columns(upload, ["sku", "price", "cost"], seller)
    worked(upload)
    assert {each["field"] for each in entries(upload, "changed")} == {"price", "purchase_cost"}
    assert bring(store, content, seller).state == State.UNSURE


@pytest.mark.parametrize(
    "columns",
    [
        ["sku"],
        ["sku", ""],
        ["sku", "sku"],
        ["cost", "price"],
        ["sku", "point:PP9"],
        ["sku", "price:1"],
        ["sku", "wish"],
    ],
)
def test_columns_that_make_no_sense_are_refused(store: Store, seller: User, columns: list[str]) -> None:
    upload = bring(store, workbook(ODD_COLUMNS), seller)
    with pytest.raises(Refusal) as refused:
        receive.choose_columns(upload, columns, seller)
    assert refused.value.code == "bad_columns"
    assert worked(upload).state == State.UNSURE
    assert not UploadColumns.everything.exists()


def test_another_stores_columns_are_not_known_here(
    store: Store, strangers_store: Store, stranger: User, seller: User
) -> None:
    upload = bring(strangers_store, workbook(ODD_COLUMNS), stranger)
    receive.choose_columns(upload, ["sku", "cost"], stranger)
    assert bring(store, workbook(ODD_COLUMNS), seller).state == State.UNSURE


# --- What waits for a person ------------------------------------------------------------------------------------------


def goods(store: Store, count: int, price: int = 10_000) -> None:
    for number in range(count):
        cast.product(store, f"S-{number}", card_id=f"{100_000_000 + number}", price=price, floor=None, ceiling=None)


def test_prices_that_leave_later_are_listed(store: Store, seller: User, settings: Settings) -> None:
    settings.CHANGES_PER_HALF_HOUR = 1
    goods(store, 3)
    rows = [["SKU", "price"], *([f"S-{number}", 9_900] for number in range(3))]
    upload = bring(store, workbook(rows), seller)
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    assert (upload.state, upload.rows_changed, upload.rows_held, upload.rows_waiting) == (State.APPLIED, 3, 0, 2)
    assert entries(upload, "waiting") == [
        {"sku": sku, "field": "price", "city_id": cast.ALMATY, "old": 10_000, "new": 9_900} for sku in ("S-1", "S-2")
    ]
    assert entries(upload, "held") == []


def test_prices_that_move_by_a_third_need_a_yes(store: Store, seller: User) -> None:
    goods(store, 3)
    rows = [["SKU", "price"], ["S-0", 6_600], ["S-1", 6_600], ["S-2", 9_900]]
    upload = bring(store, workbook(rows), seller)
    assert upload.doubts == [{"code": "median_moved", "facts": {"percent": -34}}]
    assert "-34" in doubt_text(upload.doubts[0])
    with pytest.raises(Refusal) as refused:
        receive.apply(upload, upload.preview_number, [], seller)
    assert (refused.value.code, refused.value.fields) == ("confirm_needed", {"confirm": ["median_moved"]})
    assert worked(upload).state == State.PREVIEWED
    receive.apply(upload, upload.preview_number, ["median_moved"], seller)
    assert worked(upload).state == State.APPLIED


def test_prices_that_move_by_less_do_not(store: Store, seller: User) -> None:
    goods(store, 3)
    rows = [["SKU", "price"], ["S-0", 6_600], ["S-1", 6_700], ["S-2", 9_900]]
    assert bring(store, workbook(rows), seller).doubts == []


def test_rows_without_a_price_do_not_dilute_those_that_move(store: Store, seller: User) -> None:
    """Nor does another change beside a price that is told as it stands make it one that is not told."""
    goods(store, 21)
    header, moved = ["SKU", "price", "brand"], [[f"S-{number}", 1_000, "Qazan"] for number in range(10)]
    for price, brand, doubts in (("", "", ["median_moved"]), ("", "Qazan", ["median_moved"]), (10_000, "Qazan", [])):
        rest = [[f"S-{number}", price, brand] for number in range(10, 21)]
        upload = bring(store, workbook([header, *moved, *rest]), seller)
        assert [doubt["code"] for doubt in upload.doubts] == doubts


@pytest.mark.parametrize(("names", "is_doubtful"), [(["price"], False), (["Цена Алматы"], True)])
def test_a_price_that_stands_in_two_cities_is_two(
    store: Store, seller: User, names: list[str], is_doubtful: bool
) -> None:
    """As one that moves in two cities is."""
    goods(store, 3)
    for sku in ("A", "B"):
        cast.product(store, sku, cities=(cast.ALMATY, cast.ASTANA), price=10_000)
    rows = [["SKU", *names], *[[f"S-{number}", 6_000] for number in range(3)], ["A", 10_000], ["B", 10_000]]
    assert bool(bring(store, workbook(rows), seller).doubts) == is_doubtful


def test_what_a_file_does_not_name_stays_unless_it_is_the_whole_range(store: Store, seller: User) -> None:
    goods(store, 5)
    rows = [["SKU", "price"], *[[f"S-{number}", 10_000] for number in range(3)]]
    upload = bring(store, workbook(rows), seller)
    assert (upload.rows_leaving, upload.doubts) == (0, [])
    receive.change_terms(upload, is_whole_range=True, move_prices=False, is_confirmed=False, actor=seller)
    worked(upload)
    assert (upload.rows_leaving, upload.doubts) == (2, [])
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    on_sale = Availability.everything.filter(is_available=True).values_list("product__sku", flat=True)
    assert sorted(on_sale) == ["S-0", "S-1", "S-2"]
    assert Product.everything.filter(store=store).count() == 5


def test_a_range_that_loses_more_than_two_fifths_needs_a_yes(store: Store, seller: User) -> None:
    goods(store, 5)
    rows = [["SKU", "price"], ["S-0", 10_000], ["S-1", 10_000]]
    upload = bring(store, workbook(rows), seller, is_whole_range=True)
    assert upload.doubts == [{"code": "many_leave", "facts": {"leaving": 3, "on_sale": 5}}]


@pytest.mark.parametrize("told", [0, "no"])
@pytest.mark.parametrize(
    ("gone", "doubts"), [(2, []), (3, [{"code": "many_leave", "facts": {"leaving": 3, "on_sale": 5}}])]
)
def test_a_file_that_says_of_many_products_that_none_is_left_needs_a_yes(
    store: Store, seller: User, told: object, gone: int, doubts: list[dict[str, Any]]
) -> None:
    """Also one that is not the whole range: what it names is what it takes off sale."""
    goods(store, 5)
    rows = [["SKU", "PP1"], *[[f"S-{number}", told] for number in range(gone)]]
    assert bring(store, workbook(rows), seller).doubts == doubts


def test_what_the_file_empties_and_what_it_does_not_name_are_counted_together(store: Store, seller: User) -> None:
    goods(store, 5)
    rows = [["SKU", "PP1"], ["S-0", 5], ["S-1", 5], ["S-2", 5], ["S-3", 0]]
    upload = bring(store, workbook(rows), seller, is_whole_range=True)
    assert (upload.rows_leaving, upload.doubts) == (1, [])
    rows[3][1] = 0
    upload = bring(store, workbook(rows), seller, is_whole_range=True)
    assert (upload.rows_leaving, upload.doubts) == (1, [{"code": "many_leave", "facts": {"leaving": 3, "on_sale": 5}}])


def test_what_lies_at_another_open_point_or_at_closed_ones_only_does_not_go_off_sale(
    store: Store, seller: User
) -> None:
    cast.product(store, "A", cities=(cast.ALMATY, cast.ASTANA))
    assert bring(store, workbook([["SKU", "PP1"], ["A", 0]]), seller).doubts == []
    SalesPoint.everything.filter(store=store).update(is_open=False)
    assert bring(store, workbook([["SKU", "PP1", "PP2"], ["A", 0, 0]]), seller).doubts == []


def test_a_row_that_is_refused_does_not_go_off_sale(store: Store, seller: User) -> None:
    goods(store, 2)
    rows = [["SKU", "price"], ["S-0", "12.000"], ["S-1", 10_000]]
    assert bring(store, workbook(rows), seller, is_whole_range=True).rows_leaving == 0


@pytest.mark.parametrize(("price", "make"), [(10_000, workbook), ("12.000", workbook), (10_000, table)])
def test_a_product_whose_zeros_excel_has_lost_does_not_go_off_sale(
    store: Store, seller: User, price: object, make: Callable[[Rows], bytes]
) -> None:
    """Also where the row is refused for its price; and where a CSV of Excel's would add it under the shorter SKU."""
    for sku in ("00123", "0123", "A", "B"):
        cast.product(store, sku)
    rows = [["SKU", "model", "price"], [123, "Чайник", price], ["A", "", 10_000]]
    upload = bring(store, make(rows), seller, is_whole_range=True)
    assert [each["sku"] for each in entries(upload, "refused")] == ["123"]
    assert [each["sku"] for each in entries(upload, "leaving")] == ["B"]


def test_nothing_goes_off_sale_while_a_row_has_no_sku(store: Store, seller: User) -> None:
    goods(store, 3)
    rows = [["SKU", "price"], ["S-0", 10_000], ["", 9_000]]
    upload = bring(store, workbook(rows), seller, is_whole_range=True)
    assert upload.rows_leaving == 0
    assert [doubt["code"] for doubt in upload.doubts] == ["nameless_rows"]


def test_a_file_that_knows_nothing_of_a_large_store_needs_a_yes(store: Store, seller: User) -> None:
    goods(store, 20)
    rows = [["SKU", "model", "price", "PP1"], ["X", "Утюг", 500, "yes"]]
    assert [doubt["code"] for doubt in bring(store, workbook(rows), seller).doubts] == ["nothing_known"]


@pytest.mark.parametrize("model", ["Утюг", ""], ids=["added", "refused"])
@pytest.mark.parametrize(("known", "codes"), [(1, ["nothing_known"]), (2, ["nothing_known"]), (3, [])])
def test_a_few_skus_in_common_make_it_no_file_of_this_store(
    store: Store, seller: User, model: str, known: int, codes: list[str]
) -> None:
    """Of eight that the store does not know, whether they could be added or not."""
    goods(store, 20)
    header, ours = ["SKU", "model", "price", "PP1"], [[f"S-{number}", "", 10_000, 5] for number in range(known)]
    strange = [[f"X-{number}", model, 10_000, 5] for number in range(8)]
    upload = bring(store, workbook([header, *ours, *strange]), seller)
    assert [doubt["code"] for doubt in upload.doubts] == codes
    assert all("8" in doubt_text(doubt) for doubt in upload.doubts)


def test_a_cost_a_hundred_times_off_is_refused_until_it_is_confirmed(store: Store, seller: User) -> None:
    """Of a product that the store has, and of a new one."""
    cast.product(store, "A")
    rows = [["SKU", "model", "price", "cost", "PP1"], ["A", "", "", 70, ""], ["N", "Утюг", 9_000, 90, 5]]
    upload = bring(store, workbook(rows), seller)
    told = [(each["sku"], each["field"], each["column"], each["code"]) for each in entries(upload, "refused")]
    assert told == [("A", "purchase_cost", 4, "confirm_needed"), ("N", "purchase_cost", 4, "confirm_needed")]
    receive.change_terms(upload, is_whole_range=False, move_prices=False, is_confirmed=True, actor=seller)
    worked(upload)
    assert (upload.rows_changed, upload.rows_added, upload.rows_refused) == (1, 1, 0)


def test_numbers_that_look_like_a_slip_are_refused_until_they_are_confirmed(store: Store, seller: User) -> None:
    cast.product(store, "A", floor=8_000)
    upload = bring(store, workbook([["SKU", "Мин. цена"], ["A", 800]]), seller)
    assert [each["code"] for each in entries(upload, "refused")][:1] == ["confirm_needed"]
    receive.change_terms(upload, is_whole_range=False, move_prices=False, is_confirmed=True, actor=seller)
    assert worked(upload).rows_changed == 1


# --- What is refused --------------------------------------------------------------------------------------------------


def test_a_number_that_may_have_lost_its_zeros_is_refused(store: Store, seller: User) -> None:
    cast.product(store, "00123")
    upload = bring(store, workbook([["SKU", "price"], [123, 9_900], ["77", 500]]), seller)
    codes = [(each["sku"], each["code"]) for each in entries(upload, "refused")]
    assert codes == [("123", "lost_zeros"), ("77", "no_such_product")]


def test_a_number_that_is_an_sku_itself_has_lost_nothing(store: Store, seller: User) -> None:
    cast.product(store, "00123")
    cast.product(store, "123", card_id="100000002")
    upload = bring(store, workbook([["SKU", "price"], [123, 9_900]]), seller)
    assert (upload.rows_changed, upload.rows_refused) == (1, 0)


@pytest.mark.parametrize(
    ("sku", "read", "is_refused"),
    [
        ("12E4", 120_000, True),
        ("1.5e3", 1_500, True),
        ("0E12", 0, True),
        ("00", 0, True),
        ("12E-4", 120_000, False),
        ("12E15", 120_000, False),
        ("E4", 120_000, False),
        ("120001", 120_000, False),
    ],
)
def test_a_number_that_excel_makes_of_a_stored_sku_is_refused(
    store: Store, seller: User, sku: str, read: int, is_refused: bool
) -> None:
    """It would be added beside it, with a price of its own. As text it is another SKU."""
    cast.product(store, sku)
    header = ["SKU", "model", "price", "PP1"]
    upload = bring(store, workbook([header, [read, "Утюг", 500, "yes"]]), seller)
    refused = [(each["code"], each["facts"]) for each in entries(upload, "refused")]
    assert refused == ([("lost_zeros", {"sku": sku})] if is_refused else [])
    assert upload.rows_added == (not is_refused)
    as_text = bring(store, workbook([header, [str(read), "Утюг", 500, "yes"]]), seller)
    assert (as_text.rows_added, as_text.rows_refused) == (1, 0)


def test_a_price_that_is_refused_is_not_told_to_be_missing(store: Store, seller: User) -> None:
    """Only in the other city, where none is given."""
    header = ["SKU", "model", "Цена Алматы", "Мин. цена Алматы", "PP1", "PP2"]
    rows = [["A", "Утюг", 50, "", "yes", "no"], ["B", "Утюг", 500, 600, "yes", "no"], ["C", "Утюг", 50, "", "yes", 3]]
    upload = bring(store, workbook([header, *rows]), seller)
    told = [(each["sku"], each["code"], each["city_id"]) for each in entries(upload, "refused")]
    assert told == [
        ("A", "out_of_range", cast.ALMATY),
        ("B", "price_outside_limits", cast.ALMATY),
        ("C", "out_of_range", cast.ALMATY),
        ("C", "no_price", cast.ASTANA),
    ]
    assert not Product.everything.exists()


def test_offers_of_one_line_that_contradict_each_other_are_both_refused(store: Store, seller: User) -> None:
    """A product of the store and a new one; what is left of the file is applied."""
    goods(store, 2)
    offer = (
        '<offer sku="{}"><model>Чайник</model><availabilities><availability available="yes" storeId="PP1"/>'
        "</availabilities><price>{}</price></offer>"
    )
    offers = [("S-0", 9_000), ("NEW", 9_000), ("S-1", 9_900), ("S-0", 9_500), ("NEW", 9_500)]
    content = price_list("".join(offer.format(*each) for each in offers), head=HEAD.replace("\n", " "))
    upload = bring(store, content.replace(b"\n", b""), seller, "one-line.xml")
    codes = [(each["sku"], each["code"]) for each in entries(upload, "refused")]
    assert sorted(codes) == [("NEW", "twins"), ("NEW", "twins"), ("S-0", "twins"), ("S-0", "twins")]
    receive.apply(upload, upload.preview_number, [], seller)
    assert worked(upload).state == State.APPLIED
    assert prices_of(store) == {"S-0": 10_000, "S-1": 9_900}


def test_a_point_is_never_invented(store: Store, seller: User) -> None:
    row = ["A", "Утюг", "Qazan", 9_900, "yes", "", 4, "no", "", ""]
    upload = bring(store, workbook([TEMPLATE, row]), seller)
    codes = [(each["code"], each["point_code"]) for each in entries(upload, "refused")]
    assert codes == [("unknown_point", "PP3")]
    assert upload.rows_added == 0


def test_points_that_the_template_has_and_the_store_has_not_are_no_fault(store: Store, seller: User) -> None:
    row = ["A", "Утюг", "Qazan", 9_900, "yes", "", "no", 0, "", ""]
    assert bring(store, workbook([TEMPLATE, row]), seller).rows_added == 1


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        (b"   \n", "empty", ""),
        (workbook([TEMPLATE]), "empty", ""),
        (price_list(merchant="30999999"), "other_store", "30999999"),
        (price_list()[:-60], "malformed_xml", "line"),
        (b"\x89PNG\r\n\x1a\n\x00", "unknown_kind", ""),
    ],
    ids=["blank", "header only", "another store's", "cut", "picture"],
)
def test_a_file_that_is_refused_changes_nothing(
    store: Store, seller: User, content: bytes, code: str, told: str
) -> None:
    goods(store, 2)
    before = everything_of(store)
    upload = bring(store, content, seller, is_whole_range=True)
    assert (upload.state, upload.refusal["code"]) == (State.REFUSED, code)
    with override("en"):
        assert told in refusal_text(upload.refusal, upload.kind)
    assert everything_of(store) == before
    with pytest.raises(Refusal):
        receive.apply(upload, upload.preview_number, [], seller)


def test_a_file_that_is_too_large_leaves_nothing(store: Store, seller: User, settings: Settings) -> None:
    settings.UPLOAD_LIMIT = 1_000
    with pytest.raises(Refusal) as refused:
        receive.receive(store, "a.csv", [b"x" * 600, b"x" * 600], seller)
    assert refused.value.code == "too_large"
    assert not ProductUpload.everything.exists()
    assert list((settings.UPLOADS_DIR / str(store.pk)).glob("*/source")) == []


def test_who_may_only_look_brings_nothing_in(store: Store, seller: User, assistant: User) -> None:
    upload = bring(store, workbook([TEMPLATE, KETTLE]), seller)
    for act in (
        lambda: receive.receive(store, "a.csv", [b"x"], assistant),
        lambda: receive.apply(upload, upload.preview_number, [], assistant),
        lambda: receive.discard(upload, assistant),
        lambda: receive.choose_columns(upload, ["sku"], assistant),
        lambda: receive.change_terms(upload, is_whole_range=True, move_prices=True, is_confirmed=True, actor=assistant),
    ):
        with pytest.raises(Forbidden):
            act()
    assert worked(upload).state == State.PREVIEWED


def test_a_store_has_only_so_many_open_files(store: Store, seller: User) -> None:
    for _ in range(receive.MOST_OPEN):
        receive.receive(store, "a.csv", [b"SKU;price\nA;500\n"], seller)
    with pytest.raises(Refusal) as refused:
        receive.receive(store, "a.csv", [b"SKU;price\nA;500\n"], seller)
    assert refused.value.code == "too_many_uploads"
    assert len(list(files.folder_of(ProductUpload.everything.latest("pk")).parent.iterdir())) == receive.MOST_OPEN


# --- Stocks that are told again, and those that orders moved meanwhile ------------------------------------------------

Doubt = Availability.Doubt
STOCK: Rows = [["SKU", "PP1"], ["A", 5]]
LONG_AGO = timedelta(days=40)


@pytest.fixture
def counted(store: Store) -> Availability:
    """Five pieces of A at PP1, counted long ago and doubtful for that."""
    there = cast.product(store, "A").availabilities.get()
    Availability.everything.update(counted_stock=5, counted_at=timezone.now() - LONG_AGO, doubt=Doubt.OLD)
    there.refresh_from_db()
    return there


def applied(store: Store, seller: User, rows: Rows = STOCK) -> ProductUpload:
    upload = bring(store, workbook(rows), seller)
    receive.apply(upload, upload.preview_number, [doubt["code"] for doubt in upload.doubts], seller)
    return worked(upload)


def order_of(there: Availability, quantity: int, status: str = "APPROVED_BY_BANK", code: str = "880000001") -> Order:
    """An order that the stock has followed."""
    store = there.product.store
    order = Order.everything.create(
        store=store,
        code=code,
        marketplace_id=f"O{code}",
        sales_point=there.sales_point,
        state="NEW",
        status=status,
        total_price=10_000,
        placed_at=timezone.now(),
        stock_due_at=timezone.now(),
    )
    OrderItem.everything.create(
        order=order,
        entry_number=0,
        product=there.product,
        sku=there.product.sku,
        name="Kettle",
        quantity=quantity,
        base_price=10_000,
        total_price=10_000,
    )
    follow_orders()
    return order


def before_the_file(order: Order) -> Order:
    """It was placed, and the stock followed it, an hour ago."""
    ago = timezone.now() - timedelta(hours=1)
    Order.everything.filter(pk=order.pk).update(placed_at=ago)
    StockMovement.everything.filter(order_item__order=order).update(created_at=ago)
    return order


def accept(order: Order) -> None:
    Order.everything.filter(pk=order.pk).update(
        status="ACCEPTED_BY_MERCHANT",
        state="KASPI_DELIVERY",
        accepted_at=timezone.now(),
        stock_due_at=timezone.now(),
    )
    follow_orders()


def holds(order: Order) -> bool:
    """Whether the order has all its pieces of the stock as it is counted now."""
    return all(line.holds_all() for line in read_lines([order])[order.pk])


def cancel(order: Order) -> None:
    Order.everything.filter(pk=order.pk).update(state="ARCHIVE", status="CANCELLED", stock_due_at=timezone.now())
    follow_orders()


def is_explained(there: Availability) -> bool:
    """The stock is what was counted, and the movements since."""
    since = StockMovement.everything.filter(availability=there, counted_at=there.counted_at)
    return there.stock_count == there.counted_stock + sum(since.values_list("change", flat=True))


@pytest.mark.parametrize("doubt", ["", *Doubt.values])
def test_a_file_that_tells_a_stock_again_makes_its_count_fresh(
    doubt: str, store: Store, seller: User, counted: Availability
) -> None:
    Availability.everything.update(doubt=doubt)
    upload = bring(store, workbook(STOCK), seller)
    assert (upload.state, upload.rows_changed, upload.rows_unchanged, upload.counts_confirmed) == (
        State.PREVIEWED,
        0,
        1,
        1,
    )
    counted.refresh_from_db()
    assert counted.doubt == doubt
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    counted.refresh_from_db()
    assert (upload.state, upload.counts_confirmed) == (State.APPLIED, 1)
    assert (counted.stock_count, counted.counted_stock, counted.counted_at, counted.doubt) == (
        5,
        5,
        upload.created_at,
        "",
    )
    # Told once more a moment later, there is nothing to say.
    again = bring(store, workbook(STOCK), seller)
    with pytest.raises(Refusal) as refused:
        receive.apply(again, again.preview_number, [], seller)
    assert (again.counts_confirmed, refused.value.code) == (0, "nothing_to_do")


def test_a_stock_beside_another_change_is_told_again_too(store: Store, seller: User, counted: Availability) -> None:
    upload = applied(store, seller, [["SKU", "cost", "PP1"], ["A", 6_000, 5]])
    counted.refresh_from_db()
    assert (upload.rows_changed, upload.counts_confirmed, counted.doubt) == (1, 1, "")


@pytest.mark.parametrize(
    "rows", [[["SKU", "cost"], ["A", 6_000]], [["SKU", "cost", "PP1"], ["A", 6_000, ""]]], ids=["no column", "blank"]
)
def test_a_file_without_stocks_touches_none(rows: Rows, store: Store, seller: User, counted: Availability) -> None:
    before = Availability.everything.values().get()
    upload = applied(store, seller, rows)
    assert (upload.state, upload.counts_confirmed) == (State.APPLIED, 0)
    assert Availability.everything.values().get() == before


def test_rules_undercut_again_when_a_file_has_counted(
    store: Store, seller: User, counted: Availability, django_capture_on_commit_callbacks: Any
) -> None:
    later = timezone.now() + timedelta(hours=1)
    CardMarket.objects.update(next_look_at=later)
    upload = bring(store, workbook(STOCK), seller)
    receive.apply(upload, upload.preview_number, [], seller)
    with django_capture_on_commit_callbacks(execute=True):
        worked(upload)
    assert CardMarket.objects.get().next_look_at < later


@pytest.mark.parametrize("doubt", ["", Doubt.OLD, Doubt.NO_GOODS])
def test_undone_the_doubts_that_the_file_ended_are_back(
    doubt: str, store: Store, seller: User, counted: Availability
) -> None:
    Availability.everything.update(doubt=doubt)
    upload = applied(store, seller)
    receive.undo(upload, seller)
    assert worked(upload).state == State.UNDONE
    counted.refresh_from_db()
    assert (counted.stock_count, counted.doubt) == (5, doubt)


def test_undone_later_counts_stay(store: Store, seller: User, counted: Availability) -> None:
    upload = applied(store, seller)
    Availability.everything.update(counted_at=timezone.now())
    receive.undo(upload, seller)
    worked(upload)
    counted.refresh_from_db()
    assert counted.doubt == ""


@pytest.mark.parametrize(
    "moved",
    [
        {"stock_count": 4},
        {"counted_at": timezone.now() + timedelta(days=1)},
        {"doubt": Doubt.EXCEEDED},
    ],
    ids=["another number", "counted since", "doubted since"],
)
def test_what_does_not_stand_any_more_is_not_confirmed(
    moved: dict[str, Any], store: Store, seller: User, counted: Availability
) -> None:
    upload = bring(store, workbook(STOCK), seller)
    Availability.everything.update(**moved)
    before = Availability.everything.values().get()
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    assert (upload.state, upload.counts_confirmed) == (State.APPLIED, 0)
    assert Availability.everything.values().get() == before


@pytest.mark.parametrize(("told", "left"), [(5, 3), (9, 7), (3, 1), (2, 0)])
def test_what_is_sold_while_a_file_waits_goes_down_from_its_count(
    told: int, left: int, store: Store, seller: User, counted: Availability
) -> None:
    upload = bring(store, workbook([STOCK[0], ["A", told]]), seller)
    order = order_of(counted, 2)
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    counted.refresh_from_db()
    assert (counted.stock_count, counted.counted_stock, counted.counted_at, counted.doubt) == (
        left,
        told,
        upload.created_at,
        "",
    )
    assert is_explained(counted)
    cancel(order)
    counted.refresh_from_db()
    assert (counted.stock_count, is_explained(counted)) == (told, True)


def test_what_was_taken_before_the_file_was_counted_in(store: Store, seller: User, counted: Availability) -> None:
    order = order_of(counted, 2)
    StockMovement.everything.update(created_at=timezone.now() - timedelta(hours=1))
    upload = bring(store, workbook([STOCK[0], ["A", 7]]), seller)
    cancel(order)
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    counted.refresh_from_db()
    assert (counted.stock_count, counted.counted_stock, is_explained(counted)) == (7, 7, True)


def test_what_orders_have_doubted_since_the_file_came_stays_doubtful(
    store: Store, seller: User, counted: Availability
) -> None:
    upload = bring(store, workbook([STOCK[0], ["A", 20]]), seller)
    order_of(counted, 6)
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    follow_orders()
    counted.refresh_from_db()
    # The order that lacked one before has all its pieces now.
    assert (counted.stock_count, counted.doubt, is_explained(counted)) == (14, Doubt.EXCEEDED, True)


@pytest.mark.parametrize("code", ["ordered_since", "counted_since"])
def test_a_count_that_cannot_be_true_any_more_is_shown_again_and_refused(
    code: str, store: Store, seller: User, counted: Availability
) -> None:
    upload = bring(store, workbook([STOCK[0], ["A", 1]]), seller)
    if code == "ordered_since":
        accept(order_of(counted, 2))
    else:
        Availability.everything.update(stock_count=3, counted_stock=3, counted_at=timezone.now())
    before = Availability.everything.values().get()
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    assert (upload.state, upload.refusal["code"]) == (State.PREVIEWED, "moved_on")
    assert [(each["code"], each["point_code"]) for each in entries(upload, "refused")] == [(code, "PP1")]
    assert Availability.everything.values().get() == before


def test_an_order_that_found_nothing_counted_takes_from_the_count_of_a_file(
    store: Store, seller: User, counted: Availability
) -> None:
    Availability.everything.update(stock_count=None, counted_stock=None, doubt="")
    upload = bring(store, workbook(STOCK), seller)
    order_of(counted, 2, "ACCEPTED_BY_MERCHANT")
    assert not StockMovement.everything.exists()
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    follow_orders()
    counted.refresh_from_db()
    assert (counted.stock_count, counted.counted_stock, is_explained(counted)) == (3, 5, True)


@pytest.mark.parametrize("is_later", [False, True])
@pytest.mark.parametrize(
    ("told", "confirmed", "left"), [(5, 1, 3), (3, 0, 1), (9, 0, 7), (2, 0, 0)], ids=["as it is", "less", "more", "all"]
)
def test_a_file_tells_the_shelf_with_the_pieces_of_new_orders(
    told: int, confirmed: int, left: int, is_later: bool, store: Store, seller: User, counted: Availability
) -> None:
    order = None if is_later else before_the_file(order_of(counted, 2))
    upload = bring(store, workbook([STOCK[0], ["A", told]]), seller)
    order = order or order_of(counted, 2)
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    for _ in range(2):
        counted.refresh_from_db()
        assert (upload.counts_confirmed, counted.stock_count, counted.counted_stock, counted.doubt) == (
            confirmed,
            left,
            told,
            "",
        )
        assert (counted.counted_at, is_explained(counted), holds(order)) == (upload.created_at, True, True)
        Order.everything.update(stock_due_at=timezone.now())
        follow_orders()
    cancel(order)
    counted.refresh_from_db()
    assert (counted.stock_count, is_explained(counted)) == (told, True)


def test_who_ordered_first_has_the_pieces_of_a_file_that_tells_too_few(
    store: Store, seller: User, counted: Availability
) -> None:
    first, second = (before_the_file(order_of(counted, 2, code=code)) for code in ("880000001", "880000002"))
    applied(store, seller, [STOCK[0], ["A", 3]])
    follow_orders()
    counted.refresh_from_db()
    assert (counted.stock_count, counted.counted_stock, counted.doubt) == (0, 3, "")
    assert (holds(first), holds(second), is_explained(counted)) == (True, False, True)
    # Told again, it is as it was.
    assert bring(store, workbook([STOCK[0], ["A", 3]]), seller).rows_unchanged == 1


def test_an_empty_shelf_is_counted_though_nothing_could_be_sold(
    store: Store, seller: User, counted: Availability
) -> None:
    order = before_the_file(order_of(counted, 5))
    counted.refresh_from_db()
    assert (counted.stock_count, holds(order)) == (0, True)
    applied(store, seller, [STOCK[0], ["A", 0]])
    follow_orders()
    counted.refresh_from_db()
    assert (counted.stock_count, counted.counted_stock, holds(order), is_explained(counted)) == (0, 0, False, True)


@pytest.mark.parametrize(("told", "is_before", "left"), [(5, True, 5), (5, False, 3), (9, True, 9), (9, False, 7)])
def test_what_was_accepted_before_the_file_is_set_aside_and_what_was_since_is_not(
    told: int, is_before: bool, left: int, store: Store, seller: User, counted: Availability
) -> None:
    order = before_the_file(order_of(counted, 2))
    if is_before:
        accept(order)
    upload = bring(store, workbook([STOCK[0], ["A", told]]), seller)
    if not is_before:
        accept(order)
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    counted.refresh_from_db()
    assert (counted.stock_count, counted.counted_stock, counted.counted_at) == (left, told, upload.created_at)
    assert is_explained(counted)


def test_new_goods_are_counted_when_their_file_came(store: Store, seller: User) -> None:
    plain, with_limits = ["A", "Утюг", 500, "", 4], ["B", "Утюг", 500, 400, 4]
    upload = applied(store, seller, [["SKU", "model", "price", "Мин. цена", "PP1"], plain, with_limits])
    assert set(Availability.everything.values_list("counted_stock", "counted_at")) == {(4, upload.created_at)}


def test_a_store_brings_in_only_so_many_files_an_hour(store: Store, seller: User) -> None:
    """Whatever became of them."""
    upload = bring(store, b"<html></html>", seller)
    assert upload.state == State.REFUSED
    copies = [
        ProductUpload(store=store, file_name="a", size=1, state=State.DISCARDED)
        for _ in range(receive.MOST_AN_HOUR - 2)
    ]
    ProductUpload.everything.bulk_create(copies)
    bring(store, b"<html></html>", seller)
    with pytest.raises(Refusal) as refused:
        receive.receive(store, "a.csv", [b"SKU;price\nA;500\n"], seller)
    assert refused.value.code == "too_many_uploads"
    ProductUpload.everything.update(created_at=timezone.now() - timedelta(minutes=61))
    assert bring(store, b"<html></html>", seller).pk


def test_the_files_of_a_store_take_only_so_much(
    store: Store, strangers_store: Store, seller: User, stranger: User, settings: Settings
) -> None:
    """Rows and wishes count too. Another store's do not; what is put aside makes room."""
    waiting = bring(store, workbook([TEMPLATE, KETTLE]), seller)
    assert files.bytes_of(store.pk) > waiting.size
    settings.UPLOADS_OF_STORE = waiting.size
    with pytest.raises(Refusal) as refused:
        receive.receive(store, "a.csv", [b"SKU;price\nA;500\n"], seller)
    assert refused.value.code == "too_much_stored"
    assert list(files.folder_of(waiting).parent.iterdir()) == [files.folder_of(waiting)]
    assert bring(strangers_store, workbook([TEMPLATE, KETTLE]), stranger).state == State.PREVIEWED
    receive.discard(waiting, seller)
    assert bring(store, b"SKU;price\nA;500\n", seller).state == State.PREVIEWED


def test_a_file_that_fills_the_store_is_not_kept(store: Store, seller: User, settings: Settings) -> None:
    """It is counted with itself: many that come at once do not slip through."""
    settings.UPLOADS_OF_STORE = 1_000
    with pytest.raises(Refusal) as refused:
        receive.receive(store, "a.csv", [b"x" * 1_001], seller)
    assert refused.value.code == "too_much_stored"
    assert not ProductUpload.everything.exists()
    assert files.bytes_of(store.pk) == 0


def test_a_file_lies_no_longer_than_it_is_of_use(store: Store, seller: User) -> None:
    refused = bring(store, price_list()[:-60], seller)
    aside = bring(store, workbook([TEMPLATE, KETTLE]), seller)
    receive.discard(aside, seller)
    applied = bring(store, workbook([TEMPLATE, KETTLE]), seller)
    receive.apply(applied, applied.preview_number, [], seller)
    worked(applied)
    assert [files.folder_of(each).exists() for each in (refused, aside, applied)] == [False] * 3
    assert {page.upload_id for page in UploadPage.everything.all()} == {applied.pk}
    receive.undo(applied, seller)
    assert worked(applied).state == State.UNDONE


def test_what_a_dead_worker_left_of_a_refused_file_is_cleared(store: Store, seller: User) -> None:
    """Before its row says that it is cleared, and after."""
    unsaid, said = (receive.receive(store, "a.csv", [b"x"], seller) for _ in range(2))
    ProductUpload.everything.update(state=State.REFUSED)
    ProductUpload.everything.filter(pk=said.pk).update(cleared_at=timezone.now())
    os.utime(files.folder_of(said), (0, 0))
    clear_old()
    assert [files.folder_of(each).exists() for each in (unsaid, said)] == [False, False]


# --- What moved since the preview -------------------------------------------------------------------------------------


def test_what_changed_since_the_preview_is_shown_again_and_nothing_is_applied(store: Store, seller: User) -> None:
    product = cast.product(store, "A", price=10_000, floor=8_000, ceiling=12_000)
    upload = bring(store, workbook([["SKU", "price", "cost"], ["A", 8_500, 6_000]]), seller)
    CityPrice.everything.filter(product=product).update(floor=9_000)
    receive.apply(upload, upload.preview_number, [], seller)
    assert work_next()
    upload.refresh_from_db()
    assert (upload.state, upload.refusal["code"]) == (State.PARSED, "moved_on")
    product.refresh_from_db()
    assert (cast.city_price(product).price, product.purchase_cost) == (10_000, 7_000)
    assert not CatalogueBatch.everything.filter(source=CatalogueBatch.Source.UPLOAD).exists()
    assert worked(upload).state == State.PREVIEWED
    assert [each["code"] for each in entries(upload, "refused")] == ["price_outside_limits"]


def test_a_preview_that_was_made_anew_is_not_applied_unseen(store: Store, seller: User) -> None:
    """Somebody else has made it say something else; who has not seen that applies nothing."""
    goods(store, 3)
    upload = bring(store, workbook([["SKU", "price"], ["S-0", 9_900], ["S-1", 9_900]]), seller)
    seen = upload.preview_number
    receive.change_terms(upload, is_whole_range=True, move_prices=False, is_confirmed=False, actor=seller)
    worked(upload)
    before = everything_of(store)
    for number in (seen, None):
        with pytest.raises(StaleEdit):
            receive.apply(upload, number, [], seller)
    assert (worked(upload).state, everything_of(store)) == (State.PREVIEWED, before)
    receive.apply(upload, upload.preview_number, [], seller)
    assert worked(upload).state == State.APPLIED
    assert [each["sku"] for each in entries(upload, "leaving")] == ["S-2"]


def test_only_what_the_preview_showed_is_done(store: Store, seller: User) -> None:
    """A price that was the same at the preview, and has been moved by a rule since, is not moved back."""
    product = cast.product(store, "A", price=10_000)
    upload = bring(store, workbook([["SKU", "price", "cost"], ["A", 10_000, 6_000]]), seller)
    CityPrice.everything.filter(product=product).update(price=9_500)
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    product.refresh_from_db()
    assert (cast.city_price(product).price, product.purchase_cost) == (9_500, 6_000)


# --- A newer word of a person -----------------------------------------------------------------------------------------

Move = Callable[[Store, Product, User], object]


def by_hand(sku: str = "A", **wanted: Any) -> Move:
    def move(store: Store, _product: Product, seller: User) -> None:
        change = ProductChange(sku, cities={cast.ALMATY: CityChange(**wanted)})
        assert not apply_changes(store, [change], seller, CatalogueBatch.Source.PERSON).refused

    return move


def by_rule(price: int) -> Move:
    def move(store: Store, product: Product, _seller: User) -> None:
        row = cast.city_price(product)
        now = timezone.now()
        intent = gateway.Intent(row.pk, price, row.version, looked_at=now, look_number=1, shown=row.price)
        update = gateway.send(intent)
        assert update is not None
        assert update.state == update.State.APPROVED, update.hold_code

    return move


@pytest.mark.parametrize(
    "moves",
    [
        [by_hand(price=10_500)],
        [by_hand(price=10_500), by_rule(10_400)],
        [by_rule(9_900), by_hand(price=10_500)],
        [by_hand(floor=8_500)],
        [by_hand(ceiling=EMPTY)],
    ],
    ids=["price", "price, and a rule since", "a rule's price before", "floor", "ceiling"],
)
def test_a_preview_is_not_applied_over_what_a_person_typed_since(
    moves: Sequence[Move], store: Store, seller: User
) -> None:
    product = cast.product(store, "A", price=10_000, floor=8_000, ceiling=12_000, cities=(cast.ALMATY,))
    cast.product(store, "B", price=10_000, cities=(cast.ALMATY,))
    header = ["SKU", "price", "floor", "ceiling"]
    upload = bring(store, workbook([header, ["A", 9_700, 8_100, 11_000], ["B", 9_700, "", ""]]), seller)
    for move in moves:
        move(store, product, seller)
    before = everything_of(store)
    receive.apply(upload, upload.preview_number, [], seller)
    seen = upload.preview_number
    worked(upload)
    assert (upload.state, upload.refusal["code"], everything_of(store)) == (State.PREVIEWED, "moved_on", before)
    # What he sees now, he may say yes to.
    assert upload.preview_number == seen + 1
    receive.apply(upload, upload.preview_number, [], seller)
    assert (worked(upload).state, prices_of(store)) == (State.APPLIED, {"A": 9_700, "B": 9_700})


def test_a_rules_own_move_since_the_preview_is_overwritten(store: Store, seller: User) -> None:
    product = cast.product(store, "A", price=10_000, floor=8_000, ceiling=12_000, cities=(cast.ALMATY,))
    upload = bring(store, workbook([["SKU", "price"], ["A", 9_700]]), seller)
    by_rule(9_900)(store, product, seller)
    receive.apply(upload, upload.preview_number, [], seller)
    assert (worked(upload).state, prices_of(store)) == (State.APPLIED, {"A": 9_700})


def test_a_preview_is_not_applied_over_what_a_person_undid_since(store: Store, seller: User) -> None:
    product = cast.product(store, "A", price=10_000, floor=8_000, ceiling=12_000, cities=(cast.ALMATY,))
    by_rule(9_900)(store, product, seller)
    upload = bring(store, workbook([["SKU", "price"], ["A", 9_700]]), seller)
    undo(ProductPriceUpdate.everything.latest("pk"), seller)
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    assert (upload.state, upload.refusal["code"], prices_of(store)) == (State.PREVIEWED, "moved_on", {"A": 10_000})


def test_a_preview_is_not_applied_over_a_price_that_a_person_typed_since_and_that_waits(
    store: Store, seller: User, settings: Settings
) -> None:
    """One that he typed before, and that leaves between, is overwritten: a large file would never be applied else."""
    settings.CHANGES_PER_HALF_HOUR = 1
    goods(store, 2)
    waits = bring(store, workbook([["SKU", "price"], ["S-0", 9_900], ["S-1", 9_900]]), seller)
    late = bring(store, workbook([["SKU", "price"], ["S-1", 9_700]]), seller)
    receive.apply(waits, waits.preview_number, [], seller)
    assert worked(waits).rows_waiting == 1
    receive.apply(late, late.preview_number, [], seller)
    worked(late)
    assert (late.state, late.refusal["code"]) == (State.PREVIEWED, "moved_on")
    assert WaitingPrice.everything.get().price == 9_900
    CatalogueBatch.everything.update(made_at=timezone.now() - timedelta(minutes=10))
    settings.CHANGES_PER_HALF_HOUR = 10
    assert send_waiting(store.pk) == 1
    receive.apply(late, late.preview_number, [], seller)
    assert (worked(late).state, prices_of(store)) == (State.APPLIED, {"S-0": 9_900, "S-1": 9_700})


@pytest.mark.parametrize("floor", ["", 8_000], ids=["plain", "judged"])
def test_a_product_that_a_person_has_added_since_is_not_overwritten(store: Store, seller: User, floor: object) -> None:
    rows = [["SKU", "model", "price", "floor", "PP1"], ["A", "Чайник", 9_700, floor, "yes"]]
    upload = bring(store, workbook(rows), seller)
    cast.product(store, "A", price=20_000, floor=None, ceiling=None, cities=(cast.ALMATY,))
    receive.apply(upload, upload.preview_number, [], seller)
    worked(upload)
    assert (upload.state, upload.refusal["code"], prices_of(store)) == (State.PREVIEWED, "moved_on", {"A": 20_000})


# --- Crashes, races, age ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.RECEIVED, State.PARSED, State.APPLYING])
def test_a_step_that_died_is_done_again_by_the_next(store: Store, seller: User, state: str) -> None:
    upload = receive.receive(store, "a.csv", [table([TEMPLATE, KETTLE])], seller)
    while upload.state != state:
        if upload.state == State.PREVIEWED:
            receive.apply(upload, upload.preview_number, [], seller)
        else:
            work_next()
        upload.refresh_from_db()
    assert work.claim() is not None
    assert work.claim() is None
    ProductUpload.everything.update(leased_until=timezone.now() - timedelta(seconds=1))
    worked(upload)
    if state != State.APPLYING:
        assert upload.state == State.PREVIEWED
        assert len(entries(upload, "added")) == 1
    else:
        assert upload.state == State.APPLIED
        assert CatalogueBatch.everything.filter(source=CatalogueBatch.Source.UPLOAD).count() == 1


def test_who_was_overtaken_writes_nothing(store: Store, seller: User) -> None:
    receive.receive(store, "a.csv", [table([TEMPLATE, KETTLE])], seller)
    late = work.claim()
    ProductUpload.everything.update(claim="another", state=State.PARSED)
    with pytest.raises(work.Overtaken):
        work.keep(late)
    with pytest.raises(work.Overtaken):
        work.progress_of(late, "rows_read")(7)
    with pytest.raises(work.Overtaken):
        work.hand_on(late, State.REFUSED)
    assert ProductUpload.everything.get().rows_read == 0


def test_a_file_that_takes_its_workers_with_it_is_given_up(store: Store, seller: User) -> None:
    upload = receive.receive(store, "a.csv", [table([TEMPLATE, KETTLE])], seller)
    for _ in range(work.MOST_ATTEMPTS):
        assert work.claim() is not None
        ProductUpload.everything.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert work.claim() is None
    upload.refresh_from_db()
    assert (upload.state, upload.refusal) == (State.REFUSED, {"code": "gave_up"})


def test_old_files_are_cleared_and_can_still_be_undone(store: Store, seller: User) -> None:
    applied = bring(store, workbook([TEMPLATE, KETTLE]), seller)
    receive.apply(applied, applied.preview_number, [], seller)
    worked(applied)
    waiting = bring(store, workbook([["SKU", "cost"], ["SKU-1", 9_000]]), seller)
    fresh = bring(store, workbook([["SKU", "cost"], ["SKU-1", 9_001]]), seller)
    ProductUpload.everything.exclude(pk=fresh.pk).update(created_at=timezone.now() - timedelta(days=31))
    clear_old()
    for upload in (applied, waiting, fresh):
        upload.refresh_from_db()
    assert [each.state for each in (applied, waiting, fresh)] == [State.APPLIED, State.DISCARDED, State.PREVIEWED]
    assert [files.folder_of(each).exists() for each in (applied, waiting, fresh)] == [False, False, True]
    assert {page.upload_id for page in UploadPage.everything.all()} == {fresh.pk}
    receive.undo(applied, seller)
    assert worked(applied).state == State.UNDONE


def test_a_folder_without_a_row_is_thrown_away(settings: Settings, tmp_path: Path, db: None) -> None:
    settings.UPLOADS_DIR = tmp_path
    (tmp_path / "1" / "old").mkdir(parents=True)
    (tmp_path / "1" / "new").mkdir()
    os.utime(tmp_path / "1" / "old", (0, 0))
    clear_old()
    assert [folder.name for folder in (tmp_path / "1").iterdir()] == ["new"]


def test_nobody_but_the_program_reads_the_files(store: Store, seller: User) -> None:
    upload = bring(store, workbook([TEMPLATE, KETTLE]), seller, name="../../etc/passwd")
    assert upload.file_name == "passwd"
    assert files.folder_of(upload).stat().st_mode & 0o777 == 0o700
    assert files.source_of(upload).stat().st_mode & 0o777 == 0o600
    assert len(upload.token) == 64
