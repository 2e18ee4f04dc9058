"""What is read of good files, and which rows of them are left out."""

import re
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kaspi
from sheets import FileRefused, Job, Line, Point, Reading, Unsure, child, read_file
from sheets.archive import look_through
from sheets.cells import read_amount, read_card, read_kilograms, read_point, read_sku, read_text
from sheets.errors import CellRefused
from sheets.jobs import Limits
from sheets.price_list import PriceListReader
from sheets.rows import BATCH
from tests.sheets.makers import (
    HEAD,
    KETTLE,
    MERCHANT,
    OFFER,
    TEMPLATE,
    old_workbook,
    price_list,
    read,
    table,
    with_part,
    workbook,
)

LINE = Line(
    2,
    "SKU-1",
    facts={"model": "Чайник Qazan", "brand": "Qazan"},
    prices={"": 12_000},
    points={"PP1": Point(is_available=True, stock=5), "PP2": Point(is_available=False)},
)

# --- The marketplace's own order --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("xlsx", workbook([TEMPLATE, KETTLE])),
        ("xls", old_workbook([TEMPLATE, KETTLE])),
        ("csv", table([TEMPLATE, KETTLE])),
        ("csv", table([TEMPLATE, KETTLE], delimiter=",")),
        ("csv", table([TEMPLATE, KETTLE], delimiter="\t")),
        ("csv", table([TEMPLATE, KETTLE], encoding="utf-8-sig")),
        ("csv", table([TEMPLATE, KETTLE], encoding="utf-16")),
        ("csv", table([TEMPLATE, KETTLE], encoding="cp1251")),
        ("csv", table([TEMPLATE, KETTLE], end="\n")),
        ("csv", table([TEMPLATE, KETTLE], end="\r")),
        ("csv", table([TEMPLATE, KETTLE], end="\n", encoding="utf-16")),
    ],
    ids=[
        "xlsx",
        "xls",
        "semicolons",
        "commas",
        "tabs",
        "utf-8 with its mark",
        "utf-16",
        "cp1251",
        "\\n",
        "\\r",
        "\\n, utf-16",
    ],
)
def test_the_template_is_read_from_every_kind_of_file(tmp_path: Path, kind: str, content: bytes) -> None:
    got = read(tmp_path, content)
    assert (got.answer.kind, got.lines, got.problems) == (kind, [LINE], [])
    assert isinstance(got.answer, Reading)
    assert got.answer.columns[:5] == ["sku", "model", "brand", "price", "point:PP1"]


def test_a_price_of_a_russian_excel_may_have_a_blank_that_does_not_break(tmp_path: Path) -> None:
    content = table([["Артикул", "Название", "Цена"], ["0012", "Чайник", "12\u00a0000"]], encoding="cp1251")
    assert read(tmp_path, content).lines == [Line(2, "0012", facts={"model": "Чайник"}, prices={"": 12_000})]


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_the_last_line_needs_no_end(tmp_path: Path, delimiter: str) -> None:
    """Google Sheets writes none."""
    content = table([["SKU", "price", "PP1"], ["A", 500, 3], ["B", 600, 2]], delimiter=delimiter).rstrip()
    assert [line.prices for line in read(tmp_path, content).lines] == [{"": 500}, {"": 600}]


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        (
            [["SKU", "model", "price"], ["A", "Samsung A15, 6 GB, 128 GB, синий, 2 SIM", "500"]],
            ["SKU", "model", "price"],
        ),
        ([["Код", "Закуп с НДС"], ["A", "500, 600, 700"]], ["Код", "Закуп с НДС"]),
        ([["Прайс, на понедельник, всё"], ["SKU", "Цена"], ["A", "500"]], ["SKU", "Цена"]),
    ],
    ids=["names with commas", "unknown columns", "a title"],
)
def test_the_header_says_what_separates_the_columns(tmp_path: Path, rows: list[list[str]], names: list[str]) -> None:
    answer = read(tmp_path, table(rows)).answer
    assert answer.header is not None
    assert answer.header.names == names


def test_a_table_may_begin_anywhere(tmp_path: Path) -> None:
    rows = [["", "Прайс на понедельник"], [], ["", "Артикул", "Цена, ₸"], ["", "00123", "12 000 ₸"]]
    got = read(tmp_path, workbook(rows))
    assert got.lines == [Line(4, "00123", prices={"": 12_000})]


def test_a_hidden_sheet_is_not_read(tmp_path: Path) -> None:
    """Nor does an empty one stand in the way; a formula without a value is found on the sheet that is read."""

    def work(book: Any, sheet: Any) -> None:
        shown = book.add_worksheet("Прайс")
        for number, row in enumerate([["SKU", "price"], ["A", 600], ["B"]]):
            shown.write_row(number, 0, row)
        shown.write_formula("B3", "=A1", None, "")
        book.add_worksheet("Empty")
        shown.activate()
        shown.set_first_sheet()
        sheet.hide()

    got = read(tmp_path, workbook([["SKU", "price"], ["A", 500], ["B", 500]], work))
    assert got.lines == [Line(2, "A", prices={"": 600})]
    assert got.told() == [(3, 2, "no_value")]


def test_an_export_of_another_repricer_is_read(tmp_path: Path) -> None:
    header = [*("merchantId", "cityId", "SKU", "model", "price", "min_price", "max_price", "step", "shop_link")]
    link = "https://kaspi.kz/shop/p/chainik-qazan-100500100/?c=750000000"
    rows = [[*header, "pricebot_status"], [MERCHANT, "750000000", "A-1", "Чайник", 9_000, 8_000, 12_000, 1, link, "on"]]
    got = read(tmp_path, table(rows))
    assert got.lines == [
        Line(
            2,
            "A-1",
            facts={"model": "Чайник", "step": 1, "card": "100500100"},
            prices={"750000000": 9_000},
            floors={"750000000": 8_000},
            ceilings={"750000000": 12_000},
        )
    ]


# --- Columns ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        (["Артикул", "Мин. цена", "Макс. цена", "Себестоимость"], ["sku", "floor", "ceiling", "cost"]),
        (["Артикулі", "Ең төмен баға", "Өзіндік құны, тг"], ["sku", "floor", "cost"]),
        (["№", "sku", "Цена (Алматы)", "Price 710000000"], ["", "sku", "price:750000000", "price:710000000"]),
        (["SKU", "Мин. цена Алматы", "Остаток PP1"], None),
        (["SKU", "30125007_PP2", "Вес, кг"], ["sku", "point:PP2", "weight_kg"]),
        (["SKU", "30125007_pp2"], ["sku", "point:PP2"]),
        (["SKU", "99999999_PP1"], None),
        (["SKU", "PP1", "Цена_PP2"], None),
        (["SKU", "preorder_PP1"], None),
        (["SKU", "Мин цна"], None),
        (["SKU", "price", "Цена"], None),
        (["SKU", "Остаток"], None),
        (["Код", "Цена"], None),
    ],
)
def test_columns_are_known_by_their_names_or_asked_for(
    tmp_path: Path, headers: list[str], fields: list[str] | None
) -> None:
    row = ["1", *["500"] * (len(headers) - 1)]
    got = read(tmp_path, table([headers, row]), cities={"алматы": "750000000", "астана": "710000000"})
    if fields is None:
        assert isinstance(got.answer, Unsure)
        assert got.answer.header.names == headers
        assert got.answer.header.samples == [row]
    else:
        assert got.answer.columns == fields


@pytest.mark.parametrize(
    "rows",
    [
        [["Артикул", "Цена", ""], ["", "Алматы", "Астана"], ["A", 9_000, 11_000]],
        [
            ["Артикул", "Название", "Цена", "", ""],
            ["", "", "Текущая", "Мин. цена", "Макс. цена"],
            ["A", "Чайник", 9_000, 8_000, 12_000],
        ],
        [["Артикул", "Цена", "₸"], ["A", 9_000, 11_000]],
        [["Артикул", "Цена"], ["A", 9_000, 11_000]],
        [["Артикул", "Цена", ""], *[[f"A{number}", 9_000, ""] for number in range(3_000)], ["B", 9_000, 11_000]],
    ],
    ids=["cities", "limits", "a sign", "beyond the header", "far below the header"],
)
@pytest.mark.parametrize("make", [table, workbook])
def test_values_below_an_empty_header_are_asked_for_once(
    tmp_path: Path, rows: list[list[Any]], make: Callable[..., bytes]
) -> None:
    """A merged cell names only the first of its columns."""
    content = make(rows)
    asked = read(tmp_path, content).answer
    assert isinstance(asked, Unsure)
    width = len(asked.header.names)
    assert width == max(map(len, rows))
    assert max(map(len, asked.header.samples)) == width
    columns = ["sku", "price", *[""] * (width - 2)]
    for agreed in ({"chosen": columns}, {"known": {asked.header.fingerprint: columns}}):
        answer = read(tmp_path, content, **agreed).answer
        assert isinstance(answer, Reading)
        assert answer.header is not None
        assert len(answer.header.names) == len(answer.columns) == width


def test_columns_without_anything_in_them_need_no_name(tmp_path: Path) -> None:
    got = read(tmp_path, table([["", "Артикул", "Цена", "", " "], ["", "A", 9_000, "", "  ", "", ""]]))
    assert got.lines == [Line(2, "A", prices={"": 9_000})]
    assert isinstance(got.answer, Reading)
    assert got.answer.columns == ["", "sku", "price", "", ""]


def test_of_two_weights_that_is_read_which_is_told(tmp_path: Path) -> None:
    header = ["SKU", "Вес, г", "Вес, кг", "Цена"]
    rows = [["A", 500, "", 9_000], ["B", "", "0,7", 9_000], ["C", 900, "0,9", 9_000], ["D", 500, "0,7", 9_000]]
    for order in ([0, 1, 2, 3], [0, 2, 1, 3]):
        got = read(tmp_path, table([[row[at] for at in order] for row in [header, *rows]]))
        assert [line.facts["weight"] for line in got.lines] == [500, 700, 900]
        assert got.told() == [(5, 3, "two_weights")]
        assert got.problems[0].facts == {"one": "500", "other": "700"}


def test_one_sales_point_needs_no_name(tmp_path: Path) -> None:
    got = read(tmp_path, table([["SKU", "Остаток"], ["A", "7"]]), points=["PP4"])
    assert got.lines == [Line(2, "A", points={"PP4": Point(is_available=True, stock=7)})]


def test_what_was_agreed_to_before_is_not_asked_again(tmp_path: Path) -> None:
    content = table([["Код", "Закуп с НДС"], ["A", "700"]])
    asked = read(tmp_path, content).answer
    assert isinstance(asked, Unsure)
    got = read(tmp_path, content, known={asked.header.fingerprint: ["sku", "cost"]})
    assert got.lines == [Line(2, "A", facts={"cost": 700})]


def test_a_table_without_a_header_is_asked_for_with_the_marketplaces_order(tmp_path: Path) -> None:
    asked = read(tmp_path, table([KETTLE, KETTLE])).answer
    assert isinstance(asked, Unsure)
    assert (asked.header.row, asked.header.suggested[:4]) == (0, ["sku", "model", "brand", "price"])
    got = read(tmp_path, table([KETTLE]), chosen=asked.header.suggested)
    assert [line.row for line in got.lines] == [1]


# --- Cells ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "cell", "value"),
    [
        (read_amount, 12_000.0, 12_000),
        (read_amount, "12 000 ₸", 12_000),
        (read_sku, "00123", "00123"),
        (read_sku, 123.0, "123"),
        (read_sku, "12E4", "12E4"),
        (read_sku, "0e0", "0e0"),
        (read_card, "https://kaspi.kz/shop/p/chainik-100500100/", "100500100"),
        (read_card, 100500100.0, "100500100"),
        (read_kilograms, "1,5", 1_500),
        (read_kilograms, 0.07, 70),
        (read_kilograms, 2, 2_000),
        (read_point, "Да", Point(is_available=True)),
        (read_point, True, Point(is_available=True)),
        (read_point, 0.0, Point(is_available=False, stock=0)),
    ],
)
def test_a_cell_is_read(reader: Any, cell: Any, value: Any) -> None:
    assert reader(cell) == value


@pytest.mark.parametrize(
    ("reader", "cell", "code"),
    [
        (read_amount, "12.000", "ambiguous_money"),
        (read_amount, "12,5", "not_money"),
        (read_amount, 12_000.4, "not_whole"),
        (read_amount, float("nan"), "not_whole"),
        (read_amount, -5.0, "not_whole"),
        (read_amount, True, "not_whole"),
        (read_amount, date(2023, 1, 1), "is_date"),
        (read_amount, time(12), "is_date"),
        (read_sku, date(2023, 1, 1), "is_date"),
        (read_sku, 4.60707e15, "rounded_sku"),
        (read_sku, "4,60707E+12", "rounded_sku"),
        (read_sku, "4E+15", "rounded_sku"),
        (read_sku, "x" * 65, "too_long"),
        (read_sku, "A\u200b1", "bad_text"),
        (read_sku, "\ufeffA1", "bad_text"),
        (read_sku, "A\u00ad1", "bad_text"),
        (lambda cell: read_text(cell, 100), "Чайник\x00", "bad_text"),
        (read_card, "https://evil.kz/shop/p/a-1/", "not_card"),
        (read_kilograms, "1.2345", "not_kilograms"),
        (read_kilograms, 0.12345, "not_kilograms"),
        (read_point, "много", "not_stock"),
        (read_point, 1.5, "not_whole"),
        (read_point, "1e9", "not_stock"),
    ],
)
def test_a_cell_that_could_mean_two_things_is_not(reader: Any, cell: Any, code: str) -> None:
    with pytest.raises(CellRefused) as refused:
        reader(cell)
    assert refused.value.code == code


def test_what_excel_does_not_tell_is_found_in_the_workbook_itself(tmp_path: Path) -> None:
    def work(book: Any, sheet: Any) -> None:
        sheet.write_formula("B2", "=A1", None, "")
        sheet.write_formula("C3", "=1/0", None, "#DIV/0!")
        sheet.write_datetime("B4", date(2023, 1, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_formula("B5", "=10*50", None, 500)
        sheet.write_formula("B6", '=IF(A6="","",1)', None, "")

    rows = [["SKU", "price", "cost"], ["A"], ["B", 500], ["C"], ["D"], ["E", "", 300]]
    # So Excel itself marks a result that is an empty text.
    content = with_part(
        workbook(rows, work), "xl/worksheets/sheet1.xml", lambda part: part.replace(b'r="B6"', b'r="B6" t="str"')
    )
    got = read(tmp_path, content)
    assert got.told() == [(2, 2, "no_value"), (3, 3, "is_error"), (4, 2, "is_date")]
    assert got.lines == [Line(5, "D", prices={"": 500}), Line(6, "E", facts={"cost": 300})]


def test_cells_are_found_however_the_sheet_is_written(tmp_path: Path) -> None:
    cell = b"<x:row r='2'><x:c  t='e'  r='A2'><x:v>#N/A</x:v></x:c><x:c r='B2'><x:f>A1</x:f></x:c></x:row>"

    def change(part: bytes) -> bytes:
        for name in (b"worksheet", b"sheetData", b"row", b"c", b"v", b"f"):
            part = part.replace(b"<" + name + b" ", b"<x:" + name + b" ").replace(
                b"<" + name + b">", b"<x:" + name + b">"
            )
            part = part.replace(b"</" + name + b">", b"</x:" + name + b">")
        return part.replace(b"xmlns=", b"xmlns:x=").replace(b"</x:sheetData>", cell + b"</x:sheetData>")

    content = with_part(workbook([["SKU", "price"], ["", ""]]), "xl/worksheets/sheet1.xml", change)
    (tmp_path / "book").write_bytes(content)
    odd = look_through(tmp_path / "book", Limits())
    for place, code in (((2, 1), "is_error"), ((2, 2), "no_value")):
        with pytest.raises(CellRefused) as refused:
            odd.check(*place)
        assert refused.value.code == code


def test_digits_of_a_csv_may_have_been_a_number(tmp_path: Path) -> None:
    """Excel opens 00123 as a number, and writes it as 123; `="00123"` is its spelling of a text."""
    rows = [["SKU", "price"], ["123", 500], ['="00124"', 500], ['"=""125"""', 500], ["0126", 500]]
    skus = [("123", True), ("00124", False), ("125", False), ("0126", False)]
    assert [(line.sku, line.is_number) for line in read(tmp_path, table(rows)).lines] == skus
    skus = [("123", False), ("124", True)]
    got = read(tmp_path, workbook([["SKU", "price"], ["123", 500], [124, 500]]))
    assert [(line.sku, line.is_number) for line in got.lines] == skus


def test_an_sku_that_excel_made_a_date_of_is_refused(tmp_path: Path) -> None:
    """Its month is written with the first letters of its name; articles that only look like it stay."""
    dates = ["фев.01", "01.фев", "май.26", "1.мар.2026", "Feb-01", "1-Feb", "01-Feb-26"]
    others = ["FEB-01", "Feb-A1", "фев01", "2-01", "Март-01", "1-Feb-", "Feb-1"]
    for make in (table, workbook):
        got = read(tmp_path, make([["SKU", "price"], *[[sku, 500] for sku in dates + others]]))
        assert [line.sku for line in got.lines] == others
        assert got.told() == [(row, 1, "is_date") for row in range(2, 2 + len(dates))]


# --- Rows that contradict each other ----------------------------------------------------------------------------------


def test_an_sku_with_two_prices_is_refused_in_both_rows(tmp_path: Path) -> None:
    got = read(tmp_path, table([["SKU", "price"], ["A", 500], ["B", 600], ["A", 700], ["A", 500]]))
    assert [line.sku for line in got.lines] == ["B"]
    assert [(each.row, each.code, each.facts["rows"]) for each in got.problems] == [
        (2, "twins", "4, 5"),
        (4, "twins", "2, 5"),
        (5, "twins", "2, 4"),
    ]


def test_the_same_row_twice_counts_once(tmp_path: Path) -> None:
    got = read(tmp_path, table([["SKU", "price"], ["A", 500], ["A", 500]]))
    assert (got.lines, got.problems) == ([Line(2, "A", prices={"": 500})], [])


def test_rows_of_several_cities_are_one_product(tmp_path: Path) -> None:
    """Where they agree about the product itself. The name of the city beside its code says nothing more."""
    rows = [
        ["SKU", "name", "city code", "city", "price, ₸", "floor, ₸", "lowest rival, ₸", "place"],
        ["A", "'=Чайник", "750000000", "Алматы", 500, 400, 510, 1],
        ["B", "Утюг", "750000000", "Алматы", 500, "", "", ""],
        ["A", "'=Чайник", "710000000", "Астана", 600, "", "", ""],
        ["B", "Утюг", "710000000", "Астана", "", "", "", ""],
    ]
    got = read(tmp_path, table(rows))
    assert got.problems == []
    almaty, astana = {"750000000": 500}, {"710000000": 600}
    assert got.lines == [
        Line(2, "A", facts={"model": "=Чайник"}, prices=almaty | astana, floors={"750000000": 400}),
        Line(3, "B", facts={"model": "Утюг"}, prices=almaty),
    ]


@pytest.mark.parametrize(
    "second",
    [
        ["A", "Чайник", "750000000", 600],
        ["A", "Утюг", "710000000", 500],
        ["A", "Чайник", "710000000", "12.000"],
    ],
    ids=["two prices in one city", "two products", "not understood"],
)
def test_rows_of_several_cities_that_contradict_each_other_are_refused(tmp_path: Path, second: list[Any]) -> None:
    rows = [["SKU", "name", "city code", "price"], ["A", "Чайник", "750000000", 500], second]
    got = read(tmp_path, table(rows))
    assert got.lines == []
    assert [each.sku for each in got.problems] == ["A"] * len(got.problems)


def test_the_name_of_a_city_without_its_code_is_asked_for(tmp_path: Path) -> None:
    assert isinstance(read(tmp_path, table([["SKU", "Город", "Цена"], ["A", "Астана", 500]])).answer, Unsure)


def test_offers_in_one_line_are_told_apart(tmp_path: Path) -> None:
    """Also where a whole batch lies between them. The same offer twice counts once."""
    offer = "<offer sku='{}'><model>Чайник</model><price>{}</price></offer>"
    many = "".join(offer.format(f"N-{number}", 500) for number in range(BATCH))
    content = price_list(
        offer.format("A", 500) + offer.format("B", 500) + many + offer.format("A", 600) + offer.format("B", 500),
        head=HEAD.replace("\n", " "),
    ).replace(b"\n", b"")
    got = read(tmp_path, content)
    assert [(each.row, each.sku, each.code, each.facts["rows"]) for each in got.problems] == [
        (1, "A", "twins", "1"),
        (1, "A", "twins", "1"),
    ]
    assert [line.sku for line in got.lines] == ["B", *(f"N-{number}" for number in range(BATCH))]


@pytest.mark.parametrize("rows", [[["A", "12.000"], ["A", 500]], [["A", 500], ["A", "12.000"]]])
def test_a_row_that_is_not_understood_takes_its_twin_with_it(tmp_path: Path, rows: list[list[Any]]) -> None:
    got = read(tmp_path, table([["SKU", "price"], *rows]))
    assert got.lines == []
    assert {each.code for each in got.problems} == {"ambiguous_money", "twins"}


# --- Price lists in XML -----------------------------------------------------------------------------------------------


def test_a_price_list_is_read(tmp_path: Path) -> None:
    second = (
        f'<offer sku="B"><model>Утюг</model><availabilities>'
        f'<availability available="yes" storeId="{MERCHANT}_PP1" preOrder="3"/>'
        '<availability available="no" storeId="PP2" preOrder="0" stockCount="0"/></availabilities>'
        '<cityprices><cityprice cityId="750000000">9990</cityprice></cityprices></offer>'
    )
    got = read(tmp_path, price_list(OFFER + second))
    assert got.lines == [
        Line(
            4,
            "SKU-1",
            facts={"model": "Чайник", "brand": "Qazan"},
            prices={"": 12_000},
            points={"PP1": Point(is_available=True, stock=5)},
            preorders={"PP1": 0},
        ),
        Line(
            7,
            "B",
            facts={"model": "Утюг"},
            prices={"750000000": 9_990},
            points={f"{MERCHANT}_PP1": Point(is_available=True), "PP2": Point(is_available=False, stock=0)},
            preorders={f"{MERCHANT}_PP1": 3, "PP2": 0},
        ),
    ]


@pytest.mark.parametrize(
    ("offer", "code"),
    [
        (OFFER.replace("12000", "12.000"), "ambiguous_money"),
        (OFFER.replace("12000", ""), "not_money"),
        (OFFER.replace('stockCount="5"', 'stockCount="many"'), "not_stock"),
        (OFFER.replace('stockCount="5"', 'preOrder="31"'), "not_days"),
        (OFFER.replace('"SKU-1"', '" "'), "no_sku"),
        (OFFER.replace("<price>12000</price>", ""), "one_price"),
        (OFFER.replace("<price>", '<cityprices><cityprice cityId="1">5</cityprice></cityprices><price>'), "one_price"),
        (OFFER.replace('storeId="PP1"', 'storeId=""'), "no_point"),
    ],
)
def test_an_offer_that_is_not_understood_is_left_out(tmp_path: Path, offer: str, code: str) -> None:
    got = read(tmp_path, price_list(offer + OFFER.replace("SKU-1", "SKU-2")))
    assert [line.sku for line in got.lines] == ["SKU-2"]
    assert [each.code for each in got.problems] == [code]


def test_a_price_list_in_cp1251_is_read(tmp_path: Path) -> None:
    content = price_list(head=HEAD.replace("utf-8", "windows-1251")).decode().replace("Күнбағыс", "К")
    assert read(tmp_path, content.encode("cp1251")).lines[0].facts["model"] == "Чайник"


names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=30).filter(
    lambda text: text == " ".join(text.split()) and text.isprintable()
)
# What Excel has made of a number is no SKU, and is refused.
skus = names.filter(lambda text: not re.fullmatch(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+", text))
points = st.lists(st.sampled_from(["PP1", "PP2", "PP3"]), min_size=1, unique=True)
offers = st.builds(
    lambda sku, model, brand, at, stock, days, price: kaspi.PriceListOffer(
        sku,
        model,
        brand,
        tuple(kaspi.Availability(code, stock is None or stock > 0, stock, days) for code in at),
        price,
    ),
    skus,
    names,
    st.none() | names,
    points,
    st.none() | st.integers(0, 10**9),
    st.none() | st.integers(1, 30),
    st.integers(1, 10**9),
)


@given(st.lists(offers, min_size=1, max_size=4, unique_by=lambda offer: offer.sku))
def test_what_we_publish_is_read_back(tmp_path_factory: pytest.TempPathFactory, listed: list[Any]) -> None:
    path = tmp_path_factory.mktemp("list") / "list.xml"
    with path.open("wb") as target:
        kaspi.write_price_list(target, kaspi.PriceListHeader("Qazan", MERCHANT, "now"), listed)
    lines = list(PriceListReader(path, Limits()).read())
    assert [(line.sku, line.facts.get("model"), line.facts.get("brand"), line.prices) for line in lines] == [
        (offer.sku, offer.model, offer.brand, {"": offer.price}) for offer in listed
    ]
    assert [set(line.points) for line in lines] == [
        {each.store_id for each in offer.availabilities} for offer in listed
    ]


# --- The process itself -----------------------------------------------------------------------------------------------


def test_whoever_loses_interest_ends_the_process(tmp_path: Path) -> None:
    """A worker that is overtaken does not read to the end."""
    (tmp_path / "source").write_bytes(table([["SKU", "price"], *[[f"A{n}", 500] for n in range(5_000)]]))

    def tell(rows: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        read_file(Job(str(tmp_path / "source"), str(tmp_path / "rows"), points=["PP1"]), tell)


def test_a_process_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        read(tmp_path, workbook([TEMPLATE, *[KETTLE] * 50]), Limits(least_seconds=0))
    assert refused.value.code == "too_much_time"


def test_the_process_inherits_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "a secret of ours")
    with child._process() as process:
        environment = Path(f"/proc/{process.pid}/environ").read_bytes()
        process.kill()
    assert b"SECRET_KEY" not in environment
    assert b"a secret of ours" not in environment
