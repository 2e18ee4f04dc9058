"""What must not stand in a log."""

import logging

from kaspi_backend.logs import MaskSecrets


def test_the_key_of_a_price_list_never_reaches_a_log() -> None:
    record = logging.makeLogRecord({"msg": "%s: %s", "args": ("Unauthorized", "/price-list/s3cret-Key_1.xml")})
    assert MaskSecrets().filter(record)
    assert record.getMessage() == "Unauthorized: /price-list/•••.xml"


def test_other_lines_stay_as_they_are() -> None:
    record = logging.makeLogRecord({"msg": "looked at %s", "args": ("100000001",)})
    MaskSecrets().filter(record)
    assert record.getMessage() == "looked at 100000001"
