"""Which TCP ports can be had, and which one we had last time."""

import asyncio
import errno
import socket
from contextlib import suppress
from pathlib import Path

from embedded.errors import PortError

LOOPBACK = "127.0.0.1"
FIRST_ORDINARY_PORT, LAST_PORT = 1024, 65_535


def check_port(host: str, port: int) -> None:
    """Raise PortError, with a port that is free instead, if we could not listen on `host:port`."""
    try:
        _listen_for_a_moment(host, port)
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise PortError(f"This machine has no address {host}. Try: scripts/run --host {LOOPBACK}") from None
        advice = f"Try: scripts/run --port {_free_port_above(host, max(port, FIRST_ORDINARY_PORT))}"
        raise PortError(f"Port {port} of {host} cannot be used: {_reason(error)}. {advice}") from None


def free_port(host: str = LOOPBACK) -> int:
    """A port of `host` that nobody listens on now, chosen by the system."""
    return _listen_for_a_moment(host, 0)


def kept_port(path: Path) -> int:
    """The loopback port written in `path` while it is free; else a new one, which is then kept there."""
    with suppress(OSError, OverflowError, ValueError):
        return _listen_for_a_moment(LOOPBACK, int(path.read_text()))
    port = free_port()
    path.write_text(f"{port}\n")
    return port


async def accepts(port: int) -> bool:
    """Whether somebody listens on this loopback port."""
    try:
        _reader, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    return True


def reachable(host: str) -> str:
    """The address by which this machine itself reaches a server that listens on `host`."""
    return LOOPBACK if host in ("0.0.0.0", "::", "") else host  # noqa: S104 -- compared, not listened on


def _listen_for_a_moment(host: str, port: int) -> int:
    family, *_rest, address = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        # A port whose last connections are still fading (TIME_WAIT) is free for a server.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address[0], port))
        listener.listen()
        return int(listener.getsockname()[1])


def _free_port_above(host: str, port: int) -> int:
    for candidate in range(port + 1, LAST_PORT + 1):
        with suppress(OSError):
            return _listen_for_a_moment(host, candidate)
    return free_port(host)


def _reason(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "ports below 1024 need special rights"
    return "another program listens there" if error.errno == errno.EADDRINUSE else str(error.strerror)
