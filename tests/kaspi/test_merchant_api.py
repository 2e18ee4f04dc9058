"""The road to the official API: what is sent, what each answer means, and that the token stays in its header."""

import logging
import pickle
from datetime import UTC, datetime

import pytest

from kaspi import (
    Blocked,
    KaspiError,
    MalformedAnswer,
    MediaType,
    MerchantApi,
    Refused,
    Request,
    Response,
    Throttled,
    Token,
    TokenRejected,
    Unavailable,
)
from tests.kaspi.conftest import FakeTransport

SECRET = "c2VjcmV0LXRva2VuLW9mLWEtc2VsbGVyLW5ldmVyLXNob3duLTEyMzQ1"
CANCELLED = b'{"errors":[{"title":"Order is cancelled, so it can\'t be completed."}]}'


def api_answering(*answers: Response | Exception, merchant_id: str = "") -> tuple[MerchantApi, FakeTransport]:
    transport = FakeTransport(*answers)
    at_nine = datetime(2026, 1, 6, 9, tzinfo=UTC)
    return MerchantApi(
        "https://kaspi.kz/", Token(SECRET), transport, lambda: at_nine, merchant_id=merchant_id
    ), transport


async def test_a_question_goes_with_its_headers() -> None:
    api, transport = api_answering(Response(200, {}, b'{"data":[]}'), merchant_id="99000001")
    body = await api.get("/v2/orders", {"filter[orders][state]": "NEW", "page[number]": "0"})
    assert body == b'{"data":[]}'
    (request,) = transport.requests
    assert request.method == "GET"
    assert request.url == "https://kaspi.kz/shop/api/v2/orders?filter%5Borders%5D%5Bstate%5D=NEW&page%5Bnumber%5D=0"
    assert request.headers["X-Auth-Token"] == SECRET
    assert request.headers["Accept"] == "application/vnd.api+json"
    assert request.headers["X-Merchant-Uid"] == "99000001"
    assert request.headers["User-Agent"].startswith("Mozilla/")
    assert request.body == b""


async def test_values_with_blanks_and_stars_are_percent_encoded() -> None:
    api, transport = api_answering(Response(200, {}, b"[]"))
    await api.get("/products/x", {"a": "Blenders*Obsie.type of", "c": "Master - Blenders"}, accept=MediaType.JSON)
    assert transport.requests[0].url.endswith("/products/x?a=Blenders%2AObsie.type%20of&c=Master%20-%20Blenders")
    assert "X-Merchant-Uid" not in transport.requests[0].headers


async def test_a_change_goes_with_its_body_and_own_headers() -> None:
    api, transport = api_answering(Response(200, {}, b"{}"))
    await api.post("/v2/orders", b'{"data":{}}', headers={"X-Security-Code": "", "X-Send-Code": "true"})
    (request,) = transport.requests
    assert (request.method, request.body) == ("POST", b'{"data":{}}')
    assert request.headers["Content-Type"] == "application/vnd.api+json"
    assert request.headers["X-Send-Code"] == "true"


@pytest.mark.parametrize(
    ("case", "answer", "expected", "title"),
    [
        ("a dead token", Response(401), TokenRejected, ""),
        (
            "a dead token, in words",
            Response(401, {}, b'{"errors":[{"title":"Bad token"}]}'),
            TokenRejected,
            "Bad token",
        ),
        ("a token without the right", Response(403, {}, b'{"errors":[{"title":"No"}]}'), TokenRejected, "No"),
        ("an unwelcome address", Response(403, {}, b"<html>"), Blocked, None),
        ("an unwelcome address without a word", Response(403), Blocked, None),
        ("refused by name", Response(400, {}, CANCELLED), Refused, "Order is cancelled, so it can't be completed."),
        ("only a detail", Response(400, {}, b'{"errors":[{"detail":"no such"}]}'), Refused, "no such"),
        ("no errors in the list", Response(400, {}, b'{"errors":[]}'), Refused, ""),
        ("words of another kind", Response(404, {}, b"\xff not found"), Refused, ""),
        ("a wrong Accept", Response(406), Refused, ""),
        ("too many", Response(429, {"Retry-After": "7"}), Throttled, None),
        ("down", Response(503), Unavailable, None),
        ("a page", Response(200, {"Content-Type": "text/html"}, b"<!DOCTYPE html>"), Blocked, None),
        ("led elsewhere", Response(302, {"Location": "https://elsewhere.example"}), Blocked, None),
        ("no answer", Unavailable("time-out"), Unavailable, None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_each_answer_says_what_to_do(
    case: str, answer: Response | Exception, expected: type[KaspiError], title: str | None
) -> None:
    api, _ = api_answering(answer)
    with pytest.raises(KaspiError) as raised:
        await api.get("/v2/orders")
    assert type(raised.value) is expected
    if title is not None:
        assert raised.value.title == title


async def test_the_wish_to_wait_is_kept() -> None:
    api, _ = api_answering(Response(429, {"Retry-After": "7"}))
    with pytest.raises(Throttled) as raised:
        await api.get("/v2/orders")
    assert raised.value.retry_after == 7


async def test_a_long_title_is_cut() -> None:
    api, _ = api_answering(Response(400, {}, b'{"errors":[{"title":"' + b"x" * 5_000 + b'"}]}'))
    with pytest.raises(Refused) as raised:
        await api.get("/v2/orders")
    assert raised.value.title == "x" * 300


async def test_a_file_is_fetched_with_the_token_from_the_api_alone() -> None:
    api, transport = api_answering(Response(200, {"Content-Type": "application/pdf"}, b"%PDF-1.4"))
    assert await api.file("https://kaspi.kz/shop/api/waybill/abc") == b"%PDF-1.4"
    assert transport.requests[0].headers["X-Auth-Token"] == SECRET
    for elsewhere in (
        "https://kaspi.kz.evil.example/shop/api/waybill/abc",
        "http://kaspi.kz/shop/api/waybill/abc",
        "https://kaspi.kz/shop/apiary",
        "https://kaspi.kz@evil.example/shop/api/",
    ):
        with pytest.raises(MalformedAnswer, match="outside of the API"):
            await api.file(elsewhere)
    assert len(transport.requests) == 1


async def test_the_check_of_a_token_asks_for_something_small() -> None:
    api, transport = api_answering(Response(200, {}, b"{}"), Response(401))
    await api.check_token()
    with pytest.raises(TokenRejected):
        await api.check_token()
    assert {request.url for request in transport.requests} == {"https://kaspi.kz/shop/api/products/import/schema"}


async def test_the_token_is_in_no_text(caplog: pytest.LogCaptureFixture) -> None:
    echo = b'{"errors":[{"title":"Token ' + SECRET.encode() + b' is unknown"}]}'
    api, transport = api_answering(Response(400, {}, echo), Response(200, {}, SECRET.encode()))
    with caplog.at_level(logging.DEBUG), pytest.raises(Refused) as raised:
        await api.get("/v2/orders")
    assert raised.value.title == "Token *** is unknown"
    assert await api.get("/v2/orders") == b"***"
    shown = [repr(api), repr(transport.requests), str(transport.requests[0]), repr(raised.value), caplog.text]
    shown += [repr(Token(SECRET)), str(Token(SECRET)), f"{Token(SECRET)}"]
    assert [text for text in shown if SECRET in text] == []


def test_a_token_shows_four_letters_and_travels_nowhere() -> None:
    token = Token(SECRET)
    assert (token.reveal(), token.last_four) == (SECRET, SECRET[-4:])
    with pytest.raises(TypeError, match="not sent"):
        pickle.dumps(token)


@pytest.mark.parametrize(
    "wrong", ["", "short", "x" * 257, "with a blank inside it", "тоқ" * 10, "line\r\nX-Evil: 1" * 2]
)
def test_what_cannot_be_a_token_is_refused_without_being_repeated(wrong: str) -> None:
    with pytest.raises(ValueError, match="a token is 16 to 256 visible ASCII characters") as raised:
        Token(wrong)
    assert not wrong or wrong not in str(raised.value)


def test_an_address_without_a_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="expected an http"):
        MerchantApi("kaspi.kz", Token(SECRET), FakeTransport(), lambda: datetime.now(UTC))


def test_a_merchant_that_no_header_may_name_is_refused() -> None:
    with pytest.raises(ValueError, match="merchant_id is"):
        api_answering(merchant_id="1\r\nX-Evil: 1")


def test_a_request_in_print_hides_its_headers() -> None:
    request = Request("GET", "https://kaspi.kz/x", {"X-Auth-Token": SECRET}, b"body")
    assert repr(request) == str(request) == "Request(GET https://kaspi.kz/x)"
