"""Routes of the public storefront."""

from typing import Any

import msgspec
from aiohttp import web

from sandbox.asked import Asked
from sandbox.cards_view import card_fields, find_cards, menu_fields, page_of, product_page
from sandbox.catalogue import catalogue
from sandbox.engine import Engine
from sandbox.faults import Fault, FaultKind, change_card, change_offers, hidden_merchants
from sandbox.market import Offer, Shelf
from sandbox.offers_view import has_high_rating, is_excellent, no_offers_answer, offers_answer

LARGEST_LIMIT = 64
STRUCK = web.RequestKey("struck", list[Fault])
ASKED = web.RequestKey("asked", Asked)


class OffersQuestion(msgspec.Struct, rename="camel"):
    """The body of a question for offers. Fields that do not change the answer are not read."""

    city_id: str
    merchant_uid: list[str] | str | None = msgspec.field(default=None, name="merchantUID")
    limit: int = 5
    page: int = 0
    high_rating: bool | None = None
    search_text: str | None = None
    is_excellent_merchant: bool | None = None


class Storefront:
    """Answers as the web shop does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._world = engine.world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/yml/offer-view/offers/{card_id}", self.offers, name="offers"),
            web.get("/yml/product-view/pl/results", self.results, name="results"),
            web.get("/yml/product-view/pl/filters", self.filters, name="filters"),
            web.get("/yml/main-navigation/n/n/desktop-menu", self.menu, name="menu"),
            web.get(r"/shop/p/{slug:.*?-?}{card_id:\d{6,}}{end:/?}", self.page, name="page"),
        ]

    async def offers(self, request: web.Request) -> web.Response:
        """The offers of a card in a city: price first, rating second, reviews third."""
        _check_referer(request)
        question = _read_question(await request.read())
        struck = request.get(STRUCK, [])
        shelf = self._shelf(request.match_info["card_id"], question.city_id, struck)
        answer = no_offers_answer() if shelf is None else self._answer(shelf, question, hidden_merchants(struck))
        for fault in struck:
            answer = change_offers(answer, fault)
        return _json(answer)

    async def results(self, request: web.Request) -> web.Response:
        """Cards, twelve a page."""
        return _json({"data": self._listed_cards(request)})

    async def filters(self, request: web.Request) -> web.Response:
        """The cards of `results`, in the envelope of the facets."""
        return _json({"data": {"cards": self._listed_cards(request)}})

    async def menu(self, request: web.Request) -> web.Response:
        return _json(menu_fields(catalogue().roots))

    async def page(self, request: web.Request) -> web.Response:
        """The product page. The slug is free; only the number at its end counts."""
        city_id = request.query.get("c", self._world.cities[0].id)
        shelf = self._world.market.shelf(request.match_info["card_id"], city_id)
        if shelf is None:
            raise web.HTTPNotFound
        return web.Response(text=product_page(shelf, self._world.cities), content_type="text/html")

    def _shelf(self, card_id: str, city_id: str, struck: list[Fault]) -> Shelf | None:
        """Return the shelf asked for, or another one if a fault says so."""
        kinds = {fault.kind for fault in struck}
        if FaultKind.WRONG_CARD in kinds:
            card_id = _next_after(card_id, [card.id for card in self._world.cards])
        if FaultKind.OTHER_CITY in kinds:
            city_id = _next_after(city_id, [city.id for city in self._world.cities])
        return self._world.market.shelf(card_id, city_id)

    def _answer(self, shelf: Shelf, question: OffersQuestion, hidden: set[str]) -> dict[str, Any]:
        chosen = [offer for offer in _choose(shelf, question) if offer.merchant.id not in hidden]
        start = question.page * question.limit
        return offers_answer(shelf, chosen, chosen[start : start + question.limit], self._engine.clock.now())

    def _listed_cards(self, request: web.Request) -> list[dict[str, Any]]:
        _check_referer(request)
        query = request.query
        city_id = query.get("c", self._world.cities[0].id)
        shelves = find_cards(self._world, city_id, query.get("q", ""), query.get("text", ""))
        cards = [card_fields(shelf, self._world.cities) for shelf in page_of(shelves, request[ASKED].page)]
        for fault in request.get(STRUCK, []):
            cards = [change_card(card, fault) for card in cards]
        return cards


def _check_referer(request: web.Request) -> None:
    if "Referer" not in request.headers:
        raise web.HTTPForbidden(text="Forbidden")


def _read_question(body: bytes) -> OffersQuestion:
    try:
        question = msgspec.json.decode(body, type=OffersQuestion)
    except msgspec.DecodeError as error:
        raise web.HTTPBadRequest(text=f"Bad Request: {error}") from error
    if not 1 <= question.limit <= LARGEST_LIMIT or question.page < 0:
        raise web.HTTPBadRequest(text=f"Bad Request: limit is 1 to {LARGEST_LIMIT}, page counts from 0")
    return question


def _choose(shelf: Shelf, question: OffersQuestion) -> list[Offer]:
    """Return the offers the filters let through, in order."""
    wanted = question.merchant_uid
    merchant_ids = [wanted] if isinstance(wanted, str) and wanted else wanted
    text = (question.search_text or "").casefold()
    return [
        offer
        for offer in shelf.ranked()
        if (not merchant_ids or offer.merchant.id in merchant_ids)
        and text in offer.merchant.name.casefold()
        and (not question.high_rating or has_high_rating(offer))
        and (not question.is_excellent_merchant or is_excellent(offer))
    ]


def _next_after(name: str, names: list[str]) -> str:
    """Return another name than the given one."""
    return names[(names.index(name) + 1) % len(names)] if name in names else names[0]


def _json(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
