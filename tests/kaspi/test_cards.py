"""The calls of product import, read from the samples, and what of an answer is believed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from kaspi import (
    AttributeType,
    CardAttribute,
    CardCategory,
    CardImport,
    CardResult,
    CardsApi,
    ChoiceOfValue,
    FilledAttribute,
    MalformedAnswer,
    MerchantApi,
    NewCard,
    Response,
    Token,
    is_image_address,
)
from tests.kaspi.conftest import FakeTransport

Sample = Callable[[str], bytes]
CARD = NewCard(
    sku="SELLER-SKU-1",
    title="SampleBrand X1 white",
    brand="SampleBrand",
    category="Master - Blenders",
    description="Synthetic text",
    attributes=(FilledAttribute("Blenders*Type", "погружной"), FilledAttribute("Blenders*Timer", value=True)),
    images=("https://images.example/x1.jpg",),
)


def cards_answering(*bodies: bytes) -> tuple[CardsApi, FakeTransport]:
    transport = FakeTransport(*(Response(200, {}, body) for body in bodies))
    api = MerchantApi("https://kaspi.kz", Token("a-token-of-some-store"), transport, lambda: datetime.now(UTC))
    return CardsApi(api), transport


async def test_categories(sample: Sample) -> None:
    cards, transport = cards_answering(sample("cards/categories.json"))
    assert await cards.categories() == (
        CardCategory("Master - Blenders", "Блендеры"),
        CardCategory("Master - Exercise notebooks", "Тетради"),
    )
    (request,) = transport.requests
    assert request.url == "https://kaspi.kz/shop/api/products/classification/categories"
    assert request.headers["Accept"] == "application/json"


async def test_attributes(sample: Sample) -> None:
    cards, transport = cards_answering(sample("cards/attributes.json"))
    attributes = await cards.attributes("Master - Blenders")
    assert transport.requests[0].url.endswith("/attributes?c=Master%20-%20Blenders")
    assert attributes[:3] == (
        CardAttribute("Blenders*Type", AttributeType.ENUM, multi_valued=False, mandatory=True),
        CardAttribute("Blenders*Power", AttributeType.NUMBER),
        CardAttribute("Blenders*Timer", AttributeType.BOOLEAN),
    )
    assert attributes[3].multi_valued


async def test_values(sample: Sample) -> None:
    cards, transport = cards_answering(sample("cards/values.json"))
    values = await cards.values("Master - Blenders", "Blenders*Type")
    assert values == (ChoiceOfValue("погружной", "погружной"), ChoiceOfValue("стационарный", "стационарный"))
    assert transport.requests[0].url.endswith("/attribute/values?c=Master%20-%20Blenders&a=Blenders%2AType")


async def test_a_batch_is_sent_as_the_sample_says(sample: Sample) -> None:
    cards, transport = cards_answering(sample("cards/import_uploaded.json"))
    assert await cards.send([CARD]) == CardImport("a1b2c3", "UPLOADED")
    (request,) = transport.requests
    assert (request.method, request.url) == ("POST", "https://kaspi.kz/shop/api/products/import")
    assert request.headers["Content-Type"] == "text/plain"
    assert request.body.isascii()
    assert json.loads(request.body) == json.loads(sample("cards/import_body.json"))


async def test_a_list_of_values_and_a_weight_are_sent() -> None:
    cards, transport = cards_answering(b'{"code":"x","status":"UPLOADED"}')
    colours = FilledAttribute("Blenders*Color", ("белый", "красный"))
    await cards.send([NewCard("A", "T", "B", "Master - X", (colours,), ("https://i.example/1",), weight="1.2")])
    (sent,) = json.loads(transport.requests[0].body)
    assert sent["attributes"] == [{"code": "Blenders*Color", "value": ["белый", "красный"]}]
    assert (sent["weight"], "description" in sent) == ("1.2", False)


@pytest.mark.parametrize("count", [0, 10_001])
async def test_a_batch_has_bounds(count: int) -> None:
    cards, transport = cards_answering()
    with pytest.raises(ValueError, match=r"expected 1\.\.10000"):
        await cards.send([CARD] * count)
    assert transport.requests == []


async def test_how_far_a_batch_is(sample: Sample) -> None:
    cards, transport = cards_answering(sample("cards/import_finished.json"), b'{"code":"a1b2c3","status":"PROCESSING"}')
    finished = await cards.status("a1b2c3")
    assert (finished.is_finished, finished.description) == (True, "1 card")
    assert not (await cards.status("a1b2c3")).is_finished
    assert transport.requests[0].url.endswith("/products/import?i=a1b2c3")


async def test_the_status_of_another_batch_is_not_believed(sample: Sample) -> None:
    cards, _ = cards_answering(sample("cards/import_finished.json"))
    with pytest.raises(MalformedAnswer, match="instead of 'other'"):
        await cards.status("other")


async def test_what_became_of_each_sku(sample: Sample) -> None:
    cards, transport = cards_answering(sample("cards/result.json"), sample("cards/result_with_error.json"))
    assert (await cards.result("a b")).cards == (CardResult("SELLER-SKU-1", "FINISHED", ()),)
    assert transport.requests[0].url.endswith("/products/import/result?i=a%20b")
    result = await cards.result("a")
    assert (result.errors, result.warnings, result.skipped, result.total) == (1, 0, 0, 2)
    good, bad = result.cards
    assert (good.is_accepted, bad.is_accepted) == (True, False)
    assert bad.remarks == ("attribute.required", "Не заполнен обязательный атрибут Blenders*Type")


@pytest.mark.parametrize(
    ("facts", "remarks"),
    [
        ({"state": "ERROR"}, ()),
        ({"state": "ERROR", "message": " no picture "}, ("no picture",)),
        ({"state": "ERROR", "errors": ["a", "b", "a"], "code": 7, "more": {"why": None}}, ("a", "b")),
        ({"state": "ERROR", "errors": [{"text": "x" * 900}]}, ("x" * 500,)),
        ({"state": "ERROR", "errors": [str(number) for number in range(40)]}, tuple(map(str, range(20)))),
    ],
)
async def test_every_text_beside_the_state_is_kept_within_bounds(
    facts: dict[str, object], remarks: tuple[str, ...]
) -> None:
    body = {"errors": 1, "warnings": 0, "skipped": 0, "total": 1, "result": {"A": facts}}
    cards, _ = cards_answering(json.dumps(body).encode())
    assert (await cards.result("a")).cards[0].remarks == remarks


@pytest.mark.parametrize(
    ("told", "remarks"),
    [
        ({}, ()),
        ({"state": 7, "message": "bad"}, ("bad",)),
        (None, ()),
        ("no picture", ("no picture",)),
        ([["a"]], ("a",)),
    ],
)
async def test_a_sku_without_a_state_failed_alone(told: object, remarks: tuple[str, ...]) -> None:
    result = {"A": told, "B": {"state": "FINISHED"}}
    body = {"errors": 1, "warnings": 0, "skipped": 0, "total": 2, "result": result}
    cards, _ = cards_answering(json.dumps(body).encode())
    strange, good = (await cards.result("a")).cards
    assert (strange.is_accepted, strange.remarks, good.is_accepted) == (False, remarks, True)


@pytest.mark.parametrize(
    ("call", "body", "path"),
    [
        ("categories", b'{"data":[]}', "$"),
        ("categories", b'[{"code":"","title":"x"}]', "$[0].code"),
        ("attributes", b'[{"code":"a","type":"colour"}]', "$[0].type"),
        ("attributes", b'[{"code":"a","type":"enum","mandatory":"yes"}]', "$[0].mandatory"),
        ("attributes", b'[{"code":"a","code":"b","type":"enum"}]', "$"),
        ("status", b'{"code":"","status":"x"}', "$.code"),
        ("result", b'{"errors":-1,"warnings":0,"skipped":0,"total":1,"result":{}}', "$.errors"),
        ("result", b'{"errors":0,"warnings":0,"skipped":0,"total":1,"result":{"A":{"state":"x"},"A":{"state":"y"}}}',
         "$"),
        ("schema", b"[]", "$"),
    ],
)  # fmt: skip
async def test_a_shape_that_is_not_known_is_an_error(call: str, body: bytes, path: str) -> None:
    cards, _ = cards_answering(body)
    with pytest.raises(MalformedAnswer) as raised:
        await getattr(cards, call)(*([] if call in ("categories", "schema") else ["x"]))
    assert raised.value.path == path


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://images.example/x1.jpg", True),
        ("http://images.example/фото.jpg", True),
        ("ftp://images.example/x1.jpg", False),
        ("images.example/x1.jpg", False),
        ("https://", False),
        ("https://[/x.jpg", False),
        ("https://images.example/a b.jpg", False),
        ("https://images.example/" + "x" * 2_000, False),
        ("data:image/png;base64,AAAA", False),
    ],
)
def test_an_address_of_an_image(url: str, fits: bool) -> None:
    assert is_image_address(url) is fits
