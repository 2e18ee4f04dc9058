"""What a seller learns of his price lists: visits, differences, what the marketplace has; and the files he takes."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase
from django.test import AsyncClient
from rest_framework.test import APIClient
from rest_framework.throttling import ScopedRateThrottle

import kaspi
from stores.models import Availability, CityPrice, Product, SalesPoint, Store
from stores.services.errors import Refusal
from stores.services.exports import files as exports
from stores.services.exports import sheets, tables
from stores.services.exports.files import export_price_list
from stores.services.exports.template import template_rows
from stores.services.prices import gateway
from stores.services.prices.price_list import files, publish, pulls, versions
from stores.services.prices.price_list.stale_offers import mark_stale
from stores.services.prices.price_list.versions import Difference
from tests import cast
from tests.cast import ALMATY, ASTANA
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(store: Store, price_lists_dir: Path) -> Store:
    """Three products in Almaty, published and fetched."""
    cache.clear()
    for number in range(3):
        cast.product(store, f"SKU-{number}", card_id=f"10000000{number}")
    publish.publish(store.pk)
    pulls.record_pull(store.pk, 1, 200, "Kaspi", pulls.Sent("198.51.100.7", 1_234))
    return store


def move(store: Store, sku: str, price: int, seller: User) -> None:
    row = cast.city_price(Product.everything.get(store=store, sku=sku))
    gateway.send(gateway.Intent(row.pk, price, row.version, actor=seller))


def change_much(store: Store, seller: User) -> None:
    """A price, a stock, a name, a product that came and one that went: version 2."""
    move(store, "SKU-0", 9_000, seller)
    with transaction.atomic():
        product = Product.everything.get(store=store, sku="SKU-1")
        Product.everything.filter(pk=product.pk).update(model="Самовар")
        Availability.everything.filter(product=product).update(stock_count=None, preorder_days=3)
        Product.everything.filter(store=store, sku="SKU-2").delete()
        mark_stale(store.pk, [product.pk])
    cast.product(store, "SKU-9", card_id="100000009")
    assert publish.publish(store.pk).refusal is None


DIFFERENCES = [
    Difference("SKU-0", "price", ALMATY, 10_000, 9_000),
    Difference("SKU-1", "name", "", "Qazan · Чайник SKU-1", "Qazan · Самовар"),
    Difference("SKU-1", "availability", "PP1", "5", "yes +3"),
    Difference("SKU-9", "added"),
    Difference("SKU-2", "gone"),
]


def test_two_versions_are_compared(shop: Store, seller: User) -> None:
    change_much(shop, seller)
    assert list(versions.differences(shop, 2, 1, 0, 50).differences) == DIFFERENCES
    assert list(versions.differences(shop, 1, 1, 0, 50).differences) == []


def test_only_lines_that_differ_are_taken_apart(
    shop: Store, seller: User, price_lists_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though all that follow a product that went stand a line higher."""
    move(shop, "SKU-2", 9_000, seller)
    with transaction.atomic():
        Product.everything.filter(store=shop, sku="SKU-0").delete()
        mark_stale(shop.pk)
    assert publish.publish(shop.pk).refusal is None
    new, old = versions.path_of(shop, 2), versions.path_of(shop, 1)
    taken_apart: list[bytes] = []
    parse = kaspi.parse_price_list_line

    def note(line: bytes) -> kaspi.PriceListLine:
        taken_apart.append(line.partition(b">")[0])
        return parse(line)

    monkeypatch.setattr(kaspi, "parse_price_list_line", note)
    assert list(versions.compare(new, old)) == [
        Difference("SKU-2", "price", ALMATY, 10_000, 9_000),
        Difference("SKU-0", "gone"),
    ]
    assert sorted(taken_apart) == [b'<offer sku="SKU-0"', b'<offer sku="SKU-2"', b'<offer sku="SKU-2"']


def test_the_comparison_comes_in_pages(shop: Store, seller: User, api: APIClient) -> None:
    change_much(shop, seller)
    seen, after = [], 0
    while after is not None:
        query = {"new": 2, "old": 1, "after": after, "page_size": 2}
        page = api.get(f"/api/price-lists/{shop.pk}/compare/", query).json()
        seen += page["results"]
        after = page["next"]
    assert [(each["sku"], each["what"], each["before"], each["after"]) for each in seen] == [
        (each.sku, each.what, each.before, each.after) for each in DIFFERENCES
    ]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"new": 2, "old": 1}, 422, "version_gone"),
        ({"new": 1}, 400, "invalid"),
        ({"new": 1, "old": 1, "older": 1}, 400, "invalid"),
        ({"new": 1, "old": 1, "page_size": 10_000}, 400, "invalid"),
    ],
)
def test_a_comparison_that_cannot_be_made(shop: Store, api: APIClient, query: Any, status: int, code: str) -> None:
    answer = api.get(f"/api/price-lists/{shop.pk}/compare/", query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_what_the_marketplace_sees_is_the_version_it_fetched(shop: Store, seller: User, api: APIClient) -> None:
    product = Product.everything.get(store=shop, sku="SKU-0")
    move(shop, "SKU-0", 9_000, seller)
    publish.publish(shop.pk)
    address = f"/api/price-lists/{shop.pk}/offer/?sku={product.sku}"
    assert api.get(address).json()["city_prices"] == [{"city_id": ALMATY, "price": 10_000}]
    pulls.record_pull(shop.pk, 2, 304, "Kaspi")
    answer = api.get(address).json()
    assert answer["city_prices"] == [{"city_id": ALMATY, "price": 9_000}]
    assert answer["availabilities"] == [{"store_id": "PP1", "available": True, "stock_count": 5, "preorder_days": None}]


def test_the_version_that_was_fetched_is_kept(shop: Store, seller: User) -> None:
    for price in range(9_900, 9_890, -1):
        move(shop, "SKU-0", price, seller)
        publish.publish(shop.pk)
    assert [version.number for version in versions.kept_versions(shop)] == [11, 10, 9, 8, 7, 1]
    product = Product.everything.get(store=shop, sku="SKU-0")
    offer = versions.offer_at_marketplace(product, pulls.last_pulled(shop))
    assert offer.city_prices == (kaspi.CityPrice(ALMATY, 10_000),)


def test_of_a_product_that_no_list_told_of_nothing_is_known(shop: Store, api: APIClient) -> None:
    new = cast.product(shop, "SKU-9", card_id="100000009")
    assert api.get(f"/api/price-lists/{shop.pk}/offer/?sku={new.sku}").status_code == 404
    assert api.get(f"/api/price-lists/{shop.pk}/offer/?sku=NONE").status_code == 404


def test_before_the_first_visit_the_marketplace_sees_nothing(store: Store, api: APIClient) -> None:
    product = cast.product(store)
    assert api.get(f"/api/price-lists/{store.pk}/offer/?sku={product.sku}").status_code == 404


def test_a_strangers_product_is_none_of_the_stores(
    shop: Store, api: APIClient, strangers_store: Store, stranger: User
) -> None:
    theirs = cast.product(strangers_store, "THEIRS")
    assert api.get(f"/api/price-lists/{shop.pk}/offer/?sku={theirs.sku}").status_code == 404


def test_the_visits_and_versions_are_told(shop: Store, seller: User, api: APIClient) -> None:
    Product.everything.filter(store=shop, sku="SKU-0").update(model="bell \x07")
    with transaction.atomic():
        mark_stale(shop.pk, Product.everything.values_list("pk", flat=True))
    publish.publish(shop.pk)
    [pull] = api.get(f"/api/price-lists/{shop.pk}/pulls/").json()["results"]
    assert (pull["status"], pull["version_number"], pull["size"], pull["address"]) == (200, 1, 1_234, "198.51.100.7")
    refused, served = api.get(f"/api/price-lists/{shop.pk}/versions/").json()["results"]
    assert (refused["number"], refused["refusal"]["code"]) == (2, "unwritable")
    assert (served["number"], served["offer_count"], served["refusal"]) == (1, 3, None)
    told = api.get(f"/api/price-lists/{shop.pk}/").json()
    assert (told["served"], told["kept"], told["pulled"]["version_number"]) == (1, [1], 1)
    assert told["url"].endswith(f"{shop.price_list_key}.xml")
    assert api.get("/api/price-lists/").json()["results"] == [told]


def test_only_the_owner_learns_the_address_and_renews_the_access(shop: Store, api: APIClient, assistant: User) -> None:
    theirs = cast.signed_in(assistant)
    assert theirs.get(f"/api/price-lists/{shop.pk}/").json()["url"] == ""
    before = Store.everything.get(pk=shop.pk).price_list_password_hash
    assert theirs.post(f"/api/price-lists/{shop.pk}/access/").status_code == 403
    assert Store.everything.get(pk=shop.pk).price_list_password_hash == before
    given = api.post(f"/api/price-lists/{shop.pk}/access/").json()
    after = Store.everything.get(pk=shop.pk)
    assert files.access_of(after).admits(given["login"], given["password"])


# --- Files ---


def body(answer: HttpResponseBase) -> bytes:
    assert answer.status_code == 200, answer.content
    assert "attachment" in answer.headers["Content-Disposition"]
    return b"".join(answer.streaming_content)


def workbook(content: bytes) -> list[list[Any]]:
    return python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def csv_rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def test_the_xml_for_an_upload_by_hand_is_the_served_file(shop: Store, api: APIClient) -> None:
    content = body(api.get(f"/api/price-lists/{shop.pk}/file/", {"version": 1}))
    assert content == versions.path_of(shop, 1).read_bytes()


def test_the_marketplaces_spreadsheet(shop: Store, api: APIClient) -> None:
    with transaction.atomic():
        Product.everything.filter(store=shop, sku="SKU-0").update(sku="-0=", model="=1+1\tTab\nEnd", brand="")
        Availability.everything.filter(product__sku="SKU-1").update(is_available=False)
        Availability.everything.filter(product__sku="SKU-2").update(stock_count=None, preorder_days=2)
        mark_stale(shop.pk, Product.everything.values_list("pk", flat=True))
    publish.publish(shop.pk)
    rows = workbook(body(api.get(f"/api/price-lists/{shop.pk}/file/", {"version": 2, "form": "xlsx"})))
    assert rows == [
        ["SKU", "model", "brand", "price", "PP1", "PP2", "PP3", "PP4", "PP5", "preorder"],
        ["-0=", "=1+1 Tab End", "", 10_000, 5, "", "", "", "", ""],
        ["SKU-1", "Чайник SKU-1", "Qazan", 10_000, "no", "", "", "", "", ""],
        ["SKU-2", "Чайник SKU-2", "Qazan", 10_000, "yes", "", "", "", "", 2],
    ]


def test_a_point_where_it_is_not_on_sale_says_nothing_of_the_pre_order(shop: Store, seller: User) -> None:
    with transaction.atomic():
        Availability.everything.filter(product__sku="SKU-1").update(preorder_days=3)
        second = SalesPoint.everything.get(store=shop, code="PP2")
        for sku in ("SKU-0", "SKU-1"):
            product = Product.everything.get(store=shop, sku=sku)
            Availability.everything.create(product=product, sales_point=second, is_available=False)
        Availability.everything.filter(product__sku="SKU-0").update(is_available=False)
        mark_stale(shop.pk, Product.everything.values_list("pk", flat=True))
    number = cast.publish_anyway(shop, seller).number
    rows = {row[0]: row[4:] for row in template_rows(versions.path_of(shop, number))}
    assert rows == {
        "SKU-0": ("no", "no", None, None, None, None),
        "SKU-1": (5, "no", None, None, None, 3),
        "SKU-2": (5, None, None, None, None, None),
    }


def nowhere_on_sale(store: Store) -> None:
    other_preorder(store)
    Availability.everything.filter(product__sku="SKU-1").update(is_available=False)


def other_price(store: Store) -> None:
    product = Product.everything.get(store=store, sku="SKU-1")
    CityPrice.everything.create(product=product, city_id=ASTANA, price=11_000, confirmed_price=11_000)


def other_point(store: Store) -> None:
    SalesPoint.everything.filter(store=store, code="PP1").update(code="Main")


def other_preorder(store: Store) -> None:
    point = SalesPoint.everything.get(store=store, code="PP2")
    product = Product.everything.get(store=store, sku="SKU-1")
    Availability.everything.create(product=product, sales_point=point, is_available=True, preorder_days=4)
    CityPrice.everything.create(product=product, city_id=ASTANA, price=10_000, confirmed_price=10_000)


@pytest.mark.parametrize("change", [other_price, other_point, other_preorder, nowhere_on_sale])
def test_what_the_spreadsheet_cannot_say_is_refused(
    change: Callable[[Store], None], shop: Store, seller: User, api: APIClient
) -> None:
    with transaction.atomic():
        change(shop)
        mark_stale(shop.pk, Product.everything.values_list("pk", flat=True))
    number = cast.publish_anyway(shop, seller).number
    answer = api.get(f"/api/price-lists/{shop.pk}/file/", {"version": number, "form": "xlsx"})
    assert (answer.status_code, answer.json()["code"]) == (422, "no_template")


def test_a_workbook_leaves_nothing_behind(shop: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for _ in export_price_list(shop, 1, "xlsx").chunks:
        pass
    assert list(tmp_path.glob("export-*")) == []
    other_price(shop)
    with transaction.atomic():
        mark_stale(shop.pk, Product.everything.values_list("pk", flat=True))
    number = publish.publish(shop.pk).number
    with pytest.raises(Refusal):
        export_price_list(shop, number, "xlsx")
    assert list(tmp_path.glob("export-*")) == []


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_a_file_leaves_as_it_is_read(
    seller: User, shop: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = 0

    def chunks() -> Iterator[bytes]:
        nonlocal given
        for given in range(1, 4):
            yield b"%d" % given

    download = exports.Download("list.xml", exports.XML, chunks())
    monkeypatch.setattr("stores.views.price_lists.export_price_list", lambda *_: download)
    browser = AsyncClient()
    await browser.aforce_login(seller)
    answer = await browser.get(f"/api/price-lists/{shop.pk}/file/", {"version": 1})
    pieces = aiter(answer.streaming_content)
    assert (await anext(pieces), given) == (b"1", 1)
    assert [piece async for piece in pieces] == [b"2", b"3"]


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_a_table_leaves_whole(
    seller: User, shop: Store, small_portions: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "CHUNK", 100)
    browser = AsyncClient()
    await browser.aforce_login(seller)
    address = f"/api/price-lists/{shop.pk}/export/"
    answer = await browser.get(address, {"table": "prices"}, headers={"Accept-Language": "en"})
    pieces = [piece async for piece in answer.streaming_content]
    title, *rows = csv_rows(b"".join(pieces))
    assert title[:3] == ["SKU", "name", "city code"]
    assert [row[0] for row in rows] == ["SKU-0", "SKU-1", "SKU-2", "SKU-3", "SKU-3"]
    assert all(len(piece) >= 100 for piece in pieces[:-1])


HOSTILE = ["=1+1", "+7 701", "-5", "@SUM(A1)", "\tcell", "\rcell", '=HYPERLINK("http://x";"y")']


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_nothing_that_is_taken_away_is_run(shop: Store, api: APIClient, text: str, form: str) -> None:
    Product.everything.filter(store=shop, sku="SKU-0").update(model=text, brand=f"a{text}")
    content = body(api.get(f"/api/price-lists/{shop.pk}/export/", {"table": "products", "form": form}))
    rows = csv_rows(content) if form == "csv" else workbook(content)
    assert [row[2].replace("\n", "\r") for row in rows[1:2]] == [f"'{text}"]
    assert rows[1][3].replace("\n", "\r") == f"a{text}"


def test_the_products_as_csv(shop: Store, api: APIClient) -> None:
    content = body(
        api.get(f"/api/price-lists/{shop.pk}/export/", {"table": "products"}, headers={"Accept-Language": "en"})
    )
    assert content.startswith(b"\xef\xbb\xbf")
    title, *rows = csv_rows(content)
    assert title[:4] == ["SKU", "card", "name", "brand"]
    assert rows[0] == ["SKU-0", "100000000", "Чайник SKU-0", "Qazan", "", "", "7000", "0", "undercut", "1", "0"]
    assert len(rows) == 3


def test_the_prices_as_a_workbook(shop: Store, api: APIClient) -> None:
    rows = workbook(body(api.get(f"/api/price-lists/{shop.pk}/export/", {"table": "prices", "form": "xlsx"})))
    assert rows[1][0] == "SKU-0"
    assert rows[1][2] == ALMATY
    assert rows[1][4:7] == [10_000, 8_000, 12_000]


@pytest.fixture
def small_portions(shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four products in portions of two; the last of them has prices in two cities."""
    monkeypatch.setattr(tables, "PORTION", 2)
    cast.product(shop, "SKU-3", card_id="100000003", cities=(ALMATY, ASTANA))


def test_each_portion_of_products_comes_with_all_its_prices(shop: Store, small_portions: None) -> None:
    rows = [(row[0], row[2]) for row in tables.TABLES["prices"].rows_of(shop)]
    assert rows == [("SKU-0", ALMATY), ("SKU-1", ALMATY), ("SKU-2", ALMATY), ("SKU-3", ASTANA), ("SKU-3", ALMATY)]


@pytest.mark.skipif(cast.is_mariadb(), reason="MariaDB explains itself in other words")
@pytest.mark.parametrize("table", ["products", "prices", "stock", "price-updates"])
def test_no_portion_sorts_all_rows_of_the_store(
    shop: Store, small_portions: None, table: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(6) as asked:
        list(tables.TABLES[table].rows_of(shop))
    for query in asked.captured_queries:
        plan = cast.plan_of(query["sql"])
        assert ("TEMP B-TREE" in plan, "SCAN" in plan) == (False, False)


def test_the_history_of_prices(shop: Store, seller: User, api: APIClient) -> None:
    move(shop, "SKU-0", 9_000, seller)
    for form in ("csv", "xlsx"):
        content = body(api.get(f"/api/price-lists/{shop.pk}/export/", {"table": "price-updates", "form": form}))
        row = (csv_rows(content) if form == "csv" else workbook(content))[1]
        assert [str(cell).removesuffix(".0") for cell in row[4:7]] == ["10000", "9000", "approved"]


def test_the_stock_at_each_point(shop: Store, small_portions: None, api: APIClient) -> None:
    not_counted = Availability.everything.filter(product__sku="SKU-3", sales_point__code="PP2")
    not_counted.update(is_available=False, stock_count=None, preorder_days=3)
    title, *rows = csv_rows(body(api.get(f"/api/price-lists/{shop.pk}/export/", {"table": "stock"})))
    assert len(title) == 6
    assert [(row[0], *row[2:]) for row in rows] == [
        ("SKU-0", "PP1", "1", "5", ""),
        ("SKU-1", "PP1", "1", "5", ""),
        ("SKU-2", "PP1", "1", "5", ""),
        ("SKU-3", "PP1", "1", "5", ""),
        ("SKU-3", "PP2", "0", "", "3"),
    ]


def test_an_export_shows_rows_of_its_store_only(shop: Store, api: APIClient, strangers_store: Store) -> None:
    cast.product(strangers_store, "THEIRS", marker=cast.STRANGE)
    for table in ("products", "prices", "stock", "price-updates"):
        content = body(api.get(f"/api/price-lists/{shop.pk}/export/", {"table": table}))
        assert b"THEIRS" not in content


def test_a_table_larger_than_a_sheet_is_refused(shop: Store, api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 3)
    answer = api.get(f"/api/price-lists/{shop.pk}/export/", {"table": "products", "form": "xlsx"})
    assert (answer.status_code, answer.json()["code"]) == (422, "too_many_rows")


def test_files_are_counted(shop: Store, api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ScopedRateThrottle.THROTTLE_RATES, "files", "2/min")
    address = f"/api/price-lists/{shop.pk}/export/?table=products"
    assert [api.get(address).status_code for _ in range(3)] == [200, 200, 429]
    assert api.get(f"/api/price-lists/{shop.pk}/versions/").status_code == 200


@pytest.mark.parametrize("query", ["", "?table=users", "?table=products&form=exe", "?table=products&limit=1"])
def test_an_export_that_does_not_exist(shop: Store, api: APIClient, query: str) -> None:
    assert api.get(f"/api/price-lists/{shop.pk}/export/{query}").status_code == 400
