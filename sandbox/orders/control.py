"""The orders behind the scenes: place them, see everything of them, and play buyers and couriers by hand."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Literal

import msgspec
from aiohttp import web

from sandbox.catalogue import City
from sandbox.clock import DAY, iso
from sandbox.control_wire import ControlError, json_answer, read_body
from sandbox.engine import Engine
from sandbox.merchants import OWN_MERCHANT_ID
from sandbox.orders.checkout import Basket, Line
from sandbox.orders.order import Delivery, Fate, Mode, Order, Payment, Reason
from sandbox.orders.past import fill_past
from sandbox.seller import Product, Seller

MOST_PAST_ORDERS = 100_000


class WantedLine(msgspec.Struct, forbid_unknown_fields=True):
    """One article of an order placed by hand; `weight` is grams, for goods sold by weight."""

    sku: str
    quantity: Annotated[int, msgspec.Meta(ge=1)] = 1
    unit_type: Literal["PIECES", "MEASURABLE", "MEASURABLE_PIECES"] = "PIECES"
    weight: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class WantedOrder(msgspec.Struct, forbid_unknown_fields=True):
    """An order placed by hand. Nothing happens to it by chance: its fate is the usual one or the one told."""

    lines: Annotated[list[WantedLine], msgspec.Meta(min_length=1)]
    merchant_id: str = OWN_MERCHANT_ID
    point: str = "PP1"
    mode: Mode = Mode.LOCAL
    by_kaspi: bool = True
    express: bool = False
    credit_months: int = 0
    signature_required: bool = False
    preorder_days: Annotated[int, msgspec.Meta(ge=0, le=30)] = 0
    fate: Fate = msgspec.field(default_factory=Fate)


class Happening(msgspec.Struct, forbid_unknown_fields=True):
    """What a buyer, a courier, the marketplace, or the seller in its cabinet does to an order."""

    event: Literal[
        "cancels", "signs", "hands_over", "delivers", "refuses", "asks_return", "accepts_return", "loses_patience"
    ]


class Past(msgspec.Struct, forbid_unknown_fields=True):
    """How many orders a merchant has behind him, spread over so many days."""

    orders: Annotated[int, msgspec.Meta(ge=1, le=MOST_PAST_ORDERS)]
    days: Annotated[float, msgspec.Meta(gt=0, le=720)]


class OrdersControl:
    """Obeys whoever runs the sandbox, about orders."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._world = engine.world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/_sandbox/orders", self.orders),
            web.post("/_sandbox/orders", self.place),
            web.get("/_sandbox/orders/{code}", self.order),
            web.post("/_sandbox/orders/{code}/happenings", self.let_happen),
            web.post("/_sandbox/merchants/{merchant}/past-orders", self.fill_past),
        ]

    async def orders(self, request: web.Request) -> web.Response:
        """Orders for the sellers' own goods, oldest first."""
        return json_answer([_fields(order) for order in self._world.book.orders])

    async def order(self, request: web.Request) -> web.Response:
        return json_answer(_fields(self._find(request)))

    async def place(self, request: web.Request) -> web.Response:
        """Buy by hand. The goods are taken from no stock."""
        body = await read_body(request, WantedOrder)
        seller = self._seller(body.merchant_id)
        if body.point not in seller.points:
            raise ControlError(404, f"no point {body.point!r}; points are {', '.join(seller.points)}")
        city = self._city(seller.points[body.point].city_id)
        lines = tuple(_line(self._product(seller, line.sku), line, city) for line in body.lines)
        basket = Basket(
            merchant_id=body.merchant_id,
            city=city,
            point=body.point,
            lines=lines,
            preorder_days=body.preorder_days,
            delivery=Delivery(body.mode, body.by_kaspi, body.express),
            payment=Payment(body.credit_months, body.signature_required),
            fate=body.fate,
        )
        return json_answer(_fields(self._world.book.place(basket, self._engine.clock.now())))

    async def let_happen(self, request: web.Request) -> web.Response:
        order = self._find(request)
        body = await read_body(request, Happening)
        life = self._world.book.life
        happenings: dict[str, Callable[[Order, float], None]] = {
            "cancels": partial(life.cancel, reason=Reason.BUYER_CANCELLATION_HIMSELF),
            "signs": life.enter_tray,
            "hands_over": life.hand_over,
            "delivers": life.complete,
            "refuses": partial(life.cancel, reason=Reason.BUYER_CANCELLATION_BY_COURIER),
            "asks_return": life.ask_return,
            "accepts_return": life.accept_return,
            "loses_patience": partial(life.cancel, reason=Reason.TIMEOUT_BUYER_PICKUP),
        }
        happenings[body.event](order, self._engine.clock.now())
        return json_answer(_fields(order))

    async def fill_past(self, request: web.Request) -> web.Response:
        """Give the merchant orders of the past, most of them over."""
        seller = self._seller(request.match_info["merchant"])
        body = await read_body(request, Past)
        if self._world.book.orders:
            raise ControlError(400, "there are orders already; the past comes first")
        fill_past(self._world.book, seller, self._world.cities, body.orders, body.days * DAY, self._engine.clock.now())
        return json_answer({"orders": len(self._world.book.orders)})

    def _find(self, request: web.Request) -> Order:
        code = request.match_info["code"]
        for seller in self._world.sellers:
            order = self._world.book.find(seller, code)
            if order is not None:
                return order
        raise ControlError(404, f"no order {code!r}")

    def _seller(self, merchant_id: str) -> Seller:
        seller = self._world.sellers.get(merchant_id)
        if seller is None:
            raise ControlError(404, f"merchant {merchant_id} sells nothing here; {', '.join(self._world.sellers)} does")
        return seller

    def _product(self, seller: Seller, sku: str) -> Product:
        product = seller.products.get(sku)
        if product is None:
            raise ControlError(404, f"no product {sku!r}")
        return product

    def _city(self, city_id: str) -> City:
        return next(city for city in self._world.cities if city.id == city_id)


def _line(product: Product, line: WantedLine, city: City) -> Line:
    price = product.prices.get(city.id, product.card.base_price)
    return Line(product.sku, product.card, line.quantity, price, line.unit_type, line.weight)


def _fields(order: Order) -> dict[str, Any]:
    """Return everything that a test may want to know, the buyer's code included."""
    return {
        "code": order.code,
        "merchant_id": order.merchant_id,
        "city_id": order.city_id,
        "point": order.point,
        "at": iso(order.placed_at),
        "state": order.state,
        "status": order.status,
        "assembled": order.assembled,
        "waybill_number": order.waybill_number,
        "handed_over": order.handed_over_at is not None,
        "reason": order.reason,
        "comment": order.comment,
        "security_code": order.security_code,
        "delivery": asdict(order.delivery),
        "entries": [
            {"sku": entry.sku, "quantity": entry.quantity, "price": entry.price, "imeis": entry.imeis}
            for entry in order.entries
        ],
        "done": order.done,
    }
