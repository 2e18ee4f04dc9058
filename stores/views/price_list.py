"""
The door for the marketplace's puller: a store's price list at its secret address, behind its own login.

Reads files only. With database and Redis away the last good list is still served; only the note about the pull is lost.
"""

import base64
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from http import HTTPStatus
from pathlib import Path

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from stores.services.prices import price_list_files as files
from stores.services.prices.pulls import record_pull, record_refused

log = logging.getLogger(__name__)

CHUNK = 64 * 1024
CONTENT_TYPE = "application/xml; charset=utf-8"
REALM = 'Basic realm="price list", charset="UTF-8"'


@csrf_exempt
@require_safe
def price_list(request: HttpRequest, key: str) -> HttpResponseBase:
    """The live version, whole; 304 when the caller has it already; 401 without the store's own login and password."""
    folder = files.folder_of(key)
    access = files.read_access(folder)
    live = files.LiveList.read(folder)
    if access is None or live is None:
        raise Http404
    if not access.admits(*_basic_credentials(request)):
        _record(record_refused, access.store_id, live.number, request.headers.get("User-Agent", ""))
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": REALM})
    note = partial(_note_pull, access.store_id, live.number, user_agent=request.headers.get("User-Agent", ""))
    etag = quote_etag(f"{folder.name[:12]}-{live.number}")
    response = _answer(request, live, etag, note)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _answer(request: HttpRequest, live: files.LiveList, etag: str, note: Callable[..., None]) -> HttpResponseBase:
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        note(status=HTTPStatus.NOT_MODIFIED)
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    length = live.path.stat().st_size
    headers = {"Content-Length": str(length)}
    if request.method == "HEAD":
        return HttpResponse(content_type=CONTENT_TYPE, headers=headers)
    chunks = _read(live.path, partial(note, status=HTTPStatus.OK))
    body = _in_threads(chunks) if isinstance(request, ASGIRequest) else chunks
    return StreamingHttpResponse(body, content_type=CONTENT_TYPE, headers=headers)


def _read(path: Path, when_carried: Callable[[], None]) -> Iterator[bytes]:
    """
    The file's bytes; only a list that left to its last byte counts as pulled.

    Opened with the first of them: a caller who is gone by then leaves no open file behind.
    """
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
    when_carried()


async def _in_threads(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    while chunk := await sync_to_async(_next)(chunks):
        yield chunk


def _next(chunks: Iterator[bytes]) -> bytes:
    return next(chunks, b"")


def _note_pull(store_id: int, number: int, *, status: int, user_agent: str) -> None:
    _record(record_pull, store_id, number, status, user_agent)


def _record(note: Callable[..., None], store_id: int, *facts: object) -> None:
    try:
        note(store_id, *facts)
    except DatabaseError:
        log.exception("a visit to the price list of store %s went unrecorded", store_id)


def _basic_credentials(request: HttpRequest) -> tuple[str, str]:
    """Login and password of HTTP Basic, or two empty texts, which admit nobody."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        login, _, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except ValueError:
        return "", ""
    return login, password
