"""What a seller's program reads from the orders' API, and in which words it is refused."""

import json
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from sandbox.faults import FaultKind
from sandbox.orders.order import State, Status, decode_id, encode_id
from sandbox.orders.rules import COMPLETED
from tests.sandbox.orders_fakes import COLLECTED, OWN, UNSIGNED, Desk, sample, unlike

DAY_MS = 86_400_000
ERRORS = sample("errors")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def title_of(name: str) -> str:
    return str(ERRORS[name]["errors"][0]["title"])


def query(**changes: str | None) -> dict[str, str]:
    usual = {"page[number]": "0", "page[size]": "100", "filter[orders][creationDate][$ge]": "1766984400000"}
    names = {
        "number": "page[number]",
        "size": "page[size]",
        "since": "filter[orders][creationDate][$ge]",
        "until": "filter[orders][creationDate][$le]",
        "state": "filter[orders][state]",
    }
    changed = usual | {names[name]: value for name, value in changes.items()}
    return {name: value for name, value in changed.items() if value is not None}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("no_page_number", query(number=None)),
        ("no_page_size", query(size=None)),
        ("no_start", query(since=None)),
        ("long_period", query(since=str(1_767_589_200_000 - 30 * DAY_MS))),
    ],
)
def test_a_list_is_refused_in_the_known_words(desk: Desk, name: str, wrong: dict[str, str]) -> None:
    assert desk.title("GET", "/v2/orders", query=wrong) == title_of(name)


def test_fourteen_days_are_taken_and_a_millisecond_more_is_not(desk: Desk) -> None:
    until = 1_767_589_200_000
    assert desk.read("GET", "/v2/orders", query=query(since=str(until - 14 * DAY_MS), until=str(until)))["data"] == []
    refused = desk.title("GET", "/v2/orders", query=query(since=str(until - 14 * DAY_MS - 1), until=str(until)))
    assert refused.endswith("Actual [15], max [14].")


def test_an_empty_list(desk: Desk) -> None:
    assert desk.listed() == sample("list_empty")
    assert desk.read("GET", "/v2/orders", query={"filter[orders][code]": "1"}) == sample("list_empty")


@pytest.mark.parametrize("name", ["state", "status", "deliveryType", "signatureRequired"])
def test_an_unknown_value_of_a_filter_is_refused(desk: Desk, name: str) -> None:
    assert "not known" in desk.title("GET", "/v2/orders", query=query() | {f"filter[orders][{name}]": "ASSEMBLY"})


def test_blanks_in_names_of_parameters_are_taken(desk: Desk) -> None:
    desk.place()
    spaced = {name.replace("filter[", "filter ["): value for name, value in query().items()}
    assert len(desk.read("GET", "/v2/orders", query=spaced)["data"]) == 1


def test_pages_count_from_zero_and_hold_a_hundred(desk: Desk) -> None:
    for _ in range(130):
        desk.place()
        desk.wait(1)
    first, second, third = (desk.listed(page=page, size=400) for page in range(3))
    assert [len(page["data"]) for page in (first, second, third)] == [100, 30, 0]
    assert first["meta"] == second["meta"] == third["meta"] == {"pageCount": 2, "totalCount": 130}
    codes = [order["attributes"]["code"] for page in (first, second) for order in page["data"]]
    assert codes == [str(code) for code in range(700_000_130, 700_000_000, -1)]


def test_filters_choose(desk: Desk) -> None:
    new = desk.place(COLLECTED)
    waiting = desk.placed(State.PICKUP)
    unsigned = desk.placed(State.DELIVERY, payment=UNSIGNED)
    parcel = desk.placed(State.KASPI_DELIVERY)
    over = desk.placed(State.KASPI_DELIVERY)
    desk.change(over, "CANCELLED", cancellationReason="MERCHANT_OUT_OF_STOCK")
    table: list[tuple[dict[str, str], list[Any]]] = [
        ({"state": "NEW"}, [new]),
        ({"state": "PICKUP"}, [waiting]),
        ({"state": "SIGN_REQUIRED"}, [unsigned]),
        ({"state": "KASPI_DELIVERY"}, [parcel]),
        ({"state": "ARCHIVE"}, [over]),
        ({"state": "DELIVERY"}, []),
        ({"status": "ACCEPTED_BY_MERCHANT"}, [parcel, unsigned, waiting]),
        ({"deliveryType": "PICKUP"}, [waiting, new]),
        ({"signatureRequired": "true"}, [unsigned]),
        ({}, [over, parcel, unsigned, waiting, new]),
    ]
    for filters, orders in table:
        listed = [row["attributes"]["code"] for row in desk.listed(**filters)["data"]]
        assert sorted(listed) == sorted(order.code for order in orders), filters


def test_ids_are_taken_padded_and_not_and_plain_numbers_are_unknown(desk: Desk) -> None:
    order = desk.place()
    unpadded = encode_id(order.code)
    padded = unpadded + "=" * (-len(unpadded) % 4)
    for identity in (unpadded, padded):
        assert desk.read("GET", f"/v2/orders/{identity}")["data"]["attributes"]["code"] == order.code
    assert desk.ask("GET", f"/v2/orders/{order.code}").status == 404


def test_answers_have_the_shapes_of_the_samples(desk: Desk) -> None:
    order = desk.placed(State.KASPI_DELIVERY)
    desk.change(order, "ASSEMBLE", numberOfSpace="2")
    desk.wait(120)
    order_id = encode_id(order.code)
    entry_id = encode_id(f"{order.code}##0")
    table = [
        (desk.listed(include="entries"), "list_entries"),
        (desk.listed(include="user"), "list_user"),
        (desk.read("GET", f"/v2/orders/{order_id}"), "order"),
        (desk.read("GET", f"/v2/orders/{order_id}/entries"), "entries"),
        (desk.read("GET", f"/v2/orders/{order_id}/user"), "customer"),
        (desk.read("GET", f"/v2/orderentries/{entry_id}"), "entry"),
        (desk.read("GET", f"/v2/orderentries/{entry_id}/product"), "product"),
        (desk.read("GET", f"/v2/orderentries/{entry_id}/deliveryPointOfService"), "point"),
    ]
    assert {name: unlike(answer, sample(name)) for answer, name in table if unlike(answer, sample(name))} == {}


def test_orders_of_other_stages_have_the_shapes_of_the_samples(desk: Desk) -> None:
    cancelled, completed = desk.placed(State.PICKUP), desk.placed(State.PICKUP)
    waiting = desk.placed(State.PICKUP)
    desk.change(cancelled, "CANCELLED", cancellationReason="BUYER_NOT_REACHABLE")
    desk.issue(completed, "")
    desk.issue(completed, completed.security_code)
    table = [(waiting, "order_pickup"), (cancelled, "order_cancelled"), (completed, "order_completed")]
    for order, name in table:
        answer = desk.read("GET", f"/v2/orders/{encode_id(order.code)}")
        assert unlike(answer, sample(name)) == [], name


def test_writes_echo_what_the_samples_echo(desk: Desk) -> None:
    accepted, assembled, cancelled = desk.place(), desk.placed(State.KASPI_DELIVERY), desk.place()
    echo = desk.change(accepted, "ACCEPTED_BY_MERCHANT")
    assert unlike(echo, sample("echo_accept")) == []
    assert echo["data"]["attributes"] == {"code": accepted.code, "status": "ACCEPTED_BY_MERCHANT"}
    echo = desk.change(assembled, "ASSEMBLE", numberOfSpace="2")
    assert echo["data"]["attributes"] == sample("echo_assemble")["data"]["attributes"]
    echo = desk.change(cancelled, "CANCELLED", cancellationReason="MERCHANT_OUT_OF_STOCK", cancellationComment="-")
    assert unlike(echo, sample("echo_cancel")) == []


def test_what_does_not_apply_is_left_out(desk: Desk) -> None:
    new, collected = desk.place(), desk.placed(State.PICKUP)
    fields = {row["attributes"]["code"]: row["attributes"] for row in desk.listed()["data"]}
    assert fields[new.code].keys() & {"reservationDate", "completionDate", "cancellationReason"} == set()
    assert fields[collected.code].keys() & {"deliveryAddress", "kaspiDelivery", "completionDate"} == set()
    assert "reservationDate" in fields[collected.code]


def test_a_masked_phone_is_told_by_the_id_only(desk: Desk) -> None:
    orders = [desk.place() for _ in range(40)]
    masked = {order.code for order in orders if order.buyer.is_masked}
    told = {row["attributes"]["code"]: row["attributes"]["customer"] for row in desk.listed()["data"]}
    assert {code for code, customer in told.items() if customer["cellPhone"] == "0000000000"} == masked != set()
    assert all(decode_id(told[order.code]["id"]) == order.buyer.phone for order in orders)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Auth-Token": "x" * 44}, 401),
        ({"X-Auth-Token": ""}, 401),
        ({"X-Merchant-Uid": "30999999"}, 403),
        ({"X-Merchant-Uid": OWN}, 200),
        ({"Accept": "text/html"}, 406),
        ({"Accept": "application/json"}, 406),
        ({"Accept": "application/pdf"}, 406),
        ({"Accept": "application/json, application/vnd.api+json"}, 200),
        ({"Accept": "*/*"}, 200),
        ({"Accept": "application/vnd.api+json;charset=UTF-8"}, 200),
    ],
)
def test_who_is_let_in(desk: Desk, headers: dict[str, str], status: int) -> None:
    reply = desk.ask("GET", "/v2/orders", query=query(), headers=headers)
    assert reply.status == status
    assert ("errors" in json.loads(reply.body)) == (status != 200)


def test_a_revoked_token_opens_nothing(desk: Desk) -> None:
    desk.world.access.revoked.add(OWN)
    assert desk.ask("GET", "/v2/orders", query=query()).status == 401


@pytest.mark.parametrize("path", ["/v2/orders/x", "/v2/nothing", "/v2/orderentries/OTk5IyMw", "/waybill/OTk5"])
def test_what_is_not_there_is_a_404(desk: Desk, path: str) -> None:
    assert desk.ask("GET", path).status == 404


def test_a_waybill_has_a_page_for_each_parcel_and_appears_later(desk: Desk) -> None:
    order = desk.placed(State.KASPI_DELIVERY)
    desk.change(order, "ASSEMBLE", numberOfSpace=3)

    def carried() -> Any:
        return desk.read("GET", f"/v2/orders/{encode_id(order.code)}")["data"]["attributes"]["kaspiDelivery"]

    assert carried()["waybill"] is None
    assert "waybillNumber" not in carried()
    desk.wait(order.fate.waybill)
    address = carried()["waybill"]
    reply = desk.ask("GET", address.removeprefix("https://kaspi.kz/shop/api"))
    assert (reply.status, reply.content_type) == (200, "application/pdf")
    pages = PdfReader(BytesIO(reply.body)).pages
    assert len(pages) == 3
    assert f"{order.code} 3/3" in pages[2].extract_text()
    assert (pages[0].mediabox.width, pages[0].mediabox.height) == (298, 210)


def test_the_code_comes_first_and_then_the_goods(desk: Desk) -> None:
    order = desk.placed(State.PICKUP)
    assert desk.issue(order, "").status == 200
    code = order.security_code
    assert code is not None
    assert len(code) == 4
    wrong = "0000" if code != "0000" else "1111"
    for refused in (wrong, None):
        reply = desk.issue(order, refused)
        assert (reply.status, json.loads(reply.body)["errors"][0]["title"]) == (400, title_of("wrong_code"))
    assert order.status is Status.ACCEPTED
    assert desk.issue(order, "").status == 200
    assert order.security_code == code
    assert desk.issue(order, code).status == 200
    assert (order.state, order.status) == (State.ARCHIVE, Status.COMPLETED)
    assert json.loads(desk.issue(order, code).body)["errors"][0]["title"] == title_of("completed") == COMPLETED


def test_issuing_is_refused_in_the_known_words(desk: Desk) -> None:
    cancelled = desk.placed(State.PICKUP)
    desk.change(cancelled, "CANCELLED", cancellationReason="MERCHANT_OUT_OF_STOCK")
    unsigned = desk.placed(State.DELIVERY, payment=UNSIGNED)
    for order, name in ((cancelled, "cancelled"), (unsigned, "unsigned")):
        reply = desk.issue(order, "")
        assert (reply.status, json.loads(reply.body)["errors"][0]["title"]) == (400, title_of(name))


def test_lies_about_lists_and_writes(desk: Desk) -> None:
    orders = [desk.placed(State.KASPI_DELIVERY) for _ in range(6)]
    true = [row["id"] for page in range(3) for row in desk.listed(page=page, size=2)["data"]]
    shifted = [row["id"] for page in range(3) for row in desk.listed(FaultKind.PAGE_SHIFT, page=page, size=2)["data"]]
    twice = [row["id"] for page in range(3) for row in desk.listed(FaultKind.PAGE_TWICE, page=page, size=2)["data"]]
    assert shifted == [*true[:2], *true[3:5], true[5]]
    assert twice == [*true[:2], *true[:2], *true[2:4]]
    body = desk.verb(orders[0], "ASSEMBLE", numberOfSpace=1)
    desk.read("POST", "/v2/orders", body, lies=[FaultKind.NOTHING_DONE])
    assert orders[0].assembled is False


def test_a_part_of_a_line_is_given_up(desk: Desk) -> None:
    order = desk.placed(State.KASPI_DELIVERY, quantity=3)
    entry_id = encode_id(f"{order.code}##0")

    def reduce(**attributes: object) -> dict[str, object]:
        relation = {"entry": {"data": {"type": "orderentries", "id": entry_id}}}
        return {"data": {"type": "orderEntryCancelOperation", "attributes": attributes, "relationships": relation}}

    body = reduce(remainedQuantity=1, reason="BUYER_CANCELLATION_BY_MERCHANT", notes="-")
    answer = desk.read("POST", "/v2/orderEntryCancelOperation", body)
    assert unlike(answer, sample("reduce_entry")) == []
    assert answer["data"]["attributes"] == {"remainedQuantity": 1, "status": "SUCCESSFULL"}
    assert (order.entries[0].quantity, order.total) == (1, 17_990)
    for wrong in (1, 2, -1, True, "0", None):
        assert "remainedQuantity" in desk.title(
            "POST", "/v2/orderEntryCancelOperation", reduce(remainedQuantity=wrong, reason="MERCHANT_OUT_OF_STOCK")
        )
    assert "cancellationReason" in desk.title(
        "POST", "/v2/orderEntryCancelOperation", reduce(remainedQuantity=0, reason="TECHNICAL_PROBLEM_CANCELLATION")
    )
    assert order.done == ["ACCEPTED_BY_MERCHANT", "REDUCE 0"]


def test_weight_is_taken_in_grams_and_changes_the_price(desk: Desk) -> None:
    order = desk.placed(State.KASPI_DELIVERY, quantity=1, unit_type="MEASURABLE", weight=400.0)
    row = {
        "entry": {"id": encode_id(f"{order.code}##0")},
        "remainedQuantity": 1,
        "remainedWeight": 280,
        "reason": "PRODUCT_UNDERWEIGHT",
        "notes": "less weight",
    }
    answer = desk.read("PUT", f"/orderPartialCancel/{encode_id(order.code)}", [row])
    assert unlike(answer, sample("reduce_entries")) == []
    assert (answer["status"], answer["orderCancelEntries"][0]["remainedWeight"]) == ("SUCCESSFUL", 280.0)
    assert (order.entries[0].weight, order.entries[0].price) == (280.0, round(17_990 * 0.7))


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"remainedQuantity": -5}, "remainedQuantity"),
        ({"remainedQuantity": 3}, "remainedQuantity"),
        ({"remainedQuantity": "2"}, "remainedQuantity"),
        ({"remainedWeight": 199}, "remainedWeight"),
        ({"remainedWeight": 400}, "remainedWeight"),
        ({"remainedWeight": "x"}, "remainedWeight"),
    ],
)
def test_no_more_stays_than_there_was_and_no_less_than_is_allowed(
    desk: Desk, changes: dict[str, object], title: str
) -> None:
    order = desk.placed(State.KASPI_DELIVERY, quantity=2, unit_type="MEASURABLE", weight=400.0)
    line = desk.read("GET", f"/v2/orderentries/{encode_id(f'{order.code}##0')}")["data"]["attributes"]
    assert line["minAllowedWeight"] == 200.0
    row = {"entry": {"id": encode_id(f"{order.code}##0")}, "remainedQuantity": 2, "remainedWeight": 280}
    row |= {"reason": "PRODUCT_UNDERWEIGHT", **changes}
    assert title in desk.title("PUT", f"/orderPartialCancel/{encode_id(order.code)}", [row])
    assert (order.entries[0].quantity, order.entries[0].weight, order.total) == (2, 400.0, 2 * 17_990)


@pytest.mark.parametrize(("accept", "status"), [("application/json", 200), ("application/vnd.api+json", 406)])
def test_what_is_not_below_v2_is_plain_json(desk: Desk, accept: str, status: int) -> None:
    order = desk.placed(State.KASPI_DELIVERY, quantity=2)
    row = {"entry": {"id": encode_id(f"{order.code}##0")}, "remainedQuantity": 1, "reason": "MERCHANT_OUT_OF_STOCK"}
    path = f"/orderPartialCancel/{encode_id(order.code)}"
    reply = desk.ask("PUT", path, [row], headers={"Accept": accept})
    assert (reply.status, order.entries[0].quantity) == (status, 1 if status == 200 else 2)


def test_a_phone_is_told_on_the_order_too(desk: Desk) -> None:
    order = desk.place()
    assert "isImeiRequired" not in desk.listed()["data"][0]["attributes"]
    order.entries[0].needs_imei = True
    assert desk.listed()["data"][0]["attributes"]["isImeiRequired"] is True


def test_some_lies_are_about_what_is_told_of_an_order(desk: Desk) -> None:
    order = desk.placed(State.KASPI_DELIVERY, preorder_days=3)
    desk.change(order, "ARRIVED")
    page = desk.listed(FaultKind.NO_BUYER, FaultKind.NULLS, FaultKind.PREORDER_STAYS, include="entries")
    (told,) = page["data"]
    assert told["attributes"]["customer"] == {"name": None, "cellPhone": "0000000000"}
    assert (page["included"], told["relationships"], told["attributes"]["preOrder"]) == (None, None, True)
    assert desk.listed()["data"][0]["attributes"]["preOrder"] is False


def test_imeis_are_one_list_a_unit(desk: Desk) -> None:
    order = desk.placed(State.KASPI_DELIVERY)
    order.entries[0].needs_imei = True
    relation = {"entry": {"data": {"type": "orderentries", "id": encode_id(f"{order.code}##0")}}}

    def register(*imeis: list[str]) -> dict[str, object]:
        items = {"items": [{"imei": numbers} for numbers in imeis]}
        return {"data": {"type": "orderEntryImeiOperation", "attributes": items, "relationships": relation}}

    one, other = ["350000000000001", "350000000000002"], ["350000000000003"]
    for wrong in ([one], [one, ["35"]], [one, []]):
        assert "IMEI" in desk.title("POST", "/v2/orderEntryImeiOperation", register(*wrong))
    desk.read("POST", "/v2/orderEntryImeiOperation", register(one, other))
    assert order.entries[0].imeis == [one, other]
