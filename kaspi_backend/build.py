"""Which code a process runs, in one word."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

# All that runs in a web process or a worker: any of it can change a price, or who may.
PACKAGES = ("cabinet", "kaspi", "kaspi_backend", "landing", "money", "pricing", "stores", "users", "vault")


def build_of_sources(root: Path, packages: Iterable[str] = PACKAGES) -> str:
    """A checksum of the Python files of these packages: the same wherever the same code lies. 64 hex digits."""
    sources = sorted(path for package in packages for path in (root / package).rglob("*.py"))
    digest = hashlib.sha256()
    for path in sources:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return digest.hexdigest()
