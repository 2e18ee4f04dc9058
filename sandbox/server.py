"""Serving the sandbox: until told to stop, or in the background of a test."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
from aiohttp import web

from sandbox.app import make_app
from sandbox.config import MANUAL_CLOCK_STARTS_AT, ClockKind, WorldConfig

START_DEADLINE = 30.0


class SandboxError(RuntimeError):
    """The control API refused; the text is its explanation."""


@asynccontextmanager
async def serving(config: WorldConfig, host: str, port: int, state: Path | None = None) -> AsyncIterator[str]:
    """Serve inside the block and yield the base URL. Port 0 means any free one. Raises StateError."""
    runner = web.AppRunner(make_app(config, state), access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class SandboxServer:
    """A sandbox in a background thread, on a free port of this computer.

    The arguments are those of WorldConfig, and `state`, the file that keeps the registrations of price lists
    over a restart; entering raises StateError when it cannot be used::

        with SandboxServer(seed=1, cards=12, merchant_cards=8, clock="manual", paused=True) as sandbox:
            sandbox.url
            sandbox.control("POST", "/_sandbox/clock", {"advance": 60})
    """

    def __init__(  # noqa: PLR0913 - the fields of WorldConfig, spelled out for whoever writes tests
        self,
        *,
        seed: int = 1,
        cards: int = 240,
        merchant_cards: int = 200,
        pull_every: float = 3600.0,
        tempo: float = 1.0,
        clock: ClockKind = "real",
        paused: bool = False,
        starts_at: float = MANUAL_CLOCK_STARTS_AT,
        state: Path | None = None,
    ) -> None:
        self.config = WorldConfig(
            seed=seed,
            cards=cards,
            merchant_cards=merchant_cards,
            pull_every=pull_every,
            tempo=tempo,
            clock=clock,
            paused=paused,
            starts_at=starts_at,
        )
        self.url = ""
        self._state = state
        self._failure: BaseException | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(START_DEADLINE):
            raise TimeoutError(f"the sandbox did not start within {START_DEADLINE} seconds")
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(START_DEADLINE)

    def control(self, method: str, path: str, body: object = None) -> Any:
        """Call the control API and return the decoded JSON. Raises SandboxError when it refuses."""
        connection = HTTPConnection(self.url.removeprefix("http://"), timeout=START_DEADLINE)
        try:
            connection.request(method, path, None if body is None else msgspec.json.encode(body))
            response = connection.getresponse()
            answer = msgspec.json.decode(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise SandboxError(answer["error"])
        return answer

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits for the start
            self._failure = error
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with serving(self.config, "127.0.0.1", 0, self._state) as self.url:
            self._ready.set()
            await self._stop.wait()
