"""From a response to a typed answer, or to the one error that says what to do."""

import json
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

from kaspi.errors import Blocked, KaspiError, MalformedAnswer, Refused, Throttled, Unavailable
from kaspi.transport import Response

MAX_RETRY_AFTER = 3600
"""Seconds. Longer wishes are cut to an hour, so that a slip of the other side does not stop us for days."""

_BLOCKING_STATUSES = frozenset({403, 405})
_PASSING_STATUSES = frozenset({408, 425})

_DIGITS = re.compile(r"[0-9]+")
_FIELD_PATH = re.compile(r" - at `(?:key in )?(?P<path>\$.*)`$")

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_OBJECTS = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])
_ENCODER = msgspec.json.Encoder()

Answer = TypeVar("Answer")


def accepted_body(response: Response, now: datetime) -> bytes:
    """The body of a good answer. Raises what `why_unaccepted` says of any other."""
    error = why_unaccepted(response, now)
    if error is not None:
        raise error
    return response.body


def why_unaccepted(response: Response, now: datetime) -> KaspiError | None:
    """
    What is wrong with an answer, or None. `now` (aware UTC) turns a `Retry-After` date into seconds.

    Throttled (429), Blocked (403, 405, a redirect, or a page where data was due), Unavailable (5xx) or Refused (any
    other 4xx). The meanings are what users of the storefront report; no document states them.
    """
    status = response.status
    if status == 429:
        return Throttled("status 429", retry_after(response.header("Retry-After"), now))
    if status in _BLOCKING_STATUSES or 300 <= status < 400:
        return Blocked(f"status {status}")
    if status >= 500 or status in _PASSING_STATUSES:
        return Unavailable(f"status {status}")
    if status >= 400:
        return Refused(f"status {status}", status)
    if _is_page(response):
        return Blocked(f"status {status} with a page instead of data")
    return None


def retry_after(value: str | None, now: datetime) -> int | None:
    """Seconds to wait, 0..3600, from a `Retry-After` header in either of its forms; None for nonsense."""
    if value is None:
        return None
    if _DIGITS.fullmatch(value):
        # Ten digits are beyond the hour already; int() itself refuses thousands of them.
        return min(int(value[:10]), MAX_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(value)
        seconds = (moment - now).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(int(seconds), 0), MAX_RETRY_AFTER)


def decode(body: bytes, decoder: msgspec.json.Decoder[Answer], rows: str | None = None) -> Answer:
    """
    Strict JSON as a typed answer; `rows` is the top-level field that holds the list of objects, where speed matters.

    Refused besides wrong types: NaN and Infinity, repeated keys, bodies cut off or nested beyond reason.
    Raises MalformedAnswer with the path of the field.
    """
    try:
        answer = decoder.decode(body)
        _refuse_repeated_keys(body, rows)
    except RecursionError as error:
        raise MalformedAnswer("nested too deeply", body=body) from error
    except ValueError as error:
        what, path = _explained(error)
        raise MalformedAnswer(what, path, body) from error
    return answer


def _is_page(response: Response) -> bool:
    start = response.body[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"<") or (
        "text/html" in (response.header("Content-Type") or "").lower() and not start.startswith(b"{")
    )


def _explained(error: ValueError) -> tuple[str, str]:
    text = str(error)
    found = _FIELD_PATH.search(text)
    return (text[: found.start()], found["path"]) if found else (text, "$")


def _refuse_repeated_keys(body: bytes, rows: str | None) -> None:
    # Decoders let the last of two equal keys win, silently; here that could be a second price. The exact
    # check takes longer than the typed decoding, so it is left to bodies that cannot be cleared by a quick
    # look.
    if rows is None or not _comes_back_unchanged(body.strip(), rows):
        json.loads(body, object_pairs_hook=_distinct)


def _comes_back_unchanged(body: bytes, rows: str) -> bool:
    """True when decoding and encoding give the same bytes: nothing was dropped on the way, so no key."""
    top = _OBJECT.decode(body)
    objects = top[rows]
    return _ENCODER.encode(top) == body and _ENCODER.encode(_OBJECTS.decode(objects)) == bytes(objects)


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {repeated[:50]!r} is repeated")
    return fields
