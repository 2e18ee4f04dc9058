"""What a request asks for, read leniently, for the log and for choosing faults."""

from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web


@dataclass(frozen=True, slots=True)
class Asked:
    """The kind of path (`offers`, `results`, ...) and what it names; None for what it does not."""

    kind: str
    card_id: str | None
    city_id: str | None
    merchant_id: str | None
    page: int


async def read_asked(request: web.Request) -> Asked:
    """Describe the request. Nothing in it is refused here."""
    kind = request.match_info.route.name or "other"
    body = _json_object(await request.read()) if request.method == "POST" else {}
    return Asked(
        kind=kind,
        card_id=request.match_info.get("card_id"),
        city_id=_string(body.get("cityId")) or request.query.get("c"),
        merchant_id=_merchant_in_body(body) or query_filters(request.query.get("q", "")).get("allMerchants"),
        page=_page(body.get("page", request.query.get("page"))),
    )


def query_filters(chain: str) -> dict[str, str]:
    """Split a chain such as `:category:Categories:allMerchants:99000001` into its pairs."""
    parts = chain.split(":")[1:]
    return dict(zip(parts[::2], parts[1::2], strict=False))


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _merchant_in_body(body: dict[str, Any]) -> str | None:
    wanted = body.get("merchantUID")
    return _string(wanted[0] if isinstance(wanted, list) and wanted else wanted)


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _page(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() else 0
