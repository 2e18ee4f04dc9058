"""Product import: what a category asks for, a batch and its judgement, and the moderators' time."""

import json
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from sandbox.config import WorldConfig
from sandbox.new_cards.attributes import Attribute, attributes_of
from sandbox.new_cards.schema import Filled, Image, Wanted
from sandbox.server import SandboxServer
from sandbox.world import World

OWN = "/_sandbox/merchants/30125007"
API = "/shop/api/products"
SAMPLES = Path(__file__).parents[1] / "samples" / "cards"
BLENDERS = quote("Master - Blenders")
DAY = 24 * 3600
ATTRIBUTES = [{"code": "Blenders*Type", "value": "погружной"}, {"code": "Blenders*Power", "value": 600}]


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_bytes())


def ask(sandbox: SandboxServer, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
    token = sandbox.control("GET", OWN)["token"]
    sent = {"X-Auth-Token": token, "Accept": "application/json", "Content-Type": "text/plain"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    connection = HTTPConnection(sandbox.url.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, API + path, None if body is None else json.dumps(body), sent)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def card(sku: str = "NEW-1", **changes: object) -> dict[str, object]:
    """A card with which nothing is wrong, and these changes."""
    whole = {"sku": sku, "title": f"Qazan {sku}", "brand": "Qazan", "category": "Master - Blenders"}
    return whole | {"attributes": ATTRIBUTES, "images": [{"url": "https://images.example/x1.jpg"}]} | changes


def send(sandbox: SandboxServer, *cards: dict[str, object]) -> str:
    status, answer = ask(sandbox, "POST", "/import", list(cards))
    assert status == 200, answer
    return str(answer["code"])


def wait(sandbox: SandboxServer, seconds: float) -> None:
    sandbox.control("POST", "/_sandbox/clock", {"advance": seconds})


def verdicts(sandbox: SandboxServer, *cards: dict[str, object]) -> dict[str, Any]:
    code = send(sandbox, *cards)
    wait(sandbox, 60)
    return dict(ask(sandbox, "GET", f"/import/result?i={code}")[1])


def card_of(sandbox: SandboxServer, sku: str) -> str | None:
    products = sandbox.control("GET", f"{OWN}/offers")
    return next((product["card_id"] for product in products if product["sku"] == sku), None)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/classification/categories", "categories.json"),
        (f"/classification/attributes?c={BLENDERS}&HTTP/1.1=&Host=kaspi.kz", "attributes.json"),
        (f"/classification/attribute/values?c={BLENDERS}&a={quote('Blenders*Type')}", "values.json"),
    ],
)
def test_the_classification_has_the_shape_of_the_samples(sandbox: SandboxServer, path: str, name: str) -> None:
    status, rows = ask(sandbox, "GET", path)
    assert status == 200
    assert {tuple(row) for row in rows} == {tuple(row) for row in sample(name)}
    assert {type(value) for row in rows for value in row.values()} <= {str, bool}


def test_the_sample_of_a_body_is_taken_and_its_answers_have_the_shape_of_the_samples(sandbox: SandboxServer) -> None:
    (body,) = sample("import_body.json")
    status, uploaded = ask(sandbox, "POST", "/import", [body])
    assert (status, set(uploaded), uploaded["status"]) == (200, {"code", "status"}, "UPLOADED")
    assert sample("import_uploaded.json")["status"] == "UPLOADED"
    code = uploaded["code"]
    wait(sandbox, 10)
    assert ask(sandbox, "GET", f"/import?i={code}") == (200, {"code": code, "status": "PROCESSING"})
    wait(sandbox, 50)
    assert ask(sandbox, "GET", f"/import?i={code}")[1]["status"] == sample("import_finished.json")["status"]
    _, result = ask(sandbox, "GET", f"/import/result?i={code}")
    assert set(result) == set(sample("result.json")) == {"errors", "warnings", "skipped", "total", "result"}
    failed = result["result"]["SELLER-SKU-1"]
    shape = sample("result_with_error.json")["result"]["SELLER-SKU-2"]
    assert (set(failed), failed["state"]) == (set(shape), shape["state"])
    assert set(failed["errors"][0]) == set(shape["errors"][0])


def test_a_good_card_is_accepted(sandbox: SandboxServer) -> None:
    result = verdicts(sandbox, card())
    assert result == sample("result.json") | {"result": {"NEW-1": {"state": "FINISHED"}}}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"category": "Master - Nothing"}, "category.unknown"),
        ({"attributes": [{"code": "Blenders*Power", "value": 600}]}, "attribute.required"),
        ({"attributes": [*ATTRIBUTES, {"code": "Blenders*Horns", "value": 2}]}, "attribute.unknown"),
        ({"attributes": [{"code": "Blenders*Type", "value": "летучий"}, {"code": "Blenders*Power", "value": 1}]},
         "attribute.value"),
        ({"attributes": [{"code": "Blenders*Type", "value": "погружной"}, {"code": "Blenders*Power", "value": True}]},
         "attribute.value"),
        ({"images": [{"url": "https://images.example/missing.jpg"}]}, "image.unavailable"),
    ],
)  # fmt: skip
def test_a_bad_card_fails_alone(sandbox: SandboxServer, changes: dict[str, object], code: str) -> None:
    result = verdicts(sandbox, card(), card("NEW-2", **changes))
    assert (result["errors"], result["total"]) == (1, 2)
    assert result["result"]["NEW-1"] == {"state": "FINISHED"}
    assert [error["code"] for error in result["result"]["NEW-2"]["errors"]] == [code]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        [card(colour="red")],
        [card(images=[])],
        [card(attributes=[])],
        [card("x" * 65)],
        [card(category="Blenders")],
        [card(weight="heavy")],
        [card(), card()],
        [card(images=[{"url": "https://a.example/1.jpg"}] * 2)],
    ],
    ids=str,
)
def test_a_body_that_breaks_the_schema_is_refused_whole(sandbox: SandboxServer, body: object) -> None:
    status, answer = ask(sandbox, "POST", "/import", body)
    assert status == 400
    assert answer["errors"][0]["title"].startswith("Request body does not match the schema")


def test_the_schema_is_published(sandbox: SandboxServer) -> None:
    _, schema = ask(sandbox, "GET", "/import/schema")
    assert (schema["maxItems"], schema["items"]["properties"]["sku"]["maxLength"]) == (10_000, 64)


def test_moderators_make_a_card_in_days_and_the_seller_a_product_of_it(sandbox: SandboxServer) -> None:
    send(sandbox, card())
    wait(sandbox, 60)
    assert card_of(sandbox, "NEW-1") is None
    wait(sandbox, 3 * DAY)
    made = card_of(sandbox, "NEW-1")
    assert made is not None
    assert sandbox.control("GET", f"/_sandbox/cards/{made}/offers?city_id=750000000") == []


def test_who_joins_a_card_waits_a_quarter_of_an_hour() -> None:
    world = World(WorldConfig(cards=12, merchant_cards=8, clock="manual", paused=True), now=0.0)
    seller = world.sellers["30125007"]
    other = world.cards[-1]
    attributes = [Filled(code, _some_value(each)) for code, each in attributes_of(other.category).items()]
    joining = Wanted("JOINS", other.title, other.brand, other.category.master_code, attributes, [Image("https://i/1")])
    batch = world.desk.take("30125007", [joining], world.now)
    assert batch.verdicts == {"JOINS": []}
    world.advance_to(959.0)
    assert "JOINS" not in seller.products
    world.advance_to(960.0)
    assert seller.products["JOINS"].card is other
    assert len(world.cards) == 12


def _some_value(attribute: Attribute) -> object:
    return {"boolean": True, "number": 1, "string": "x", "enum": next(iter(attribute.values), "")}[attribute.type]


def test_a_sku_that_is_there_or_on_its_way_is_skipped(sandbox: SandboxServer) -> None:
    known = sandbox.control("GET", f"{OWN}/offers")[0]["sku"]
    first = verdicts(sandbox, card(), card(known))
    assert (first["skipped"], first["total"], set(first["result"])) == (1, 2, {"NEW-1"})
    again = verdicts(sandbox, card())
    assert (again["skipped"], again["result"]) == (1, {})


def test_a_lost_answer_has_had_its_effect(sandbox: SandboxServer) -> None:
    sandbox.control("PUT", "/_sandbox/faults/lost_answer", {"method": "POST", "path": API, "times": 1})
    with pytest.raises((OSError, HTTPException)):
        ask(sandbox, "POST", "/import", [card()])
    assert verdicts(sandbox, card())["skipped"] == 1


@pytest.mark.parametrize(
    ("headers", "status", "title"),
    [
        ({"X_Auth_Token": "another"}, 401, "Authorization token is not valid."),
        ({"X_Merchant_Uid": "30999999"}, 403, "The token does not belong to the merchant."),
        ({"Accept": "application/vnd.api+json"}, 406, "Not acceptable."),
    ],
)
def test_who_asks_wrongly_is_told(sandbox: SandboxServer, headers: dict[str, str], status: int, title: str) -> None:
    assert ask(sandbox, "GET", "/import/schema", **headers) == (status, {"errors": [{"title": title}]})


@pytest.mark.parametrize("accept", ["*/*", "application/json, text/plain", "application/json;charset=UTF-8"])
def test_any_list_that_names_json_is_taken(sandbox: SandboxServer, accept: str) -> None:
    assert ask(sandbox, "GET", "/import/schema", Accept=accept)[0] == 200


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/import?i=nothing", "Import is not found."),
        ("/import/result?i=nothing", "Import is not found."),
        ("/classification/attributes?c=Master", "Category is not found."),
        (f"/classification/attribute/values?c={BLENDERS}&a=x", "Attribute is not found."),
    ],
)
def test_what_is_not_there_is_a_404(sandbox: SandboxServer, path: str, title: str) -> None:
    assert ask(sandbox, "GET", path) == (404, {"errors": [{"title": title}]})


def test_a_result_is_not_read_before_its_time(sandbox: SandboxServer) -> None:
    code = send(sandbox, card())
    assert ask(sandbox, "GET", f"/import/result?i={code}") == (400, {"errors": [{"title": "Import is not finished."}]})
