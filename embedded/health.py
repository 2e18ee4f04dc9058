"""What the running product says about itself at `/api/health/`."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from embedded.console import Console
from embedded.errors import StartError
from embedded.waiting import until

PATH = "/api/health/"
PAUSE_SECONDS = 0.25
ANSWER_SECONDS = 5.0
START_SECONDS = 90.0

MILESTONES = {
    "looked": "looked: the offers of a card were read from the storefront",
    "decided": "decided: the rivals' prices led to a price of ours",
    "published": "published: the price list holds it",
    "pulled": "pulled: the marketplace fetched the price list",
    "seen": "seen: the storefront shows the new price",
    "told": "told: the seller knows, and why",
}


@dataclass(frozen=True)
class Health:
    """`last`: when each step of a price's path was last taken, in UTC; one never taken is not in it."""

    last: Mapping[str, datetime]


async def read_health(host: str, port: int) -> Health | None:
    """
    The health of the web server at `host:port`, or None while it does not answer, or only with server errors.

    An answer without the steps counts as well: it may send a visitor of the wrong host or scheme away.
    """
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            status, body = await _get(host, port)
    except (OSError, TimeoutError, ValueError):
        return None
    last = _last_steps(body)
    if last is None and status >= 500:
        return None
    return Health(last or {})


async def wait_until_healthy(host: str, port: int, log: Path) -> None:
    """Return when the web server answers. Raises StartError, which names its log, after 90 s."""

    async def answers() -> bool:
        return await read_health(host, port) is not None

    try:
        await until(answers, pause=PAUSE_SECONDS, limit=START_SECONDS)
    except TimeoutError:
        raise StartError(f"The web server does not answer on {host}, port {port}; see {log}") from None


async def tell_milestones(host: str, port: int, console: Console, since: datetime) -> None:
    """Say once, for each step of a price's path, that it was taken for the first time after `since` (UTC)."""
    waiting = dict(MILESTONES)
    while waiting:
        await asyncio.sleep(PAUSE_SECONDS)
        health = await read_health(host, port) or Health({})
        for step in [step for step in waiting if (moment := health.last.get(step)) and moment >= since]:
            console.say(waiting.pop(step))
    console.celebrate("The first price change has gone the whole way: it was seen on the storefront.")


async def _get(host: str, port: int) -> tuple[int, bytes]:
    """Status and body. HTTP/1.0, so that the answer comes in one piece and ends with the connection."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {PATH} HTTP/1.0\r\nHost: {host}:{port}\r\nAccept: application/json\r\n\r\n".encode())
        answer = await reader.read()
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    _version, status, *_reason = head.split(maxsplit=2)
    return int(status), body


def _last_steps(body: bytes) -> dict[str, datetime] | None:
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        last = json.loads(body)["last"]
        return {step: _utc(moment) for step, moment in last.items() if moment}
    return None


def _utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(UTC)
