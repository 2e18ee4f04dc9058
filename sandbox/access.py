"""Who may use the merchant API, with the token that the cabinet shows to the head of the company, and in which form."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sandbox.chance import stream

TOKEN_BYTES = 32


class AccessError(Exception):
    """The caller is not let in: an HTTP status, and a title for the list of errors."""

    def __init__(self, status: int, title: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title


@dataclass(slots=True)
class Access:
    """The tokens by merchant id. One that was revoked opens nothing until it is restored."""

    tokens: dict[str, str]
    revoked: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, seed: int, merchant_ids: Iterable[str]) -> "Access":
        """Draw a token for each merchant: the same seed gives the same ones."""
        return cls({merchant_id: _draw_token(seed, merchant_id) for merchant_id in merchant_ids})

    def merchant_of(self, headers: Mapping[str, str]) -> str:
        """Return the id of the merchant whose token the headers carry. Raises AccessError."""
        token = headers.get("X-Auth-Token", "")
        merchant_id = next((merchant for merchant, known in self.tokens.items() if known == token), None)
        if merchant_id is None or merchant_id in self.revoked:
            raise AccessError(401, "Authorization token is not valid.")
        if headers.get("X-Merchant-Uid", merchant_id) != merchant_id:
            raise AccessError(403, "The token does not belong to the merchant.")
        return merchant_id


def accepts(headers: Mapping[str, str], kind: str) -> bool:
    """Tell whether the caller takes an answer of that kind; whoever names none takes any."""
    named = {part.partition(";")[0].strip() for part in headers.get("Accept", "*/*").split(",")}
    return not named.isdisjoint({kind, f"{kind.partition('/')[0]}/*", "*/*"})


def _draw_token(seed: int, merchant_id: str) -> str:
    """Return 44 characters of base64, as every token seen has them."""
    return base64.b64encode(stream(seed, f"token/{merchant_id}").randbytes(TOKEN_BYTES)).decode()
