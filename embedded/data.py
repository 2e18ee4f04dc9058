"""The data folder of one form: who holds it, and the secrets that live in it."""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded.errors import AlreadyRunningError

OWNER_ONLY = 0o600


@contextmanager
def held(data: Path) -> Iterator[None]:
    """
    Hold the data folder, made if it is not there, for this process alone.

    The system drops the lock when the process ends, however it ends. Raises AlreadyRunningError.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunningError(
                f"{data} is in use by another start (process {lock.read().strip() or 'unknown'}). "
                "End that one with Ctrl-C first."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def signing_key() -> str:
    """64 URL-safe characters of chance."""
    return secrets.token_urlsafe(48)


def vault_keys() -> str:
    """One key of 256 bits, named as VAULT_KEYS names its keys."""
    return f"first:{secrets.token_urlsafe(32)}"


def kept_secret(path: Path, make: Callable[[], str] = signing_key) -> str:
    """The secret in `path`, made once, readable by its owner only."""
    secret = path.read_text().strip() if path.exists() else ""
    if not secret:
        secret = make()
        write_private(path, f"{secret}\n")
    path.chmod(OWNER_ONLY)
    return secret


def write_private(path: Path, text: str) -> None:
    """Write a file that was never, not even for a moment, readable by others."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    os.fchmod(descriptor, OWNER_ONLY)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
