"""The control API: look behind the scenes, move the clock, break things. Everything under `/_sandbox/`."""

from dataclasses import asdict
from typing import Annotated, Any

import msgspec
from aiohttp import web

from sandbox.catalogue import City
from sandbox.clock import iso
from sandbox.control_wire import ControlError, json_answer, read_body
from sandbox.engine import Engine, RealClockError
from sandbox.faults import Fault, FaultKind, Faults
from sandbox.merchants import Merchant
from sandbox.puller import Pull, Subscription
from sandbox.registrations import Registration, StateError
from sandbox.request_log import RequestLog
from sandbox.seller import Product, Seller
from sandbox.world import UnknownNameError

PREFIX = "/_sandbox/"
LONGEST_ADVANCE = 366 * 24 * 3600

Fields = dict[str, Any]


class Advance(msgspec.Struct, forbid_unknown_fields=True):
    """How far to move a manual clock, in seconds."""

    advance: Annotated[float, msgspec.Meta(ge=0, le=LONGEST_ADVANCE)]


class PriceListAddress(msgspec.Struct, forbid_unknown_fields=True):
    """Where to pull a price list from; login and password are optional."""

    url: str
    login: str | None = None
    password: str | None = None


class HandPrice(msgspec.Struct, forbid_unknown_fields=True):
    """A price set by hand, in tenge; null leaves the card."""

    city_id: str
    price: Annotated[int, msgspec.Meta(ge=1)] | None


class TokenState(msgspec.Struct, forbid_unknown_fields=True):
    """Whether a merchant's token opens nothing."""

    revoked: bool


class ActorsState(msgspec.Struct, forbid_unknown_fields=True):
    """Whether rivals and buyers stand still."""

    paused: bool


class Control:
    """Answers and obeys whoever runs the sandbox."""

    def __init__(self, engine: Engine, faults: Faults, requests: RequestLog) -> None:
        self._engine = engine
        self._world = engine.world
        self._faults = faults
        self._requests = requests

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_sandbox/state", self.state),
            web.post("/_sandbox/clock", self.move_clock),
            web.put("/_sandbox/actors", self.pause_actors),
            web.get("/_sandbox/merchants/{merchant}", self.merchant),
            web.get("/_sandbox/merchants/{merchant}/offers", self.products),
            web.put("/_sandbox/merchants/{merchant}/price-list", self.register_price_list),
            web.post("/_sandbox/merchants/{merchant}/pull", self.pull),
            web.get("/_sandbox/merchants/{merchant}/pulls", self.pulls),
            web.get("/_sandbox/cards/{card}/offers", self.card_offers),
            web.put("/_sandbox/cards/{card}/offers/{merchant}", self.set_price),
            web.put("/_sandbox/merchants/{merchant}/token", self.revoke_token),
            web.get("/_sandbox/faults", self.list_faults),
            web.delete("/_sandbox/faults", self.clear_faults),
            web.put("/_sandbox/faults/{name}", self.put_fault),
            web.delete("/_sandbox/faults/{name}", self.remove_fault),
            web.get("/_sandbox/requests", self.list_requests),
            web.delete("/_sandbox/requests", self.clear_requests),
        ]

    async def state(self, request: web.Request) -> web.Response:
        config = self._engine.config
        return json_answer(
            {
                "now": iso(self._engine.clock.now()),
                "seed": config.seed,
                "clock": config.clock,
                "paused": self._world.paused,
                "pull_every": config.pull_every,
                "tempo": config.tempo,
                "counts": {
                    "cards": len(self._world.cards),
                    "merchants": len(self._world.merchants),
                    "offers": sum(len(shelf) for shelf in self._world.market),
                    "orders": len(self._world.book.orders),
                    "purchases": self._world.book.purchases,
                    "requests": self._requests.total,
                },
            }
        )

    async def move_clock(self, request: web.Request) -> web.Response:
        body = await read_body(request, Advance)
        try:
            await self._engine.advance(body.advance)
        except RealClockError as error:
            raise ControlError(400, str(error)) from error
        return await self.state(request)

    async def pause_actors(self, request: web.Request) -> web.Response:
        body = await read_body(request, ActorsState)
        self._engine.set_paused(paused=body.paused)
        return json_answer({"paused": body.paused})

    async def merchant(self, request: web.Request) -> web.Response:
        merchant = self._merchant(request)
        seller = self._world.sellers.get(merchant.id)
        subscription = self._engine.puller.subscriptions.get(merchant.id)
        return json_answer(
            {
                "id": merchant.id,
                "name": merchant.name,
                "rating": merchant.rating,
                "reviews": merchant.reviews,
                "character": merchant.character,
                "points": [] if seller is None else [asdict(point) for point in seller.points.values()],
                "token": self._world.access.tokens.get(merchant.id),
                "price_list": _subscription_fields(subscription),
                "last_pull": _pull_fields(subscription.log[-1]) if subscription and subscription.log else None,
            }
        )

    async def products(self, request: web.Request) -> web.Response:
        seller = self._seller(request)
        return json_answer([_product_fields(seller, product) for product in seller.products.values()])

    async def register_price_list(self, request: web.Request) -> web.Response:
        seller = self._seller(request)
        body = await read_body(request, PriceListAddress)
        try:
            registration = Registration(body.url, body.login or "", body.password or "")
            self._engine.register_price_list(seller.merchant.id, registration)
        except ValueError as error:
            raise ControlError(400, str(error)) from error
        except StateError as error:
            raise ControlError(500, str(error)) from error
        return json_answer(_subscription_fields(self._engine.puller.subscriptions[seller.merchant.id]))

    async def pull(self, request: web.Request) -> web.Response:
        merchant_id = self._seller(request).merchant.id
        if merchant_id not in self._engine.puller.subscriptions:
            raise ControlError(400, f"merchant {merchant_id} has no price list; PUT its url to .../price-list first")
        return json_answer(_pull_fields(await self._engine.puller.pull(merchant_id)))

    async def pulls(self, request: web.Request) -> web.Response:
        """Every pull still remembered, oldest first."""
        subscription = self._engine.puller.subscriptions.get(self._seller(request).merchant.id)
        return json_answer([] if subscription is None else [_pull_fields(pull) for pull in subscription.log])

    async def card_offers(self, request: web.Request) -> web.Response:
        """The plain truth about a card in a city, whatever faults are on."""
        city_id = request.query.get("city_id", "")
        try:
            shelf = self._world.shelf(request.match_info["card"], city_id)
        except UnknownNameError as error:
            raise ControlError(404, f"{error}; cities are {_city_list(self._world.cities)}") from error
        return json_answer(
            [
                {
                    "place": place,
                    "merchant_id": offer.merchant.id,
                    "merchant_name": offer.merchant.name,
                    "character": offer.merchant.character,
                    "sku": offer.sku,
                    "price": offer.price,
                    "preorder": offer.preorder_days,
                    "rating": offer.merchant.rating,
                    "reviews": offer.merchant.reviews,
                }
                for place, offer in enumerate(shelf.ranked(), start=1)
            ]
        )

    async def set_price(self, request: web.Request) -> web.Response:
        body = await read_body(request, HandPrice)
        card_id, merchant_id = request.match_info["card"], request.match_info["merchant"]
        try:
            self._world.set_price(card_id, body.city_id, merchant_id, body.price)
        except UnknownNameError as error:
            raise ControlError(404, str(error)) from error
        return json_answer(
            {"card_id": card_id, "city_id": body.city_id, "merchant_id": merchant_id, "price": body.price}
        )

    async def revoke_token(self, request: web.Request) -> web.Response:
        """Make the merchant's token useless, or good again."""
        merchant_id = self._seller(request).merchant.id
        body = await read_body(request, TokenState)
        revoked = self._world.access.revoked
        (revoked.add if body.revoked else revoked.discard)(merchant_id)
        return json_answer({"revoked": body.revoked})

    async def list_faults(self, request: web.Request) -> web.Response:
        return json_answer(self._faults.active())

    async def put_fault(self, request: web.Request) -> web.Response:
        """Switch a fault on. Where the body names no kind, the fault's name is its kind."""
        name = request.match_info["name"]
        body = await read_body(request, dict[str, Any])
        try:
            fault = msgspec.convert({"kind": name} | body, Fault)
        except msgspec.ValidationError as error:
            raise ControlError(400, f"read {name!r} with {body}: {error}; kinds are {', '.join(FaultKind)}") from error
        self._faults.put(name, fault)
        return json_answer(fault)

    async def remove_fault(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if not self._faults.remove(name):
            raise ControlError(404, f"no fault {name!r}; active are {list(self._faults.active())}")
        return json_answer({"removed": name})

    async def clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return json_answer({})

    async def list_requests(self, request: web.Request) -> web.Response:
        return json_answer(self._requests.report())

    async def clear_requests(self, request: web.Request) -> web.Response:
        self._requests.clear()
        return json_answer({})

    def _merchant(self, request: web.Request) -> Merchant:
        merchant_id = request.match_info["merchant"]
        merchant = self._world.merchants.get(merchant_id)
        if merchant is None:
            raise ControlError(404, f"no merchant {merchant_id!r}")
        return merchant

    def _seller(self, request: web.Request) -> Seller:
        merchant = self._merchant(request)
        seller = self._world.sellers.get(merchant.id)
        if seller is None:
            sellers = ", ".join(self._world.sellers)
            raise ControlError(404, f"merchant {merchant.id} has no price list of his own; {sellers} has")
        return seller


def _product_fields(seller: Seller, product: Product) -> Fields:
    return {
        "sku": product.sku,
        "card_id": product.card.id,
        "model": product.model,
        "brand": product.card.brand,
        "category_code": product.card.category.master_code,
        "category_title": product.card.category.title,
        "weight_g": product.card.weight_g,
        "cost": product.cost,
        "prices": product.prices,
        "points": {
            code: {"available": state.available, "stock": state.stock, "preorder": state.preorder_days}
            for code, state in product.points.items()
        },
        "on_sale": seller.is_on_sale(product),
    }


def _subscription_fields(subscription: Subscription | None) -> Fields | None:
    """Return the settings of the pull. The password stays inside."""
    if subscription is None:
        return None
    registration = subscription.registration
    return {
        "url": registration.url,
        "login": registration.login,
        "has_password": bool(registration.password),
        "next_pull_at": iso(subscription.next_pull_at),
    }


def _pull_fields(pull: Pull) -> Fields:
    return {
        "time": iso(pull.at),
        "status": pull.status,
        "bytes": pull.size,
        "changed": pull.changed,
        "reason": pull.reason,
        **asdict(pull.outcome),
    }


def _city_list(cities: tuple[City, ...]) -> str:
    return ", ".join(f"{city.id} {city.name}" for city in cities)
