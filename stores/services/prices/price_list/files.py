"""
Price lists as files: built aside, swapped in by one rename, served without database, Redis or workers.

Each store has a folder named by a hash of its key, so that a listing of the disk opens nothing:

    price-lists/<hash of key>/00000012.xml     the versions, the newest few
                             /00000012.gz      the same, packed
                             /00000012.index   where in it each product's offer stands
                             /live.xml         a link to the one that is served
                             /access.json      store, login, hash of the password
"""

import gzip
import hashlib
import hmac
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Self

from django.conf import settings

from stores.models import Store
from stores.services.prices.price_list.index import Former, IndexReader

KEEP_VERSIONS = 5
# A file that no builder can still be writing: its lease was over long ago.
LEFT_BEHIND_SECONDS = 3600
BLOCK = 1024 * 1024
# What stands beside a list, made from it.
BESIDE = (".gz", ".index")
# The quickest level: the list is as good as packed by it, and waits for nothing longer.
GZIP_LEVEL = 1


@dataclass(frozen=True)
class Access:
    """Who may fetch a store's price list."""

    store_id: int
    login: str
    password_hash: str
    # With the owner's subscription; who had it may have it again.
    is_ended: bool = False

    def admits(self, login: str, password: str) -> bool:
        """Whether these are the store's own login and password; takes the same time for all wrong answers."""
        is_login = hmac.compare_digest(login.encode(), self.login.encode())
        is_password = hmac.compare_digest(hash_password(password), self.password_hash)
        return is_login and is_password


@dataclass(frozen=True)
class LiveList:
    """The version that is served now."""

    path: Path
    number: int

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """The live version of a folder, or None before the first one."""
        try:
            path = folder / (folder / "live.xml").readlink()
        except FileNotFoundError:
            return None
        return cls(path, int(path.stem))


def hash_password(password: str) -> str:
    """One round is enough: these passwords are 256 bits of chance, not somebody's dog."""
    return hashlib.sha256(password.encode()).hexdigest()


def folder_of(key: str) -> Path:
    """Where the price lists of the store with this key lie."""
    return settings.PRICE_LISTS_DIR / hashlib.sha256(key.encode()).hexdigest()[:40]


def version_path(folder: Path, number: int) -> Path:
    return folder / f"{number:08}.xml"


def access_of(store: Store) -> Access:
    """The access that the store's row says."""
    return Access(
        store.pk, store.price_list_login, store.price_list_password_hash, is_ended=store.list_ended_at is not None
    )


def write_access(folder: Path, access: Access) -> None:
    """Say who may fetch, atomically."""
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f"access.{os.getpid()}.tmp"
    aside.write_text(json.dumps(asdict(access)))
    aside.chmod(0o600)
    aside.replace(folder / "access.json")


def remove_access(folder: Path) -> None:
    """Nobody may fetch any more."""
    (folder / "access.json").unlink(missing_ok=True)


def read_access(folder: Path) -> Access | None:
    """Who may fetch, or None where no store has this key."""
    try:
        return Access(**json.loads((folder / "access.json").read_text()))
    except FileNotFoundError:
        return None


def go_live(folder: Path, number: int, pulled: int | None = None) -> None:
    """
    Serve this version from now on: one rename, so a reader gets the old list or the new one, never half of each. Of the
    others the newest few are kept, and the one that the marketplace `pulled` last.
    """
    aside = folder / f"live.{os.getpid()}.{number}.tmp"
    aside.unlink(missing_ok=True)
    aside.symlink_to(version_path(folder, number).name)
    aside.replace(folder / "live.xml")
    for old in sorted(folder.glob("[0-9]*.xml"))[:-KEEP_VERSIONS]:
        if int(old.stem) < number and int(old.stem) != pulled:
            for suffix in (".xml", *BESIDE):
                old.with_suffix(suffix).unlink(missing_ok=True)
    for built in folder.glob("*.built"):
        if time.time() - built.stat().st_mtime > LEFT_BEHIND_SECONDS:
            built.unlink(missing_ok=True)


def keep_refused(built: Path, folder: Path, number: int) -> None:
    """Keep a refused file for whoever asks why, and only the newest few of them."""
    adopt(built, folder / f"{number:08}.refused")
    for old in sorted(folder.glob("*.refused"))[:-KEEP_VERSIONS]:
        old.unlink(missing_ok=True)


@dataclass
class Built:
    """A list that is being built, and what will stand beside it; `size` in bytes."""

    path: Path
    size: int = 0
    sha256: str = ""

    @property
    def index(self) -> Path:
        return self._beside(".index")

    def finish(self) -> None:
        """Measure and pack what was written."""
        self.size, self.sha256 = self.path.stat().st_size, sha256_of(self.path)
        with self.path.open("rb") as source, self._beside(".gz").open("wb") as packed:
            with gzip.GzipFile(filename="", fileobj=packed, mode="wb", compresslevel=GZIP_LEVEL, mtime=0) as target:
                shutil.copyfileobj(source, target, BLOCK)
            flush(packed)

    def adopt_as(self, target: Path) -> None:
        """Give the finished list and what stands beside it their names."""
        for suffix in BESIDE:
            adopt(self._beside(suffix), target.with_suffix(suffix))
        adopt(self.path, target)

    def remove(self) -> None:
        """Take the names away under which it was built."""
        for path in (self.path, *map(self._beside, BESIDE)):
            path.unlink(missing_ok=True)

    def _beside(self, suffix: str) -> Path:
        return self.path.with_suffix(f"{suffix}.built")


@contextmanager
def building(folder: Path, name: str) -> Iterator[Built]:
    """A list under construction. What of it was adopted stays, the rest is gone afterwards."""
    built = Built(folder / f"{name}.built")
    try:
        yield built
    finally:
        built.remove()


def former_of(live: LiveList) -> Former | None:
    """The live list to copy from, if it can be."""
    index = IndexReader.open(live.path.with_suffix(".index"), live.path.stat().st_size)
    return None if index is None else Former(live.path, index)


def adopt(built: Path, target: Path) -> None:
    """Give a finished file its name. May run twice: the transaction around it may be tried again."""
    link = target.with_suffix(".link")
    link.unlink(missing_ok=True)
    os.link(built, link)
    link.replace(target)


def flush(file: BinaryIO) -> None:
    """On disk for good, so that no crash of the machine leaves a half-written live list."""
    file.flush()
    os.fsync(file.fileno())


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
