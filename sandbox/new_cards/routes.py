"""Product import behind real HTTP."""

from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from sandbox.access import AccessError, accepts
from sandbox.engine import Engine
from sandbox.new_cards.attributes import Attribute, attributes_of, categories
from sandbox.new_cards.desk import FINISHED, Batch, result_fields
from sandbox.new_cards.schema import BatchError, read_batch, schema

PREFIX = "/shop/api/products"
JSON = "application/json"
SENDABLE = ("text/plain", JSON)


Handler = Callable[[web.Request], Awaitable[web.Response]]


class _RefusedError(Exception):
    """The call is not answered: an HTTP status, and a title for the list of errors."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title


class NewCards:
    """Answers the calls of product import. Unknown query keys are passed over: the guide's own addresses carry some."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._access = engine.world.access
        self._desk = engine.world.desk

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route(method, PREFIX + path, self._explained(handler), name=name)
            for method, path, handler, name in (
                ("GET", "/import/schema", self.schema, "cards_schema"),
                ("GET", "/classification/categories", self.categories, "cards_categories"),
                ("GET", "/classification/attributes", self.attributes, "cards_attributes"),
                ("GET", "/classification/attribute/values", self.values, "cards_values"),
                ("POST", "/import", self.send, "cards_import"),
                ("GET", "/import", self.status, "cards_status"),
                ("GET", "/import/result", self.result, "cards_result"),
            )
        ]

    def schema(self, request: web.Request, body: bytes) -> object:
        return schema()

    def categories(self, request: web.Request, body: bytes) -> object:
        return [{"code": code, "title": category.title} for code, category in categories().items()]

    def attributes(self, request: web.Request, body: bytes) -> object:
        return [
            {
                "code": code,
                "type": attribute.type,
                "multiValued": attribute.multi_valued,
                "mandatory": attribute.mandatory,
            }
            for code, attribute in _attributes(request).items()
        ]

    def values(self, request: web.Request, body: bytes) -> object:
        attribute = _attributes(request).get(request.query.get("a", ""))
        if attribute is None:
            raise _RefusedError(404, "Attribute is not found.")
        return [{"code": value, "name": value} for value in attribute.values]

    def send(self, request: web.Request, body: bytes) -> object:
        if request.content_type not in SENDABLE:
            raise _RefusedError(415, "Content type is not supported.")
        try:
            cards = read_batch(body)
        except BatchError as error:
            raise _RefusedError(400, f"Request body does not match the schema: {error}") from error
        batch = self._desk.take(self._access.merchant_of(request.headers), cards, self._engine.clock.now())
        return {"code": batch.code, "status": batch.status(self._engine.clock.now())}

    def status(self, request: web.Request, body: bytes) -> object:
        batch = self._batch(request)
        return {"code": batch.code, "status": batch.status(self._engine.clock.now())}

    def result(self, request: web.Request, body: bytes) -> object:
        batch = self._batch(request)
        if batch.status(self._engine.clock.now()) != FINISHED:
            raise _RefusedError(400, "Import is not finished.")
        return result_fields(batch)

    def _batch(self, request: web.Request) -> Batch:
        merchant_id = self._access.merchant_of(request.headers)
        batch = self._desk.find(merchant_id, request.query.get("i", ""))
        if batch is None:
            raise _RefusedError(404, "Import is not found.")
        return batch

    def _explained(self, handler: Callable[[web.Request, bytes], object]) -> Handler:
        """Let in who has a token, answer in JSON, and turn every refusal into the API's list of errors."""

        async def answer(request: web.Request) -> web.Response:
            try:
                self._access.merchant_of(request.headers)
                _check_accept(request)
                return _json(200, handler(request, await request.read()))
            except (AccessError, _RefusedError) as error:
                return _json(error.status, {"errors": [{"title": error.title}]})

        return answer


def _check_accept(request: web.Request) -> None:
    if not accepts(request.headers, JSON):
        raise _RefusedError(406, "Not acceptable.")


def _attributes(request: web.Request) -> dict[str, Attribute]:
    category = categories().get(request.query.get("c", ""))
    if category is None:
        raise _RefusedError(404, "Category is not found.")
    return attributes_of(category)


def _json(status: int, value: object) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(value), content_type=JSON)
