import time
from http.client import HTTPConnection
from typing import Any

import msgspec
import pytest

from sandbox.server import SandboxError, SandboxServer
from tests.sandbox.sandbox_fakes import Shopper

OWN = "/_sandbox/merchants/30125007"
ALMATY, ASTANA = "750000000", "710000000"


def raw(sandbox: SandboxServer, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
    connection = HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, msgspec.json.decode(response.read())
    finally:
        connection.close()


def test_state(sandbox: SandboxServer) -> None:
    state = sandbox.control("GET", "/_sandbox/state")
    offers = state["counts"].pop("offers")
    assert state == {
        "now": "2026-01-05T05:00:00.000+00:00",
        "seed": 1,
        "clock": "manual",
        "paused": True,
        "pull_every": 3600.0,
        "tempo": 1.0,
        "counts": {"cards": 12, "merchants": 81, "orders": 0, "purchases": 0, "requests": 0},
    }
    assert offers > 12 * 3 * 3


def test_the_clock_moves_when_told(sandbox: SandboxServer) -> None:
    assert sandbox.control("POST", "/_sandbox/clock", {"advance": 90.5})["now"] == "2026-01-05T05:01:30.500+00:00"
    assert sandbox.control("GET", "/_sandbox/state")["now"] == "2026-01-05T05:01:30.500+00:00"


def test_a_real_clock_cannot_be_moved() -> None:
    with SandboxServer(seed=1, cards=2, merchant_cards=1) as sandbox:
        with pytest.raises(SandboxError, match="the clock is real"):
            sandbox.control("POST", "/_sandbox/clock", {"advance": 60})
        assert sandbox.control("GET", "/_sandbox/state")["clock"] == "real"


def test_a_real_clock_moves_the_world() -> None:
    with SandboxServer(seed=1, cards=7, merchant_cards=5, tempo=10_000) as sandbox:
        deadline = time.monotonic() + 10
        purchases = 0
        while not purchases and time.monotonic() < deadline:
            purchases = sandbox.control("GET", "/_sandbox/state")["counts"]["purchases"]
    assert purchases > 0


def test_our_merchant(sandbox: SandboxServer) -> None:
    merchant = sandbox.control("GET", OWN)
    assert (merchant["name"], merchant["price_list"], merchant["last_pull"]) == ("Күнбағыс Маркет", None, None)
    assert [(point["code"], point["city_id"]) for point in merchant["points"]] == [
        ("PP1", ALMATY),
        ("PP2", ASTANA),
        ("PP3", "511010000"),
    ]
    assert all(point["address"] for point in merchant["points"])


def test_a_rival_merchant(sandbox: SandboxServer) -> None:
    merchant = sandbox.control("GET", "/_sandbox/merchants/SapaTechno")
    assert (merchant["name"], merchant["points"]) == ("Sapa Techno", [])
    assert merchant["character"]


def test_our_products(sandbox: SandboxServer) -> None:
    products = sandbox.control("GET", f"{OWN}/offers")
    assert len(products) == len({product["sku"] for product in products}) == 8
    first = products[0]
    assert first.keys() == {
        "sku",
        "card_id",
        "model",
        "brand",
        "category_code",
        "category_title",
        "weight_g",
        "cost",
        "prices",
        "points",
        "on_sale",
    }
    assert first["prices"].keys() == {ALMATY, ASTANA, "511010000"}
    assert first["points"]["PP1"].keys() == {"available", "stock", "preorder"}
    assert all(product["on_sale"] for product in products)


def test_a_rival_is_set_moved_and_taken_away(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    before = shopper.offers(own_cards[0], limit=64)
    path = f"/_sandbox/cards/{own_cards[0]}/offers/SapaTechno"
    assert sandbox.control("PUT", path, {"city_id": ALMATY, "price": 321}) == {
        "card_id": own_cards[0],
        "city_id": ALMATY,
        "merchant_id": "SapaTechno",
        "price": 321,
    }
    first = shopper.offers(own_cards[0])["offers"][0]
    assert (first["merchantId"], first["price"]) == ("SapaTechno", 321.0)
    sandbox.control("PUT", path, {"city_id": ALMATY, "price": None})
    after = shopper.offers(own_cards[0], limit=64)
    assert "SapaTechno" not in [offer["merchantId"] for offer in after["offers"]]
    assert after["total"] in (before["total"], before["total"] - 1)


def test_actors_stand_still_and_go_on(sandbox: SandboxServer) -> None:
    def picture() -> list[Any]:
        cards = {product["card_id"] for product in sandbox.control("GET", f"{OWN}/offers")}
        return [sandbox.control("GET", f"/_sandbox/cards/{card}/offers?city_id={ALMATY}") for card in sorted(cards)]

    before = picture()
    sandbox.control("POST", "/_sandbox/clock", {"advance": 7200})
    assert picture() == before
    assert sandbox.control("PUT", "/_sandbox/actors", {"paused": False}) == {"paused": False}
    sandbox.control("POST", "/_sandbox/clock", {"advance": 7200})
    moved = picture()
    assert moved != before
    sandbox.control("PUT", "/_sandbox/actors", {"paused": True})
    sandbox.control("POST", "/_sandbox/clock", {"advance": 7200})
    assert picture() == moved


def test_orders_are_told(sandbox: SandboxServer) -> None:
    sandbox.control("PUT", "/_sandbox/actors", {"paused": False})
    stock = {product["sku"]: product["points"] for product in sandbox.control("GET", f"{OWN}/offers")}
    sandbox.control("POST", "/_sandbox/clock", {"advance": 24 * 3600})
    orders = sandbox.control("GET", "/_sandbox/orders")
    now = {product["sku"]: product["points"] for product in sandbox.control("GET", f"{OWN}/offers")}
    assert len(orders) == sandbox.control("GET", "/_sandbox/state")["counts"]["orders"] > 0
    sold: dict[tuple[str, str], int] = {}
    for order in orders:
        assert order["at"].startswith("2026-01-0")
        (entry,) = order["entries"]
        if order["status"] == "CANCELLED":
            continue
        place = entry["sku"], order["point"]
        sold[place] = sold.get(place, 0) + entry["quantity"]
    for (sku, point), quantity in sold.items():
        before = stock[sku][point]["stock"]
        assert now[sku][point]["stock"] == (None if before is None else before - quantity)


def test_requests_are_counted(sandbox: SandboxServer, shopper: Shopper, own_cards: list[str]) -> None:
    shopper.offers(own_cards[0])
    shopper.offers(own_cards[0], merchantUID=["30125007"], page=1)
    shopper.cards(q=":category:Categories:allMerchants:30125007")
    shopper.ask("GET", f"/shop/p/-{own_cards[1]}/")
    shopper.ask("GET", "/nowhere")
    report = sandbox.control("GET", "/_sandbox/requests")
    assert report["total"] == 5
    assert report["by_kind"] == {"offers": 2, "results": 1, "page": 1, "other": 1}
    assert report["by_card"] == {own_cards[0]: 2, own_cards[1]: 1}
    assert report["by_merchant"] == {"30125007": 2}
    first = report["last"][0]
    assert first.pop("received_at") > "2026-01-01T"
    assert first == {
        "at": "2026-01-05T05:00:00.000+00:00",
        "method": "POST",
        "path": f"/yml/offer-view/offers/{own_cards[0]}",
        "kind": "offers",
        "card_id": own_cards[0],
        "city_id": ALMATY,
        "merchant_id": None,
        "page": 0,
        "status": 200,
    }
    assert [entry["status"] for entry in report["last"]] == [200, 200, 200, 200, 404]
    sandbox.control("DELETE", "/_sandbox/requests")
    assert sandbox.control("GET", "/_sandbox/requests")["total"] == 0


def test_only_the_last_thousand_requests_are_kept(sandbox: SandboxServer) -> None:
    connection = HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
    for _ in range(1003):
        connection.request("GET", "/nowhere")
        connection.getresponse().read()
    connection.close()
    report = sandbox.control("GET", "/_sandbox/requests")
    assert (report["total"], len(report["last"])) == (1003, 1000)


@pytest.mark.parametrize(
    ("request_line", "body", "status", "text"),
    [
        ("GET /_sandbox/nothing", None, 404, "Not Found: GET /_sandbox/nothing"),
        ("DELETE /_sandbox/state", None, 405, "Method Not Allowed"),
        ("GET /_sandbox/merchants/nobody", None, 404, "no merchant 'nobody'"),
        ("GET /_sandbox/merchants/nobody/offers", None, 404, "no merchant 'nobody'"),
        ("GET /_sandbox/merchants/SapaTechno/offers", None, 404, "no price list of his own; 30125007 has"),
        ("GET /_sandbox/cards/1/offers?city_id=750000000", None, 404, "no card '1'"),
        ("GET /_sandbox/cards/1/offers", None, 404, "cities are 750000000 Алматы"),
        ("POST /_sandbox/clock", b'{"advance": -1}', 400, ">= 0"),
        ("POST /_sandbox/clock", b'{"advance": "1"}', 400, "Expected `float`, got `str` - at `$.advance`"),
        ("POST /_sandbox/clock", b"{}", 400, "missing required field `advance`"),
        ("POST /_sandbox/clock", b"hello", 400, "read 'hello'"),
        ("PUT /_sandbox/actors", b'{"paused": 1}', 400, "Expected `bool`, got `int`"),
        ("PUT /_sandbox/actors", b'{"pause": true}', 400, "unknown field `pause`"),
        (f"PUT {OWN}/price-list", b'{"url": 5}', 400, "Expected `str`, got `int`"),
        ("PUT /_sandbox/cards/1/offers/2", b'{"city_id": "750000000"}', 400, "missing required field `price`"),
        ("PUT /_sandbox/cards/1/offers/2", b'{"city_id": "750000000", "price": 0}', 400, ">= 1"),
        ("PUT /_sandbox/cards/1/offers/2", b'{"city_id": "750000000", "price": 9.5}', 400, "Expected `int"),
        ("PUT /_sandbox/cards/1/offers/2", b'{"city_id": "750000000", "price": 9}', 404, "no card '1'"),
    ],
)
def test_errors_say_what_was_read_and_what_is_expected(
    sandbox: SandboxServer, request_line: str, body: bytes | None, status: int, text: str
) -> None:
    method, path = request_line.split()
    answered, content = raw(sandbox, method, path, body)
    assert answered == status
    assert content.keys() == {"error"}
    assert text in content["error"]
