"""Which code a process runs, in one word."""

import hashlib
from pathlib import Path

# What decides, sends and publishes prices.
PACKAGES = ("kaspi", "kaspi_backend", "pricing", "stores")


def build_of_sources(root: Path) -> str:
    """A checksum of the Python files of these packages: the same wherever the same code lies. 64 hex digits."""
    sources = sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))
    digest = hashlib.sha256()
    for path in sources:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return digest.hexdigest()
