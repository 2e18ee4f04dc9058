"""The whole command, with tiny programs: how it starts, and every way it ends."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded.forms import ROOT
from embedded.ports import free_port
from tests.environment import lives

SMALL_PRODUCT = Path(__file__).parent / "small_product.py"
DEADLINE_SECONDS = 20

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to the life of its parent")


class SmallProduct:
    """The running command: what it says, which children it has, how it ends."""

    def __init__(self, data: Path, port: int, flaws: str) -> None:
        self.port = port
        self._logs = data / "logs"
        arguments = [data, free_port(), "--port", port]
        self.process = subprocess.Popen(
            [sys.executable, SMALL_PRODUCT, *map(str, arguments)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "FLAWS": flaws},
            stdout=subprocess.PIPE,
            text=True,
        )

    def lines_until_ready(self) -> list[str]:
        """What it says, without the seconds, up to its last line before it falls silent."""
        assert self.process.stdout
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line.split("] ", 1)[-1].rstrip())
            if line.endswith("the next start goes on from here.\n"):
                return lines
        raise AssertionError(f"it ended before it was ready: {lines}")

    def children(self) -> set[int]:
        """The process ids of what it keeps running."""
        logs = (self._logs / "sandbox.log", self._logs / "web.log")
        return {int(log.read_text().splitlines()[0]) for log in logs}

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send it a signal; its exit code and what it still said."""
        self.process.send_signal(number)
        return self.finish()

    def finish(self) -> tuple[int, str]:
        """Wait for its end; its exit code and what it still said."""
        rest, _errors = self.process.communicate(timeout=DEADLINE_SECONDS)
        return self.process.returncode, rest


StartProduct = Callable[..., SmallProduct]


@pytest.fixture
def start_product(tmp_path: Path) -> Iterator[StartProduct]:
    """Starts the small product, by default on a free port; whatever still runs afterwards is ended."""
    started: list[SmallProduct] = []

    def start(flaws: str = "", port: int | None = None) -> SmallProduct:
        started.append(SmallProduct(tmp_path / "data", port or free_port(), flaws))
        return started[-1]

    yield start
    for product in started:
        if product.process.returncode is None:
            product.end(signal.SIGTERM)


def _wait_for_death(pid: int) -> None:
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    with os.fdopen(watched):
        ended, _, _ = select.select([watched], [], [], DEADLINE_SECONDS)
    assert ended, f"process {pid} outlived its supervisor"


def test_it_says_what_it_does_and_where_it_is(start_product: StartProduct, tmp_path: Path) -> None:
    product = start_product()

    assert product.lines_until_ready() == [
        "Starting a small marketplace",
        "First step",
        "a shop was opened",
        "Second step",
        "Starting web",
        f"Ready on http://127.0.0.1:{product.port}",
        f"The logs          {tmp_path}/data/logs",
        "Ctrl-C ends it; the next start goes on from here.",
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_end_ends_every_child_and_is_no_error(start_product: StartProduct, number: signal.Signals) -> None:
    product = start_product()
    product.lines_until_ready()
    children = product.children()
    assert len(children) == 2
    assert all(map(lives, children))

    code, _said = product.end(number)

    assert code == 0
    assert not any(map(lives, children))


@on_linux
def test_a_killed_supervisor_leaves_no_child_behind(start_product: StartProduct) -> None:
    product = start_product()
    product.lines_until_ready()
    children = product.children()
    assert len(children) == 2

    product.end(signal.SIGKILL)

    for child in children:
        _wait_for_death(child)


def test_a_second_start_on_the_same_data_is_refused(start_product: StartProduct) -> None:
    first = start_product()
    first.lines_until_ready()

    code, said = start_product().finish()

    assert code == 1
    assert f"is in use by another start (process {first.process.pid})" in said
    assert all(map(lives, first.children()))


def test_a_busy_port_stops_the_start_and_names_a_free_one(start_product: StartProduct, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, said = start_product(port=port).finish()

    assert code == 1
    assert f"Port {port} of 127.0.0.1 cannot be used: another program listens there." in said
    assert "Try: scripts/run --port " in said
    assert not (tmp_path / "data/logs").exists()


def test_a_failed_preparation_shows_its_last_words_and_starts_nothing_more(
    start_product: StartProduct, tmp_path: Path
) -> None:
    code, said = start_product("preparation").finish()

    assert code == 1
    assert "second ended with code 1:\non fire" in said
    assert not (tmp_path / "data/logs/web.log").exists()
