"""How the control API talks: JSON in and out, and a sentence for everything that cannot be done."""

from typing import TypeVar

import msgspec
from aiohttp import web

Body = TypeVar("Body")


class ControlError(Exception):
    """A request that cannot be done: the status and a sentence for the caller."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


async def read_body(request: web.Request, kind: type[Body]) -> Body:
    """Read the JSON body. Raises ControlError saying what was read and what is expected."""
    body = await request.read()
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.DecodeError as error:
        excerpt = body[:200].decode(errors="replace")
        raise ControlError(400, f"read {excerpt!r}: {error}") from error


def json_answer(value: object) -> web.Response:
    return web.Response(body=msgspec.json.encode(value), content_type="application/json")
