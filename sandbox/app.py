"""The web application: storefront and control API around one engine, with faults and a log in front."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
from aiohttp import web

from sandbox.asked import read_asked
from sandbox.config import WorldConfig
from sandbox.control import PREFIX, Control
from sandbox.control_wire import ControlError
from sandbox.engine import Engine
from sandbox.faults import Faults, Visit, lose_answer, replace_answer, spoil_answer
from sandbox.new_cards.routes import NewCards
from sandbox.orders.control import OrdersControl
from sandbox.orders.routes import MerchantOrders
from sandbox.request_log import Entry, RequestLog
from sandbox.storefront import ASKED, STRUCK, Storefront

# Ten thousand new cards with all that may stand in them.
LARGEST_BODY = 64 * 1024 * 1024

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(config: WorldConfig, state: Path | None = None) -> web.Application:
    """Make the application; its world begins to live when it starts serving.

    `state` is the file that keeps the registrations of price lists. Raises StateError.
    """
    faults = Faults(config.seed)
    engine = Engine(config, faults, state)
    requests = RequestLog()
    app = web.Application(
        middlewares=[_explain_errors, _make_recorder(engine, requests), _make_breaker(engine, faults)],
        client_max_size=LARGEST_BODY,
    )
    app.add_routes(Storefront(engine).routes())
    app.add_routes(MerchantOrders(engine).routes())
    app.add_routes(NewCards(engine).routes())
    app.add_routes(Control(engine, faults, requests).routes())
    app.add_routes(OrdersControl(engine).routes())

    async def live(_: web.Application) -> AsyncIterator[None]:
        async with engine:
            yield

    app.cleanup_ctx.append(live)
    return app


def _is_control(request: web.Request) -> bool:
    return request.path.startswith(PREFIX)


@web.middleware
async def _explain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every refusal of the control API into JSON."""
    if not _is_control(request):
        return await handler(request)
    try:
        return await handler(request)
    except ControlError as error:
        return _error(error.status, str(error))
    except web.HTTPException as error:
        return _error(error.status, f"{error.reason}: {request.method} {request.path}")


def _error(status: int, text: str) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode({"error": text}), content_type="application/json")


def _make_recorder(engine: Engine, requests: RequestLog) -> Callable[..., Awaitable[web.StreamResponse]]:
    @web.middleware
    async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
        if _is_control(request):
            return await handler(request)
        request[ASKED] = await read_asked(request)
        entry = Entry(engine.clock.now(), time.time(), request.method, request.path, request[ASKED])
        requests.add(entry)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            entry.status = error.status
            raise
        entry.status = response.status
        return response

    return record


def _make_breaker(engine: Engine, faults: Faults) -> Callable[..., Awaitable[web.StreamResponse]]:
    @web.middleware
    async def strike(request: web.Request, handler: Handler) -> web.StreamResponse:
        if _is_control(request):
            return await handler(request)
        user_agent = request.headers.get("User-Agent", "")
        address = request.remote or ""
        visit = Visit(engine.clock.now(), address, user_agent, request.method, request.path, request[ASKED])
        struck = faults.strike(visit)
        for fault in struck:
            replacement = await replace_answer(request, fault)
            if replacement is not None:
                return replacement
        request[STRUCK] = struck
        response = await handler(request)
        for fault in struck:
            lose_answer(request, fault)
            response = spoil_answer(response, fault)
        return response

    return strike
