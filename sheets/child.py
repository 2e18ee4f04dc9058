"""Have a file read by a process of its own, which may be ended at any moment without harm to anybody."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec.json import Decoder, Encoder

from sheets.errors import FileRefused
from sheets.jobs import Answer, Job, Progress, Reading, Refused, Unsure

# The processor's seconds are limited inside; this is for one that sleeps or waits.
_PATIENCE = 3
_LONGEST_ANSWER = 4 * 1024 * 1024
_PIECE = 64 * 1024
_TOO_LONG = {signal.SIGXCPU, signal.SIGKILL}


def read_file(job: Job, tell: Callable[[int], None]) -> Reading | Unsure:
    """
    Read the job's file into its target; `tell(rows)` is called now and then, and may raise to end the reading.

    Raises FileRefused; for what the process did not survive `too_much_time`, `too_much_memory` or `unreadable`.
    """
    seconds = job.limits.seconds_for(Path(job.source).stat().st_size) * _PATIENCE
    answer: Answer | None = None
    with _process() as process:
        try:
            for answer in _answers(process, Encoder().encode(job), time.monotonic() + seconds):
                if isinstance(answer, Progress):
                    tell(answer.rows)
        finally:
            process.kill()
            process.wait()
    if isinstance(answer, (Reading, Unsure)):
        return answer
    if isinstance(answer, Refused):
        raise FileRefused(answer.code, answer.row, answer.column, **answer.facts)
    raise FileRefused(_fate(process.returncode))


def _fate(code: int) -> str:
    """Why a process ended without an answer: a signal is a limit that it met, anything else a fault of ours."""
    if code >= 0:
        return "unreadable"
    return "too_much_time" if -code in _TOO_LONG else "too_much_memory"


def _process() -> "subprocess.Popen[bytes]":
    """With nothing of our environment: no key, no password, no address. What it complains of goes to our log."""
    return subprocess.Popen(
        [sys.executable, "-m", "sheets"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parent.parent,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        start_new_session=True,
    )


def _answers(process: "subprocess.Popen[bytes]", job: bytes, deadline: float) -> Iterator[Answer]:
    """Each answer as it comes. Raises FileRefused after the deadline."""
    assert process.stdin is not None  # noqa: S101 -- both are pipes
    assert process.stdout is not None  # noqa: S101
    decode, rest = Decoder(Answer).decode, b""
    process.stdin.write(job)
    process.stdin.close()
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not ready.select(max(0.0, deadline - time.monotonic())):
                raise FileRefused("too_much_time")
            piece = os.read(process.stdout.fileno(), _PIECE)
            if not piece:
                process.wait()
                return
            *lines, rest = (rest + piece).split(b"\n")
            if len(rest) > _LONGEST_ANSWER:
                raise FileRefused("broken_archive", what="no answer")
            yield from (decode(line) for line in lines)
