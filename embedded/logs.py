"""Where the output of a child goes: `<name>.log`, and what came before in `<name>.log.1`, both bounded."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

LIMIT_BYTES = 5_000_000


def start_log(path: Path) -> None:
    """What was written since the last start becomes the previous log."""
    if path.exists():
        path.replace(_previous(path))


def appending(path: Path) -> BinaryIO:
    """The log, open for a child: whatever else happens to the file, each line lands at its end. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("ab")


def shorten(path: Path, limit: int = LIMIT_BYTES) -> None:
    """
    Move what a log holds to the previous one if it has more than `limit` bytes.

    The file stays the same one: a child that appends to it goes on writing, from the start.
    Raises OSError: somebody removed it, or there is no room for the previous one.
    """
    if path.stat().st_size > limit:
        shutil.copyfile(path, _previous(path))
        os.truncate(path, 0)


def last_lines(path: Path, count: int = 30) -> str:
    """The end of a log, for a person."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-count:])


def _previous(path: Path) -> Path:
    return path.with_name(f"{path.name}.1")
