"""Fetch uv from PyPI where there is no pip to do it: fetch_uv.py VERSION FILE. For Linux with glibc."""

import hashlib
import io
import platform
import re
import sys
import urllib.request
import zipfile
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

INDEX = "https://pypi.org/simple/uv/"


def main(version: str, target: Path) -> None:
    """Write the uv binary of `version` to `target`. Its wheel must have the checksum that PyPI lists."""
    address, checksum = find_wheel(version, download(INDEX).decode())
    wheel = download(address)
    if hashlib.sha256(wheel).hexdigest() != checksum:
        sys.exit(f"{address} is not what PyPI lists: its checksum differs")
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        binary = archive.read(f"uv-{version}.data/scripts/uv")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(binary)
    target.chmod(0o755)


def find_wheel(version: str, page: str) -> tuple[str, str]:
    """
    Address and SHA-256 of the wheel for this machine in a page of the index.

    https://packaging.python.org/en/latest/specifications/simple-repository-api/
    """
    name = rf"uv-{re.escape(version)}-[^\"#]*manylinux[^\"#]*_{re.escape(platform.machine())}\.whl"
    link = re.search(rf'href="([^"#]*{name})#sha256=([0-9a-f]{{64}})"', page)
    if not link:
        sys.exit(f"there is no uv {version} for this machine ({platform.machine()})")
    return urljoin(INDEX, unescape(link[1])), link[2]


def download(address: str) -> bytes:
    """The bytes at an address of PyPI. Ends the program, in words, when they cannot be had."""
    request = urllib.request.Request(address, headers={"Accept": "text/html, application/octet-stream"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- https, from PyPI's own page
            content: bytes = answer.read()
    except OSError as error:
        sys.exit(f"{address}: {error}")
    return content


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
