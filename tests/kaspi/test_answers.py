"""From a status and a body to one typed error, or to a typed answer."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaspi import Blocked, KaspiError, MalformedAnswer, Refused, Response, Throttled, Unavailable
from kaspi.answers import accepted_body, decode, retry_after

NOW = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
HTML = {"content-type": "text/html; charset=utf-8"}


class Row(msgspec.Struct):
    price: int
    name: str | None = None


class Answer(msgspec.Struct):
    rows: list[Row]


DECODER = msgspec.json.Decoder(Answer)


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (Response(429), Throttled),
        (Response(429, HTML, b"<html>"), Throttled),
        (Response(403), Blocked),
        (Response(405), Blocked),
        (Response(302, {"Location": "https://elsewhere.example/captcha"}), Blocked),
        (Response(200, HTML, b"<!DOCTYPE html>"), Blocked),
        (Response(200, {}, b"\xef\xbb\xbf \n<html>"), Blocked),
        (Response(200, HTML, b"please wait"), Blocked),
        (Response(408), Unavailable),
        (Response(500), Unavailable),
        (Response(502, HTML, b"<html>"), Unavailable),
        (Response(599), Unavailable),
        (Response(400, {}, b'{"error":"Bad Request"}'), Refused),
        (Response(401), Refused),
        (Response(404, HTML, b"<html>"), Refused),
    ],
)
def test_a_bad_answer_is_the_error_it_means(response: Response, error: type[KaspiError]) -> None:
    with pytest.raises(KaspiError) as raised:
        accepted_body(response, NOW)
    assert type(raised.value) is error


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/json"}, HTML])
def test_data_is_data_whatever_it_is_called(headers: dict[str, str]) -> None:
    assert accepted_body(Response(200, headers, b'{"offers":[]}'), NOW) == b'{"offers":[]}'


def test_a_refusal_keeps_its_status() -> None:
    with pytest.raises(Refused) as raised:
        accepted_body(Response(404), NOW)
    assert raised.value.status == 404


def test_a_throttle_keeps_its_patience() -> None:
    with pytest.raises(Throttled) as raised:
        accepted_body(Response(429, {"retry-AFTER": "17"}), NOW)
    assert raised.value.retry_after == 17


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0),
        ("30", 30),
        ("3600", 3600),
        ("3601", 3600),
        ("9" * 5000, 3600),
        ("Tue, 06 Jan 2026 09:01:30 GMT", 90),
        ("Tue, 06 Jan 2026 14:01:30 +0500", 90),
        ("Tue, 06 Jan 2026 08:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
        ("Tue, 06 Jan 2026 09:01:30 -0000", None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("٣٠", None),
        ("soon", None),
        ("Tue, 99 Jan 2026 09:01:30 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: int | None) -> None:
    assert retry_after(value, NOW) == seconds


@given(st.text())
def test_retry_after_is_bounded_or_nothing(value: str) -> None:
    seconds = retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= 3600


@pytest.mark.parametrize(
    "body",
    [
        b'{"rows":[{"price":5}]}',
        b'{"rows":[{"price":5}]}\n',
        b'{ "rows" : [ {"price" : 5} ] }',
        b'{"rows":[{"price":5,"name":null}]}',
        b'{"rows":[{"price":5,"unknown":{"price":[1,{"price":2}]}}],"else":NULL}'.replace(b"NULL", b"null"),
        rb'{"r\u006fws":[{"pric\u0065":5}]}',
    ],
)
def test_good_json_is_an_answer(body: bytes) -> None:
    assert decode(body, DECODER, "rows") == Answer([Row(5)])


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", "$"),
        (b"null", "$"),
        (b"[]", "$"),
        (b"{}", "$"),
        (b'{"rows":[{"price":5}]', "$"),
        (b'{"rows":[{"price":5}]} {}', "$"),
        (b'{"rows":null}', "$.rows"),
        (b'{"rows":{}}', "$.rows"),
        (b'{"rows":[7]}', "$.rows[0]"),
        (b'{"rows":[{"price":5},{}]}', "$.rows[1]"),
        (b'{"rows":[{"price":"5"}]}', "$.rows[0].price"),
        (b'{"rows":[{"price":true}]}', "$.rows[0].price"),
        (b'{"rows":[{"price":null}]}', "$.rows[0].price"),
        (b'{"rows":[{"price":NaN}]}', "$"),
        (b'{"rows":[{"price":5,"other":NaN}]}', "$"),
        (b'{"rows":[{"price":5,"other":Infinity}]}', "$"),
        (b'{"rows":[{"price":5,"name":"\xff"}]}', "$"),
        (rb'{"rows":[{"price":5,"name":"\ud800"}]}', "$"),
        (b'{"rows":[{"price":5,"other":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}", "$"),
    ],
)
def test_bad_json_names_the_field(body: bytes, path: str) -> None:
    with pytest.raises(MalformedAnswer) as raised:
        decode(body, DECODER, "rows")
    assert raised.value.path == path
    assert raised.value.body == body[:500]


@pytest.mark.parametrize(
    "body",
    [
        b'{"rows":[{"price":5,"price":6}]}',
        b'{"rows":[{"price":5,"price":5}]}',
        b'{"rows":[{"price":5},{"price":5,"name":"a","name":null}]}',
        b'{"rows":[{"price":5,"other":1,"other":2}]}',
        b'{"rows":[{"price":5, "price":6}]}',
        rb'{"rows":[{"price":5,"pric\u0065":6}]}',
        b'{"rows":[{"price":5}],"rows":[{"price":6}]}',
        b'{"rows":[],"rows":[{"price":6}]}',
    ],
)
def test_a_repeated_key_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedAnswer, match="is repeated"):
        decode(body, DECODER, "rows")
