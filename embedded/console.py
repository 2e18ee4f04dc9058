"""Progress for the person at the console: one line per event, each with the seconds since the start."""

import os
import time
from collections.abc import Callable
from typing import TextIO

DIM, YELLOW, RED, GREEN = "2", "33", "31", "32"


class Console:
    """Writes lines to `stream`; in colours only on a terminal without NO_COLOR (https://no-color.org)."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._started = clock()
        self._colours = stream.isatty() and not os.environ.get("NO_COLOR")

    def say(self, text: str) -> None:
        """Something went as it should."""
        self._write(text)

    def celebrate(self, text: str) -> None:
        """Something the person was waiting for."""
        self._write(text, GREEN)

    def warn(self, text: str) -> None:
        """Something went wrong, and is being put right."""
        self._write(text, YELLOW)

    def fail(self, text: str) -> None:
        """Something went wrong, and ends the start."""
        self._write(text, RED)

    def _write(self, text: str, colour: str = "") -> None:
        seconds = f"[{self._clock() - self._started:6.1f} s]"
        self._stream.write(f"{self._painted(seconds, DIM)} {self._painted(text, colour)}\n")
        self._stream.flush()

    def _painted(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colours and colour else text
