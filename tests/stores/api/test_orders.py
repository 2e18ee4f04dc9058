"""Orders over the API: listed with masked buyers, shown whole to those who handle them, moved, printed."""

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from rest_framework.test import APIClient

from sandbox.orders.order import State as Tray
from stores.models import Order, OrderAction, Store
from stores.services.orders import actions
from tests import cast
from tests.sandbox.orders_fakes import Desk
from tests.stores.orders.desk import DeskTransport, connect, look_up, read_all, row_of
from users.models import User

pytestmark = pytest.mark.django_db

ORDERS = "/api/orders/"


@pytest.fixture
def line(store: Store, monkeypatch: pytest.MonkeyPatch) -> DeskTransport:
    return connect(store, monkeypatch)


@pytest.fixture
def desk(line: DeskTransport) -> Desk:
    return line.desk


@pytest.fixture
def order(desk: Desk) -> Order:
    """A new order whose buyer told his phone."""
    while (theirs := desk.place(quantity=2)).buyer.is_masked:
        pass
    read_all()
    return row_of(theirs)


def test_a_list_tells_no_phone(api: APIClient, order: Order) -> None:
    assert order.client is not None
    answer = api.get(ORDERS, {"code": order.code})
    (row,) = answer.json()["results"]
    assert row["client"] == {
        "name": f"{order.client.first_name} {order.client.last_name[0]}",
        "phone": f"••• {order.client.phone[-4:]}",
    }
    assert order.client.phone not in answer.content.decode()
    assert (row["stage"], row["state"], row["sales_point"]) == ("new", "NEW", "PP1")
    assert [(item["quantity"], item["base_price"]) for item in row["items"]] == [(2, 17_990)]
    assert "raw" not in row


def test_the_order_itself_shows_the_buyer_to_who_handles_it(api: APIClient, order: Order) -> None:
    assert order.client is not None
    row = api.get(f"{ORDERS}{order.pk}/").json()
    assert row["client"] == {
        "first_name": order.client.first_name,
        "last_name": order.client.last_name,
        "phone": order.client.phone,
    }
    assert (row["may"], row["actions"]) == (["accept", "cancel", "reduce", "weigh"], [])


def test_who_may_only_look_sees_no_phone_there_either(order: Order, assistant: User) -> None:
    answer = cast.signed_in(assistant).get(f"{ORDERS}{order.pk}/")
    assert order.client is not None
    assert answer.status_code == 200
    assert order.client.phone not in answer.content.decode()
    assert order.client.last_name not in answer.content.decode()


def test_the_address_is_told_for_ones_own_delivery_only(api: APIClient, desk: Desk) -> None:
    own, carried = desk.placed(Tray.DELIVERY), desk.placed(Tray.KASPI_DELIVERY)
    read_all()
    told = [api.get(f"{ORDERS}{row_of(theirs).pk}/").json()["address"] for theirs in (own, carried)]
    assert told == ["Алматы, ул. Примерная, 1, 5", None]


@pytest.mark.parametrize(
    ("query", "trays"),
    [
        ({}, ["DELIVERY", "PICKUP", "NEW"]),
        ({"state": "PICKUP"}, ["PICKUP"]),
        ({"status": "ACCEPTED_BY_MERCHANT"}, ["DELIVERY", "PICKUP"]),
        ({"is_kaspi_delivery": "true"}, ["NEW"]),
        ({"placed_from": "2100-01-01T00:00:00Z"}, []),
        ({"placed_until": "2100-01-01T00:00:00Z", "page_size": "1"}, ["DELIVERY"]),
    ],
)
def test_orders_are_found_newest_first(api: APIClient, desk: Desk, query: dict[str, str], trays: list[str]) -> None:
    desk.place()
    for tray in (Tray.PICKUP, Tray.DELIVERY):
        desk.wait(1)
        desk.placed(tray)
    read_all()
    assert [row["state"] for row in api.get(ORDERS, query).json()["results"]] == trays


def test_pages_go_on_by_key(api: APIClient, desk: Desk) -> None:
    for _ in range(3):
        desk.place()
        desk.wait(1)
    read_all()
    first = api.get(ORDERS, {"page_size": 2}).json()
    second = api.get(first["next"]).json()
    codes = [row["code"] for page in (first, second) for row in page["results"]]
    assert codes == [order.code for order in reversed(desk.world.book.orders)]
    assert second["next"] is None


def test_an_action_is_planned_sent_and_told(api: APIClient, order: Order, desk: Desk, seller: User) -> None:
    answer = api.post(f"{ORDERS}{order.pk}/actions/", {"kind": "accept"})
    assert (answer.status_code, answer.json()["state"], answer.json()["actor"]) == (200, "planned", seller.full_name)
    actions.send_due_actions()
    look_up()
    row = api.get(f"{ORDERS}{order.pk}/").json()
    assert [action["state"] for action in row["actions"]] == ["done"]
    assert row["stage"] == "packing"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "issue", "arguments": {"code": "1234"}}, 422, "not_now"),
        ({"kind": "cancel"}, 422, "bad_arguments"),
        ({"kind": "cancel", "arguments": {"reason": "MERCHANT_OUT_OF_STOCK", "coment": "-"}}, 422, "bad_arguments"),
        ({"kind": "fly"}, 400, "invalid"),
        ({"kind": "accept", "when": "now"}, 400, "invalid"),
    ],
)
def test_a_wrong_action_changes_nothing(
    api: APIClient, order: Order, body: dict[str, Any], status: int, code: str
) -> None:
    answer = api.post(f"{ORDERS}{order.pk}/actions/", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert OrderAction.everything.count() == 0


def test_who_may_only_look_plans_nothing(order: Order, assistant: User) -> None:
    answer = cast.signed_in(assistant).post(f"{ORDERS}{order.pk}/actions/", {"kind": "accept"})
    assert (answer.status_code, OrderAction.everything.count()) == (403, 0)


def test_many_are_accepted_at_once(api: APIClient, desk: Desk) -> None:
    theirs = [desk.place(), desk.placed(Tray.PICKUP)]
    read_all()
    ids = [row_of(each).pk for each in theirs]
    rows = api.post(f"{ORDERS}actions/", {"kind": "accept", "orders": ids}).json()
    assert [(row["order"], row["action"] and row["action"]["state"]) for row in rows] == [
        (ids[0], "planned"),
        (ids[1], None),
    ]
    assert rows[1]["refusal"]["code"] == "not_now"


@pytest.mark.parametrize("path", ["actions/", "waybills/"])
def test_a_strangers_order_among_many_is_not_there(
    path: str, api: APIClient, order: Order, strangers_store: Store
) -> None:
    foreign = Order.everything.create(
        store=strangers_store,
        code="1",
        marketplace_id="1",
        state="NEW",
        status="APPROVED_BY_BANK",
        total_price=1,
        placed_at=order.placed_at,
    )
    answers = [
        api.post(ORDERS + path, {"orders": [order.pk, key]} | ({"kind": "accept"} if "actions" in path else {}))
        for key in (foreign.pk, 999_999)
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert OrderAction.everything.count() == 0


@pytest.mark.parametrize("orders", [[], [1, 1], list(range(1, 102)), ["x"]])
def test_a_wrong_list_of_orders_is_refused(api: APIClient, orders: list[Any]) -> None:
    assert api.post(f"{ORDERS}waybills/", {"orders": orders}).status_code == 400


def test_waybills_come_as_one_file(api: APIClient, desk: Desk) -> None:
    theirs = [desk.placed(Tray.KASPI_DELIVERY) for _ in range(2)]
    for each in theirs:
        desk.change(each, "ASSEMBLE", numberOfSpace=1)
    desk.wait(300)
    read_all()
    answer = api.post(f"{ORDERS}waybills/", {"orders": [row_of(each).pk for each in theirs], "layout": "a4"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert len(PdfReader(BytesIO(answer.content)).pages) == 1


def test_progress_of_the_first_reading(api: APIClient, store: Store, line: DeskTransport) -> None:
    path = f"/api/stores/{store.pk}/orders-progress/"
    assert api.get(path).json() == {"progress": None, "new_orders_read_at": None}
    read_all()
    told = api.get(path).json()
    assert told["progress"] == 1.0
    assert told["new_orders_read_at"] is not None
