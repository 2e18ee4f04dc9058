"""Reading the health of a web server that is late, broken, or fine."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path

import pytest

from embedded import health
from embedded.console import Console
from embedded.errors import StartError
from embedded.health import MILESTONES, Health, read_health, tell_milestones, wait_until_healthy
from embedded.ports import free_port

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
StartServer = Callable[[Callable[[], bytes]], Coroutine[None, None, int]]


@pytest.fixture
async def start_server() -> AsyncIterator[StartServer]:
    """Starts a web server that gives the bytes of a function to each request. Returns its port."""
    servers: list[asyncio.Server] = []

    async def start(answer: Callable[[], bytes]) -> int:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer())
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    yield start
    for server in servers:
        server.close()
        await server.wait_closed()


def _answer(status: str, body: object) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n\r\n{json.dumps(body)}".encode()


@pytest.mark.parametrize(
    ("case", "answer", "expected"),
    [
        ("all is new", _answer("200 OK", {"status": "ok", "last": {"looked": None}}), Health({})),
        (
            "one step was taken",
            _answer("200 OK", {"status": "ok", "last": {"looked": "2026-11-23T12:00:00Z", "told": None}}),
            Health({"looked": NOON}),
        ),
        (
            "times with an offset are the same times",
            _answer("200 OK", {"status": "ok", "last": {"looked": "2026-11-23T17:00:00+05:00"}}),
            Health({"looked": NOON}),
        ),
        ("it says that it is not well, but it says so", _answer("503 Away", {"last": {}}), Health({})),
        ("the host is not one it serves", b"HTTP/1.1 400 Bad Request\r\n\r\n<h1>Bad</h1>", Health({})),
        ("it is broken", b"HTTP/1.1 500 Internal Server Error\r\n\r\n<h1>Oh</h1>", None),
        ("it closes at once", b"", None),
        ("it is no web server", b"-ERR unknown command\r\n", None),
    ],
)
async def test_health_is_read(start_server: StartServer, case: str, answer: bytes, expected: Health | None) -> None:
    port = await start_server(lambda: answer)

    assert await read_health("127.0.0.1", port) == expected, case


async def test_a_server_that_is_not_there_yet_has_no_health() -> None:
    assert await read_health("127.0.0.1", free_port()) is None


async def test_a_server_that_never_answers_stops_the_start_and_names_its_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(health, "START_SECONDS", 0.1)
    port = free_port()

    with pytest.raises(StartError) as refusal:
        await wait_until_healthy("127.0.0.1", port, tmp_path / "web.log")

    assert str(refusal.value) == f"The web server does not answer on 127.0.0.1, port {port}; see {tmp_path}/web.log"


async def test_each_step_since_the_start_is_told_once_and_the_last_line_ends_the_story(
    start_server: StartServer, said: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PAUSE_SECONDS", 0)
    before, after = "2026-11-23T11:59:59Z", "2026-11-23T12:00:01Z"
    steps = list(MILESTONES)
    answers = iter(
        [
            _answer("200 OK", {"last": dict.fromkeys(steps, before)}),
            _answer("200 OK", {"last": dict.fromkeys(steps[:2], after)}),
            _answer("500 Oh", {}),
            _answer("200 OK", {"last": dict.fromkeys(steps, after)}),
        ]
    )
    port = await start_server(lambda: next(answers))

    await tell_milestones("127.0.0.1", port, Console(said, clock=lambda: 0.0), since=NOON)

    told = [line.removeprefix("[   0.0 s] ").split(":")[0] for line in said.getvalue().splitlines()]
    assert told == [*steps, "The first price change has gone the whole way"]
