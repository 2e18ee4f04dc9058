"""What a text of a stranger may hold."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

LINES = "\r\n\t"
# Control characters, and those that turn the direction of what follows: they make a text look like another one.
TURNS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def check_plain_text(text: str) -> None:
    """Raise ValidationError for characters that are not seen. Markup is text like any other, and shown as typed."""
    if any(is_unseen(character) for character in text):
        raise ValidationError(_("The text holds characters that cannot be seen. Write plain text."), code="not_plain")


def is_unseen(character: str) -> bool:
    return character in TURNS or (unicodedata.category(character) == "Cc" and character not in LINES)
