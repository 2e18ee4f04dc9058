"""The official API's orders: what is sent, and what each answer is read as."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from kaspi import (
    CancelReason,
    Customer,
    MalformedAnswer,
    MerchantApi,
    OrderEntry,
    OrdersApi,
    OrderTitle,
    Reduction,
    Refused,
    Request,
    Response,
    Token,
    Tray,
    UnreadOrder,
)
from kaspi.merchant.order_wire import decode_id, encode_id
from tests.kaspi.conftest import NOW, FakeTransport

SECRET = "c2VjcmV0LXRva2VuLW9mLWEtc2VsbGVyLW5ldmVyLXNob3duLTEyMzQ1"
CODE, ORDER_ID, ENTRY_ID = "900100200", "OTAwMTAwMjAw", "OTAwMTAwMjAwIyMw"
ACCEPTED = "echo_accept"


def orders_answering(*bodies: bytes | Response) -> tuple[OrdersApi, FakeTransport]:
    answers = [Response(200, {}, body) if isinstance(body, bytes) else body for body in bodies]
    transport = FakeTransport(*answers)
    return OrdersApi(MerchantApi("https://kaspi.kz", Token(SECRET), transport, lambda: NOW)), transport


@pytest.fixture
def answer(sample: Callable[[str], bytes]) -> Callable[[str], bytes]:
    return lambda name: sample(f"orders/{name}.json")


def changed(body: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    """A list's answer after something was changed in its first order."""
    page = json.loads(body)
    change(page["data"][0])
    return json.dumps(page).encode()


def utc(*parts: int) -> datetime:
    return datetime(*parts).replace(tzinfo=UTC)  # noqa: DTZ001 - it gets its zone at once


async def first_page(orders: OrdersApi) -> Any:
    return await orders.page(Tray.NEW, NOW - timedelta(days=13), NOW, 0, read_at=NOW)


async def test_a_page_is_asked_for_by_tray_and_period(answer: Callable[[str], bytes]) -> None:
    orders, transport = orders_answering(answer("list_empty"))
    page = await orders.page(Tray.KASPI_DELIVERY, NOW - timedelta(days=14), NOW, 3, read_at=NOW, size=50)
    parts = urlsplit(transport.requests[0].url)
    assert parts.path == "/shop/api/v2/orders"
    assert parse_qs(parts.query) == {
        "page[number]": ["3"],
        "page[size]": ["50"],
        "filter[orders][state]": ["KASPI_DELIVERY"],
        "filter[orders][creationDate][$ge]": ["1766480400000"],
        "filter[orders][creationDate][$le]": ["1767690000000"],
        "include[orders]": ["entries"],
    }
    assert (page.orders, page.unread, page.page_count, page.total_count, page.read_at) == ((), (), 0, 0, NOW)


@pytest.mark.parametrize(
    ("since", "size"), [(timedelta(days=14, milliseconds=1), 100), (timedelta(days=-1), 100), (timedelta(days=1), 101)]
)
async def test_what_would_be_refused_is_not_sent(since: timedelta, size: int) -> None:
    orders, transport = orders_answering()
    with pytest.raises(ValueError, match="expected"):
        await orders.page(Tray.NEW, NOW - since, NOW, 0, read_at=NOW, size=size)
    assert transport.requests == []


async def test_every_field_of_an_order_is_read(answer: Callable[[str], bytes]) -> None:
    orders, _ = orders_answering(answer("list_entries"))
    (order,) = (await first_page(orders)).orders
    assert (order.order_id, order.code, order.state, order.status) == (
        ORDER_ID,
        CODE,
        "KASPI_DELIVERY",
        "ACCEPTED_BY_MERCHANT",
    )
    assert order.placed_at == utc(2026, 1, 1, 7)
    assert order.approved_at == utc(2026, 1, 1, 7, 0, 1, 500_000)
    assert order.planned_delivery_at == utc(2026, 1, 3, 8)
    assert (order.handover_planned_at, order.handed_over_at) == (utc(2026, 1, 2, 11), None)
    assert (order.reserved_until, order.completed_at) == (None, None)
    assert (order.total_price, order.delivery_cost, order.delivery_cost_for_seller) == (17_990, 0, 1_275)
    assert (order.payment_mode, order.credit_months, order.signature_required) == ("PREPAID", 0, False)
    assert (order.delivery_mode, order.is_kaspi_delivery, order.is_express) == ("DELIVERY_LOCAL", True, False)
    assert (order.is_preorder, order.is_assembled, order.is_back_at_warehouse) == (False, True, False)
    assert (order.point_code, order.cancellation_reason) == ("PP1", "")
    assert (order.waybill_url, order.waybill_number) == ("https://kaspi.kz/shop/api/waybill/EXAMPLE", "100000001")
    assert order.customer == Customer("Nzk5MDAwMDAwMQ", "Aliya", "Sample", "7990000001")
    assert order.entries == (
        OrderEntry(
            entry_id=ENTRY_ID,
            number=0,
            sku="SELLER-SKU-1",
            name="Sample blender",
            card_id="800100500",
            category_code="Master - Blenders",
            quantity=1,
            base_price=17_990,
            total_price=17_990,
            unit_type="PIECES",
            weight_g=0.0,
            needs_imei=False,
        ),
    )
    assert json.loads(order.raw)["attributes"]["deliveryAddress"]["town"] == "Almaty"


@pytest.mark.parametrize(
    ("name", "state", "status", "reason", "completed"),
    [
        ("order_pickup", "PICKUP", "ACCEPTED_BY_MERCHANT", "", None),
        ("order_cancelled", "ARCHIVE", "CANCELLED", "TIMEOUT_BUYER_PICKUP", None),
        ("order_completed", "ARCHIVE", "COMPLETED", "", utc(2026, 1, 4, 4, 13, 20)),
    ],
)
async def test_stages(
    answer: Callable[[str], bytes], name: str, state: str, status: str, reason: str, completed: datetime | None
) -> None:
    order = await one(answer(name))
    assert (order.state, order.status, order.cancellation_reason) == (state, status, reason)
    assert (order.completed_at, order.is_kaspi_delivery, order.entries) == (completed, False, None)


async def test_what_is_missing_null_or_masked_is_empty(answer: Callable[[str], bytes]) -> None:
    order = await one(answer("order_bare"))
    assert (order.reserved_until, order.approved_at, order.delivery_cost_for_seller) == (None, None, None)
    assert (order.is_assembled, order.waybill_url, order.handover_planned_at) == (False, "", None)
    assert order.customer == Customer("Nzk5MDAwMDAwMQ", "", "", "")


async def one(body: bytes) -> Any:
    """The order of a single answer, as a list of one."""
    order = json.loads(body)["data"]
    page = {"data": [order], "included": [], "meta": {"pageCount": 1, "totalCount": 1}}
    orders, _ = orders_answering(json.dumps(page).encode())
    return await orders.by_code(CODE, read_at=NOW)


async def test_one_strange_order_does_not_take_the_others_with_it(answer: Callable[[str], bytes]) -> None:
    page = json.loads(answer("list_entries"))
    strange = json.loads(json.dumps(page["data"][0]))
    strange["attributes"] |= {"code": "900100201", "totalPrice": "17990"}
    page["data"].append(strange)
    orders, _ = orders_answering(json.dumps(page).encode())
    read = await first_page(orders)
    assert [order.code for order in read.orders] == [CODE]
    assert read.unread == (UnreadOrder("900100201", "Expected `float`, got `str`", "$.attributes.totalPrice"),)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("creationDate", 1_767_250_800),
        ("creationDate", None),
        ("totalPrice", -1.0),
        ("state", ""),
        ("status", None),
        ("code", "9001/00200"),
        ("totalPrice", 1e12),
    ],
)
async def test_a_wrong_field_makes_the_order_unread(answer: Callable[[str], bytes], field: str, value: object) -> None:
    body = changed(answer("list_entries"), lambda order: order["attributes"].update({field: value}))
    orders, _ = orders_answering(body)
    read = await first_page(orders)
    assert read.orders == ()
    assert read.unread[0].path == f"$.attributes.{field}"
    with pytest.raises(MalformedAnswer) as caught:
        await orders_answering(body)[0].by_code(CODE, read_at=NOW)
    assert caught.value.body == b""


@pytest.mark.parametrize(
    ("field", "value", "name", "read"),
    [
        ("reservationDate", 0, "reserved_until", None),
        ("approvedByBankDate", "soon", "approved_at", None),
        ("plannedDeliveryDate", 1_767_427_200_000.0, "planned_delivery_at", utc(2026, 1, 3, 8)),
        ("creationDate", 1_767_250_800_000.0, "placed_at", utc(2026, 1, 1, 7)),
        ("creditTerm", 12.0, "credit_months", 12),
        ("creditTerm", -1, "credit_months", 0),
        ("deliveryCost", -5.0, "delivery_cost", None),
        ("deliveryCostForSeller", {}, "delivery_cost_for_seller", None),
        ("customer", {"firstName": "Aliya"}, "customer", None),
        ("customer", {"id": "", "firstName": "Aliya"}, "customer", None),
        ("customer", {"id": None, "cellPhone": 7}, "customer", None),
        ("customer", "Aliya", "customer", None),
        ("kaspiDelivery", {"courierTransmissionDate": 0}, "handed_over_at", None),
    ],
)
async def test_no_fact_that_an_order_can_be_handled_without_sinks_it(
    answer: Callable[[str], bytes], field: str, value: object, name: str, read: object
) -> None:
    body = changed(answer("list_entries"), lambda order: order["attributes"].update({field: value}))
    page = await first_page(orders_answering(body)[0])
    assert page.unread == ()
    assert getattr(page.orders[0], name) == read


@pytest.mark.parametrize("relationships", [None, {}, {"entries": None}, {"entries": {"data": None}}])
async def test_null_is_like_absent(answer: Callable[[str], bytes], relationships: object) -> None:
    page = json.loads(changed(answer("list_entries"), lambda order: order.update({"relationships": relationships})))
    page["included"] = None
    read = await first_page(orders_answering(json.dumps(page).encode())[0])
    assert ([order.entries for order in read.orders], read.unread) == ([None], ())


@pytest.mark.parametrize("relationships", [None, {"product": None}, {"product": {"data": None}}])
async def test_a_line_may_name_no_card(answer: Callable[[str], bytes], relationships: object) -> None:
    body = json.loads(answer("entries"))
    body["data"][0]["relationships"] = relationships
    (entry,) = await orders_answering(json.dumps(body).encode())[0].entries(ORDER_ID)
    assert (entry.sku, entry.card_id) == ("SELLER-SKU-1", "")


async def test_an_order_whose_lines_did_not_all_come_has_none(answer: Callable[[str], bytes]) -> None:
    def add_line(order: dict[str, Any]) -> None:
        order["relationships"]["entries"]["data"].append({"type": "orderentries", "id": "OTAwMTAwMjAwIyMx"})

    orders, _ = orders_answering(changed(answer("list_entries"), add_line))
    assert (await first_page(orders)).orders[0].entries is None


@pytest.mark.parametrize(
    ("told", "merchant_id", "code"),
    [
        ("99000001_PP1", "99000001", "PP1"),
        ("99000001_my_shop", "99000001", "my_shop"),
        ("my_kiosk_PP2", "my_kiosk", "PP2"),
        ("Merchant_00005678", "99000001", "00005678"),
        ("99000001_PP1", "", "PP1"),
        ("PP1", "99000001", "PP1"),
        (None, "99000001", ""),
    ],
)
async def test_a_point_stands_behind_the_merchant(
    answer: Callable[[str], bytes], told: str | None, merchant_id: str, code: str
) -> None:
    body = changed(answer("list_entries"), lambda order: order["attributes"].update({"pickupPointId": told}))
    transport = FakeTransport(Response(200, {}, body))
    api = MerchantApi("https://kaspi.kz", Token(SECRET), transport, lambda: NOW, merchant_id=merchant_id)
    assert (await first_page(OrdersApi(api))).orders[0].point_code == code


async def test_an_order_may_say_that_a_phone_must_be_named(answer: Callable[[str], bytes]) -> None:
    body = changed(answer("list_entries"), lambda order: order["attributes"].update({"isImeiRequired": True}))
    (order,) = (await first_page(orders_answering(body)[0])).orders
    assert order.needs_imei is True


async def test_unknown_states_are_read_as_they_are(answer: Callable[[str], bytes]) -> None:
    body = changed(answer("list_entries"), lambda order: order["attributes"].update({"state": "ASSEMBLY"}))
    orders, _ = orders_answering(body)
    assert (await first_page(orders)).orders[0].state == "ASSEMBLY"


async def test_padded_ids_are_the_same_ids(answer: Callable[[str], bytes]) -> None:
    body = answer("list_entries").replace(ENTRY_ID.encode(), f"{ENTRY_ID}==".encode())
    orders, _ = orders_answering(body)
    (order,) = (await first_page(orders)).orders
    assert [entry.entry_id for entry in order.entries] == [ENTRY_ID]


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"data":[],"meta":{}}', b'{"data":[{}', b'{"data":[],"data":[]}'])
async def test_a_page_of_another_shape_is_malformed_and_names_no_buyer(body: bytes) -> None:
    orders, _ = orders_answering(body)
    with pytest.raises(MalformedAnswer) as caught:
        await first_page(orders)
    assert caught.value.body == b""


async def test_an_unknown_number_is_no_order(answer: Callable[[str], bytes]) -> None:
    orders, transport = orders_answering(answer("list_empty"))
    assert await orders.by_code(CODE, read_at=NOW) is None
    query = parse_qs(urlsplit(transport.requests[0].url).query)
    assert query == {"filter[orders][code]": [CODE], "include[orders]": ["entries"]}


async def test_another_order_than_the_one_asked_for_is_malformed(answer: Callable[[str], bytes]) -> None:
    orders, _ = orders_answering(answer("list_entries"))
    with pytest.raises(MalformedAnswer):
        await orders.by_code("900100299", read_at=NOW)


async def test_lines_are_read_alone_too(answer: Callable[[str], bytes]) -> None:
    orders, transport = orders_answering(answer("entries"))
    (entry,) = await orders.entries(ORDER_ID)
    assert (entry.sku, entry.card_id) == ("SELLER-SKU-1", "800100500")
    assert transport.requests[0].url == f"https://kaspi.kz/shop/api/v2/orders/{ORDER_ID}/entries"


async def test_a_phone_that_must_be_named_is_read_in_both_places(answer: Callable[[str], bytes]) -> None:
    inside = json.loads(answer("entries"))
    inside["data"][0]["attributes"]["offer"]["isImeiRequired"] = True
    (entry,) = await orders_answering(json.dumps(inside).encode())[0].entries(ORDER_ID)
    assert entry.needs_imei is True


VERBS: list[tuple[str, Callable[[OrdersApi], Awaitable[None]], dict[str, object], dict[str, str]]] = [
    ("accept", lambda api: api.accept(CODE), {"status": "ACCEPTED_BY_MERCHANT"}, {}),
    (
        "cancel",
        lambda api: api.cancel(CODE, CancelReason.MERCHANT_OUT_OF_STOCK, "sample"),
        {"status": "CANCELLED", "cancellationReason": "MERCHANT_OUT_OF_STOCK", "cancellationComment": "sample"},
        {},
    ),
    (
        "cancel without a word",
        lambda api: api.cancel(CODE, CancelReason.BUYER_NOT_REACHABLE),
        {"status": "CANCELLED", "cancellationReason": "BUYER_NOT_REACHABLE"},
        {},
    ),
    (
        "send code",
        lambda api: api.send_code(CODE),
        {"status": "COMPLETED"},
        {"X-Security-Code": "", "X-Send-Code": "true"},
    ),
    (
        "issue",
        lambda api: api.issue(CODE, "1234"),
        {"status": "COMPLETED"},
        {"X-Security-Code": "1234", "X-Send-Code": "true"},
    ),
    ("assemble", lambda api: api.assemble(CODE, 2), {"status": "ASSEMBLE", "numberOfSpace": "2"}, {}),
    ("arrive", lambda api: api.arrive(CODE), {"status": "ARRIVED"}, {}),
    ("take back", lambda api: api.take_back(CODE), {"status": "ARRIVED_BACKWARD"}, {}),
]


@pytest.mark.parametrize(("name", "call", "attributes", "headers"), VERBS, ids=[verb[0] for verb in VERBS])
async def test_verbs_are_sent_as_the_guide_says(
    answer: Callable[[str], bytes],
    name: str,
    call: Callable[[OrdersApi], Awaitable[None]],
    attributes: dict[str, object],
    headers: dict[str, str],
) -> None:
    orders, transport = orders_answering(answer(ACCEPTED))
    await call(orders)
    (request,) = transport.requests
    assert (request.method, request.url) == ("POST", "https://kaspi.kz/shop/api/v2/orders")
    assert request.headers["Content-Type"] == "application/vnd.api+json"
    assert {key: value for key, value in request.headers.items() if "Code" in key} == headers
    data = {"type": "orders", "id": ORDER_ID, "attributes": {"code": CODE, **attributes}}
    assert json.loads(request.body) == {"data": data}


@pytest.mark.parametrize("name", ["echo_accept", "echo_assemble", "echo_assembled", "echo_cancel"])
async def test_every_known_echo_is_taken(answer: Callable[[str], bytes], name: str) -> None:
    orders, transport = orders_answering(answer(name))
    await orders.accept(CODE)
    assert len(transport.requests) == 1


@pytest.mark.parametrize("body", [b"", b"{}", b'{"data":null}', b"OK"])
async def test_an_echo_of_another_shape_is_malformed(body: bytes) -> None:
    orders, _ = orders_answering(body)
    with pytest.raises(MalformedAnswer):
        await orders.accept(CODE)


async def test_an_empty_code_is_never_sent_as_one() -> None:
    orders, transport = orders_answering()
    with pytest.raises(ValueError, match="security code"):
        await orders.issue(CODE, "")
    assert transport.requests == []


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("wrong_code", OrderTitle.WRONG_CODE),
        ("cancelled", OrderTitle.CANCELLED),
        ("completed", OrderTitle.COMPLETED),
        ("unsigned", OrderTitle.UNSIGNED),
    ],
)
async def test_refusals_are_known_by_their_titles(answer: Callable[[str], bytes], name: str, title: OrderTitle) -> None:
    body = json.dumps(json.loads(answer("errors"))[name]).encode()
    orders, _ = orders_answering(Response(400, {}, body))
    with pytest.raises(Refused) as caught:
        await orders.issue(CODE, "1234")
    assert caught.value.title == title


@pytest.mark.parametrize(("name", "is_final"), [("reduce_entry", True), ("reduce_entry_in_progress", False)])
async def test_a_line_is_reduced(answer: Callable[[str], bytes], name: str, is_final: bool) -> None:
    orders, transport = orders_answering(answer(name))
    reduction = Reduction(ENTRY_ID, 1, CancelReason.BUYER_CANCELLATION_BY_MERCHANT, "customer wants fewer")
    assert await orders.reduce_entry(reduction) is is_final
    (request,) = transport.requests
    assert request.url == "https://kaspi.kz/shop/api/v2/orderEntryCancelOperation"
    assert json.loads(request.body) == {
        "data": {
            "type": "orderEntryCancelOperation",
            "attributes": {
                "notes": "customer wants fewer",
                "remainedQuantity": 1,
                "reason": "BUYER_CANCELLATION_BY_MERCHANT",
            },
            "relationships": {"entry": {"data": {"type": "orderentries", "id": ENTRY_ID}}},
        }
    }


async def test_weights_go_by_put(answer: Callable[[str], bytes]) -> None:
    orders, transport = orders_answering(answer("reduce_entries"))
    reduction = Reduction(ENTRY_ID, 1, CancelReason.PRODUCT_UNDERWEIGHT, "less weight", 280)
    assert await orders.reduce_entries(CODE, [reduction]) is True
    (request,) = transport.requests
    assert (request.method, request.url) == ("PUT", f"https://kaspi.kz/shop/api/orderPartialCancel/{ORDER_ID}")
    assert request.headers["Content-Type"] == request.headers["Accept"] == "application/json"
    assert json.loads(request.body) == [
        {
            "entry": {"id": ENTRY_ID},
            "remainedQuantity": 1,
            "remainedWeight": 280,
            "reason": "PRODUCT_UNDERWEIGHT",
            "notes": "less weight",
        }
    ]


async def test_another_status_of_a_reduction_is_malformed(answer: Callable[[str], bytes]) -> None:
    body = answer("reduce_entry").replace(b"SUCCESSFULL", b"FAILED")
    with pytest.raises(MalformedAnswer):
        await orders_answering(body)[0].reduce_entry(Reduction(ENTRY_ID, 1, CancelReason.MERCHANT_OUT_OF_STOCK))


async def test_imeis_are_sent_by_unit() -> None:
    orders, transport = orders_answering(b"{}")
    await orders.register_imeis(ENTRY_ID, [["350000000000001", "350000000000002"], ["350000000000003"]])
    data = json.loads(transport.requests[0].body)["data"]
    assert data["attributes"]["items"] == [
        {"imei": ["350000000000001", "350000000000002"]},
        {"imei": ["350000000000003"]},
    ]


async def test_a_waybill_is_a_pdf() -> None:
    url = "https://kaspi.kz/shop/api/waybill/EXAMPLE"
    orders, transport = orders_answering(b"%PDF-1.4 ...", b"no")
    assert await orders.waybill(url) == b"%PDF-1.4 ..."
    request: Request = transport.requests[0]
    assert (request.url, request.headers["X-Auth-Token"]) == (url, SECRET)
    with pytest.raises(MalformedAnswer):
        await orders.waybill(url)


async def test_the_token_is_shown_to_no_other_host() -> None:
    orders, transport = orders_answering()
    with pytest.raises(MalformedAnswer):
        await orders.waybill("https://example.kz/shop/api/waybill/EXAMPLE")
    assert transport.requests == []


def test_a_buyer_is_not_printed(answer: Callable[[str], bytes]) -> None:
    customer = Customer("Nzk5MDAwMDAwMQ", "Aliya", "Sample", "7990000001")
    assert repr(customer) == str(customer) == "Customer(…)"


@pytest.mark.parametrize("plain", ["900100200", "900100200##0", "800100500", "99000001_PP1", "14000000001;30"])
def test_ids_are_base64_without_padding(plain: str) -> None:
    identity = encode_id(plain)
    assert "=" not in identity
    assert decode_id(identity) == decode_id(identity + "=" * (-len(identity) % 4)) == plain
    assert (encode_id("900100200"), decode_id("?"), decode_id("gA"), decode_id("Ю")) == (ORDER_ID, "", "", "")
