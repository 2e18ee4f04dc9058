"""
The rules of the format that the writer and the reader share.

Numbers are ASCII digits without blanks, signs or separators: `12.000` is twelve to one reader and twelve
thousand to another, so it is nothing to us.
"""

import re

from msgspec import Struct

NAMESPACE = "kaspiShopping"

MAX_NUMBER = 10**18 - 1
"""Eighteen digits: what a signed 64-bit column holds, and far beyond any price or stock."""

MAX_TEXT = 64 * 1024
"""Characters of a name. A longer one is not a name, and a reader has to stop somewhere."""

MAX_PREORDER_DAYS = 30


class Form(Struct, frozen=True):
    """How a value is spelt: for the machine, and in words for the person who has to correct it."""

    pattern: re.Pattern[str]
    words: str

    def fits(self, value: str) -> bool:
        """Whether the whole value is spelt like that."""
        return self.pattern.fullmatch(value) is not None


PRICE = Form(re.compile(r"[1-9][0-9]{0,17}"), "whole tenge from 1, digits only")
COUNT = Form(re.compile(r"[0-9]{1,18}"), "a whole number, digits only")
PREORDER = Form(re.compile(r"[1-9]|[12][0-9]|30"), "days from 1 to 30, or no preOrder at all")
CITY_ID = Form(re.compile(r"[0-9]{1,20}"), "a city code, digits only")
MERCHANT_ID = Form(re.compile(r"[A-Za-z0-9_-]{1,64}"), "Latin letters, digits, - and _")
AVAILABLE = Form(re.compile(r"yes|no"), "yes or no")
