"""Clients as strangers write them for the live shop: nothing here knows of the sandbox but the base URL."""

import json
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import aiohttp
import pytest

from sandbox.server import SandboxServer

ALMATY, ASTANA = "750000000", "710000000"
MERCHANT = "30125007"
BROWSER = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15"
MARKER = "BACKEND.components.item = "


@pytest.fixture(scope="module")
def market() -> Iterator[SandboxServer]:
    """A world with three pages of our cards, two of them crowded."""
    with SandboxServer(seed=1, cards=40, merchant_cards=30, clock="manual", paused=True) as server:
        yield server


def own_cards(market: SandboxServer) -> list[str]:
    return [product["card_id"] for product in market.control("GET", f"/_sandbox/merchants/{MERCHANT}/offers")]


def truth(market: SandboxServer, card_id: str, city_id: str) -> list[tuple[str, int]]:
    """Return merchant and price (tenge) of every offer, first place first."""
    offers = market.control("GET", f"/_sandbox/cards/{card_id}/offers?city_id={city_id}")
    return [(offer["merchant_id"], offer["price"]) for offer in offers]


def fetch(url: str, headers: dict[str, str], body: object = None) -> str:
    """Ask as a plain blocking script does: POST with a body, GET without."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(url, data, headers)  # noqa: S310 - the test's own server
    with urlopen(request, timeout=10) as response:  # noqa: S310 - the test's own server
        return str(response.read().decode(response.headers.get_content_charset() or "utf-8"))


class PriceScript:
    """A short script on a timer: one blocking POST a product, then `offers[0]`."""

    def __init__(self, base: str) -> None:
        self.base = base

    def lowest_price(self, card_id: str, city_id: str) -> int:
        headers = {
            "User-Agent": BROWSER,
            "Accept": "application/json, text/*",
            "Content-Type": "application/json",
            "Referer": f"https://kaspi.kz/shop/p/{card_id}/",
        }
        body = {
            "cityId": city_id,
            "id": card_id,
            "merchantUID": "",
            "limit": 5,
            "page": 0,
            "sort": True,
            "zoneId": ["Magnum_ZONE1"],
            "installationId": "-1",
        }
        answer = json.loads(fetch(f"{self.base}/yml/offer-view/offers/{card_id}", headers, body))
        return int(answer["offers"][0]["price"])


class OfferPager:
    """An asyncio client that wants every seller: full pages until it has as many as `total` says."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.requests = 0

    async def sellers(self, card_id: str, city_id: str) -> list[tuple[str, int]]:
        headers = {
            "User-Agent": BROWSER,
            "Accept": "application/json, text/*",
            "Content-Type": "application/json; charset=UTF-8",
            "Origin": "https://kaspi.kz",
            "Referer": f"https://kaspi.kz/shop/p/-{card_id}/?c={city_id}",
            "X-KS-City": city_id,
        }
        offers: list[dict[str, Any]] = []
        async with aiohttp.ClientSession(headers=headers, cookies={"kaspi.storefront.cookie.city": city_id}) as session:
            while True:
                page = await self._page(session, card_id, city_id, len(offers) // 64)
                offers += page["offers"]
                if len(offers) >= page["total"] or not page["offers"]:
                    return [(offer["merchantId"], round(offer["price"])) for offer in offers]

    async def _page(self, session: aiohttp.ClientSession, card_id: str, city_id: str, number: int) -> dict[str, Any]:
        body = {
            "cityId": city_id,
            "id": card_id,
            "merchantUID": [],
            "limit": 64,
            "page": number,
            "sortOption": "PRICE",
            "highRating": None,
            "searchText": None,
            "isExcellentMerchant": False,
            "installationId": "-1",
        }
        self.requests += 1
        async with session.post(f"{self.base}/yml/offer-view/offers/{card_id}", json=body) as response:
            response.raise_for_status()
            return dict(await response.json())


class ListingCrawler:
    """Collects what a merchant sells: listing pages, one after another, until one has no new id."""

    def __init__(self, base: str) -> None:
        self.base = base

    def by_results(self, merchant_id: str, city_id: str) -> dict[str, dict[str, Any]]:
        return self._walk("results", merchant_id, city_id, lambda answer: answer["data"])

    def by_filters(self, merchant_id: str, city_id: str) -> dict[str, dict[str, Any]]:
        return self._walk("filters", merchant_id, city_id, lambda answer: answer["data"]["cards"])

    def _walk(
        self, view: str, merchant_id: str, city_id: str, cards_of: Callable[[Any], list[dict[str, Any]]]
    ) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for page in range(100):
            cards = {card["id"]: card for card in cards_of(self._ask(view, merchant_id, city_id, page))}
            if cards.keys() <= found.keys():
                return found
            found = cards | found
        raise AssertionError("the listing never ends")

    def _ask(self, view: str, merchant_id: str, city_id: str, page: int) -> Any:
        query = {
            "page": page,
            "all": "false",
            "fl": "true",
            "ui": "d",
            "q": f":category:Categories:allMerchants:{merchant_id}:availableInZones:Magnum_ZONE1",
            "text": "",
            "sort": "relevance",
            "qs": "",
            "i": "-1",
            "c": city_id,
        }
        headers = {"User-Agent": BROWSER, "Accept": "application/json, text/*", "X-KS-City": city_id}
        headers["Referer"] = f"https://kaspi.kz/shop/search/?q=%3AallMerchants%3A{merchant_id}"
        return json.loads(fetch(f"{self.base}/yml/product-view/pl/{view}?{urlencode(query)}", headers))


class Scripts(HTMLParser):
    """Collects the texts of a page's scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.texts.append(data)


def item_by_decoder(page: str) -> Any:
    """Start at the assignment and let the decoder find the end."""
    item, _ = json.JSONDecoder().raw_decode(page, page.index(MARKER) + len(MARKER))
    return item


def item_by_line(page: str) -> Any:
    """Take the braces of one line, where white space follows the last one."""
    found = re.search(r"BACKEND\.components\.item = (\{.+\})\s", page)
    assert found is not None
    return json.loads(found[1])


def item_by_script(page: str) -> Any:
    """Parse the page, and take the one script that is the assignment and nothing else."""
    scripts = Scripts()
    scripts.feed(page)
    (text,) = [text for text in scripts.texts if MARKER in text]
    return json.loads(text.strip().removeprefix(MARKER))


class PageScraper:
    """Reads product pages, with one's own way of finding the data in them."""

    def __init__(self, base: str, read_item: Callable[[str], Any]) -> None:
        self.base = base
        self.read_item = read_item

    def item(self, link: str, city_id: str) -> Any:
        return self.read_item(fetch(f"{self.base}/shop{link}?c={city_id}", {"User-Agent": BROWSER}))


def test_a_price_script_reads_the_lowest_price(market: SandboxServer) -> None:
    script = PriceScript(market.url)
    for card_id in own_cards(market):
        for city_id in (ALMATY, ASTANA):
            assert script.lowest_price(card_id, city_id) == truth(market, card_id, city_id)[0][1]


async def test_a_pager_gets_every_seller_of_a_crowded_card(market: SandboxServer) -> None:
    pager = OfferPager(market.url)
    crowded, small = own_cards(market)[4], own_cards(market)[0]
    sellers = await pager.sellers(crowded, ALMATY)
    assert sellers == truth(market, crowded, ALMATY)
    assert (len(sellers) > 64, pager.requests) == (True, 2)
    assert await pager.sellers(small, ASTANA) == truth(market, small, ASTANA)
    assert pager.requests == 3


async def test_a_pager_stops_where_nobody_sells(market: SandboxServer) -> None:
    pager = OfferPager(market.url)
    assert await pager.sellers("999999999", ALMATY) == []
    assert pager.requests == 1


@pytest.mark.parametrize("walk", [ListingCrawler.by_results, ListingCrawler.by_filters])
def test_a_crawler_finds_what_a_merchant_sells(
    market: SandboxServer, walk: Callable[[ListingCrawler, str, str], dict[str, dict[str, Any]]]
) -> None:
    cards = walk(ListingCrawler(market.url), MERCHANT, ALMATY)
    assert cards.keys() == set(own_cards(market))
    for card_id, card in cards.items():
        assert (card["bestMerchant"], card["unitPrice"]) == truth(market, card_id, ALMATY)[0]
    assert walk(ListingCrawler(market.url), "99000001", ALMATY) == {}


@pytest.mark.parametrize("read_item", [item_by_decoder, item_by_line, item_by_script])
def test_a_scraper_reads_the_page_of_a_listed_card(market: SandboxServer, read_item: Callable[[str], Any]) -> None:
    scraper = PageScraper(market.url, read_item)
    for card_id, listed in ListingCrawler(market.url).by_results(MERCHANT, ASTANA).items():
        item = scraper.item(listed["shopLink"], ASTANA)
        card = item["card"]
        assert (card["id"], card["title"], card["price"]) == (card_id, listed["title"], listed["unitPrice"])
        assert card["promoConditions"] == {
            "brand": listed["brand"],
            "categoryCodes": listed["categoryCodes"],
            "baseProductCodes": listed["baseProductCodes"],
            "groups": None,
        }
        assert [crumb["title"] for crumb in item["breadcrumbs"]] == listed["category"]
