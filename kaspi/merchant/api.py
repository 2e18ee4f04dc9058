"""
The official API for sellers: one request with a merchant's token, one answer, or one error that says what to do.

What is known of it stands at https://guide.kaspi.kz/partner/ru/shop/api/general/q3192 and on the pages after it. Not
known are the bodies of 401, 403, 404 and 429, and any rate; so a 403 in the API's own form is taken for "this token may
not", and every other one for "this address may not". The calls themselves are in the modules beside this one.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct

from kaspi.answers import why_unaccepted
from kaspi.errors import KaspiError, MalformedAnswer, Refused, TokenRejected
from kaspi.merchant.token import Token
from kaspi.transport import USER_AGENT, Request, Response, Transport

LONGEST_TITLE = 300
_MERCHANT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NOTHING: Mapping[str, str] = {}


class MediaType(StrEnum):
    """What a body is. A wrong `Accept` is answered with 406."""

    JSON_API = "application/vnd.api+json"
    JSON = "application/json"
    TEXT = "text/plain"
    ANY = "*/*"


class _WireError(Struct):
    title: str = ""
    detail: str = ""


class _WireErrors(Struct):
    errors: list[_WireError]


_ERRORS = msgspec.json.Decoder(_WireErrors)


class MerchantApi:
    """
    The road to the calls of one merchant: `base_url` is `https://kaspi.kz` or a sandbox; paths are those below
    `/shop/api`, for example `/v2/orders`; `clock` gives aware UTC.

    `merchant_id` is sent along where it is known: a login may own several merchants, and a token of another one is
    refused then.

    Every method raises Unavailable, Throttled, Blocked, TokenRejected, Refused (with `.title`) and MalformedAnswer as
    `kaspi.errors` explains them. Nothing is retried: whoever calls owns retries and pace, and a request that changes
    something and raised Unavailable or MalformedAnswer may have had its effect.
    """

    def __init__(
        self,
        base_url: str,
        token: Token,
        transport: Transport,
        clock: Callable[[], datetime],
        *,
        merchant_id: str = "",
    ) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise ValueError(f"base_url is {base_url!r}, expected an http or https address")
        if merchant_id and not _MERCHANT_ID.fullmatch(merchant_id):
            raise ValueError(f"merchant_id is {merchant_id!r}, expected {_MERCHANT_ID.pattern}")
        self._root = f"{base_url.rstrip('/')}/shop/api"
        self._token = token
        self._transport = transport
        self._clock = clock
        self._merchant_id = merchant_id

    @property
    def merchant_id(self) -> str:
        """Whose calls these are; empty where that is not known."""
        return self._merchant_id

    async def get(
        self,
        path: str,
        query: Mapping[str, str] = _NOTHING,
        *,
        accept: MediaType = MediaType.JSON_API,
    ) -> bytes:
        """Read. Query values are percent-encoded here, brackets of filters included."""
        url = f"{self._root}{path}"
        return await self._answer("GET", f"{url}?{urlencode(query, quote_via=quote)}" if query else url, accept=accept)

    async def post(
        self,
        path: str,
        body: bytes,
        *,
        accept: MediaType = MediaType.JSON_API,
        content_type: MediaType = MediaType.JSON_API,
        headers: Mapping[str, str] = _NOTHING,
    ) -> bytes:
        """Change something. `headers` are those that only this call has."""
        own = {**headers, "Content-Type": content_type}
        return await self._answer("POST", f"{self._root}{path}", own, body, accept=accept)

    async def put(
        self,
        path: str,
        body: bytes,
        *,
        accept: MediaType = MediaType.JSON,
        content_type: MediaType = MediaType.JSON,
    ) -> bytes:
        """Replace something."""
        headers = {"Content-Type": content_type}
        return await self._answer("PUT", f"{self._root}{path}", headers, body, accept=accept)

    async def file(self, url: str) -> bytes:
        """
        A file that an answer named, for example a waybill.

        Raises MalformedAnswer for an address that is not the API's own: the token is shown to nobody else.
        """
        if not url.startswith(f"{self._root}/"):
            raise MalformedAnswer("an address outside of the API", body=url.encode())
        return await self._answer("GET", url, accept=MediaType.ANY)

    async def check_token(self) -> None:
        """Ask for something small that needs the token. Raises TokenRejected when it is not taken."""
        await self.get("/products/import/schema", accept=MediaType.JSON)

    async def _answer(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] = _NOTHING,
        body: bytes = b"",
        *,
        accept: MediaType,
    ) -> bytes:
        request = Request(method, url, {**self._headers(accept), **headers}, body)
        response = self._without_token(await self._transport.send(request))
        error = why_not_answered(response, self._clock())
        if error is not None:
            raise error
        return response.body

    def _without_token(self, response: Response) -> Response:
        """An answer that repeats our token would carry it into errors and logs."""
        body = response.body.replace(self._token.reveal().encode(), b"***")
        return Response(response.status, response.headers, body)

    def _headers(self, accept: MediaType) -> dict[str, str]:
        merchant = {"X-Merchant-Uid": self._merchant_id} if self._merchant_id else {}
        return {
            "Accept": accept,
            "User-Agent": USER_AGENT,
            "X-Auth-Token": self._token.reveal(),
            **merchant,
        }


def why_not_answered(response: Response, now: datetime) -> KaspiError | None:
    """
    What is wrong with an answer of this API, or None: as `why_unaccepted`, and what only this API says: that the token
    is not taken, and in which words something is refused.
    """
    title = _title(response.body)
    if response.status == 401 or (response.status == 403 and title is not None):
        return TokenRejected(f"status {response.status}", response.status, title or "")
    error = why_unaccepted(response, now)
    if isinstance(error, Refused):
        return Refused(error.what, error.status, title or "")
    return error


def _title(body: bytes) -> str | None:
    """The first error's title, or what stands in its place; None where the body is not the API's list of errors."""
    try:
        errors = _ERRORS.decode(body).errors
    except (msgspec.DecodeError, RecursionError):
        return None
    return (errors[0].title or errors[0].detail)[:LONGEST_TITLE] if errors else ""
