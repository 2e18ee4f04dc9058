"""Ports that are free, taken, forbidden, remembered."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.errors import PortError
from embedded.ports import accepts, check_port, free_port, kept_port, reachable

EVERYWHERE = "0.0.0.0"  # noqa: S104 -- for a moment, to see whether it could be listened on


@pytest.fixture
def busy() -> Iterator[int]:
    """A loopback port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_free_port_passes() -> None:
    port = free_port()

    check_port("127.0.0.1", port)

    assert 1024 <= port <= 65_535


@pytest.mark.parametrize("host", ["127.0.0.1", EVERYWHERE])
def test_a_busy_port_is_named_with_a_free_one_to_take_instead(busy: int, host: str) -> None:
    with pytest.raises(PortError) as refusal:
        check_port(host, busy)

    taken = rf"Port {busy} of {host} cannot be used: another program listens there\."
    suggestion = re.fullmatch(taken + r" Try: scripts/run --port (\d+)", str(refusal.value))
    assert suggestion
    check_port(host, int(suggestion[1]))


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(PortError, match=r"^This machine has no address 192\.0\.2\.1\."):
        check_port("192.0.2.1", 8000)


def test_a_port_is_kept_while_it_is_free(tmp_path: Path) -> None:
    first = kept_port(tmp_path / "port")

    assert kept_port(tmp_path / "port") == first


@pytest.mark.parametrize("written", ["{busy}", "not a port", "", "99999999"])
def test_a_port_that_cannot_be_had_again_is_replaced(tmp_path: Path, busy: int, written: str) -> None:
    file = tmp_path / "port"
    file.write_text(written.format(busy=busy))

    port = kept_port(file)

    assert port != busy
    assert file.read_text() == f"{port}\n"


async def test_whether_somebody_listens(busy: int) -> None:
    assert await accepts(busy)
    assert not await accepts(free_port())


@pytest.mark.parametrize(
    ("host", "expected"), [(EVERYWHERE, "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("10.0.0.5", "10.0.0.5")]
)
def test_this_machine_reaches_a_server_that_listens_everywhere_by_the_loopback(host: str, expected: str) -> None:
    assert reachable(host) == expected
