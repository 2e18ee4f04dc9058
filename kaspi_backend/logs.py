"""What must not stand in a log."""

import logging
import re

SECRET_ADDRESS = re.compile(r"(/price-list/)[A-Za-z0-9_-]+")
# The name and the password within an address: of a proxy, a broker, a database.
LOGIN = re.compile(r"(?<=://)[^\s/@'\"]+@")
# A Kazakh phone as people and the marketplace write it: 7001234567, +7 700 123-45-67, 8 (700) 123 45 67.
PHONE = re.compile(r"(?<![\w.])(?:\+?7|8)?[ -]?\(?7\d{2}\)?[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}(?!\w)")

_formatter = logging.Formatter()


class MaskSecrets(logging.Filter):
    """
    Takes the keys of price lists, the passwords in addresses and the phones of buyers out of every line and every
    traceback: whoever reads logs may neither fetch lists, nor use our proxies, nor call buyers.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        masked = mask(message)
        if masked != message:
            record.msg, record.args = masked, ()
        if record.exc_info and not record.exc_text:
            # Kept with the record, and so what every handler writes.
            record.exc_text = mask(_formatter.formatException(record.exc_info))
        return True


def mask(text: str) -> str:
    """The text without keys, passwords and phones."""
    return PHONE.sub("•••", LOGIN.sub("•••@", SECRET_ADDRESS.sub(r"\1•••", text)))
