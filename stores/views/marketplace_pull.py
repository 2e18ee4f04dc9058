"""
The door for the marketplace's puller: a store's price list at its secret address, behind its own login.

Reads files only. With database and Redis away the last good list is still served; only the note about the pull is lost.
"""

import base64
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date, parse_etags, parse_http_date_safe, quote_etag
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from stores.services.prices.price_list import files
from stores.services.prices.price_list.pulls import Sent, record_pull, record_refused
from stores.views.streams import body_for
from users.addresses import client_address

log = logging.getLogger(__name__)

CHUNK = 64 * 1024
CONTENT_TYPE = "application/xml; charset=utf-8"
RETRY_AFTER_SECONDS = "3600"
NEVER = re.compile(r"q=0(\.0{0,3})?")
REALM = 'Basic realm="price list", charset="UTF-8"'


@dataclass(frozen=True)
class Form:
    """One of the forms in which the live list can leave: as it is, or packed."""

    path: Path
    etag: str
    modified_at: int
    headers: dict[str, str]


@csrf_exempt
@require_safe
def price_list(request: HttpRequest, key: str) -> HttpResponseBase:
    """
    The live version, whole, packed for whoever takes gzip; 304 when the caller has it already; 401 without the store's
    own login and password; 503 when the subscription ended too long ago.
    """
    folder = files.folder_of(key)
    access = files.read_access(folder)
    live = files.LiveList.read(folder)
    if access is None or live is None:
        raise Http404
    user_agent, address = request.headers.get("User-Agent", ""), client_address(request)
    if not access.admits(*_basic_credentials(request)):
        _record(record_refused, access.store_id, live.number, user_agent, Sent(address))
        return HttpResponse(status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": REALM})
    if access.is_ended:
        # Nothing that could be taken for a list: the marketplace keeps the one it has, and comes again.
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": RETRY_AFTER_SECONDS})
    form = _choose_form(request, live)

    def note(status: HTTPStatus, size: int = 0) -> None:
        _record(record_pull, access.store_id, live.number, status, user_agent, Sent(address, size))

    response = _answer(request, form, note)
    response.headers["ETag"] = form.etag
    response.headers["Last-Modified"] = http_date(form.modified_at)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    return response


def _choose_form(request: HttpRequest, live: files.LiveList) -> Form:
    """Packed where the caller takes that and it lies ready; the list itself is there in any case."""
    # By the list itself, which is older than what was packed from it.
    written = live.path.stat()
    modified_at = int(written.st_mtime)
    # With the moment: after a disk was lost numbers come again, with other bytes.
    name = f"{live.path.parent.name[:12]}-{live.number}-{written.st_mtime_ns:x}"
    packed = live.path.with_suffix(".gz")
    if _takes_gzip(request) and packed.exists():
        return Form(packed, quote_etag(f"{name}-gzip"), modified_at, {"Content-Encoding": "gzip"})
    return Form(live.path, quote_etag(name), modified_at, {})


def _takes_gzip(request: HttpRequest) -> bool:
    """Named in Accept-Encoding, and not with the weight nought, which means never."""
    for each in request.headers.get("Accept-Encoding", "").lower().split(","):
        coding, _, weight = each.replace(" ", "").partition(";")
        if coding == "gzip":
            return not NEVER.fullmatch(weight)
    return False


def _answer(request: HttpRequest, form: Form, note: Callable[..., None]) -> HttpResponseBase:
    if request.headers.get("If-None-Match", "").strip() == "*":
        # Whoever has any version wants none; which one that is he does not say, so nothing counts as pulled.
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    if _has_it_already(request, form):
        note(HTTPStatus.NOT_MODIFIED)
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    length = form.path.stat().st_size
    headers = form.headers | {"Content-Length": str(length)}
    if request.method == "HEAD":
        return HttpResponse(content_type=CONTENT_TYPE, headers=headers)
    chunks = _read(form.path, partial(note, HTTPStatus.OK, length))
    return StreamingHttpResponse(body_for(request, chunks), content_type=CONTENT_TYPE, headers=headers)


def _has_it_already(request: HttpRequest, form: Form) -> bool:
    """
    By the tag, which a proxy may have weakened on its way (RFC 9110, 13.1.2); the time counts only for who sends no tag
    (13.1.3), and only when it is exactly ours: after a list was put back from a backup, an older one is news.
    """
    if "If-None-Match" in request.headers:
        known = parse_etags(request.headers["If-None-Match"])
        return form.etag in {tag.removeprefix("W/") for tag in known}
    return parse_http_date_safe(request.headers.get("If-Modified-Since", "")) == form.modified_at


def _read(path: Path, when_carried: Callable[[], None]) -> Iterator[bytes]:
    """
    The file's bytes; only a list that left to its last byte counts as pulled.

    Opened with the first of them: a caller who is gone by then leaves no open file behind.
    """
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
    when_carried()


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
