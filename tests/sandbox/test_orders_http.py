"""The orders' API over real HTTP: its token, its faults, and the hands behind the scenes."""

import json
from http.client import HTTPConnection, HTTPException
from typing import Any

import pytest

from sandbox.orders.order import encode_id
from sandbox.server import SandboxError, SandboxServer

OWN = "/_sandbox/merchants/30125007"
API = "/shop/api/v2/orders"
PERIOD = "?page%5Bnumber%5D=0&page%5Bsize%5D=100&filter%5Borders%5D%5BcreationDate%5D%5B%24ge%5D=1767000000000"


def place(sandbox: SandboxServer, **wanted: object) -> dict[str, Any]:
    sku = sandbox.control("GET", f"{OWN}/offers")[0]["sku"]
    return dict(sandbox.control("POST", "/_sandbox/orders", {"lines": [{"sku": sku}], **wanted}))


def ask(sandbox: SandboxServer, method: str, path: str, body: object = None) -> tuple[int, Any]:
    token = sandbox.control("GET", OWN)["token"]
    headers = {"X-Auth-Token": token, "Accept": "application/vnd.api+json"}
    connection = HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    return response.status, json.loads(content) if content.startswith((b"{", b"[")) else content


def accept(code: str) -> dict[str, object]:
    attributes = {"code": code, "status": "ACCEPTED_BY_MERCHANT"}
    return {"data": {"type": "orders", "id": encode_id(code), "attributes": attributes}}


def test_an_order_is_placed_read_and_accepted(sandbox: SandboxServer) -> None:
    code = place(sandbox)["code"]
    status, answer = ask(sandbox, "GET", API + PERIOD)
    assert (status, answer["meta"]) == (200, {"pageCount": 1, "totalCount": 1})
    (row,) = answer["data"]
    assert row["links"]["self"] == f"{sandbox.url}{API}/{encode_id(code)}"
    assert ask(sandbox, "POST", API, accept(code))[0] == 200
    told = sandbox.control("GET", f"/_sandbox/orders/{code}")
    assert (told["state"], told["done"]) == ("KASPI_DELIVERY", ["ACCEPTED_BY_MERCHANT"])
    assert sandbox.control("GET", "/_sandbox/requests")["by_kind"] == {"orders": 2}


def test_a_lost_answer_has_had_its_effect(sandbox: SandboxServer) -> None:
    code = place(sandbox)["code"]
    sandbox.control("PUT", "/_sandbox/faults/lost_answer", {"method": "POST", "path": "/shop/api", "times": 1})
    assert ask(sandbox, "GET", API + PERIOD)[0] == 200
    with pytest.raises((OSError, HTTPException)):
        ask(sandbox, "POST", API, accept(code))
    assert sandbox.control("GET", f"/_sandbox/orders/{code}")["status"] == "ACCEPTED_BY_MERCHANT"
    assert ask(sandbox, "POST", API, accept(code))[0] == 400


def test_nothing_done_says_it_was(sandbox: SandboxServer) -> None:
    code = place(sandbox)["code"]
    sandbox.control("PUT", "/_sandbox/faults/nothing_done", {"times": 1})
    assert ask(sandbox, "POST", API, accept(code))[0] == 200
    assert sandbox.control("GET", f"/_sandbox/orders/{code}")["status"] == "APPROVED_BY_BANK"


@pytest.mark.parametrize(("name", "status"), [("401", 401), ("403", 403), ("429", 429), ("5xx", 503)])
def test_refusals_strike_the_api(sandbox: SandboxServer, name: str, status: int) -> None:
    sandbox.control("PUT", f"/_sandbox/faults/{name}", {"path": "/shop/api", "times": 1})
    assert ask(sandbox, "GET", API + PERIOD)[0] == status
    assert ask(sandbox, "GET", API + PERIOD)[0] == 200


def test_pages_shift_and_come_twice(sandbox: SandboxServer) -> None:
    for _ in range(3):
        place(sandbox)
    second = PERIOD.replace("number%5D=0", "number%5D=1").replace("size%5D=100", "size%5D=1")
    rows = {name: ask(sandbox, "GET", API + second)[1]["data"][0]["id"] for name in ("true",)}
    for name in ("page_shift", "page_twice"):
        sandbox.control("PUT", f"/_sandbox/faults/{name}", {"times": 1})
        rows[name] = ask(sandbox, "GET", API + second)[1]["data"][0]["id"]
    assert [rows["page_twice"], rows["true"], rows["page_shift"]] == [
        encode_id(code) for code in ("700000003", "700000002", "700000001")
    ]


def test_the_token_is_taken_away_and_given_back(sandbox: SandboxServer) -> None:
    assert sandbox.control("PUT", f"{OWN}/token", {"revoked": True}) == {"revoked": True}
    assert ask(sandbox, "GET", API + PERIOD)[0] == 401
    sandbox.control("PUT", f"{OWN}/token", {"revoked": False})
    assert ask(sandbox, "GET", API + PERIOD)[0] == 200
    assert len(sandbox.control("GET", OWN)["token"]) == 44


def test_buyers_and_couriers_are_played_by_hand(sandbox: SandboxServer) -> None:
    code = place(sandbox)["code"]
    happenings = f"/_sandbox/orders/{code}/happenings"
    ask(sandbox, "POST", API, accept(code))
    seen = [
        sandbox.control("POST", happenings, {"event": event}) for event in ("hands_over", "delivers", "asks_return")
    ]
    assert [(order["state"], order["status"]) for order in seen] == [
        ("KASPI_DELIVERY", "ACCEPTED_BY_MERCHANT"),
        ("ARCHIVE", "COMPLETED"),
        ("KASPI_DELIVERY", "KASPI_DELIVERY_RETURN_REQUESTED"),
    ]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ({"lines": []}, "length"),
        ({"lines": [{"sku": "NONE"}]}, "no product 'NONE'"),
        ({"point": "PP9"}, "no point 'PP9'"),
        ({"merchant_id": "1"}, "sells nothing here"),
        ({"mode": "DELIVERY_POSTOMAT"}, "DELIVERY_POSTOMAT"),
    ],
)
def test_a_wrong_order_is_refused(sandbox: SandboxServer, wanted: dict[str, object], text: str) -> None:
    with pytest.raises(SandboxError, match=text):
        place(sandbox, **wanted)
    assert sandbox.control("GET", "/_sandbox/orders") == []


def test_an_account_has_a_past(sandbox: SandboxServer) -> None:
    assert sandbox.control("POST", f"{OWN}/past-orders", {"orders": 2000, "days": 60}) == {"orders": 2000}
    orders = sandbox.control("GET", "/_sandbox/orders")
    assert orders[0]["at"].startswith("2025-11-06")
    assert orders[-1]["at"].startswith("2026-01-05")
    assert sum(order["state"] == "ARCHIVE" for order in orders) > 1600
    assert {order["state"] for order in orders} == {"ARCHIVE", "PICKUP", "DELIVERY", "KASPI_DELIVERY"}
    with pytest.raises(SandboxError, match="the past comes first"):
        sandbox.control("POST", f"{OWN}/past-orders", {"orders": 1, "days": 1})
