"""
Pictures that people send in: checked before they are decoded, and kept as WebP in a few widths.

What is kept is drawn anew, so nothing of the file that came (metadata, a place, a hidden second file) is served. Names
come from the content: equal pictures are one file, and a name never shows anything else.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

MAX_BYTES = 5_000_000
MAX_PIXELS = 24_000_000
MIN_SIDE, MAX_SIDE = 16, 8_000
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 82
FOLDER = "landing"
NAME = re.compile(r"(?P<digest>[0-9a-f]{32})-(?P<width>[0-9]{1,4})x(?P<height>[0-9]{1,4})")


class PictureError(ValueError):
    """The file is not kept. `code` is stable, `message` says in the active language what to send instead."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Rendition:
    """One picture in one width. `name` is that of its file, without folder and ending."""

    digest: str
    width: int
    height: int

    @property
    def name(self) -> str:
        return f"{self.digest}-{self.width}x{self.height}"

    @property
    def path(self) -> Path:
        """Where its file lies."""
        return Path(settings.MEDIA_ROOT, FOLDER, f"{self.name}.webp")


def check_size(size: int) -> None:
    """Raises PictureError for a file of more than MAX_BYTES. Nothing of it has been read by then."""
    if size > MAX_BYTES:
        raise PictureError("too_many_bytes", _("The file is larger than 5 MB. Send a smaller one."))


def open_picture(file: IO[bytes]) -> Image.Image:
    """
    The picture, not decoded yet: its format and its measures are read and checked.

    Raises PictureError.
    """
    try:
        file.seek(0)
        picture = Image.open(file, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except (OSError, SyntaxError, ValueError):
        raise _unreadable() from None
    if picture.width * picture.height > MAX_PIXELS:
        raise _too_large()
    if max(picture.size) > MAX_SIDE:
        raise PictureError("too_long", _("A side of the picture is longer than 8000 pixels. Send a smaller one."))
    if min(picture.size) < MIN_SIDE:
        raise PictureError("too_small", _("The picture is smaller than 16 pixels. Send a larger one."))
    return picture


def decode(picture: Image.Image) -> Image.Image:
    """The upright pixels of an opened picture and nothing else of it. Raises PictureError."""
    try:
        upright = ImageOps.exif_transpose(picture)
        return upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (OSError, SyntaxError, ValueError):
        raise _unreadable() from None


def keep(file: IO[bytes], size: int, widths: Sequence[int]) -> Rendition:
    """
    Check a file and write the picture, once for each of `widths` that it is large enough for.

    Returns the largest. Raises PictureError, and then nothing was written.
    """
    check_size(size)
    pixels = decode(open_picture(file))
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()[:32]
    width = fitting(widths, pixels.width)[-1]
    largest = Rendition(digest, width, _height(*pixels.size, width))
    for rendition in renditions(largest, widths):
        _write(rendition, pixels)
    return largest


def fitting(widths: Iterable[int], width: int) -> list[int]:
    """The widths in which a picture `width` pixels wide is kept, ascending: never enlarged."""
    return sorted({min(each, width) for each in widths})


def read_name(name: str) -> Rendition | None:
    """What a name says, or None: it is no name of ours."""
    match = NAME.fullmatch(name)
    return match and Rendition(match["digest"], int(match["width"]), int(match["height"]))


def renditions(largest: Rendition, widths: Iterable[int]) -> list[Rendition]:
    """All that `keep` has written for a picture, ascending."""
    return [
        Rendition(largest.digest, width, _height(largest.width, largest.height, width))
        for width in fitting(widths, largest.width)
    ]


def delete(digest: str) -> None:
    """Delete a picture in all its widths. What is not there is no matter."""
    for path in Path(settings.MEDIA_ROOT, FOLDER).glob(f"{digest}-*.webp"):
        path.unlink(missing_ok=True)


def _height(width: int, height: int, wanted: int) -> int:
    return max(1, round(height * wanted / width))


def _write(rendition: Rendition, pixels: Image.Image) -> None:
    """The whole file or none: a name stands for its content, so half a file would stay for ever."""
    content = BytesIO()
    drawn = pixels.resize((rendition.width, rendition.height), Image.Resampling.LANCZOS)
    drawn.save(content, "WEBP", quality=QUALITY)
    rendition.path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=rendition.path.parent, delete=False) as unfinished:
        unfinished.write(content.getvalue())
    Path(unfinished.name).rename(rendition.path)


def _unreadable() -> PictureError:
    return PictureError("not_a_picture", _("This is not a picture that can be read. Send a JPEG, PNG or WebP."))


def _too_large() -> PictureError:
    return PictureError("too_many_pixels", _("The picture has more than 24 million pixels. Send a smaller one."))
