"""Files as people send them, made for the test."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

CAMERA = 0x010F  # EXIF: who made the camera
ORIENTATION = 0x0112


def picture_bytes(
    size: tuple[int, int] = (400, 300), form: str = "PNG", mode: str = "RGB", colour: Any = "orange", **options: Any
) -> bytes:
    written = BytesIO()
    Image.new(mode, size, colour).save(written, form, **options)
    return written.getvalue()


def upload(content: bytes, name: str = "photo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/png")


def photo_with_metadata() -> bytes:
    """A JPEG that lies on its side and tells which camera made it."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[CAMERA] = 6, "Camera of Aigul"
    return picture_bytes(form="JPEG", exif=exif)
