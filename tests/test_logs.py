"""What must not stand in a log."""

import logging
import sys

import pytest

from kaspi_backend.logs import MaskSecrets


def test_the_key_of_a_price_list_never_reaches_a_log() -> None:
    record = logging.makeLogRecord({"msg": "%s: %s", "args": ("Unauthorized", "/price-list/s3cret-Key_1.xml")})
    assert MaskSecrets().filter(record)
    assert record.getMessage() == "Unauthorized: /price-list/•••.xml"


@pytest.mark.parametrize(
    "address", ["http://seller:S3cret@proxy:3128/x", "redis://:S3cret@redis:6379/0", "http://S3cret@proxy/a@b"]
)
def test_the_password_of_an_address_never_reaches_a_log(address: str) -> None:
    record = logging.makeLogRecord({"msg": "through %s", "args": (f"url='{address}'",)})
    assert MaskSecrets().filter(record)
    scheme, _, rest = address.partition("://")
    assert record.getMessage() == f"through url='{scheme}://•••@{rest.partition('@')[2]}'"


@pytest.mark.parametrize(
    "phone",
    [
        "7001234567",
        "77001234567",
        "+77001234567",
        "87001234567",
        "+7 700 123-45-67",
        "8 (700) 123 45 67",
        "700 123 4567",
    ],
)
def test_the_phone_of_a_buyer_never_reaches_a_log(phone: str) -> None:
    record = logging.makeLogRecord({"msg": "order %s of %s: busy", "args": ("700000001", phone)})
    assert MaskSecrets().filter(record)
    assert record.getMessage() == "order 700000001 of •••: busy"


def test_nor_does_it_with_a_traceback() -> None:
    clients: dict[str, str] = {}
    try:
        clients["7001234567"]
    except KeyError:
        record = logging.makeLogRecord({"msg": "it failed", "exc_info": sys.exc_info()})
    MaskSecrets().filter(record)
    line = logging.Formatter().format(record)
    assert "7001234567" not in line
    assert "KeyError: '•••'" in line


@pytest.mark.parametrize(
    "line",
    [
        "looked at 100000001",
        "order 700000001 in city 750000000",
        "read until 1763880000 or 1763880000123",
        "PP1 30125007 SKU-7001234567X",
        "2026-11-23 10:45:00,123 took 0.7001234567 s",
        "GET https://kaspi.kz/shop/p/kettle-@100000001/?mail=a@b.kz for seller@example.kz",
    ],
)
def test_other_lines_stay_as_they_are(line: str) -> None:
    record = logging.makeLogRecord({"msg": "%s", "args": (line,)})
    MaskSecrets().filter(record)
    assert record.getMessage() == line
