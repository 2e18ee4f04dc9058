"""Products over the API: found, paged by key, and edited without guessing."""

from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.response import Response
from rest_framework.test import APIClient

from stores.models import CityPrice, Membership, Product, ProductPriceUpdate, Store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
URL = "/api/products/"
BOTH = (cast.ALMATY, cast.ASTANA)


@pytest.fixture
def kettle(store: Store) -> Product:
    """10 000 ₸ in Almaty and in Astana, between 8 000 and 12 000."""
    return cast.product(store, cities=BOTH)


def edit(api: APIClient, product: Product, body: object, version: str | None = None) -> Response:
    """PATCH as somebody who has just read the product."""
    current = str(Product.everything.get(pk=product.pk).version)
    return api.patch(f"{URL}{product.pk}/", body, headers={"If-Match": f'"{version or current}"'})


def edit_raw(api: APIClient, product: Product, body: str) -> Response:
    """The same with the bytes of the body as they are written here."""
    headers = {"If-Match": f'"{product.version}"'}
    return api.patch(f"{URL}{product.pk}/", body.encode(), content_type="application/json", headers=headers)


def corridors(product: Product) -> dict[str, tuple[int | None, int, int | None]]:
    """City → floor, price, ceiling."""
    rows = CityPrice.everything.filter(product=product)
    return {row.city_id: (row.floor, row.price, row.ceiling) for row in rows}


def skus(api: APIClient, **query: object) -> list[str]:
    return sorted(row["sku"] for row in api.get(URL, query).json()["results"])


# --- Finding ----------------------------------------------------------------------------------------------------------


def test_a_product_tells_its_prices_per_city_and_its_stock_per_point(api: APIClient, store: Store) -> None:
    kettle = cast.product(store)
    seen = api.get(f"{URL}{kettle.pk}/").json()
    assert (seen["store"], seen["sku"], seen["card_id"], seen["version"]) == (store.pk, "SKU-1", "100000001", 1)
    assert (seen["purchase_cost"], seen["strategy"], seen["step"], seen["is_paused"]) == (7_000, "undercut", 1, False)
    assert seen["cities"] == [
        {
            "city_id": cast.ALMATY,
            "price": 10_000,
            "floor": 8_000,
            "ceiling": 12_000,
            "lowest_rival": None,
            "place": None,
            "strategy": "",
            "plan": None,
            "step": None,
            "policy": {"strategy": "undercut", "plan": {}, "step": 1, "rule": None, "rule_name": ""},
            "margin_floor": None,
            "break_even": None,
            "profit": None,
            "profit_elsewhere": None,
            "margin": None,
            "missing": "weight",
            "hold": None,
        }
    ]
    assert seen["availability"] == [{"point": "PP1", "is_available": True, "stock_count": 5, "preorder_days": None}]


@pytest.fixture
def shelf(store: Store) -> None:
    cast.product(store, "RED-1", card_id="100000001")
    cast.product(store, "RED-2", card_id="100000002", strategy=Product.Strategy.MANUAL)
    cast.product(store, "BLUE-1", card_id="100000003")
    Product.everything.filter(sku="BLUE-1").update(model="Электрический чайник синий", brand="Tulpar", is_paused=True)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["BLUE-1", "RED-1", "RED-2"]),
        ({"sku": "RED-1"}, ["RED-1"]),
        ({"sku": "red-1"}, []),
        ({"sku": "RED"}, []),
        ({"card_id": "100000002"}, ["RED-2"]),
        ({"brand": "Tulpar"}, ["BLUE-1"]),
        ({"strategy": "manual"}, ["RED-2"]),
        ({"is_paused": "true"}, ["BLUE-1"]),
        ({"is_paused": "false"}, ["RED-1", "RED-2"]),
        ({"search": "red"}, ["RED-1", "RED-2"]),
        ({"search": "qazan red-2"}, ["RED-2"]),
        ({"search": "100000003"}, ["BLUE-1"]),
        ({"search": "10000000"}, []),
        ({"search": "tulpar qazan"}, []),
        ({"search": "Чайник red"}, ["RED-1", "RED-2"]),
        ({"search": "%"}, []),
        ({"search": "_"}, []),
        ({"strategy": "undercut", "search": "BLUE"}, ["BLUE-1"]),
    ],
)
def test_the_list_finds_what_is_asked_for(api: APIClient, shelf: None, query: dict[str, str], found: list[str]) -> None:
    assert skus(api, **query) == found


def test_the_list_narrows_to_one_of_the_persons_stores(api: APIClient, seller: User, shelf: None) -> None:
    second = cast.store(seller, "30125008", "Екінші")
    cast.product(second, "GREEN-1")
    assert skus(api, store=second.pk) == ["GREEN-1"]
    assert len(skus(api)) == 4


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"strategy": "magic"}, "strategy"),
        ({"store": "x"}, "store"),
        ({"store": 10**30}, "store"),
        ({"search": "a\x00"}, "search"),
        ({"search": "a " * 200}, "search"),
    ],
)
def test_a_filter_that_cannot_be_used_is_named(api: APIClient, shelf: None, query: dict[str, Any], field: str) -> None:
    answer = api.get(URL, query)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


# --- Paging -----------------------------------------------------------------------------------------------------------


def pages(api: APIClient, url: str) -> Iterator[dict[str, Any]]:
    following: str | None = url
    while following:
        page = api.get(following).json()
        yield page
        following = page["next"]


@pytest.mark.parametrize(
    ("query", "sizes"),
    [("", [50, 50, 20]), ("?page_size=100", [100, 20]), ("?page_size=1000", [120]), ("?page_size=0", [50, 50, 20])],
)
def test_the_pages_hold_every_product_once(api: APIClient, store: Store, query: str, sizes: list[int]) -> None:
    made = [cast.product(store, f"SKU-{number}").pk for number in range(120)]
    walked = [[row["id"] for row in page["results"]] for page in pages(api, f"{URL}{query}")]
    assert [len(page) for page in walked] == sizes
    assert sum(walked, []) == sorted(made, reverse=True)


def test_what_comes_and_goes_meanwhile_shifts_no_page(api: APIClient, store: Store) -> None:
    made = [cast.product(store, f"SKU-{number}") for number in range(120)]
    first = api.get(URL).json()
    cast.product(store, "NEW")
    gone = first["results"][0]["id"]
    Product.everything.filter(pk=gone).delete()
    rest = [row["id"] for page in pages(api, first["next"]) for row in page["results"]]
    assert [row["id"] for row in first["results"]] + rest == sorted((product.pk for product in made), reverse=True)


def test_a_page_leads_back(api: APIClient, store: Store) -> None:
    for number in range(5):
        cast.product(store, f"SKU-{number}")
    first = api.get(URL, {"page_size": 2}).json()
    second = api.get(first["next"]).json()
    assert api.get(second["previous"]).json()["results"] == first["results"]


def test_a_cursor_that_was_not_given_out_is_not_found(api: APIClient) -> None:
    answer = api.get(URL, {"cursor": "rubbish"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


# --- Editing ----------------------------------------------------------------------------------------------------------


def test_limits_change_in_every_city_and_the_version_grows(api: APIClient, kettle: Product) -> None:
    answer = edit(api, kettle, {"floor": 9_000, "ceiling": 11_000})
    assert answer.status_code == 200
    assert answer.json()["version"] == 2
    assert corridors(kettle) == dict.fromkeys(BOTH, (9_000, 10_000, 11_000))
    assert not ProductPriceUpdate.everything.exists()


@pytest.mark.parametrize(
    ("body", "almaty"),
    [
        ({"floor": None}, (None, 10_000, 12_000)),
        ({"ceiling": None}, (8_000, 10_000, None)),
        ({"floor": None, "ceiling": None}, (None, 10_000, None)),
        ({"floor": 10_000, "ceiling": 10_000}, (10_000, 10_000, 10_000)),
        (
            {"floor": 100, "ceiling": 100_000_000, "confirm": {"floor": 100, "ceiling": 100_000_000}},
            (100, 10_000, 100_000_000),
        ),
        ({"price": 9_000}, (8_000, 9_000, 12_000)),
        ({"price": 15_000, "ceiling": 16_000}, (8_000, 15_000, 16_000)),
        ({"price": 5_000, "floor": 4_000, "ceiling": 6_000, "confirm": {"floor": 4_000}}, (4_000, 5_000, 6_000)),
        ({"price": 15_000, "floor": 14_000, "ceiling": 16_000}, (14_000, 15_000, 16_000)),
        ({}, (8_000, 10_000, 12_000)),
    ],
)
def test_one_city_is_edited_alone(
    api: APIClient, kettle: Product, body: dict[str, object], almaty: tuple[int | None, int, int | None]
) -> None:
    assert edit(api, kettle, body | {"city_id": cast.ALMATY}).status_code == 200
    assert corridors(kettle) == {cast.ALMATY: almaty, cast.ASTANA: (8_000, 10_000, 12_000)}


@pytest.mark.parametrize(
    ("field", "value"), [("strategy", "manual"), ("step", 50), ("is_paused", True), ("step", 1_000_000)]
)
def test_how_a_product_is_priced_changes(api: APIClient, kettle: Product, field: str, value: object) -> None:
    answer = edit(api, kettle, {field: value})
    assert (answer.status_code, answer.json()[field]) == (200, value)
    kettle.refresh_from_db()
    assert (getattr(kettle, field), kettle.version) == (value, 2)


@pytest.mark.parametrize(
    ("body", "price"),
    [
        ({"floor": 11_000}, 11_000),
        ({"ceiling": 9_000}, 9_000),
        ({"floor": 500, "ceiling": 600, "confirm": {"floor": 500}}, 600),
    ],
)
def test_move_prices_takes_prices_to_the_nearest_limit_through_the_gateway(
    api: APIClient, kettle: Product, seller: User, body: dict[str, int], price: int
) -> None:
    assert edit(api, kettle, body | {"move_prices": True, "city_id": cast.ASTANA}).status_code == 200
    assert corridors(kettle)[cast.ASTANA] == (body.get("floor", 8_000), price, body.get("ceiling", 12_000))
    update = ProductPriceUpdate.everything.get()
    assert (update.city_id, update.old_price, update.new_price) == (cast.ASTANA, 10_000, price)
    assert (update.state, update.origin, update.actor) == ("approved", "person", seller)


def test_a_price_leaves_one_update_a_city(api: APIClient, kettle: Product) -> None:
    edit(api, kettle, {"price": 9_000})
    updates = ProductPriceUpdate.everything.order_by("city_id")
    assert [(update.city_id, update.old_price, update.new_price) for update in updates] == [
        (cast.ASTANA, 10_000, 9_000),
        (cast.ALMATY, 10_000, 9_000),
    ]


def test_move_prices_moves_nothing_that_already_fits(api: APIClient, kettle: Product) -> None:
    assert edit(api, kettle, {"floor": 9_000, "move_prices": True}).status_code == 200
    assert not ProductPriceUpdate.everything.exists()


def assert_untouched(product: Product) -> None:
    assert corridors(product) == dict.fromkeys(BOTH, (8_000, 10_000, 12_000))
    assert Product.everything.values_list("version", "step").get(pk=product.pk) == (1, 1)
    assert not ProductPriceUpdate.everything.exists()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"floor": 12_001}, "limits_crossed"),
        ({"ceiling": 7_999}, "limits_crossed"),
        ({"floor": 11_000, "ceiling": 10_500}, "limits_crossed"),
        ({"floor": 13_000, "ceiling": 9_000, "price": 10_000}, "limits_crossed"),
        ({"floor": 12_001, "move_prices": True}, "limits_crossed"),
        ({"floor": 10_001}, "price_outside_limits"),
        ({"ceiling": 9_999}, "price_outside_limits"),
        ({"price": 7_999}, "price_outside_limits"),
        ({"price": 12_001}, "price_outside_limits"),
        ({"price": 12_001, "move_prices": True}, "price_outside_limits"),
        ({"price": 9_000, "floor": 9_500}, "price_outside_limits"),
        ({"floor": 9_000, "city_id": "196220100"}, "unknown_city"),
        ({"floor": 9_000, "city_id": "x"}, "unknown_city"),
    ],
)
def test_what_does_not_fit_is_refused_whole(
    api: APIClient, kettle: Product, body: dict[str, object], code: str
) -> None:
    answer = edit(api, kettle, body | {"step": 7})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert_untouched(kettle)


def test_one_city_that_does_not_fit_refuses_the_others_too(api: APIClient, kettle: Product) -> None:
    CityPrice.everything.filter(product=kettle, city_id=cast.ALMATY).update(price=8_500)
    assert edit(api, kettle, {"floor": 9_000}).status_code == 422
    assert corridors(kettle) == {cast.ALMATY: (8_000, 8_500, 12_000), cast.ASTANA: (8_000, 10_000, 12_000)}


def test_a_price_that_may_not_leave_is_refused_with_the_reason(api: APIClient, kettle: Product, store: Store) -> None:
    Store.everything.filter(pk=store.pk).update(mode=Store.Mode.PAUSED)
    answer = edit(api, kettle, {"price": 9_000})
    assert (answer.status_code, answer.json()["code"]) == (422, "price_held")
    assert answer.json()["fields"] == {"price": ["stopped"]}
    assert_untouched(kettle)


@pytest.mark.parametrize("header", [None, "", "*", "three", '"-1"', 'W/"1"', '"1", "2"', "1" * 10, '"١"'])
def test_an_edit_must_say_what_it_is_an_edit_of(api: APIClient, kettle: Product, header: str | None) -> None:
    headers = {} if header is None else {"If-Match": header}
    answer = api.patch(f"{URL}{kettle.pk}/", {"floor": 9_000}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")
    assert_untouched(kettle)


@pytest.mark.parametrize("version", ["2", "0", "999999999"])
def test_an_edit_of_another_version_is_refused(api: APIClient, kettle: Product, version: str) -> None:
    answer = edit(api, kettle, {"floor": 9_000}, version=version)
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert_untouched(kettle)


def test_the_same_edit_sent_twice_is_done_once(api: APIClient, kettle: Product) -> None:
    statuses = [edit(api, kettle, {"price": 9_000}, version="1").status_code for _ in range(2)]
    assert statuses == [200, 412]
    assert ProductPriceUpdate.everything.count() == len(BOTH)


@pytest.mark.parametrize("field", ["floor", "ceiling", "price", "step"])
@pytest.mark.parametrize(
    "value",
    ["12.0", "1.2e4", '"12000"', '"12 000"', "true", "1e400", "-1", "0", "100000001", "1" + "0" * 30, "[]", "{}", '""'],
)
def test_money_is_a_json_integer_or_nothing(api: APIClient, kettle: Product, field: str, value: str) -> None:
    answer = edit_raw(api, kettle, f'{{"{field}": {value}}}')
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert_untouched(kettle)


@pytest.mark.parametrize("field", ["floor", "ceiling", "price"])
def test_no_price_is_under_a_hundred_tenge(api: APIClient, kettle: Product, field: str) -> None:
    answer = edit(api, kettle, {field: 99})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert_untouched(kettle)


@pytest.mark.parametrize(
    "body",
    [
        '{"floor": NaN}',
        '{"floor": Infinity}',
        '{"floor": -Infinity}',
        '{"floor": 9000, "floor": 8500}',
        '{"floor": 9000, "step": 1, "floor": 9000}',
        '{"floor": 012}',
        '{"floor": ' + "1" * 5_000 + "}",
        '{"floor": 9000',
        " ",
        "\ufeff{}",
        "[" * 100_000,
        '{"floor": ' + "[" * 30 + "]" * 30 + "}",
    ],
    ids=lambda body: body[:20],
)
def test_json_is_sound_or_refused(api: APIClient, kettle: Product, body: str) -> None:
    answer = edit_raw(api, kettle, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")
    assert_untouched(kettle)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"min_price": 9_000}, ["min_price"]),
        ({"floor": 9_000, "Floor": 9_500}, ["Floor"]),
        ({"version": 1, "sku": "X"}, ["sku", "version"]),
        ({"price": None}, ["price"]),
        ({"step": None}, ["step"]),
        ({"step": 1_000_001}, ["step"]),
        ({"strategy": "magic"}, ["strategy"]),
        ({"is_paused": None}, ["is_paused"]),
        ({"is_paused": "perhaps"}, ["is_paused"]),
        ({"city_id": None}, ["city_id"]),
        ({"city_id": "7500000000"}, ["city_id"]),
        ([], ["non_field_errors"]),
        ("floor", ["non_field_errors"]),
    ],
)
def test_a_field_that_cannot_be_used_is_named(api: APIClient, kettle: Product, body: object, fields: list[str]) -> None:
    answer = edit(api, kettle, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert list(answer.json()["fields"]) == fields
    assert_untouched(kettle)


@pytest.mark.parametrize(("sent", "shown"), [("0.08", "0.08"), ("0", "0"), ("0.125000", "0.125"), (None, None)])
def test_the_wanted_margin_is_a_share_as_text(
    api: APIClient, kettle: Product, sent: str | None, shown: str | None
) -> None:
    answer = edit(api, kettle, {"least_margin": sent})
    assert (answer.status_code, answer.json()["least_margin"]) == (200, shown)
    assert api.get(f"{URL}{kettle.pk}/").json()["least_margin"] == shown


@pytest.mark.parametrize(
    "value", ["8", "1", "-0.1", "0,08", ".08", "8 %", "NaN", "0.0000001", "٠.٠٨", "", 0.08, 8, 0, True, [], {}]
)
def test_what_is_no_share_is_refused(api: APIClient, kettle: Product, value: object) -> None:
    answer = edit(api, kettle, {"least_margin": value})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["least_margin"])
    assert_untouched(kettle)


def test_a_slip_is_shown_and_needs_the_same_number_again(api: APIClient, kettle: Product) -> None:
    answer = edit(api, kettle, {"floor": 800, "step": 7})
    assert (answer.status_code, answer.json()["code"], list(answer.json()["fields"])) == (
        422,
        "confirm_needed",
        ["floor"],
    )
    assert_untouched(kettle)
    assert edit(api, kettle, {"floor": 800, "confirm": {"floor": 801}}).status_code == 422
    assert_untouched(kettle)
    assert edit(api, kettle, {"floor": 800, "confirm": {"floor": 800}}).status_code == 200
    assert corridors(kettle) == dict.fromkeys(BOTH, (800, 10_000, 12_000))


def test_a_cost_that_looks_like_a_slip_needs_the_same_number_again(api: APIClient, kettle: Product) -> None:
    answer = edit(api, kettle, {"purchase_cost": 70})
    told = answer.json()
    assert (answer.status_code, told["code"], list(told["fields"])) == (422, "confirm_needed", ["purchase_cost"])
    assert edit(api, kettle, {"purchase_cost": 70, "confirm": {"purchase_cost": 71}}).status_code == 422
    assert_untouched(kettle)
    assert edit(api, kettle, {"purchase_cost": 70, "confirm": {"purchase_cost": 70}}).status_code == 200
    kettle.refresh_from_db()
    assert kettle.purchase_cost == 70


@pytest.mark.parametrize("confirm", [{"floor": "800"}, {"step": 7}, {"floor": 800.0}, [], None])
def test_a_confirmation_is_read_as_strictly_as_the_edit(api: APIClient, kettle: Product, confirm: object) -> None:
    answer = edit(api, kettle, {"floor": 800, "confirm": confirm})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["confirm"])
    assert_untouched(kettle)


def test_an_unknown_field_is_told_the_known_ones(api: APIClient, kettle: Product) -> None:
    (text,) = edit(api, kettle, {"min_price": 9_000}).json()["fields"]["min_price"]
    known = "floor, ceiling, price, step, strategy, plan, is_paused, is_exclusive, city_id, move_prices, confirm"
    assert f"{known}, least_margin" in text


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("manager", 200), ("viewer", 403)])
def test_roles_that_may_change_prices(kettle: Product, store: Store, assistant: User, role: str, status: int) -> None:
    Membership.everything.filter(user=assistant).update(role=role)
    answer = edit(cast.signed_in(assistant), kettle, {"price": 9_000})
    assert answer.status_code == status
    assert (corridors(kettle)[cast.ALMATY][1] == 9_000) is (status == 200)
