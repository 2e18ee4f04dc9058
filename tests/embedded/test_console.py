"""Lines with seconds, in colours only where somebody sees them."""

import io

import pytest

from embedded.console import Console


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _colours_are_welcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.parametrize(
    ("stream", "no_color", "expected"),
    [
        (io.StringIO(), "", "[  12.3 s] broken\n"),
        (Terminal(), "1", "[  12.3 s] broken\n"),
        (Terminal(), "", "\x1b[2m[  12.3 s]\x1b[0m \x1b[31mbroken\x1b[0m\n"),
    ],
)
def test_a_line_has_the_seconds_since_the_start(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, no_color: str, expected: str
) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    clock = iter([100.0, 112.34])

    Console(stream, clock=lambda: next(clock)).fail("broken")

    assert stream.getvalue() == expected
