"""Lies and failures that can be switched on: what the real storefront was seen to do, and worse.

A fault either replaces the answer (`403`, `html`, `hang`, ...), spoils it (`truncated`), changes the
question (`other_city`, `wrong_card`), changes the offers in the answer (`other_units`, ...), lets listings
tell other prices than the offers (`listing_lies`), shifts or repeats pages of orders (`page_shift`, `page_twice`),
leaves buyers out of them (`no_buyer`), writes null where nothing need stand (`nulls`), keeps the mark of a pre-order
whose goods came (`preorder_stays`), does what it was asked and is silent (`lost_answer`) or says so and does nothing
(`nothing_done`), or keeps a price list from being pulled or applied (`pull_fails`, `pull_ignored`).
"""

import asyncio
import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from aiohttp import web

from sandbox.asked import Asked
from sandbox.chance import stream
from sandbox.merchants import OWN_MERCHANT_ID
from sandbox.throttle import Throttle

BLOCK_PAGE = """<!DOCTYPE html>
<html lang="ru"><head><meta charset="utf-8"><title>Проверка браузера</title></head>
<body><h1>Проверяем ваш браузер</h1><p>Пожалуйста, подождите несколько секунд.</p></body></html>
"""


class FaultKind(StrEnum):
    """Every fault there is; the value is its name in the control API."""

    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    THROTTLED = "429"
    SERVER_ERROR = "5xx"
    HTML = "html"
    SLOW = "slow"
    HANG = "hang"
    NO_BROWSER_HANGS = "no_browser_hangs"
    TOO_FAST = "too_fast"
    DISCONNECT = "disconnect"
    TRUNCATED = "truncated"
    PARTIAL = "partial"
    EMPTY_LIST = "empty_list"
    MISSING_OWN_OFFER = "missing_own_offer"
    OTHER_UNITS = "other_units"
    OTHER_CITY = "other_city"
    WRONG_CARD = "wrong_card"
    LISTING_LIES = "listing_lies"
    LOST_ANSWER = "lost_answer"
    NOTHING_DONE = "nothing_done"
    PAGE_SHIFT = "page_shift"
    PAGE_TWICE = "page_twice"
    NO_BUYER = "no_buyer"
    NULLS = "nulls"
    PREORDER_STAYS = "preorder_stays"
    PULL_FAILS = "pull_fails"
    PULL_IGNORED = "pull_ignored"


# These speak about offers, so only questions for offers meet them.
ABOUT_OFFERS = {
    FaultKind.PARTIAL,
    FaultKind.EMPTY_LIST,
    FaultKind.MISSING_OWN_OFFER,
    FaultKind.OTHER_UNITS,
    FaultKind.OTHER_CITY,
    FaultKind.WRONG_CARD,
}
# And these about listed cards.
ABOUT_LISTINGS = {FaultKind.LISTING_LIES}
# These act when a price list is pulled, so no request meets them.
ABOUT_PULLS = {FaultKind.PULL_FAILS, FaultKind.PULL_IGNORED}


@dataclass(frozen=True, slots=True)
class Visit:
    """One request as a fault sees it. `at` is the sandbox's time: seconds since 1970, UTC."""

    at: float
    address: str
    user_agent: str
    method: str
    path: str
    asked: Asked


class Fault(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One switched-on fault.

    `path` is the prefix and `method` the method it holds for (null: all), `times` how often it may still strike (null:
    until removed), `rate` the share of matching requests it strikes, `card_id` and `city_id` narrow it down.
    `retry_after` is the header of a 429 as it will be sent, `status` the code of a 5xx, and `merchant_id` the one whose
    offer `missing_own_offer` leaves out, or whose price list the faults of pulling concern.

    `per_second` is how many requests a second `too_fast` allows to one address. `seconds` is the delay of
    `slow` (null: 5) or how long `too_fast` shuts an address out (null: 10); the latter passes by the
    sandbox's clock.
    """

    kind: FaultKind
    path: str = "/"
    method: str | None = None
    times: Annotated[int, msgspec.Meta(ge=1)] | None = None
    rate: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    card_id: str | None = None
    city_id: str | None = None
    retry_after: int | str | None = None
    status: Annotated[int, msgspec.Meta(ge=500, le=599)] = 503
    seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] | None = None
    per_second: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 8
    merchant_id: str = OWN_MERCHANT_ID

    @property
    def duration(self) -> float:
        """Return `seconds`, or what is usual for the kind."""
        usual = 10.0 if self.kind is FaultKind.TOO_FAST else 5.0
        return usual if self.seconds is None else self.seconds

    def concerns(self, visit: Visit) -> bool:
        """Tell whether a request could meet this fault."""
        if self.kind in ABOUT_PULLS:
            return False
        if self.kind in ABOUT_OFFERS and visit.asked.kind != "offers":
            return False
        if self.kind in ABOUT_LISTINGS and visit.asked.kind not in {"results", "filters"}:
            return False
        if self.kind is FaultKind.PARTIAL and visit.asked.page == 0:
            return False
        if self.kind is FaultKind.NO_BROWSER_HANGS and "Mozilla/" in visit.user_agent:
            return False
        return (
            visit.path.startswith(self.path)
            and self.method in (None, visit.method)
            and self.card_id in (None, visit.asked.card_id)
            and self.city_id in (None, visit.asked.city_id)
        )


class _Active:
    """A switched-on fault, with its chances and the traffic it has seen."""

    def __init__(self, fault: Fault, chances: random.Random) -> None:
        self.fault = fault
        self._chances = chances
        self._throttle = Throttle(fault.per_second, fault.duration)

    def meets(self, visit: Visit) -> bool:
        """Tell whether the fault could strike the request; a fault about traffic counts it."""
        if not self.fault.concerns(visit):
            return False
        return self.fault.kind is not FaultKind.TOO_FAST or self._throttle.refuses(visit.address, visit.at)

    def draws(self) -> bool:
        """Tell, by chance, whether the fault strikes this time."""
        return self._chances.random() < self.fault.rate


class Faults:
    """The faults that are switched on, by name, in the order they were switched on."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._active: dict[str, _Active] = {}

    def put(self, name: str, fault: Fault) -> None:
        self._active[name] = _Active(fault, stream(self._seed, f"fault/{name}"))

    def remove(self, name: str) -> bool:
        """Switch one off; False when there was none of that name."""
        return self._active.pop(name, None) is not None

    def clear(self) -> None:
        self._active.clear()

    def active(self) -> dict[str, Fault]:
        return {name: active.fault for name, active in self._active.items()}

    def strike(self, visit: Visit) -> list[Fault]:
        """Return the faults that strike this request, and count them down."""
        return self._count_down(
            [name for name, active in self._active.items() if active.meets(visit) and active.draws()]
        )

    def strike_pull(self, kind: FaultKind, merchant_id: str) -> list[Fault]:
        """Return the faults of a kind that strike a pull of the merchant's price list, and count them down."""
        return self._count_down(
            [
                name
                for name, active in self._active.items()
                if active.fault.kind is kind and active.fault.merchant_id == merchant_id and active.draws()
            ]
        )

    def _count_down(self, names: list[str]) -> list[Fault]:
        struck = [self._active[name].fault for name in names]
        for name, fault in zip(names, struck, strict=True):
            if fault.times is not None:
                fault.times -= 1
            if fault.times == 0:
                del self._active[name]
        return struck


async def replace_answer(request: web.Request, fault: Fault) -> web.Response | None:
    """Do what the fault does instead of answering; None means that the answer still follows."""
    match fault.kind:
        case FaultKind.SLOW:
            await asyncio.sleep(fault.duration)
            return None
        case FaultKind.HANG | FaultKind.NO_BROWSER_HANGS:
            # Ends when the client leaves: the server cancels the handlers of closed connections.
            await asyncio.Event().wait()
        case FaultKind.DISCONNECT if request.transport is not None:
            request.transport.abort()
    return _refusal(fault)


def _refusal(fault: Fault) -> web.Response | None:
    status = {
        FaultKind.UNAUTHORIZED: 401,
        FaultKind.FORBIDDEN: 403,
        FaultKind.TOO_FAST: 403,
        FaultKind.THROTTLED: 429,
        FaultKind.SERVER_ERROR: fault.status,
        FaultKind.PARTIAL: 500,
        FaultKind.HTML: 200,
        FaultKind.DISCONNECT: 500,
    }.get(fault.kind)
    if status is None:
        return None
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
    return web.Response(status=status, text=BLOCK_PAGE, content_type="text/html", headers=headers)


def spoil_answer(response: web.StreamResponse, fault: Fault) -> web.StreamResponse:
    """Cut the body of a finished answer in half, if that is what the fault does."""
    if fault.kind is not FaultKind.TRUNCATED or not isinstance(response, web.Response):
        return response
    body = response.body if isinstance(response.body, bytes) else b""
    return web.Response(status=response.status, body=body[: len(body) // 2], content_type=response.content_type)


def lose_answer(request: web.Request, fault: Fault) -> None:
    """Cut the line after everything was done, if that is what the fault does."""
    if fault.kind is FaultKind.LOST_ANSWER and request.transport is not None:
        request.transport.abort()


def change_offers(answer: dict[str, Any], fault: Fault) -> dict[str, Any]:
    """Return the offers answer as the fault makes it look."""
    offers: list[dict[str, Any]] = answer["offers"]
    match fault.kind:
        case FaultKind.EMPTY_LIST:
            return answer | {"offers": [], "total": 0, "offersCount": 0, "deliveryDurationFacetValues": {}}
        case FaultKind.OTHER_UNITS:
            return answer | {"offers": [offer | {"price": offer["price"] / 100} for offer in offers]}
    return answer


def change_card(card: dict[str, Any], fault: Fault) -> dict[str, Any]:
    """Return a listed card as the fault makes it look: a tenth dearer, and led by somebody else."""
    if fault.kind is not FaultKind.LISTING_LIES:
        return card
    price = card["unitPrice"] * 11 // 10
    return card | {"unitPrice": price, "unitSalePrice": price, "bestMerchant": "10000001"}


def hidden_merchants(struck: list[Fault]) -> set[str]:
    """Return the merchants whose offers the faults leave out, from counts and pages too."""
    return {fault.merchant_id for fault in struck if fault.kind is FaultKind.MISSING_OWN_OFFER}
