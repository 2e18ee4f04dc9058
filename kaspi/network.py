"""The real network, over aiohttp: it takes 6 MB and is loaded by those alone who send something."""

from types import TracebackType
from typing import Self

import aiohttp
from msgspec import Struct

from kaspi.errors import MalformedAnswer, Unavailable
from kaspi.transport import Request, Response

MAX_BODY = 5_000_000
"""Bytes. A full page of offers has about 50 KB; a hundred times that is not an answer to us."""


class Timeouts(Struct, frozen=True):
    """Seconds: for connecting, for each silence while reading, for all of it with the wait for a free connection."""

    connect: float = 5.0
    read: float = 10.0
    total: float = 20.0


USUAL = Timeouts()


class AiohttpTransport:
    """
    The real network: one pool of connections for as long as the `async with` block lasts.

    `proxy` is the URL of an HTTP proxy, `local_address` an address of this machine to leave from. A body above
    `max_body` bytes is cut off with MalformedAnswer. Redirects are returned, not followed: the storefront's data never
    moves, only its block pages do. Cookies are not kept.
    """

    def __init__(
        self,
        *,
        timeouts: Timeouts = USUAL,
        max_body: int = MAX_BODY,
        connections: int = 100,
        proxy: str | None = None,
        local_address: str | None = None,
    ) -> None:
        self._timeout = aiohttp.ClientTimeout(
            total=timeouts.total, sock_connect=timeouts.connect, sock_read=timeouts.read
        )
        self._max_body = max_body
        self._connections = connections
        self._proxy = proxy
        self._local = None if local_address is None else (local_address, 0)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, local_addr=self._local),
            proxy=self._proxy,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, request: Request) -> Response:
        """Carry the request once. Raises Unavailable, MalformedAnswer for a body without end."""
        try:
            return await self._exchange(request)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"{request.method} {request.url}: {_what_failed(error)}") from error

    async def _exchange(self, request: Request) -> Response:
        if self._session is None:
            raise RuntimeError("AiohttpTransport is used outside of its `async with` block")
        async with self._session.request(
            request.method,
            request.url,
            headers=request.headers,
            data=request.body or None,
            allow_redirects=False,
        ) as answer:
            return Response(answer.status, dict(answer.headers), await self._body(answer))

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > self._max_body:
                raise MalformedAnswer(f"a body of more than {self._max_body} bytes", body=bytes(body))
        return bytes(body)


def _what_failed(error: Exception) -> str:
    """In few words, without the address: that of a proxy holds its password."""
    if isinstance(error, aiohttp.ClientResponseError):
        return f"{type(error).__name__} {error.status}"
    if isinstance(error, aiohttp.InvalidURL):
        return type(error).__name__
    return f"{type(error).__name__} {error}".rstrip()
