"""
The public storefront: who offers a card in a city and at what price, and what a merchant lists.

Nothing here is documented by Kaspi. Paths, fields and limits are what public clients recorded up to 2026:
the list of offers answers to POST only, 64 offers a page are taken and 100 are refused, an unknown card
answers with an empty list. So the reading is strict: whatever does not fit is an error, never a guess.
"""

import re
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from msgspec import Meta, Struct

from kaspi.answers import accepted_body, decode
from kaspi.errors import MalformedAnswer, PartialAnswer, Refused
from kaspi.transport import USER_AGENT, Request, Transport
from kaspi.types import CardOffers, ListedCard, ListedPage, Offer

PAGE_SIZE = 64
"""Offers a page. The largest number the storefront is known to take."""

MAX_PAGES = 200
"""Pages of one list. A longer one is not read: 12,800 sellers of one card, or 2,400 cards of one merchant."""

_NUMBER = re.compile(r"[0-9]{1,20}")
_MERCHANT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

NonEmpty = Annotated[str, Meta(min_length=1)]
Count = Annotated[int, Meta(ge=0)]
Rating = Annotated[float, Meta(ge=0, le=5)]
Moment = Annotated[datetime, Meta(tz=True)]
# The storefront writes tenge as 17490.0. Nothing is sold there for more than a hundred million; what says so is a slip
# or another unit, and no caller has to find room for it.
Tenge = Annotated[float, Meta(gt=0, le=100_000_000, multiple_of=1)]
# Longer than anything seen, and short enough that every caller may set a bound of his own.
MerchantId = Annotated[str, Meta(min_length=1, max_length=64)]
Name = Annotated[str, Meta(max_length=300)]
Word = Annotated[str, Meta(max_length=20)]
Days = Annotated[int, Meta(ge=0, le=366)]


class _WireOffer(Struct, rename="camel", gc=False):
    master_sku: str
    merchant_id: MerchantId
    price: Tenge
    merchant_name: Name | None = None
    merchant_sku: str | None = None
    merchant_rating: Rating | None = None
    merchant_reviews_quantity: Count | None = None
    preorder: Days | None = None
    delivery: Moment | None = None
    delivery_duration: Word | None = None
    kaspi_delivery: bool | None = None


class _WireOffers(Struct):
    offers: list[_WireOffer]
    total: Count


class _WireCard(Struct, rename="camel", gc=False):
    id: NonEmpty
    title: str
    unit_price: Tenge
    brand: str | None = None
    rating: Rating | None = None
    reviews_quantity: Count | None = None
    best_merchant: str | None = None


class _WireListing(Struct):
    data: list[_WireCard]


_OFFERS = msgspec.json.Decoder(_WireOffers)
_LISTING = msgspec.json.Decoder(_WireListing)


class Storefront:
    """
    A reader of the storefront. One method call may be several requests, one after the other.

    `base_url` is `https://kaspi.kz` or a sandbox; `clock` gives aware UTC; `page_size` is 1..64 offers.
    `user_agent` should look like a browser's, because requests with a library's own name are left hanging or
    are throttled at once.

    Every method raises Unavailable, Throttled, Blocked, Refused, MalformedAnswer and PartialAnswer as
    `kaspi.errors` explains them, and ValueError for an id that cannot be one, before anything is sent.
    """

    def __init__(
        self,
        base_url: str,
        transport: Transport,
        clock: Callable[[], datetime],
        page_size: int = PAGE_SIZE,
        *,
        user_agent: str = USER_AGENT,
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ValueError(f"base_url is {base_url!r}, expected an http or https address")
        if not 1 <= page_size <= PAGE_SIZE:
            raise ValueError(f"page_size is {page_size!r}, expected 1..{PAGE_SIZE}")
        self._base_url = base_url.rstrip("/")
        self._transport = transport
        self._clock = clock
        self._page_size = page_size
        self._user_agent = user_agent

    async def offers(self, card_id: str, city_id: str) -> CardOffers:
        """
        All offers of the card in the city, whole or not at all.

        An empty list (`total` 0) is returned as such and means *unknown*: a card that does not exist, or is
        not sold in the city, answers the same way as a card nobody offers. Callers hold on it.

        PartialAnswer is raised when a later page is refused, a merchant appears twice, the total changes
        between pages, or the merchants read are not as many as the total says. A later page that meets a
        block, a throttle or a time-out raises that error instead, because it says how long to keep away.
        """
        _check("card_id", card_id, _NUMBER)
        _check("city_id", city_id, _NUMBER)
        read_at = self._clock()
        pages = _OfferPages(card_id)
        for page in range(MAX_PAGES):
            pages.add(await self._offers_page(card_id, city_id, page))
            if pages.is_complete:
                return CardOffers(card_id, city_id, tuple(pages.offers.values()), read_at)
        raise PartialAnswer(f"{pages.total} offers do not fit into {MAX_PAGES} pages", "$.total")

    async def listing(self, merchant_id: str, city_id: str, first_page: int = 0) -> AsyncGenerator[ListedPage, None]:
        """
        The cards on which the merchant has an offer in the city, in the marketplace's order, page by page.

        The price and the best merchant of each are those of the cheapest seller, not of the merchant who
        was asked for: a listing tells that something moved, never what the merchant's own price is. Pages
        hold a dozen cards, overlap and repeat at the end: a card comes once, and reading stops at the first
        page without a new card. Whoever has enough may stop earlier, and begin with a later page next time.
        """
        _check("merchant_id", merchant_id, _MERCHANT_ID)
        _check("city_id", city_id, _NUMBER)
        known: set[str] = set()
        for page in range(first_page, first_page + MAX_PAGES):
            read_at = self._clock()
            cards = {card.id: _listed_card(card) for card in await self._listing_page(merchant_id, city_id, page)}
            new = tuple(card for card_id, card in cards.items() if card_id not in known)
            if not new:
                return
            known |= cards.keys()
            yield ListedPage(new, read_at)
        raise PartialAnswer(f"{MAX_PAGES} pages of the listing, and still new cards", "$.data")

    async def _offers_page(self, card_id: str, city_id: str, page: int) -> bytes:
        question = {
            "cityId": city_id,
            "id": card_id,
            "merchantUID": [],
            "limit": self._page_size,
            "page": page,
            "sortOption": "PRICE",
            "installationId": "-1",
        }
        headers = self._headers(city_id, f"/shop/p/-{card_id}/?c={city_id}")
        request = Request(
            "POST",
            f"{self._base_url}/yml/offer-view/offers/{card_id}",
            headers | {"Content-Type": "application/json; charset=UTF-8"},
            msgspec.json.encode(question),
        )
        try:
            return await self._body(request)
        except Refused as refused:
            if page == 0:
                raise
            raise PartialAnswer(f"page {page} was refused: {refused}") from refused

    async def _listing_page(self, merchant_id: str, city_id: str, page: int) -> list[_WireCard]:
        query = urlencode(
            {
                "page": page,
                "q": f":category:Categories:allMerchants:{merchant_id}:availableInZones:{city_id}",
                "text": "",
                "sort": "relevance",
                "qs": "",
                "ui": "d",
                "i": "-1",
                "c": city_id,
            },
        )
        request = Request(
            "GET",
            f"{self._base_url}/yml/product-view/pl/results?{query}",
            self._headers(city_id, f"/shop/?c={city_id}"),
        )
        return decode(await self._body(request), _LISTING, "data").data

    async def _body(self, request: Request) -> bytes:
        response = await self._transport.send(request)
        return accepted_body(response, self._clock())

    def _headers(self, city_id: str, page: str) -> dict[str, str]:
        """The headers of a browser on one of the shop's pages; without a Referer there is no answer."""
        return {
            "Accept": "application/json, text/*",
            "Origin": self._base_url,
            "Referer": self._base_url + page,
            "User-Agent": self._user_agent,
            "X-KS-City": city_id,
        }


class _OfferPages:
    """The offers of a card while its pages come in, by merchant."""

    def __init__(self, card_id: str) -> None:
        self._card_id = card_id
        self.offers: dict[str, Offer] = {}
        self.total: int | None = None

    @property
    def is_complete(self) -> bool:
        return len(self.offers) == self.total

    def add(self, body: bytes) -> None:
        """Take one page in. Raises MalformedAnswer, or PartialAnswer where it does not fit the others."""
        page = decode(body, _OFFERS, "offers")
        if self.total is None:
            self.total = page.total
        if page.total != self.total:
            raise PartialAnswer(f"the total changed from {self.total} to {page.total}", "$.total", body)
        for index, offer in enumerate(page.offers):
            self._add_offer(offer, index, body)
        if len(self.offers) > self.total or not (page.offers or self.is_complete):
            what = f"{len(self.offers)} offers came, {self.total} were announced"
            raise PartialAnswer(what, "$.total", body)

    def _add_offer(self, offer: _WireOffer, index: int, body: bytes) -> None:
        if offer.master_sku != self._card_id:
            what = f"card {offer.master_sku[:50]!r} instead of {self._card_id!r}"
            raise MalformedAnswer(what, f"$.offers[{index}].masterSku", body)
        if offer.merchant_id in self.offers:
            what = f"merchant {offer.merchant_id[:50]!r} came twice"
            raise PartialAnswer(what, f"$.offers[{index}].merchantId", body)
        try:
            self.offers[offer.merchant_id] = _offer(offer, place=len(self.offers) + 1)
        except OverflowError as error:
            what = f"{offer.delivery} is beyond the calendar of UTC"
            raise MalformedAnswer(what, f"$.offers[{index}].delivery", body) from error


def _offer(offer: _WireOffer, place: int) -> Offer:
    """Raises OverflowError for a moment that UTC cannot express."""
    return Offer(
        card_id=offer.master_sku,
        merchant_id=offer.merchant_id,
        merchant_name=offer.merchant_name or "",
        merchant_sku=offer.merchant_sku or "",
        price=int(offer.price),
        rating=offer.merchant_rating or None,
        reviews=offer.merchant_reviews_quantity or 0,
        preorder_days=offer.preorder or 0,
        delivers_at=offer.delivery and offer.delivery.astimezone(UTC),
        delivery_duration=offer.delivery_duration,
        kaspi_delivery=offer.kaspi_delivery or False,
        place=place,
    )


def _listed_card(card: _WireCard) -> ListedCard:
    return ListedCard(
        card_id=card.id,
        title=card.title,
        brand=card.brand,
        lowest_price=int(card.unit_price),
        rating=card.rating or None,
        reviews=card.reviews_quantity or 0,
        best_merchant=card.best_merchant,
    )


def _check(name: str, value: str, pattern: re.Pattern[str]) -> None:
    if not pattern.fullmatch(value):
        raise ValueError(f"{name} is {value!r}, expected {pattern.pattern}")
