"""A seller's program that talks to the orders' API without a network, and orders to talk about."""

import json
from pathlib import Path
from typing import Any

from multidict import CIMultiDict

from sandbox.config import MANUAL_CLOCK_STARTS_AT, WorldConfig
from sandbox.faults import FaultKind
from sandbox.orders.api import Call, OrdersApi, Reply
from sandbox.orders.checkout import Basket, Line
from sandbox.orders.order import Address, Delivery, Fate, Mode, Order, Payment, State, encode_id
from sandbox.world import World

SAMPLES = Path(__file__).parents[1] / "samples" / "orders"
OWN = "30125007"
ROOT = "https://kaspi.kz/shop/api"
ADDRESS = Address("Алматы", "ул. Примерная", "1", "5", 43.2, 76.9)

BY_KASPI = Delivery(Mode.LOCAL, by_kaspi=True, address=ADDRESS)
COLLECTED = Delivery(Mode.PICKUP, by_kaspi=False)
OWN_COURIER = Delivery(Mode.LOCAL, by_kaspi=False, address=ADDRESS)
UNSIGNED = Payment(12, signature_required=True)


def sample(name: str) -> Any:
    """A sample, decoded."""
    return json.loads((SAMPLES / f"{name}.json").read_text())


class Desk:
    """A small world in which nobody else acts, and calls to its merchant API."""

    def __init__(self, starts_at: float = MANUAL_CLOCK_STARTS_AT) -> None:
        # Rivals and buyers are so slow that none of them has a turn; orders keep their own times.
        self.world = World(WorldConfig(seed=1, cards=3, merchant_cards=3, clock="manual", tempo=1e-9), starts_at)
        self.api = OrdersApi(self.world.book, self.world.access, self.world.sellers, self.world.cities)
        self.token = self.world.access.tokens[OWN]

    def place(
        self,
        delivery: Delivery = BY_KASPI,
        *,
        payment: Payment = Payment(),  # noqa: B008 - frozen
        fate: Fate = Fate(),  # noqa: B008 - frozen
        preorder_days: int = 0,
        quantity: int = 2,
        lines: int = 1,
        unit_type: str = "PIECES",
        weight: float = 0.0,
    ) -> Order:
        products = list(self.world.sellers[OWN].products.values())[:lines]
        wanted = tuple(Line(product.sku, product.card, quantity, 17_990, unit_type, weight) for product in products)
        basket = Basket(OWN, self.world.cities[0], "PP1", wanted, preorder_days, delivery, payment, fate)
        return self.world.book.place(basket, self.world.now)

    def placed(self, tray: State, **more: Any) -> Order:
        """An order that lies in the tray, accepted."""
        delivery = {State.PICKUP: COLLECTED, State.DELIVERY: OWN_COURIER}.get(tray, BY_KASPI)
        order = self.place(delivery, **more)
        self.world.book.rules.accept(order, self.world.now)
        return order

    def wait(self, seconds: float) -> None:
        self.world.advance_to(self.world.now + seconds)

    def ask(self, method: str, path: str, body: object = None, **settings: Any) -> Reply:
        accept = "application/vnd.api+json" if path.startswith("/v2/") else "*/*"
        headers = CIMultiDict({"X-Auth-Token": self.token, "Accept": accept})
        headers.update(settings.pop("headers", {}))
        call = Call(
            method,
            path,
            ROOT,
            headers=headers,
            body=b"" if body is None else json.dumps(body).encode(),
            query=settings.pop("query", {}),
            lies=frozenset(settings.pop("lies", ())),
        )
        return self.api.answer(call, self.world.now)

    def read(self, method: str, path: str, body: object = None, **settings: Any) -> Any:
        """The decoded answer of a call that must succeed."""
        reply = self.ask(method, path, body, **settings)
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def title(self, method: str, path: str, body: object = None, **settings: Any) -> str:
        """The title of a refusal with status 400."""
        reply = self.ask(method, path, body, **settings)
        assert reply.status == 400, (reply.status, reply.body)
        return str(json.loads(reply.body)["errors"][0]["title"])

    def listed(self, *lies: FaultKind, **filters: object) -> Any:
        """A page of orders of the last 13 days; names of filters as in `state`, and `page`, `size`, `include`."""
        now_ms = round(self.world.now * 1000)
        query = {
            "page[number]": str(filters.pop("page", 0)),
            "page[size]": str(filters.pop("size", 100)),
            "filter[orders][creationDate][$ge]": str(filters.pop("since", now_ms - 13 * 86_400_000)),
        }
        if "include" in filters:
            query["include[orders]"] = str(filters.pop("include"))
        query |= {f"filter[orders][{name}]": str(value) for name, value in filters.items()}
        return self.read("GET", "/v2/orders", query=query, lies=lies)

    def verb(self, order: Order, status: str, **attributes: object) -> dict[str, object]:
        """The body of a change of status."""
        fields = {"code": order.code, "status": status, **attributes}
        return {"data": {"type": "orders", "id": encode_id(order.code), "attributes": fields}}

    def change(self, order: Order, status: str, **attributes: object) -> Any:
        return self.read("POST", "/v2/orders", self.verb(order, status, **attributes))

    def refused(self, order: Order, status: str, **attributes: object) -> str:
        return self.title("POST", "/v2/orders", self.verb(order, status, **attributes))

    def issue(self, order: Order, code: str | None) -> Reply:
        headers = {} if code is None else {"X-Security-Code": code, "X-Send-Code": "true"}
        return self.ask("POST", "/v2/orders", self.verb(order, "COMPLETED"), headers=headers)


def unlike(sent: Any, known: Any, path: str = "$") -> list[str]:
    """Where an answer differs from a sample: fields that are missing or new, values of another kind. Null fits all."""
    if sent is None or known is None:
        return []
    if isinstance(sent, dict) and isinstance(known, dict):
        odd = [f"{path}.{name}" for name in sent.keys() ^ known.keys()]
        return odd + [
            fault for name in sent.keys() & known.keys() for fault in unlike(sent[name], known[name], f"{path}.{name}")
        ]
    if isinstance(sent, list) and isinstance(known, list):
        return unlike(sent[0], known[0], f"{path}[]") if sent and known else []
    return [] if type(sent) is type(known) else [f"{path}: {sent!r} for {known!r}"]
