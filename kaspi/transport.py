"""
The road to the marketplace: one request goes, one response comes back, or `Unavailable` is raised.

A transport knows nothing about offers and never retries; whoever calls the client owns retries and pace.
"""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

USER_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
"""A browser's: requests with the name of a library are reported to be left hanging or to be throttled at once."""


class Request(Struct, frozen=True):
    """What to send. `url` is complete, its query included. Headers may hold a token, so a printed one hides them."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def __repr__(self) -> str:
        return f"Request({self.method} {self.url})"


class Response(Struct, frozen=True):
    """What came back, whatever the status."""

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The header's value, its name in any case; None when it is absent."""
        wanted = name.lower()
        return next((value for key, value in self.headers.items() if key.lower() == wanted), None)


class Transport(Protocol):
    """Anything that carries a request: the real network, or a test's list of answers."""

    async def send(self, request: Request) -> Response:
        """Carry the request once. Raises Unavailable when no response came."""
        ...
