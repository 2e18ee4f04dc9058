"""
Where the files of uploads lie: private, one folder for each, under a name of 256 bits, never served.

    uploads/<store id>/<token>/source     as it was received
                              /rows       what the reading process made of it
                              /wishes     what the preview promises to do
"""

import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from stores.models import ProductUpload
from stores.services.errors import Refusal

MEGABYTE = 1024 * 1024


def folder_of(upload: ProductUpload) -> Path:
    return settings.UPLOADS_DIR / str(upload.store_id) / upload.token


def source_of(upload: ProductUpload) -> Path:
    return folder_of(upload) / "source"


def rows_of(upload: ProductUpload) -> Path:
    return folder_of(upload) / "rows"


def wishes_of(upload: ProductUpload) -> Path:
    return folder_of(upload) / "wishes"


def aside(path: Path, claim: str) -> Path:
    """Where the holder of this claim writes before he gives the file its name."""
    return path.with_name(f"{path.name}.{claim}")


def keep(upload: ProductUpload, chunks: Iterable[bytes]) -> int:
    """Write the source, its bytes counted as they come. Raises Refusal: `too_large`, `empty_file`."""
    folder = folder_of(upload)
    folder.mkdir(parents=True, mode=0o700)
    size = 0
    with os.fdopen(os.open(source_of(upload), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > settings.UPLOAD_LIMIT:
                text = _("The file is larger than %(most)s MB. Split it, or leave out pictures and other sheets.")
                raise Refusal("too_large", text % {"most": settings.UPLOAD_LIMIT // MEGABYTE})
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if not size:
        raise Refusal("empty_file", _("The file is empty. Nothing is changed."))
    return size


def bytes_of(store_id: int) -> int:
    """How much the files of a store's uploads take. What is deleted meanwhile is not counted."""
    total = 0
    for folder, _folders, names in os.walk(settings.UPLOADS_DIR / str(store_id)):
        for name in names:
            with suppress(FileNotFoundError):
                total += (Path(folder) / name).stat().st_size
    return total


def clear(upload: ProductUpload) -> None:
    """Delete the files of an upload."""
    shutil.rmtree(folder_of(upload), ignore_errors=True)


def clear_but_wishes(upload: ProductUpload) -> None:
    """Delete the files of an upload, but for what its preview promised."""
    for path in folder_of(upload).glob("*"):
        if path != wishes_of(upload):
            path.unlink(missing_ok=True)


def left_behind(seconds: float) -> Iterator[Path]:
    """Folders that have lain there so long."""
    for folder in settings.UPLOADS_DIR.glob("*/*"):
        if time.time() - folder.stat().st_mtime > seconds:
            yield folder
