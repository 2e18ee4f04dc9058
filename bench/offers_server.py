"""
A storefront of nothing but offers, as fast as Python answers, in a process of its own.

    .venv/bin/python bench/offers_server.py PORT [--latency 0.05] [--moving 0.03]

Any card has 20 offers in any city, 13 KB of them. Of the answers the share `moving` has another lowest price than the
answer before. `GET /stats` tells what it was asked; `latency` is in seconds.
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.environment import can_connect, free_port, stop, wait_until

OFFERS = 20
# Placeholders as long as what takes their place, so that the length stays the same.
CARD, LOWEST = b"100000000", 99_000
WINDOW_SECONDS = 10.0


def template() -> bytes:
    """An answer for the card CARD: the storefront's fields, as its clients recorded them."""
    offers = [
        {
            "masterSku": CARD.decode(),
            "masterCategory": "Electric kettles",
            "merchantId": f"{30_000_000 + number}",
            "merchantName": f"Магазин {number}",
            "merchantSku": f"SKU-{number:06}",
            "merchantReviewsQuantity": 100 + number,
            "merchantRating": 4.9,
            "price": float(LOWEST + 10 * number),
            "title": "Чайник SampleBrand X1 серебристый",
            "deliveryType": "EXPRESS",
            "delivery": "2026-12-01T18:00:00.000+05:00",
            "kdDestinationCity": "Алматы",
            "kdPickupDate": "2026-12-01T18:00:00.000+05:00",
            "deliveryDuration": "TOMORROW",
            "kaspiDelivery": True,
            "preorder": 0,
            "pickupOptions": [],
            "deliveryOptions": {"options": ["EXPRESS", "TO_DOOR"], "price": 0, "note": "x" * 60},
        }
        for number in range(OFFERS)
    ]
    return json.dumps({"offers": offers, "total": OFFERS}, ensure_ascii=False, separators=(",", ":")).encode()


class Answers:
    """What the next answer for a card in a city is, and the log of the questions."""

    def __init__(self, moving: float) -> None:
        self._template = template()
        self._moving = moving
        self._moves: dict[tuple[bytes, bytes], int] = {}
        self._chances = random.Random(1)
        self._in_flight: set[tuple[bytes, bytes]] = set()
        self._asked: list[float] = []
        self._overlaps = 0

    def begin(self, market: tuple[bytes, bytes]) -> bytes:
        self._asked.append(time.monotonic())
        self._overlaps += market in self._in_flight
        self._in_flight.add(market)
        moves = self._moves.get(market, 0)
        if self._chances.random() < self._moving:
            self._moves[market] = moves = (moves + 1) % 1_000
        body = self._template.replace(CARD, market[0])
        return body.replace(str(LOWEST).encode(), str(LOWEST - moves).encode(), 1) if moves else body

    def end(self, market: tuple[bytes, bytes]) -> None:
        self._in_flight.discard(market)

    def stats(self) -> bytes:
        """`overlaps`: questions for a market whose last one was not answered yet."""
        ends = (bisect_left(self._asked, start + WINDOW_SECONDS) for start in self._asked)
        most = max((end - index for index, end in enumerate(ends)), default=0)
        return json.dumps(
            {"requests": len(self._asked), "overlaps": self._overlaps, "most_in_10_seconds": most}
        ).encode()


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, as little of it as its clients need."""

    def __init__(self, answers: Answers, latency: float) -> None:
        self._answers = answers
        self._latency = latency
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 -- the protocol of a TCP server
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head, rest = self._buffer[:end], self._buffer[end + 4 :]
            length = next(
                (int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0
            )
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            self._answer(head.split(b" ", 2)[1], rest[:length])

    def _answer(self, path: bytes, question: bytes) -> None:
        if path == b"/stats":
            self._send(self._answers.stats())
            return
        market = (path.rpartition(b"/")[2], question.partition(b'"cityId":"')[2][:9])
        body = self._answers.begin(market)
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._finish, market, body)
        else:
            self._finish(market, body)

    def _finish(self, market: tuple[bytes, bytes], body: bytes) -> None:
        self._answers.end(market)
        self._send(body)

    def _send(self, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


@contextmanager
def serving(*, latency: float = 0.0, moving: float = 0.03) -> Iterator[str]:
    """The server in a process of its own; its address."""
    port = free_port()
    options = ["--latency", str(latency), "--moving", str(moving)]
    process = subprocess.Popen([sys.executable, __file__, str(port), *options])
    try:
        wait_until(lambda: can_connect(port), "the server of offers")
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)


def stats(url: str) -> dict[str, int]:
    """What the server at this address was asked."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
    connection.request("GET", "/stats")
    told: dict[str, int] = json.loads(connection.getresponse().read())
    connection.close()
    return told


async def serve(port: int, latency: float, moving: float) -> None:
    answers = Answers(moving)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(answers, latency), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--moving", type=float, default=0.03)
    given = parser.parse_args()
    asyncio.run(serve(given.port, given.latency, given.moving))
