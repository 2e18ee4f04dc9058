"""The merchant API's orders behind real HTTP."""

from aiohttp import web

from sandbox.engine import Engine
from sandbox.orders.api import Call, OrdersApi
from sandbox.storefront import STRUCK

PREFIX = "/shop/api"


class MerchantOrders:
    """Hands requests to the orders' API and writes its replies."""

    def __init__(self, engine: Engine) -> None:
        world = engine.world
        self._engine = engine
        self._api = OrdersApi(world.book, world.access, world.sellers, world.cities)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", PREFIX + path, self.answer, name=name)
            for name, path in (
                ("orders", "/v2/orders"),
                ("order", "/v2/orders/{rest:.+}"),
                ("order_entry", "/v2/orderentries/{rest:.+}"),
                ("reduce_entry", "/v2/orderEntryCancelOperation"),
                ("register_imeis", "/v2/orderEntryImeiOperation"),
                ("reduce_entries", "/orderPartialCancel/{order_id}"),
                ("cities", "/v2/cities"),
                ("waybill", "/waybill/{waybill_id}"),
            )
        ]

    async def answer(self, request: web.Request) -> web.Response:
        call = Call(
            method=request.method,
            path=request.path.removeprefix(PREFIX),
            root=f"{request.scheme}://{request.host}{PREFIX}",
            query=request.query,
            headers=request.headers,
            body=await request.read(),
            lies=frozenset(fault.kind for fault in request.get(STRUCK, [])),
        )
        reply = self._api.answer(call, self._engine.clock.now())
        return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)
