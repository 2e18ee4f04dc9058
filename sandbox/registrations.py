"""Where the sellers' price lists are, and the file that remembers it from one run to the next."""

import os
import re
from pathlib import Path

import msgspec

_WEB_ADDRESS = re.compile(r"https?://[^\s/]+\S*")


class StateError(Exception):
    """The state file cannot be used; the text says which and why, in one line."""


class Registration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a seller's price list is, and the optional Basic login to it.

    Raises ValueError when the url is no web address.
    """

    url: str
    login: str = ""
    password: str = ""

    def __post_init__(self) -> None:
        if not _WEB_ADDRESS.fullmatch(self.url):
            raise ValueError(f"url is {self.url!r}; an http or https address is expected")


class _State(msgspec.Struct, forbid_unknown_fields=True):
    """The content of a state file: registrations by merchant id."""

    price_lists: dict[str, Registration]


def read_registrations(path: Path) -> dict[str, Registration]:
    """Return the registrations by merchant id; none where there is no file yet. Raises StateError."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StateError(f"cannot read the state file {path}: {error.strerror}") from error
    try:
        return msgspec.json.decode(content, type=_State).price_lists
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StateError(f"cannot understand the state file {path}: {error}") from error


def write_registrations(path: Path, registrations: dict[str, Registration]) -> None:
    """Replace the file in one step; only its owner may read it. Raises StateError, the old file then stays."""
    content = msgspec.json.format(msgspec.json.encode(_State(registrations)), indent=2)
    fresh = path.with_name(f"{path.name}.new")
    try:
        _write_private(fresh, content)
        fresh.replace(path)
    except OSError as error:
        raise StateError(f"cannot write the state file {path}: {error.strerror}") from error


def _write_private(path: Path, content: bytes) -> None:
    # A run that was killed may have left one behind, with whatever rights.
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
