"""What kind of file it is, by its content: names lie, and a browser names what it likes."""

import codecs
from enum import StrEnum
from pathlib import Path

from sheets.errors import FileRefused

_HEAD = 4096
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WEB_PAGE = (b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<style", b"<div")
# Bytes that no text has: control signs but tab, line ends and form feed.
_BINARY = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f")


class Kind(StrEnum):
    """How a file is read."""

    XML = "xml"
    XLSX = "xlsx"
    XLS = "xls"
    CSV = "csv"


def kind_of(source: Path) -> Kind:
    """Raises FileRefused: `empty`, `web_page`, `unknown_kind`."""
    with source.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(_ZIP):
        return Kind.XLSX
    if head.startswith(_OLE):
        return Kind.XLS
    text = _as_ascii(head)
    if not text.strip():
        raise FileRefused("empty")
    if text.lstrip().lower().startswith(_WEB_PAGE):
        raise FileRefused("web_page", row=1)
    if text.lstrip().startswith(b"<"):
        return Kind.XML
    if any(byte in text for byte in _BINARY):
        raise FileRefused("unknown_kind")
    return Kind.CSV


def _as_ascii(head: bytes) -> bytes:
    """The beginning without its byte order mark, and one byte a letter."""
    for mark in _UTF_16:
        if head.startswith(mark):
            codec = "utf-16-le" if mark == codecs.BOM_UTF16_LE else "utf-16-be"
            return head[2 : len(head) // 2 * 2].decode(codec, errors="replace").encode("ascii", errors="replace")
    return head.removeprefix(codecs.BOM_UTF8)
