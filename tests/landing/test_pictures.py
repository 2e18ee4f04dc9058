"""Pictures that people send: what is refused, and what is kept of the others."""

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.translation import override
from PIL import Image

from landing import pictures
from landing.fields import PictureFormField
from landing.models import Footer, Review
from landing.pictures import PictureError, Rendition
from tests.landing.pictures import CAMERA, ORIENTATION, photo_with_metadata, picture_bytes, upload

pytestmark = pytest.mark.usefixtures("media")

WIDTHS = (64, 128, 256)


def files(media: Path) -> list[str]:
    return sorted(path.name for path in media.rglob("*") if path.is_file())


def keep(content: bytes, widths: tuple[int, ...] = WIDTHS) -> Rendition:
    return pictures.keep(BytesIO(content), len(content), widths)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises this many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in chunks)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
BAD = [
    ("a text", b"This is not a picture.", "not_a_picture"),
    ("nothing", b"", "not_a_picture"),
    ("a page that calls itself a picture", b"<!doctype html><img src=x onerror=alert(1)>", "not_a_picture"),
    ("an SVG, which may hold scripts", SVG, "not_a_picture"),
    ("a GIF", picture_bytes(form="GIF", mode="P", colour=1), "not_a_picture"),
    ("a TIFF", picture_bytes(form="TIFF"), "not_a_picture"),
    ("a PNG cut half-way", picture_bytes((900, 900), mode="RGB")[:200], "not_a_picture"),
    ("a JPEG cut half-way", picture_bytes((900, 900), "JPEG")[:700], "not_a_picture"),
    ("a header that promises a bomb", bomb(50_000, 50_000), "too_many_pixels"),
    ("a header that promises a smaller bomb", bomb(10_000, 9_500), "too_many_pixels"),
    ("a header just over the limit", bomb(6_001, 4_000), "too_many_pixels"),
    ("a strip", bomb(8_001, 20), "too_long"),
    ("a dot", picture_bytes((15, 15)), "too_small"),
]


@pytest.mark.parametrize(("content", "code"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_what_is_no_usable_picture_is_refused_and_nothing_is_written(media: Path, content: bytes, code: str) -> None:
    with pytest.raises(PictureError) as refusal:
        keep(content)
    assert refusal.value.code == code
    assert files(media) == []


class Untouchable(SimpleUploadedFile):
    """A file that must not be read."""

    def read(self, *args: Any) -> Any:
        raise AssertionError("It was read.")


@pytest.mark.parametrize("size", [pictures.MAX_BYTES + 1, 40_000_000])
def test_a_file_of_forty_megabytes_is_refused_before_a_byte_of_it_is_read(media: Path, size: int) -> None:
    file = Untouchable("photo.png", b"", "image/png")
    file.size = size
    with pytest.raises(ValidationError) as refusal:
        PictureFormField().clean(file)
    assert [error.code for error in refusal.value.error_list] == ["too_many_bytes"]
    with pytest.raises(PictureError) as kept:
        pictures.keep(file, size, WIDTHS)
    assert kept.value.code == "too_many_bytes"
    assert files(media) == []


def test_a_picture_that_promises_too_much_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("It was decoded.")

    monkeypatch.setattr(Image.Image, "load", decoded)
    with override("en"), pytest.raises(PictureError, match="24 million"):
        pictures.open_picture(BytesIO(bomb(6_001, 4_000)))


@pytest.mark.parametrize(
    ("size", "kept"),
    [
        ((400, 300), ["64x48", "128x96", "256x192"]),
        ((200, 200), ["64x64", "128x128", "200x200"]),
        ((64, 32), ["64x32"]),
        ((20, 600), ["20x600"]),
        ((1000, 16), ["64x1", "128x2", "256x4"]),
    ],
)
def test_it_is_kept_in_each_width_and_never_enlarged(media: Path, size: tuple[int, int], kept: list[str]) -> None:
    largest = keep(picture_bytes(size))
    assert [f"{each.width}x{each.height}" for each in pictures.renditions(largest, WIDTHS)] == kept
    assert files(media) == sorted(f"{largest.digest}-{measures}.webp" for measures in kept)
    for each in pictures.renditions(largest, WIDTHS):
        with Image.open(each.path) as written:
            assert (written.format, written.size) == ("WEBP", (each.width, each.height))


def test_the_largest_alone_tells_the_names_of_all(media: Path) -> None:
    """Measures are rounded: from the picture that was sent they would now and then be others."""
    for height in range(100, 180):
        for each in pictures.renditions(keep(picture_bytes((300, height))), WIDTHS):
            assert each.path.is_file()


@pytest.mark.parametrize(
    ("form", "mode", "colour"),
    [
        ("JPEG", "RGB", "red"),
        ("JPEG", "CMYK", (0, 255, 255, 0)),
        ("JPEG", "L", 128),
        ("PNG", "RGBA", (255, 0, 0, 128)),
        ("PNG", "P", 3),
        ("PNG", "LA", (9, 9)),
        ("WEBP", "RGB", "red"),
    ],
)
def test_every_kind_of_colours_is_read(form: str, mode: str, colour: Any) -> None:
    largest = keep(picture_bytes(form=form, mode=mode, colour=colour))
    with Image.open(largest.path) as written:
        assert written.mode == ("RGBA" if mode in ("RGBA", "LA") else "RGB")


def test_no_metadata_is_kept_and_the_picture_stands_upright() -> None:
    with Image.open(BytesIO(photo_with_metadata())) as sent:
        assert sent.getexif()[CAMERA] == "Camera of Aigul"
        assert sent.size == (400, 300)
    largest = keep(photo_with_metadata(), (256,))
    with Image.open(largest.path) as written:
        assert dict(written.getexif()) == {}
        assert written.size == (256, 341)
    assert b"Aigul" not in largest.path.read_bytes()
    assert ORIENTATION not in written.getexif()


def test_equal_pictures_are_one_file_and_another_one_is_another(media: Path) -> None:
    assert keep(picture_bytes()) == keep(picture_bytes(form="WEBP", lossless=True))
    before = files(media)
    assert keep(picture_bytes(colour="blue")).digest not in before[0]
    assert len(files(media)) == 2 * len(before)


def test_a_name_never_stands_for_half_a_file(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever dies before the last step leaves a file that nobody asks for."""

    def die(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "rename", die)
        keep(picture_bytes())
    assert [name for name in files(media) if name.endswith(".webp")] == []
    largest = keep(picture_bytes())
    with Image.open(largest.path) as written:
        written.load()


def test_a_row_keeps_what_was_sent(db: None) -> None:
    sent = upload(picture_bytes(), name="x" * 150 + ".png")
    review = Review.objects.create(author_name="Айгуль", text="Удобно", rating=5, photo=PictureFormField().clean(sent))
    photo = Review.objects.get(pk=review.pk).photo
    assert photo.url == f"/pictures/{photo.largest.digest}-256x192.webp"
    assert photo.srcset.split(", ") == [
        f"/pictures/{photo.largest.digest}-{measures}.webp {width}w"
        for measures, width in (("64x48", 64), ("128x96", 128), ("256x192", 256))
    ]


def test_a_row_without_a_picture_has_none(db: None) -> None:
    footer = Footer.objects.create(company_name="ТОО Пример")
    assert not footer.logo
    with pytest.raises(ValueError, match="no picture"):
        _ = footer.logo.url


# --- How they are served ----------------------------------------------------------------------------------------------


def test_a_picture_is_served_to_be_kept_for_good() -> None:
    largest = keep(picture_bytes())
    answer = Client().get(f"/pictures/{largest.name}.webp")
    assert answer.getvalue() == largest.path.read_bytes()
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Cookie" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("name", ["0" * 32 + "-64x64", "secret", "0" * 32 + "-64x64x64", "0" * 31 + "-1x1"])
def test_another_name_is_a_404(media: Path, name: str) -> None:
    (media / "landing").mkdir()
    (media / "landing" / "secret.webp").write_bytes(b"secret")
    assert Client().get(f"/pictures/{name}.webp").status_code == 404


@pytest.mark.parametrize("path", ["/pictures/..%2f..%2fdb.webp", "/pictures/../db.sqlite3", "/pictures/a/b.webp"])
def test_no_path_leads_elsewhere(path: str) -> None:
    assert Client().get(path).status_code == 404
