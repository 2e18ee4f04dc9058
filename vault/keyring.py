"""The keys of an installation, and what is sealed with them."""

# ruff: noqa: N818 -- an error is named for what happened; its base class already says that it is one

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from secrets import token_bytes
from typing import NoReturn, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "v1"
KEY_BYTES = 32
NONCE_BYTES = 12
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class VaultError(Exception):
    """A secret cannot be sealed or opened. Never says anything of the secret or of a key."""


class NoKey(VaultError):
    """The environment has no key to seal with."""


class CannotOpen(VaultError):
    """Sealed with a key that is not here, for another place, or changed since."""


def new_key() -> str:
    """A key of 256 bits as it stands in the environment: 43 letters."""
    return _text(token_bytes(KEY_BYTES))


class Keyring:
    """
    Keys by their ids: the first one seals, all of them open. It shows itself to nobody.

    Raises ValueError for an id of other than 1..32 letters, digits, `-` and `_`, and for a key of other than 32 bytes.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        for key_id, key in keys.items():
            if not _KEY_ID.fullmatch(key_id):
                raise ValueError(f"the key id {key_id[:40]!r} is not 1 to 32 letters, digits, - and _")
            if len(key) != KEY_BYTES:
                raise ValueError(f"the key {key_id!r} has {len(key)} bytes, expected {KEY_BYTES}")
        self._keys = dict(keys)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `id:key,id:key` as the environment has it, keys in URL-safe base64. Raises ValueError without a key."""
        keys: dict[str, bytes] = {}
        for part in filter(None, map(str.strip, text.split(","))):
            key_id, colon, key = part.partition(":")
            if not colon:
                raise ValueError("write each key as id:key")
            if key_id in keys:
                raise ValueError(f"the key id {key_id[:40]!r} stands there twice")
            keys[key_id] = _bytes_of_key(key_id, key)
        return cls(keys)

    def seal(self, secret: str, bound_to: str) -> str:
        """ASCII text that only `open` with the same `bound_to` turns back into the secret. Raises NoKey."""
        data_key = token_bytes(KEY_BYTES)
        return ".".join([VERSION, *self._wrap(data_key, bound_to), _encrypt(data_key, secret.encode(), bound_to)])

    def open(self, sealed: str, bound_to: str) -> str:
        """The secret. Raises CannotOpen: whatever is wrong with it, nothing of it comes out."""
        key_id, wrapped, ciphertext = _parts(sealed)
        return _decrypt(self._unwrap(key_id, wrapped, bound_to), ciphertext, bound_to).decode()

    def reseal(self, sealed: str, bound_to: str) -> str:
        """The sealed secret, sealed under the first key from now on. Raises CannotOpen, NoKey."""
        key_id, wrapped, ciphertext = _parts(sealed)
        data_key = self._unwrap(key_id, wrapped, bound_to)
        _decrypt(data_key, ciphertext, bound_to)
        return ".".join([VERSION, *self._wrap(data_key, bound_to), ciphertext])

    def is_current(self, sealed: str) -> bool:
        """Whether the first key sealed it. Raises CannotOpen for what is no sealed text."""
        return _parts(sealed)[0] == next(iter(self._keys), None)

    def __bool__(self) -> bool:
        return bool(self._keys)

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._keys)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not sent through queues and caches")

    def _wrap(self, data_key: bytes, bound_to: str) -> tuple[str, str]:
        if not self._keys:
            raise NoKey("VAULT_KEYS is empty: there is no key to seal a secret with")
        key_id, key = next(iter(self._keys.items()))
        return key_id, _encrypt(key, data_key, f"{key_id}|{bound_to}")

    def _unwrap(self, key_id: str, wrapped: str, bound_to: str) -> bytes:
        key = self._keys.get(key_id)
        if key is None:
            raise CannotOpen(f"VAULT_KEYS has no key {key_id[:40]!r}")
        return _decrypt(key, wrapped, f"{key_id}|{bound_to}")


def _parts(sealed: str) -> tuple[str, str, str]:
    parts = sealed.split(".")
    if len(parts) != 4 or parts[0] != VERSION:
        raise CannotOpen("this is no sealed text")
    return parts[1], parts[2], parts[3]


def _encrypt(key: bytes, plain: bytes, bound_to: str) -> str:
    nonce = token_bytes(NONCE_BYTES)
    return _text(nonce + AESGCM(key).encrypt(nonce, plain, f"{VERSION}|{bound_to}".encode()))


def _decrypt(key: bytes, text: str, bound_to: str) -> bytes:
    try:
        sealed = _bytes(text)
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], f"{VERSION}|{bound_to}".encode())
    except (InvalidTag, ValueError):
        raise CannotOpen("sealed for another place, or changed since") from None


def _bytes_of_key(key_id: str, key: str) -> bytes:
    try:
        return _bytes(key)
    except ValueError:
        raise ValueError(f"the key {key_id[:40]!r} is not URL-safe base64") from None


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Raises ValueError, also for letters that the decoder would pass over."""
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _text(data) != text.rstrip("="):
        raise ValueError("not URL-safe base64")
    return data
