"""
Price lists as files: built aside, swapped in by one rename, served without database, Redis or workers.

Each store has a folder named by a hash of its key, so that a listing of the disk opens nothing:

    price-lists/<hash of key>/00000012.xml     the versions, the newest few
                             /live.xml         a link to the one that is served
                             /access.json      store, login, hash of the password
"""

import hashlib
import hmac
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Self

from django.conf import settings

from stores.models import Store

KEEP_VERSIONS = 5
# A file that no builder can still be writing: its lease was over long ago.
LEFT_BEHIND_SECONDS = 3600


@dataclass(frozen=True)
class Access:
    """Who may fetch a store's price list."""

    store_id: int
    login: str
    password_hash: str

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
    return Access(store.pk, store.price_list_login, store.price_list_password_hash)


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


def go_live(folder: Path, number: int) -> None:
    """Serve this version from now on: one rename, so a reader gets the old list or the new one, never half of each."""
    aside = folder / f"live.{os.getpid()}.{number}.tmp"
    aside.unlink(missing_ok=True)
    aside.symlink_to(version_path(folder, number).name)
    aside.replace(folder / "live.xml")
    for old in sorted(folder.glob("[0-9]*.xml"))[:-KEEP_VERSIONS]:
        if int(old.stem) < number:
            old.unlink(missing_ok=True)
    for built in folder.glob("*.built"):
        if time.time() - built.stat().st_mtime > LEFT_BEHIND_SECONDS:
            built.unlink(missing_ok=True)


def keep_refused(built: Path, folder: Path, number: int) -> None:
    """Keep a refused file for whoever asks why, and only the newest few of them."""
    adopt(built, folder / f"{number:08}.refused")
    for old in sorted(folder.glob("*.refused"))[:-KEEP_VERSIONS]:
        old.unlink(missing_ok=True)


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
