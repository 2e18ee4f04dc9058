"""
The orders side of the merchant API: a call comes in, a reply goes out, and orders may have changed.

It knows nothing of HTTP servers, so a test may call it without one.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sandbox.access import Access, AccessError, accepts
from sandbox.catalogue import City
from sandbox.faults import FaultKind
from sandbox.orders.book import OrderBook
from sandbox.orders.order import Entry, Order, decode_id
from sandbox.orders.question import QuestionError, read_question, tidy
from sandbox.orders.resources import Fields, Resources, kept, milliseconds
from sandbox.orders.rules import RuleError, entry_of
from sandbox.orders.waybill import waybill_pdf
from sandbox.seller import Seller

JSON_API = "application/vnd.api+json"
SEND_CODE = {"true", "True"}
JSON = "application/json"
PDF = "application/pdf"

_NOTHING: frozenset[FaultKind] = frozenset()


@dataclass(frozen=True, slots=True)
class Call:
    """
    One request: `path` is the one below `/shop/api`, `root` the address of `/shop/api`. Header names are looked up as
    they are written in the guide. `lies` are the faults that change what is answered or done.
    """

    method: str
    path: str
    root: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    lies: frozenset[FaultKind] = _NOTHING


@dataclass(frozen=True, slots=True)
class Reply:
    """What comes back."""

    status: int
    body: bytes
    content_type: str = JSON_API


class _RefusedError(Exception):
    """The call is not answered: an HTTP status and the title of the error."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title


_NOT_FOUND = "Resource is not found."


class OrdersApi:
    """Answers for every merchant who has a token."""

    def __init__(
        self, book: OrderBook, access: Access, sellers: Mapping[str, Seller], cities: tuple[City, ...]
    ) -> None:
        self._book = book
        self._access = access
        self._sellers = sellers
        self._cities = {city.id: city for city in cities}

    def answer(self, call: Call, now: float) -> Reply:
        """Answer at the moment `now`. Whatever is wrong becomes the API's list of errors."""
        try:
            merchant_id = self._access.merchant_of(call.headers)
            _check_accept(call)
            return _Visit(self._book, self._sellers[merchant_id], self._cities, call, now).answer()
        except (AccessError, _RefusedError) as error:
            return _errors(error.status, error.title)
        except (QuestionError, RuleError) as error:
            return _errors(400, str(error))


class _Visit:
    """One call of one merchant."""

    def __init__(self, book: OrderBook, seller: Seller, cities: dict[str, City], call: Call, now: float) -> None:
        self._book = book
        self._merchant_id = seller.merchant.id
        self._cities = cities
        self._call = call
        self._now = now
        self._resources = Resources(f"{call.root}/v2", seller.points, cities, call.lies)

    def answer(self) -> Reply:
        for method, pattern, handler in _ROUTES:
            found = pattern.fullmatch(self._call.path)
            if found is not None and method == self._call.method:
                return handler(self, **found.groupdict())
        raise _RefusedError(404, _NOT_FOUND)

    # --- Reading

    def orders(self) -> Reply:
        query = tidy(self._call.query)
        include = query.get("include[orders]", "")
        if "filter[orders][code]" in query:
            order = self._book.find(self._merchant_id, query["filter[orders][code]"])
            found = [] if order is None else [order]
            return self._page(found, len(found), max(len(found), 1), include)
        question = read_question(query, milliseconds(self._now))
        placed = self._book.placed(self._merchant_id, question.since_ms / 1000, question.until_ms / 1000)
        wanted = [order for order in placed if question.wants(order)]
        number, lies = question.number, self._call.lies
        if number and FaultKind.PAGE_SHIFT in lies:
            wanted = wanted[1:]
        if number and FaultKind.PAGE_TWICE in lies:
            number -= 1
        start = number * question.size
        return self._page(wanted[start : start + question.size], len(wanted), question.size, include)

    def _page(self, orders: list[Order], total: int, size: int, include: str) -> Reply:
        included = [item for order in orders for item in self._included(order, include)]
        has_nulls = FaultKind.NULLS in self._call.lies
        return _json(
            {
                "data": [self._resources.order(order, include) for order in orders],
                "included": None if has_nulls else included,
                "meta": {"pageCount": -(-total // size), "totalCount": total},
            }
        )

    def _included(self, order: Order, include: str) -> list[Fields]:
        if include == "entries":
            return [self._resources.entry(order, entry) for entry in kept(order)]
        return [self._resources.customer(order.buyer)] if include == "user" else []

    def order(self, order_id: str) -> Reply:
        return _one(self._resources.order(self._find(order_id)))

    def entries(self, order_id: str) -> Reply:
        order = self._find(order_id)
        data = [self._resources.entry(order, entry) for entry in kept(order)]
        return _json({"data": data, "included": [], "meta": {"pageCount": 1, "totalCount": len(data)}})

    def user(self, order_id: str) -> Reply:
        return _one(self._resources.customer(self._find(order_id).buyer))

    def imeis(self, order_id: str) -> Reply:
        order = self._find(order_id)
        items = [
            {"entry": {"id": resource["id"]}, "items": [{"imei": numbers} for numbers in entry.imeis]}
            for entry in kept(order)
            for resource in [self._resources.entry(order, entry)]
        ]
        return _json({"data": items, "included": []})

    def entry(self, entry_id: str) -> Reply:
        return _one(self._resources.entry(*self._find_entry(entry_id)))

    def product(self, entry_id: str) -> Reply:
        return _one(self._resources.product(self._find_entry(entry_id)[1]))

    def entry_point(self, entry_id: str) -> Reply:
        return _one(self._resources.point(self._find_entry(entry_id)[0]))

    def cities(self) -> Reply:
        data = [self._resources.city(city_id) for city_id in self._cities]
        return _json({"data": data, "included": [], "meta": {"pageCount": 1, "totalCount": len(data)}})

    def waybill(self, waybill_id: str) -> Reply:
        number = decode_id(waybill_id) or ""
        order = self._book.find(self._merchant_id, number[1:])
        if order is None or order.waybill_number != number:
            raise _RefusedError(404, _NOT_FOUND)
        return Reply(200, waybill_pdf(order), PDF)

    # --- Changing

    def change_status(self) -> Reply:
        data = _object(self._body().get("data"))
        order = self._find(str(data.get("id", "")))
        sent = _object(data.get("attributes"))
        if FaultKind.NOTHING_DONE not in self._call.lies:
            self._do(order, sent)
        echo = {name: value for name, value in sent.items() if name != "cancellationComment"}
        if sent.get("status") == "ASSEMBLE":
            echo = {"numberOfSpace": order.spaces, "status": "ASSEMBLE"}
        return _one(self._resources.echo(order, echo))

    def _do(self, order: Order, sent: Fields) -> None:
        rules, now = self._book.rules, self._now
        match sent.get("status"):
            case "ACCEPTED_BY_MERCHANT":
                rules.accept(order, now)
            case "CANCELLED":
                rules.cancel(order, sent.get("cancellationReason"), sent.get("cancellationComment", ""), now)
            case "COMPLETED":
                self._complete(order)
            case "ASSEMBLE":
                rules.assemble(order, sent.get("numberOfSpace"), now)
            case "ARRIVED":
                rules.arrive(order, now)
            case "ARRIVED_BACKWARD":
                rules.take_back(order, now)
            case status:
                raise RuleError(f"Status {status} is not known.")

    def _complete(self, order: Order) -> None:
        """An empty code asks for one to be sent, any other is tried."""
        code = self._call.headers.get("X-Security-Code")
        if code == "" and self._call.headers.get("X-Send-Code") in SEND_CODE:
            self._book.rules.send_code(order)
        else:
            self._book.rules.complete(order, code, self._now)

    def reduce_entry(self) -> Reply:
        data = _object(self._body().get("data"))
        entry_id, order, entry = self._entry_of(data)
        sent = _object(data.get("attributes"))
        is_done = True
        if FaultKind.NOTHING_DONE not in self._call.lies:
            quantity, reason = sent.get("remainedQuantity"), sent.get("reason")
            is_done = self._book.rules.reduce_entry(order, entry, quantity, reason, self._now)
        fields = {
            "remainedQuantity": sent.get("remainedQuantity"),
            "status": "SUCCESSFULL" if is_done else "INPROGRESS",
        }
        links = {"related": f"{self._call.root}/v2/orderentries/{entry_id}"}
        operation = {
            "type": "orderEntryCancelOperation",
            "attributes": fields,
            "relationships": {"entry": {"links": links, "data": None}},
        }
        return _one(operation)

    def reduce_entries(self, order_id: str) -> Reply:
        order = self._find(order_id)
        rows = _decoded(self._call.body)
        if not isinstance(rows, list) or not rows:
            raise _RefusedError(400, "The list of entries is empty.")
        changes = [_reduction(_object(row)) for row in rows]
        if FaultKind.NOTHING_DONE not in self._call.lies:
            self._book.rules.reduce_entries(order, changes, self._now)
        done = {"orderCancelEntries": [_reduced(_object(row)) for row in rows], "status": "SUCCESSFUL"}
        return Reply(200, msgspec.json.encode(done), JSON)

    def register_imeis(self) -> Reply:
        data = _object(self._body().get("data"))
        _, order, entry = self._entry_of(data)
        items = _object(data.get("attributes")).get("items")
        if FaultKind.NOTHING_DONE not in self._call.lies:
            self._book.rules.register_imeis(order, entry, items, self._now)
        return _one({"type": "orderEntryImeiOperation", "attributes": {"items": items}, "relationships": {}})

    # --- Finding

    def _body(self) -> Fields:
        return _object(_decoded(self._call.body))

    def _find(self, order_id: str) -> Order:
        order = self._book.find(self._merchant_id, decode_id(order_id))
        if order is None:
            raise _RefusedError(404, _NOT_FOUND)
        return order

    def _find_entry(self, entry_id: str) -> tuple[Order, Entry]:
        plain = decode_id(entry_id) or ""
        order = self._book.find(self._merchant_id, plain.partition("##")[0])
        if order is None:
            raise _RefusedError(404, _NOT_FOUND)
        return order, entry_of(order, plain)

    def _entry_of(self, data: Fields) -> tuple[str, Order, Entry]:
        relation = _object(_object(data.get("relationships")).get("entry"))
        entry_id = str(_object(relation.get("data")).get("id", ""))
        return entry_id, *self._find_entry(entry_id)


Handler = Callable[..., Reply]


def _route(method: str, path: str, handler: Handler) -> tuple[str, re.Pattern[str], Handler]:
    return method, re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", path)), handler


_ROUTES = (
    _route("GET", "/v2/orders", _Visit.orders),
    _route("POST", "/v2/orders", _Visit.change_status),
    _route("GET", "/v2/orders/<order_id>", _Visit.order),
    _route("GET", "/v2/orders/<order_id>/entries", _Visit.entries),
    _route("GET", "/v2/orders/<order_id>/user", _Visit.user),
    _route("GET", "/v2/orders/<order_id>/imei", _Visit.imeis),
    _route("GET", "/v2/orderentries/<entry_id>", _Visit.entry),
    _route("GET", "/v2/orderentries/<entry_id>/product", _Visit.product),
    _route("GET", "/v2/orderentries/<entry_id>/deliveryPointOfService", _Visit.entry_point),
    _route("GET", "/v2/cities", _Visit.cities),
    _route("POST", "/v2/orderEntryCancelOperation", _Visit.reduce_entry),
    _route("POST", "/v2/orderEntryImeiOperation", _Visit.register_imeis),
    _route("PUT", "/orderPartialCancel/<order_id>", _Visit.reduce_entries),
    _route("GET", "/waybill/<waybill_id>", _Visit.waybill),
)


def _check_accept(call: Call) -> None:
    """What stands below `/v2` is JSON:API, and nothing else is."""
    outside = PDF if call.path.startswith("/waybill/") else JSON
    if not accepts(call.headers, JSON_API if call.path.startswith("/v2/") else outside):
        raise _RefusedError(406, "Not acceptable.")


def _reduction(row: Fields) -> dict[str, object]:
    return {
        "entry_id": decode_id(str(_object(row.get("entry")).get("id", ""))),
        "quantity": row.get("remainedQuantity"),
        "weight": row.get("remainedWeight"),
        "reason": row.get("reason"),
    }


def _reduced(row: Fields) -> Fields:
    weight = row.get("remainedWeight")
    return row if weight is None else row | {"remainedWeight": float(weight)}


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise _RefusedError(400, f"The body cannot be read: {error}") from error


def _object(value: object) -> Fields:
    return value if isinstance(value, dict) else {}


def _one(data: Fields) -> Reply:
    return _json({"data": data, "included": []})


def _json(value: object) -> Reply:
    return Reply(200, msgspec.json.encode(value))


def _errors(status: int, title: str) -> Reply:
    return Reply(status, msgspec.json.encode({"errors": [{"status": str(status), "title": title}]}))
