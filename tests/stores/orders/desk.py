"""A marketplace's desk in this process, and the product's requests led to it."""

from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.utils import timezone
from multidict import CIMultiDict

import kaspi
from sandbox.faults import FaultKind
from sandbox.orders.api import Call
from sandbox.orders.order import Order as TheirOrder
from stores.models import Order, OrderAction, OrderReading, Store
from stores.services.merchant.asking import usable_token
from stores.services.merchant.verdicts import note_rejected, note_taken
from stores.services.orders import actions, lookups, readings, waybills
from tests import cast
from tests.sandbox.orders_fakes import ROOT, Desk

WHO_ASK: tuple[ModuleType, ...] = (readings, lookups, actions, waybills)


class DeskTransport:
    """
    Carries requests to the desk. `lies` hold for all of them; `losses` is how many writes come through but get no
    answer, `failures` how many requests do not come through; `sent` are the writes that did.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.lies: set[FaultKind] = set()
        self.losses = 0
        self.failures = 0
        self.requests: list[kaspi.Request] = []
        self.before_answer: Callable[[kaspi.Request], None] = lambda _request: None

    async def send(self, request: kaspi.Request) -> kaspi.Response:
        self.requests.append(request)
        if self.failures:
            self.failures -= 1
            raise kaspi.Unavailable("no connection")
        self.before_answer(request)
        reply = self.desk.api.answer(self._call(request), self.desk.world.now)
        if request.method != "GET" and self.losses:
            self.losses -= 1
            raise kaspi.Unavailable("the answer got lost")
        return kaspi.Response(reply.status, {"Content-Type": reply.content_type}, reply.body)

    @property
    def writes(self) -> int:
        return sum(request.method != "GET" for request in self.requests)

    def _call(self, request: kaspi.Request) -> Call:
        parts = urlsplit(request.url)
        return Call(
            request.method,
            parts.path.removeprefix("/shop/api"),
            ROOT,
            query=dict(parse_qsl(parts.query)),
            headers=CIMultiDict(request.headers),
            body=request.body,
            lies=frozenset(self.lies),
        )


class Line:
    """Stands in for `asking.ask`: the store's token is looked at and judged, nothing waits, and nothing leaves."""

    def __init__(self, transport: DeskTransport) -> None:
        self.transport = transport
        self.secret = transport.desk.token

    def ask(self, store: Store, question: Callable[[kaspi.MerchantApi], Awaitable[Any]]) -> Any:
        token = usable_token(store)
        try:
            answer = finished(self._ask(store, question))
        except kaspi.TokenRejected:
            note_rejected(token)
            raise
        note_taken(token)
        return answer

    async def _ask(self, store: Store, question: Callable[[kaspi.MerchantApi], Awaitable[Any]]) -> Any:
        api = kaspi.MerchantApi(
            "https://kaspi.kz",
            kaspi.Token(self.secret),
            self.transport,
            lambda: datetime.now(UTC),
            merchant_id=store.merchant_id,
        )
        return await question(api)


def finished(work: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns that waits for nothing: no event loop is made for it."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits for something")


Road = TypeVar("Road", bound=DeskTransport)


def connect(store: Store, monkeypatch: pytest.MonkeyPatch) -> DeskTransport:
    """Give the store a token of a desk of its own, opened an hour ago, and lead its requests there."""
    return connect_by(DeskTransport, store, monkeypatch, timedelta(hours=1))


def connect_by(
    make_road: Callable[[Desk], Road], store: Store, monkeypatch: pytest.MonkeyPatch, opened: timedelta
) -> Road:
    """The same by a road of another kind, to a desk opened so long ago."""
    # One period a tray is enough for most tests.
    monkeypatch.setattr(readings, "FIRST_READING", timedelta(days=13))
    transport = make_road(Desk(starts_at=(timezone.now() - opened).timestamp()))
    line = Line(transport)
    cast.token(store, line.secret)
    for module in WHO_ASK:
        monkeypatch.setattr(module, "ask", line.ask)
    return transport


def read_all() -> None:
    """Everything is due and read once, then what has to be looked up."""
    OrderReading.everything.update(next_read_at=just_now())
    readings.read_due_orders()
    look_up()


def look_up() -> None:
    """Whatever waits to be looked up is due, and read."""
    Order.everything.exclude(check_at=None).update(check_at=just_now())
    lookups.look_up_due_orders()


def just_now() -> datetime:
    return timezone.now() - timedelta(seconds=1)


def row_of(order: TheirOrder) -> Order:
    """Our row of the marketplace's order."""
    return Order.everything.get(code=order.code)


def age_actions(by: timedelta) -> None:
    """Let time pass for whatever was sent."""
    for action in OrderAction.everything.exclude(sent_at=None):
        OrderAction.everything.filter(pk=action.pk).update(sent_at=action.sent_at - by)
