"""The key to a seller's own side of the marketplace."""

import re
from typing import NoReturn

# Every token seen is 44 characters of base64. What has blanks or other letters was pasted wrongly; what is longer than
# any header should be is no token.
_TOKEN = re.compile(r"[!-~]{16,256}")


class Token:
    """
    A merchant's API token. It shows itself to nobody: not printed, not compared by accident, not put into a queue.

    Raises ValueError, without the value, for what cannot be a token: 16 to 256 visible ASCII characters.
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        if not _TOKEN.fullmatch(secret):
            raise ValueError("a token is 16 to 256 visible ASCII characters without blanks")
        self._secret = secret

    def reveal(self) -> str:
        """The token itself, for the header of a request and for nothing else."""
        return self._secret

    @property
    def last_four(self) -> str:
        """What people may see of it, to tell two tokens apart."""
        return self._secret[-4:]

    def __repr__(self) -> str:
        return "Token(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a token is not sent through queues and caches")
