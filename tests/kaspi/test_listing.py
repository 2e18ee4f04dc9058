"""Reading a merchant's listing: pages that overlap, and prices that are not the merchant's own."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from kaspi import ListedCard, MalformedAnswer, PartialAnswer, Request, Response, Storefront
from kaspi.storefront import MAX_PAGES

CITY = "750000000"
NOW = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)


def page(*ids: int, **changes: Any) -> bytes:
    cards = [{"id": str(number), "title": "Kettle", "unitPrice": 9990} | changes for number in ids]
    return json.dumps({"data": cards}).encode()


async def cards_of(storefront: Storefront, merchant_id: str = "99000001", first_page: int = 0) -> list[ListedCard]:
    return [card async for page in storefront.listing(merchant_id, CITY, first_page) for card in page.cards]


async def test_a_listing_page(stage: Callable[..., Any], sample: Callable[[str], bytes]) -> None:
    body = sample("storefront/listing_page.json")
    storefront, _ = stage(body, body)
    assert await cards_of(storefront) == [
        ListedCard("800100500", "Blender SampleBrand X1", "SampleBrand", 17490, 4.9, 68, "99000002"),
        ListedCard("800100501", "Kettle SampleBrand K2", "SampleBrand", 9990, None, 0, None),
    ]


async def test_the_request_names_the_merchant_and_the_city(stage: Callable[..., Any]) -> None:
    storefront, transport = stage(page())
    assert await cards_of(storefront, "Old-Shop_1") == []
    (request,) = transport.requests
    url = urlsplit(request.url)
    assert request.method == "GET"
    assert request.body == b""
    assert url.path == "/yml/product-view/pl/results"
    assert parse_qs(url.query) == {
        "page": ["0"],
        "q": [":category:Categories:allMerchants:Old-Shop_1:availableInZones:750000000"],
        "sort": ["relevance"],
        "ui": ["d"],
        "i": ["-1"],
        "c": ["750000000"],
    }
    assert "Content-Type" not in request.headers
    assert request.headers["Referer"].startswith("https://kaspi.kz/shop/")


async def test_reading_stops_at_the_first_page_without_a_new_card(stage: Callable[..., Any]) -> None:
    storefront, transport = stage(page(1, 2, 3), page(3, 4), page(4, 3, 1), page(5))
    pages = [page async for page in storefront.listing("99000001", CITY)]
    assert [[card.card_id for card in page.cards] for page in pages] == [["1", "2", "3"], ["4"]]
    assert {page.read_at for page in pages} == {NOW}
    assert len(transport.requests) == 3


async def test_reading_goes_on_where_it_was_left(stage: Callable[..., Any]) -> None:
    storefront, transport = stage(page(5, 6), page(6))
    assert [card.card_id for card in await cards_of(storefront, first_page=7)] == ["5", "6"]
    assert [parse_qs(urlsplit(request.url).query)["page"] for request in transport.requests] == [["7"], ["8"]]


class EndlessTransport:
    """One new card a page, for ever."""

    def __init__(self) -> None:
        self.pages = 0

    async def send(self, request: Request) -> Response:
        self.pages += 1
        return Response(200, {}, page(self.pages))


async def test_an_endless_listing_ends() -> None:
    transport = EndlessTransport()
    with pytest.raises(PartialAnswer):
        await cards_of(Storefront("https://kaspi.kz", transport, lambda: NOW))
    assert transport.pages == MAX_PAGES


@pytest.mark.parametrize(
    ("field", "value"),
    [("id", ""), ("id", 1), ("title", None), ("unitPrice", 0), ("unitPrice", 9990.5), ("unitPrice", "9990"),
     ("rating", 6), ("reviewsQuantity", -1), ("bestMerchant", 99000001)],
)  # fmt: skip
async def test_a_strange_field_is_named(stage: Callable[..., Any], field: str, value: object) -> None:
    storefront, _ = stage(page(1, **{field: value}))
    with pytest.raises(MalformedAnswer) as raised:
        await cards_of(storefront)
    assert raised.value.path == f"$.data[0].{field}"


@pytest.mark.parametrize("merchant_id", ["", "a b", "a:b", "a/b", "магазин", "a\n", "x" * 65])
async def test_an_id_is_checked_before_anything_is_sent(stage: Callable[..., Any], merchant_id: str) -> None:
    storefront, transport = stage()
    with pytest.raises(ValueError, match="merchant_id"):
        await cards_of(storefront, merchant_id)
    assert transport.requests == []
