"""Reading the offers of a card: strict about every field, and whole or not at all."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from kaspi import (
    Blocked,
    CardOffers,
    KaspiError,
    MalformedAnswer,
    Offer,
    PartialAnswer,
    Refused,
    Request,
    Response,
    Storefront,
    Throttled,
    Unavailable,
)
from kaspi.errors import BODY_EXCERPT
from kaspi.storefront import MAX_PAGES

CARD = "800100500"
CITY = "750000000"
NOW = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)


def offer(merchant: int, **changes: Any) -> dict[str, Any]:
    return {"masterSku": CARD, "merchantId": str(merchant), "price": 17490.0 + merchant} | changes


def page(merchants: range, total: int) -> bytes:
    return json.dumps({"offers": [offer(merchant) for merchant in merchants], "total": total}).encode()


def one_offer(**changes: Any) -> bytes:
    return json.dumps({"offers": [offer(1, **changes)], "total": 1}).encode()


async def test_a_full_answer(stage: Callable[..., Any], sample: Callable[[str], bytes]) -> None:
    storefront, _ = stage(sample("storefront/offers_full.json"))
    assert await storefront.offers(CARD, CITY) == CardOffers(
        card_id=CARD,
        city_id=CITY,
        offers=(
            Offer(
                card_id=CARD,
                merchant_id="99000002",
                merchant_name="Sample Rival",
                merchant_sku="R-77",
                price=17490,
                rating=4.8,
                reviews=120,
                preorder_days=0,
                delivers_at=datetime(2026, 1, 6, 18, 0, tzinfo=UTC),
                delivery_duration="TOMORROW",
                kaspi_delivery=True,
                place=1,
            ),
            Offer(
                card_id=CARD,
                merchant_id="99000001",
                merchant_name="Sample Trade",
                merchant_sku="SELLERSKU1",
                price=17990,
                rating=4.5,
                reviews=40,
                preorder_days=3,
                delivers_at=datetime(2026, 1, 9, 18, 0, tzinfo=UTC),
                delivery_duration="TILL_5_DAYS",
                kaspi_delivery=True,
                place=2,
            ),
        ),
        read_at=NOW,
    )


async def test_left_out_and_null_are_alike(stage: Callable[..., Any], sample: Callable[[str], bytes]) -> None:
    storefront, _ = stage(sample("storefront/offers_minimal.json"))
    left_out, null = (await storefront.offers(CARD, CITY)).offers
    assert left_out == Offer(CARD, "99000003", "Sample Newcomer", "", 16990, None, 0, 0, None, None, False, 1)
    assert null == Offer(CARD, "99000004", "", "", 17000, None, 0, 0, None, None, False, 2)


async def test_a_merchant_id_may_be_a_word_and_a_moment_may_be_local(
    stage: Callable[..., Any], sample: Callable[[str], bytes]
) -> None:
    storefront, _ = stage(sample("storefront/offers_textual_merchant.json"))
    (only,) = (await storefront.offers(CARD, CITY)).offers
    assert (only.merchant_id, only.merchant_sku) == ("SampleOldShop", "OLD/1")
    assert only.rating is None
    assert only.delivers_at == datetime(2026, 1, 6, 18, 0, tzinfo=UTC)
    assert only.delivers_at.tzinfo is UTC


async def test_an_empty_list_is_returned_as_such(stage: Callable[..., Any], sample: Callable[[str], bytes]) -> None:
    storefront, transport = stage(sample("storefront/offers_empty.json"))
    card = await storefront.offers(CARD, CITY)
    assert (card.offers, card.total) == ((), 0)
    assert len(transport.requests) == 1


async def test_the_request_is_that_of_a_browser(stage: Callable[..., Any]) -> None:
    storefront, transport = stage(one_offer())
    await storefront.offers(CARD, CITY)
    (request,) = transport.requests
    assert request.method == "POST"
    assert request.url == "https://kaspi.kz/yml/offer-view/offers/800100500"
    assert request.headers["User-Agent"].startswith("Mozilla/5.0 ")
    assert {name: value for name, value in request.headers.items() if name != "User-Agent"} == {
        "Accept": "application/json, text/*",
        "Content-Type": "application/json; charset=UTF-8",
        "Origin": "https://kaspi.kz",
        "Referer": "https://kaspi.kz/shop/p/-800100500/?c=750000000",
        "X-KS-City": "750000000",
    }
    assert json.loads(request.body) == {
        "cityId": CITY,
        "id": CARD,
        "merchantUID": [],
        "limit": 64,
        "page": 0,
        "sortOption": "PRICE",
        "installationId": "-1",
    }


async def test_all_pages_are_read_in_order(stage: Callable[..., Any]) -> None:
    storefront, transport = stage(page(range(2), 5), page(range(2, 4), 5), page(range(4, 5), 5), page_size=2)
    card = await storefront.offers(CARD, CITY)
    assert [seen.merchant_id for seen in card.offers] == ["0", "1", "2", "3", "4"]
    assert [seen.place for seen in card.offers] == [1, 2, 3, 4, 5]
    assert card.total == 5
    assert [json.loads(request.body)["page"] for request in transport.requests] == [0, 1, 2]


async def test_no_page_is_asked_for_beyond_the_total(stage: Callable[..., Any]) -> None:
    storefront, transport = stage(page(range(64), 64))
    assert (await storefront.offers(CARD, CITY)).total == 64
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    ("case", "pages"),
    [
        ("a merchant twice on a page", [b'{"offers":[%b,%b],"total":2}' % ((json.dumps(offer(1)).encode(),) * 2)]),
        ("a merchant on two pages", [page(range(2), 4), page(range(1, 3), 4)]),
        ("the total grew", [page(range(2), 3), page(range(2, 4), 4)]),
        ("the total shrank", [page(range(2), 4), page(range(2, 3), 3)]),
        ("a page is missing", [page(range(2), 3), page(range(0), 3)]),
        ("none of the announced came", [page(range(0), 3)]),
        ("more came than announced", [page(range(2), 1)]),
        ("more came at last than announced", [page(range(2), 3), page(range(2, 4), 3)]),
        ("some came, none were announced", [page(range(2), 0)]),
        ("a later page was refused", [page(range(2), 3), Response(400)]),
    ],
)  # fmt: skip
async def test_a_part_of_a_list_is_not_the_list(
    stage: Callable[..., Any], case: str, pages: list[bytes | Response]
) -> None:
    storefront, transport = stage(*pages, page_size=2)
    with pytest.raises(PartialAnswer):
        await storefront.offers(CARD, CITY)
    assert transport.answers == [], case


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Response(429), Throttled),
        (Response(403), Blocked),
        (Response(503), Unavailable),
        (Unavailable("time-out"), Unavailable),
        (Response(200, {}, b"<html>"), Blocked),
        (Response(200, {}, b'{"offers":'), MalformedAnswer),
    ],
)
async def test_a_later_page_says_itself_what_to_do(
    stage: Callable[..., Any], answer: Response | Exception, error: type[KaspiError]
) -> None:
    storefront, _ = stage(page(range(2), 3), answer, page_size=2)
    with pytest.raises(KaspiError) as raised:
        await storefront.offers(CARD, CITY)
    assert type(raised.value) is error


class EndlessTransport:
    """One new merchant a page, for ever."""

    def __init__(self) -> None:
        self.pages = 0

    async def send(self, request: Request) -> Response:
        self.pages += 1
        return Response(200, {}, page(range(self.pages, self.pages + 1), 1_000_000))


async def test_an_endless_list_ends() -> None:
    transport = EndlessTransport()
    with pytest.raises(PartialAnswer):
        await Storefront("https://kaspi.kz", transport, lambda: NOW).offers(CARD, CITY)
    assert transport.pages == MAX_PAGES


@pytest.mark.parametrize(
    ("price", "tenge"),
    [("17490.0", 17490), ("17490", 17490), ("1", 1), ("1.749e4", 17490), ("1e8", 100_000_000)],
)
async def test_a_price_is_whole_tenge(stage: Callable[..., Any], price: str, tenge: int) -> None:
    storefront, _ = stage(one_offer(price="PRICE").replace(b'"PRICE"', price.encode()))
    (only,) = (await storefront.offers(CARD, CITY)).offers
    assert only.price == tenge
    assert type(only.price) is int


@pytest.mark.parametrize(
    "price",
    ["17490.5", "0", "0.0", "-1", "-0.0", "0.1", "true", "false", "null", '"17490"', '""', "[]", "{}",
     "1e400", "1e-400", "1e300", "100000001", "NaN", "Infinity", "-Infinity", "017490", "17 490", "17490,0"],
)  # fmt: skip
async def test_anything_else_is_no_price(stage: Callable[..., Any], price: str) -> None:
    storefront, _ = stage(one_offer(price="PRICE").replace(b'"PRICE"', price.encode()))
    with pytest.raises(MalformedAnswer):
        await storefront.offers(CARD, CITY)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("masterSku", "800100501"),
        ("masterSku", None),
        ("masterSku", 800100500),
        ("merchantId", ""),
        ("merchantId", None),
        ("merchantId", 99000001),
        ("merchantName", 5),
        ("merchantSku", 5),
        ("merchantRating", 5.1),
        ("merchantRating", -1),
        ("merchantRating", "4.8"),
        ("merchantReviewsQuantity", -1),
        ("merchantReviewsQuantity", 1.5),
        ("preorder", -1),
        ("preorder", True),
        ("delivery", "tomorrow"),
        ("delivery", "2026-01-06T18:00:00"),
        ("delivery", "0001-01-01T00:00:00+05:00"),
        ("delivery", 1767722400000),
        ("deliveryDuration", 5),
        ("deliveryDuration", "X" * 21),
        ("merchantId", "9" * 65),
        ("merchantName", "Ы" * 301),
        ("preorder", 367),
        ("kaspiDelivery", "yes"),
    ],
)
async def test_a_strange_field_is_named(stage: Callable[..., Any], field: str, value: object) -> None:
    body = one_offer(**{field: value})
    storefront, _ = stage(body)
    with pytest.raises(MalformedAnswer) as raised:
        await storefront.offers(CARD, CITY)
    assert raised.value.path == f"$.offers[0].{field}"
    assert raised.value.body == body[:BODY_EXCERPT]


@pytest.mark.parametrize("field", ["masterSku", "merchantId", "price"])
async def test_a_missing_field_is_named(stage: Callable[..., Any], field: str) -> None:
    bare = offer(1)
    del bare[field]
    storefront, _ = stage(json.dumps({"offers": [bare], "total": 1}).encode())
    with pytest.raises(MalformedAnswer, match=field):
        await storefront.offers(CARD, CITY)


@pytest.mark.parametrize("total", ['"1"', "null", "-1", "1.5", "true"])
async def test_the_total_is_a_count(stage: Callable[..., Any], total: str) -> None:
    storefront, _ = stage(b'{"offers":[],"total":%b}' % total.encode())
    with pytest.raises(MalformedAnswer) as raised:
        await storefront.offers(CARD, CITY)
    assert raised.value.path == "$.total"


async def test_a_second_price_in_one_offer_is_refused(stage: Callable[..., Any]) -> None:
    storefront, _ = stage(one_offer().replace(b'"price"', b'"price": 1, "price"'))
    with pytest.raises(MalformedAnswer, match="'price' is repeated"):
        await storefront.offers(CARD, CITY)


@pytest.mark.parametrize(
    ("sample_name", "status", "error"),
    [
        ("storefront/offers_truncated.json", 200, MalformedAnswer),
        ("storefront/block_page.html", 200, Blocked),
        ("storefront/block_page.html", 403, Blocked),
        ("storefront/offers_limit_400.json", 400, Refused),
    ],
)
async def test_samples_of_trouble(
    stage: Callable[..., Any],
    sample: Callable[[str], bytes],
    sample_name: str,
    status: int,
    error: type[KaspiError],
) -> None:
    storefront, _ = stage(Response(status, {}, sample(sample_name)))
    with pytest.raises(KaspiError) as raised:
        await storefront.offers(CARD, CITY)
    assert type(raised.value) is error


@pytest.mark.parametrize("bad", ["", " ", "80010050x", "800/100", "-1", "٨٠٠", "1" * 21, "800100500\n"])
async def test_an_id_is_checked_before_anything_is_sent(stage: Callable[..., Any], bad: str) -> None:
    storefront, transport = stage()
    with pytest.raises(ValueError, match="card_id"):
        await storefront.offers(bad, CITY)
    with pytest.raises(ValueError, match="city_id"):
        await storefront.offers(CARD, bad)
    assert transport.requests == []


@pytest.mark.parametrize("size", [0, -1, 65, 100])
def test_a_page_size_that_would_be_refused_is_refused_here(stage: Callable[..., Any], size: int) -> None:
    with pytest.raises(ValueError, match="page_size"):
        stage(page_size=size)


def test_an_address_without_a_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="base_url"):
        Storefront("kaspi.kz", EndlessTransport(), lambda: NOW)
