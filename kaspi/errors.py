"""
What can go wrong on the wire, and what the caller should do about it.

    KaspiError
    ├── Unavailable          the other side, or the road to it: try later
    │   ├── Throttled        it asked for patience: wait .retry_after seconds, in one lane for everybody
    │   └── Blocked          our address is unwelcome: slow down everywhere, probe seldom
    ├── Refused              it understood and said no: repeating changes nothing
    │   └── TokenRejected    it does not take our token (401), or not for this (403): ask something small, then give up
    └── MalformedAnswer      it answered in a shape we do not know: hold, tell a developer, look at .body
        └── PartialAnswer    a list could not be read whole: hold, look again later

    PriceListError (also a ValueError)
    ├── InvalidPriceList     ours cannot be written: correct .field
    │   └── InvalidOffer     the same for one article: correct .field of .sku
    └── MalformedPriceList   theirs cannot be read: show .line and .what to the person who sent it

    UnknownCity (also a KeyError)   no such city code: ask for another one

Every argument of an error is kept in `args`, so errors survive a trip through a task queue.
"""

# ruff: noqa: N818 - an error is named for what happened; its base class already says that it is one

import reprlib

BODY_EXCERPT = 500
"""Bytes of a strange answer that are kept for a developer to look at."""


class KaspiError(Exception):
    """Anything that kept the marketplace's answer from us."""


class Unavailable(KaspiError):
    """A 5xx, a time-out, a lost connection, an unknown host: try later."""


class Throttled(Unavailable):
    """
    A 429: too many requests from this address. Everybody who shares the address waits.

    `retry_after` is the marketplace's own wish in seconds, at most an hour, or None when it named none.
    """

    def __init__(self, what: str, retry_after: int | None = None) -> None:
        super().__init__(what, retry_after)
        self.what = what
        self.retry_after = retry_after

    def __str__(self) -> str:
        return self.what


class Blocked(Unavailable):
    """A 403, a 405, a redirect or a page instead of data: slow down everywhere, never try to slip past it."""


class Refused(KaspiError):
    """
    A 400, a 404 or another 4xx, kept in `status`: the same request will be refused again.

    `title` is the official API's own word for it, or empty where none came: "Order is cancelled, so it can't be
    completed." and the like are exact and stable.
    """

    def __init__(self, what: str, status: int, title: str = "") -> None:
        super().__init__(what, status, title)
        self.what = what
        self.status = status
        self.title = title

    def __str__(self) -> str:
        return f"{self.what}: {self.title}" if self.title else self.what


class TokenRejected(Refused):
    """A 401: nothing more is asked with this token. A 403 in the official API's own words: not this, at least."""


class MalformedAnswer(KaspiError):
    """
    An answer in an unknown shape: decide nothing on it, and tell a developer.

    `path` names the field (`$` is the whole answer), `body` holds the first bytes of what came.
    """

    def __init__(self, what: str, path: str = "$", body: bytes = b"") -> None:
        excerpt = body[:BODY_EXCERPT]
        super().__init__(what, path, excerpt)
        self.what = what
        self.path = path
        self.body = excerpt

    def __str__(self) -> str:
        return f"{self.what} at {self.path}"


class PartialAnswer(MalformedAnswer):
    """A part of a list is not the list: a page was refused, pages shifted, or the total disagrees."""


class PriceListError(ValueError):
    """A price list, ours or theirs, breaks the rules of its format."""


class InvalidPriceList(PriceListError):
    """A price list that must not be written: `field` holds `read` where `expected` was due."""

    def __init__(self, field: str, read: object, expected: str) -> None:
        super().__init__(field, read, expected)
        self.field = field
        self.read = read
        self.expected = expected

    def __str__(self) -> str:
        return f"{self.field} is {reprlib.repr(self.read)}, expected {self.expected}"


class InvalidOffer(InvalidPriceList):
    """One article that must not be written: correct `field` of `sku`."""

    def __init__(self, sku: str, field: str, read: object, expected: str) -> None:
        super().__init__(field, read, expected)
        self.args = (sku, field, read, expected)
        self.sku = sku

    def __str__(self) -> str:
        return f"offer {self.sku!r}: {super().__str__()}"


class MalformedPriceList(PriceListError):
    """A price list that cannot be read: `what` is wrong in `line`, counted from 1."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(line, what)
        self.line = line
        self.what = what

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


class UnknownCity(KeyError):
    """`code` is not in the marketplace's list of cities."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return f"no city has the code {self.code!r}"
