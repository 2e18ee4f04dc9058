"""What must not stand in a log."""

import logging
import re

SECRET_ADDRESS = re.compile(r"(/price-list/)[A-Za-z0-9_-]+")


class MaskSecrets(logging.Filter):
    """Takes the keys of price lists out of every line: whoever reads logs may not fetch lists."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if "/price-list/" in message:
            record.msg, record.args = SECRET_ADDRESS.sub(r"\1•••", message), ()
        return True
