"""Products over the API as a seller of thousands works: added, found, sorted, changed in bulk, undone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework.response import Response
from rest_framework.test import APIClient

from stores.models import (
    Availability,
    CatalogueBatch,
    CatalogueChange,
    CityPrice,
    Membership,
    Product,
    ProductPriceUpdate,
    SalesPoint,
    StockRules,
    Store,
)
from stores.models.words import search_words
from stores.services import catalogue
from stores.services.catalogue import CityChange, PointChange, ProductChange
from stores.services.sales_points import closing
from stores.views.wire import HeavyThrottle
from tests import cast
from tests.cast import ALMATY, ASTANA
from users.models import User

pytestmark = pytest.mark.django_db
URL = "/api/products/"


def post(api: APIClient, store: Store, body: dict[str, Any]) -> Response:
    return api.post(URL, {"store": store.pk, "sku": "POT-1", "model": "Pot"} | body)


def listed(api: APIClient, **query: object) -> list[str]:
    return [row["sku"] for row in api.get(URL, query).json()["results"]]


# --- Adding and editing -----------------------------------------------------------------------------------------------


def test_a_product_is_added_with_its_prices_and_points(api: APIClient, store: Store, seller: User) -> None:
    body = {
        "card_id": "100000009",
        "purchase_cost": 5_000,
        "cities": {ALMATY: {"price": 10_000, "floor": 8_000, "ceiling": 12_000}},
        "points": {"PP1": {"is_available": True, "stock_count": None, "preorder_days": 3}},
        "strategy": "undercut",
    }
    answer = post(api, store, body)
    assert answer.status_code == 201
    assert (answer.json()["cities"][0]["price"], answer.json()["availability"][0]["preorder_days"]) == (10_000, 3)
    batch = CatalogueBatch.everything.get()
    assert (batch.source, batch.actor, batch.products_added) == ("api", seller, 1)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"sku": "SKU-1"}, 422, "sku_taken"),
        ({"sku": " POT"}, 422, "bad_sku"),
        ({"points": {"PP1": {"is_available": True}}}, 422, "no_price"),
        ({"points": {"PP9": {"is_available": True}}}, 422, "unknown_point"),
        ({"cities": {"111": {"price": 9_000}}}, 422, "unknown_city"),
        ({"cities": {ALMATY: {"price": 9_000, "floor": 9_001}}}, 422, "price_outside_limits"),
        ({"purchase_cost": 9_000, "cities": {ALMATY: {"price": 9_000, "floor": 8_000}}}, 422, "confirm_needed"),
        ({"cities": {ALMATY: {"price": "9000"}}}, 400, "invalid"),
        ({"cities": {ALMATY: {"prise": 9_000}}}, 400, "invalid"),
        ({"flor": 9_000}, 400, "invalid"),
        ({"store": 999_999}, 404, "not_found"),
    ],
)
def test_what_cannot_be_added_is_refused_and_leaves_nothing(
    api: APIClient, store: Store, body: dict[str, Any], status: int, code: str
) -> None:
    cast.product(store)
    answer = post(api, store, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Product.everything.count() == 1
    assert not CatalogueBatch.everything.exists()


def test_nothing_is_added_to_a_strangers_store(api: APIClient, store: Store, strangers_store: Store) -> None:
    there, nowhere = post(api, strangers_store, {}), post(api, Store(pk=999_999), {})
    assert (there.status_code, there.content) == (nowhere.status_code, nowhere.content) == (404, nowhere.content)
    assert not Product.everything.exists()


def test_facts_and_limits_are_edited_together_or_not_at_all(api: APIClient, store: Store) -> None:
    product = cast.product(store)

    def edit(body: dict[str, Any], version: int) -> Response:
        return api.patch(f"{URL}{product.pk}/", body, headers={"If-Match": f'"{version}"'})

    good = {"brand": "Tefal", "weight_g": 900, "floor": 8_500, "points": {"PP1": {"stock_count": 0}}}
    assert edit(good | {"ceiling": 8_400}, 1).status_code == 422
    product.refresh_from_db()
    assert (product.brand, product.weight_g, product.version) == ("Qazan", None, 1)
    answer = edit(good, 1)
    assert (answer.status_code, answer.json()["version"], answer.json()["brand"]) == (200, 3, "Tefal")
    assert CityPrice.everything.get().floor == 8_500
    assert Availability.everything.get().stock_count == 0
    assert edit({"brand": "Bosch"}, 1).status_code == 412
    assert edit({"brand": "Bosch", "model": " "}, 3).status_code == 400


def test_an_edit_is_in_the_history_with_its_person(api: APIClient, store: Store, seller: User) -> None:
    product = cast.product(store)
    api.patch(f"{URL}{product.pk}/", {"floor": 8_500, "is_paused": True}, headers={"If-Match": '"1"'})
    rows = api.get("/api/catalogue-changes/", {"product": product.pk}).json()["results"]
    assert {(row["field"], row["city_id"], row["old"], row["new"]) for row in rows} == {
        ("floor", ALMATY, 8_000, 8_500),
        ("is_paused", "", False, True),
    }
    assert {(row["source"], row["actor"], row["sku"]) for row in rows} == {("api", seller.full_name, "SKU-1")}


# --- Finding ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(store: Store, seller: User) -> None:
    """Four products, each lacking something."""
    catalogue.bring_in(store, [catalogue.PointFacts("PP3", ALMATY)], [])
    both = CityChange(10_000, 8_000, 12_000)
    at = {code: {code: PointChange(code != "PP2")} for code in ("PP1", "PP2", "PP3")}
    rows = [
        ProductChange("A-1", card_id="1", model="Шәйнек ҮЛКЕН", brand="Qazan", everywhere=both, points=at["PP1"]),
        ProductChange("B-2", model="чайник синий", brand="ӘСЕМ", cities={ASTANA: CityChange(9_000)}, points=at["PP2"]),
        ProductChange("C-3", card_id="3", model="Утюг", brand="Tefal", everywhere=both, points=at["PP3"]),
        ProductChange("D-4", card_id="4", model="Ёлка", category_code="Trees", is_paused=True, strategy="undercut"),
    ]
    assert catalogue.apply_changes(store, rows, seller, CatalogueBatch.Source.API).added == 4
    SalesPoint.everything.filter(code="PP3").update(is_open=False)
    CityPrice.everything.filter(product__sku="A-1").update(place=2, hold_rule="stopped")
    CityPrice.everything.filter(product__sku="C-3").update(place=1)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("  ", []),
        ("pot red pot", ["pot", "red"]),
        ("a b c d e f g h i j k", list("abcdefghij")),
        ("a b c d e f g h i j kettle", ["kettle", *"abcdefghi"]),
        ("a " * 100, ["a"]),
    ],
)
def test_a_search_has_ten_words_at_most(typed: str, words: list[str]) -> None:
    assert search_words(typed) == words


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "шәйнек үлкен"}, ["A-1"]),
        ({"search": "ЧАЙНИК"}, ["B-2"]),
        ({"search": "әсем b-2"}, ["B-2"]),
        ({"search": "ёЛКА"}, ["D-4"]),
        ({"search": "%"}, []),
        ({"search": "ү л к е н ш ә й x y шәйнек үлкен"}, ["A-1"]),
        ({"search": "x y ү л к е н ш шәйнек үлкен"}, []),
        ({"brand": "Tefal"}, ["C-3"]),
        ({"category_code": "Trees"}, ["D-4"]),
        ({"strategy": "undercut"}, ["D-4"]),
        ({"is_paused": "true"}, ["D-4"]),
        ({"has_limits": "true"}, ["A-1", "C-3"]),
        ({"has_limits": "false"}, ["B-2", "D-4"]),
        ({"is_on_sale": "true"}, ["A-1"]),
        ({"is_on_sale": "false"}, ["B-2", "C-3", "D-4"]),
        ({"has_card": "false"}, ["B-2"]),
        ({"lost_place": "true"}, ["A-1"]),
        ({"lost_place": "false"}, ["B-2", "C-3", "D-4"]),
        ({"city_id": ASTANA}, ["B-2"]),
        ({"point_code": "PP3"}, ["C-3"]),
        ({"hold_rule": "stopped"}, ["A-1"]),
        ({"has_card": "true", "is_paused": "false", "lost_place": "false"}, ["C-3"]),
    ],
)
def test_each_filter_finds_what_it_says(api: APIClient, shelf: None, query: dict[str, str], found: list[str]) -> None:
    assert sorted(listed(api, **query)) == found


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("new", ["D-4", "C-3", "B-2", "A-1"]),
        ("-new", ["A-1", "B-2", "C-3", "D-4"]),
        ("sku", ["A-1", "B-2", "C-3", "D-4"]),
        ("-sku", ["D-4", "C-3", "B-2", "A-1"]),
        ("name", ["C-3", "B-2", "A-1", "D-4"]),
        ("-name", ["D-4", "A-1", "B-2", "C-3"]),
        ("brand", ["D-4", "A-1", "C-3", "B-2"]),
        ("changed", ["D-4", "C-3", "B-2", "A-1"]),
    ],
)
def test_each_order_holds_over_its_pages_in_both_directions(
    api: APIClient, store: Store, shelf: None, sort: str, found: list[str]
) -> None:
    forth = list(pages(api, f"{URL}?store={store.pk}&sort={sort}&page_size=1", "next"))
    assert [sku for sku, _address in forth] == found
    back = list(pages(api, forth[-1][1], "previous"))
    assert [sku for sku, _address in back] == found[::-1]


def pages(api: APIClient, address: str | None, to: str) -> Iterator[tuple[str, str]]:
    while address:
        page = api.get(address).json()
        yield page["results"][0]["sku"], address
        address = page[to]


def test_equal_keys_are_neither_shown_twice_nor_left_out(api: APIClient, store: Store) -> None:
    for number in range(7):
        cast.product(store, f"N-{number}")
    seen = [sku for sku, _address in pages(api, f"{URL}?sort=brand&page_size=1", "next")]
    assert sorted(seen) == [f"N-{number}" for number in range(7)]


@pytest.mark.parametrize(
    ("query", "status"), [("sort=price", 400), ("cursor=x", 404), ("cursor=WyJhZnRlciIsMV0&sort=name", 404)]
)
def test_an_order_or_a_cursor_that_is_none_is_refused(api: APIClient, shelf: None, query: str, status: int) -> None:
    assert api.get(f"{URL}?{query}").status_code == status


# --- Bulk -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def goods(store: Store) -> list[Product]:
    """Three products at 10 000 ₸ between 8 000 and 12 000, bought for 7 000; of the last nobody knows for how much."""
    made = [cast.product(store, f"SKU-{number}") for number in range(3)]
    Product.everything.filter(pk=made[2].pk).update(purchase_cost=None)
    return made


def preview(api: APIClient, store: Store, change: dict[str, Any], **more: Any) -> Response:
    return api.post(f"/api/stores/{store.pk}/bulk-change/", {"where": {}, "change": change} | more)


def apply(api: APIClient, store: Store, token: str) -> Response:
    return api.post(f"/api/stores/{store.pk}/bulk-change/apply/", {"token": token})


def corridors() -> list[tuple[int | None, int, int | None]]:
    return list(CityPrice.everything.order_by("product__sku").values_list("floor", "price", "ceiling"))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"floor": {"of": "purchase_cost", "percent": "20.05"}}, (8_404, 10_000, 12_000)),
        ({"floor": {"of": "purchase_cost", "percent": "20.05", "round_to": 100}}, (8_500, 10_000, 12_000)),
        ({"ceiling": {"of": "price", "percent": "5.55", "round_to": 100}}, (8_000, 10_000, 10_500)),
        ({"price": {"of": "price", "percent": "-3"}}, (8_000, 9_700, 12_000)),
        ({"price": {"of": "price", "plus": -55, "round_to": 10}}, (8_000, 9_950, 12_000)),
        ({"price": {"plus": 9_990}}, (8_000, 9_990, 12_000)),
        ({"price": {"of": "floor"}, "floor": {"of": "floor", "plus": -500}}, (7_500, 8_000, 12_000)),
    ],
)
def test_sums_are_counted_from_each_products_own(
    api: APIClient, store: Store, goods: list[Product], change: dict[str, Any], expected: tuple[int, int, int]
) -> None:
    shown = preview(api, store, change, where={"sku": "SKU-0"}).json()
    assert (shown["found"], shown["changed"]) == (1, 1)
    assert apply(api, store, shown["token"]).status_code == 200
    assert corridors() == [expected, (8_000, 10_000, 12_000), (8_000, 10_000, 12_000)]


def test_a_preview_says_what_would_be_and_does_nothing(api: APIClient, store: Store, goods: list[Product]) -> None:
    change = {"floor": {"of": "purchase_cost", "percent": "50"}, "step": 5}
    shown = preview(api, store, change).json()
    assert (shown["found"], shown["changed"], shown["moves"]) == (3, 0, 0)
    assert {(each["code"], each["products"]) for each in shown["refused"]} == {
        ("price_outside_limits", 2),
        ("no_base", 1),
    }
    shown = preview(api, store, change, move_prices=True).json()
    assert (shown["changed"], shown["moves"], shown["free_now"], shown["minutes"]) == (2, 2, 250, 0)
    assert shown["samples"][0]["changes"] == [
        {"field": "step", "old": 1, "new": 5, "city_id": "", "point_code": ""},
        {"field": "floor", "old": 8_000, "new": 10_500, "city_id": ALMATY, "point_code": ""},
        {"field": "price", "old": 10_000, "new": 10_500, "city_id": ALMATY, "point_code": ""},
    ]
    assert corridors() == [(8_000, 10_000, 12_000)] * 3
    assert not CatalogueBatch.everything.exists()


def test_what_was_shown_is_applied_and_undone_as_one(api: APIClient, store: Store, goods: list[Product]) -> None:
    change = {"price": {"of": "price", "percent": "-3"}, "strategy": "manual", "stock_count": None}
    done = apply(api, store, preview(api, store, change).json()["token"]).json()
    assert (done["changed"], done["held"], done["refused"]) == (3, [], [])
    assert corridors() == [(8_000, 9_700, 12_000)] * 3
    assert set(Product.everything.values_list("strategy", flat=True)) == {"manual"}
    assert set(Availability.everything.values_list("stock_count", flat=True)) == {None}
    assert CatalogueBatch.everything.get(pk=done["batch"]).source == "bulk"
    undone = api.post(f"/api/catalogue-batches/{done['batch']}/undo/").json()
    assert (undone["restored"], undone["left"]) == (3, [])
    assert corridors() == [(8_000, 10_000, 12_000)] * 3
    assert set(Product.everything.values_list("strategy", flat=True)) == {"undercut"}


def test_a_preview_that_is_no_longer_true_is_not_applied(
    api: APIClient, store: Store, goods: list[Product], seller: User
) -> None:
    token = preview(api, store, {"price": {"of": "price", "percent": "-3"}}).json()["token"]
    moved = ProductChange("SKU-1", everywhere=CityChange(11_000))
    catalogue.apply_changes(store, [moved], seller, CatalogueBatch.Source.API)
    answer = apply(api, store, token)
    assert (answer.status_code, answer.json()["code"]) == (412, "moved_since_preview")
    assert [price for _floor, price, _ceiling in corridors()] == [10_000, 11_000, 10_000]
    assert CatalogueBatch.everything.count() == 1


def test_what_does_not_touch_the_preview_does_not_spoil_it(
    api: APIClient, store: Store, goods: list[Product], seller: User
) -> None:
    token = preview(api, store, {"step": 7}).json()["token"]
    catalogue.apply_changes(
        store, [ProductChange("SKU-1", everywhere=CityChange(11_000))], seller, CatalogueBatch.Source.API
    )
    assert apply(api, store, token).json()["changed"] == 3


def test_a_token_is_good_for_its_store_only(api: APIClient, store: Store, goods: list[Product], seller: User) -> None:
    second = cast.store(seller, "30125008", "Екінші")
    token = preview(api, store, {"step": 7}).json()["token"]
    for told in (token, token[:-1], "", "x"):
        assert apply(api, second, told).status_code in (400, 422)
    assert set(Product.everything.values_list("step", flat=True)) == {1}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"change": {}}, 422),
        ({"change": {"flor": {"plus": 1}}}, 400),
        ({"change": {"floor": {"plus": 1, "of": "profit"}}}, 400),
        ({"change": {"step": 5}, "where": {"serch": "x"}}, 400),
        ({"change": {"strategy": "win"}}, 400),
        ({"change": {"price": {"of": "price", "percent": "-100"}}}, 400),
    ],
)
def test_a_bulk_change_that_means_nothing_is_refused(
    api: APIClient, store: Store, goods: list[Product], body: dict[str, Any], status: int
) -> None:
    assert preview(api, store, body.pop("change"), **body).status_code == status


def test_a_slip_over_many_products_needs_a_yes(api: APIClient, store: Store, goods: list[Product]) -> None:
    change = {"floor": {"plus": 3_000}}
    assert {each["code"] for each in preview(api, store, change).json()["refused"]} == {"confirm_needed"}
    shown = preview(api, store, change, is_confirmed=True).json()
    assert (shown["changed"], shown["refused"]) == (3, [])


def test_a_viewer_neither_previews_nor_applies(
    store: Store, goods: list[Product], assistant: User, api: APIClient
) -> None:
    token = preview(api, store, {"step": 7}).json()["token"]
    viewer = cast.signed_in(assistant)
    assert preview(viewer, store, {"step": 7}).status_code == 403
    assert apply(viewer, store, token).status_code == 403
    assert set(Product.everything.values_list("step", flat=True)) == {1}


def test_bulk_changes_are_throttled(
    api: APIClient, store: Store, goods: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HeavyThrottle, "rate", "2/min")
    answers = [preview(api, store, {"step": 7}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Retry-After" in answers[2].headers


# --- Sales points -----------------------------------------------------------------------------------------------------

POINTS = "/api/sales-points/"


def add(api: APIClient, store: Store, **values: Any) -> Response:
    return api.post(POINTS, {"store": store.pk, "code": "PP3", "city_id": ALMATY} | values)


def test_a_point_is_added_with_its_hours(api: APIClient, store: Store, seller: User) -> None:
    answer = add(api, store, address="Абай 10", hours={"sat": ["10:00", "15:00"], "mon": ["09:00", "24:00"]})
    assert answer.status_code == 201
    assert answer.json() | {"id": 0} == {
        "id": 0,
        "store": store.pk,
        "code": "PP3",
        "city_id": ALMATY,
        "address": "Абай 10",
        "is_open": True,
        "hours": {"mon": ["09:00", "24:00"], "sat": ["10:00", "15:00"]},
    }
    change = CatalogueChange.everything.get()
    assert (change.field, change.point_code, change.batch.actor) == ("added", "PP3", seller)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"code": "PP1"}, "code_taken"),
        ({"code": "PP 3"}, "bad_code"),
        ({"city_id": "1"}, "unknown_city"),
        ({"hours": {"mon": ["18:00", "09:00"]}}, "bad_hours"),
        ({"hours": {"mon": ["9:00", "18:00"]}}, "bad_hours"),
        ({"hours": {"monday": ["09:00", "18:00"]}}, "bad_hours"),
        ({"hours": {"mon": ["09:00"]}}, "bad_hours"),
    ],
)
def test_a_point_that_cannot_be_is_not_added(api: APIClient, store: Store, values: dict[str, Any], code: str) -> None:
    answer = add(api, store, **values)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert SalesPoint.everything.count() == 2


def test_closing_a_point_is_shown_before_it_is_done(api: APIClient, store: Store) -> None:
    cast.product(store, "ONE")
    cast.product(store, "TWO", cities=(ALMATY, ASTANA))
    point = SalesPoint.everything.get(code="PP1")
    assert closing_of(api, point) == (2, 2, 1, ["ONE", "TWO"])
    version = Store.everything.get(pk=store.pk).catalogue_version
    assert api.patch(f"{POINTS}{point.pk}/", {"is_open": False}).json()["is_open"] is False
    assert Store.everything.get(pk=store.pk).catalogue_version == version + 1
    assert listed(api, is_on_sale="true") == ["TWO"]


def closing_of(api: APIClient, point: SalesPoint) -> tuple[int, int, int, list[str]]:
    shown = api.get(f"{POINTS}{point.pk}/closing/").json()
    samples = [each["sku"] for each in shown["samples"]]
    return shown["products"], shown["off_sale"], shown["off_sale_everywhere"], samples


@pytest.fixture
def second_point(store: Store) -> SalesPoint:
    """A product in both cities, which lies at another point of Almaty too, with none left there."""
    catalogue.bring_in(store, [catalogue.PointFacts("PP3", ALMATY)], [])
    cast.product(store, "TWO", cities=(ALMATY, ASTANA))
    Availability.everything.filter(sales_point__code="PP3").update(stock_count=0)
    return SalesPoint.everything.get(code="PP3")


def hide_gone(store: Store) -> None:
    StockRules.everything.create(store=store, hides_gone=True)


def hide_gone_that_can_be_ordered(store: Store) -> None:
    hide_gone(store)
    Availability.everything.filter(sales_point__code="PP3").update(preorder_days=3)


def close_the_other(store: Store) -> None:
    SalesPoint.everything.filter(code="PP3").update(is_open=False)


def forget_the_other_city(store: Store) -> None:
    hide_gone(store)
    CityPrice.everything.filter(city_id=ASTANA).delete()


def close_it(store: Store) -> None:
    SalesPoint.everything.filter(code="PP1").update(is_open=False)


@pytest.mark.parametrize(
    ("change", "off_sale", "everywhere"),
    [
        (lambda _store: None, 0, 0),
        (hide_gone, 1, 0),
        (hide_gone_that_can_be_ordered, 0, 0),
        (close_the_other, 1, 0),
        (forget_the_other_city, 1, 1),
        (close_it, 0, 0),
    ],
    ids=["another point", "none left there", "for pre-order there", "closed too", "no price elsewhere", "closed"],
)
def test_what_goes_off_sale_is_what_the_list_would_say(
    api: APIClient,
    store: Store,
    second_point: SalesPoint,
    change: Callable[[Store], None],
    off_sale: int,
    everywhere: int,
) -> None:
    change(store)
    shown = closing_of(api, SalesPoint.everything.get(code="PP1"))
    assert shown == (1, off_sale, everywhere, ["TWO"] * off_sale)


@pytest.mark.skipif(cast.is_mariadb(), reason="MariaDB explains itself in other words")
def test_a_closing_looks_at_its_own_store_only(store: Store, django_assert_num_queries: Any) -> None:
    point = SalesPoint.everything.get(code="PP1")
    with django_assert_num_queries(5) as asked:
        closing(point)
    for query in asked.captured_queries:
        assert "SCAN" not in cast.plan_of(query["sql"])


def test_a_point_does_not_open_again_into_a_contradiction(api: APIClient, store: Store, seller: User) -> None:
    catalogue.bring_in(store, [catalogue.PointFacts("PP3", ALMATY)], [])
    cast.product(store)
    point = SalesPoint.everything.get(code="PP3")
    api.patch(f"{POINTS}{point.pk}/", {"is_open": False})
    change = ProductChange("SKU-1", points={"PP1": PointChange(preorder_days=5)})
    catalogue.apply_changes(store, [change], seller, CatalogueBatch.Source.API)
    answer = api.patch(f"{POINTS}{point.pk}/", {"is_open": True})
    assert (answer.status_code, answer.json()["code"]) == (422, "preorder_differs")
    assert not SalesPoint.everything.get(code="PP3").is_open


def test_points_are_the_business_of_those_who_may(api: APIClient, store: Store, assistant: User) -> None:
    viewer, point = cast.signed_in(assistant), SalesPoint.everything.get(code="PP1")
    assert add(viewer, store).status_code == 403
    assert viewer.patch(f"{POINTS}{point.pk}/", {"is_open": False}).status_code == 403
    Membership.everything.filter(user=assistant).update(role=Membership.Role.MANAGER)
    assert viewer.patch(f"{POINTS}{point.pk}/", {"address": "Абай 1"}).status_code == 200
    assert not ProductPriceUpdate.everything.exists()
