"""
Secrets at rest: sealed with a key from the environment, bound to the place where they lie.

    keyring = Keyring.parse("2026-11:<43 letters>,2025-11:<43 letters>")
    sealed = keyring.seal("the token", bound_to="stores_merchanttoken.sealed/store=12")
    keyring.open(sealed, bound_to="stores_merchanttoken.sealed/store=12")

A sealed text is an envelope: the secret under a data key of its own, and that data key under the keyring's. Both are
AES-256-GCM (https://cryptography.io/en/latest/hazmat/primitives/aead/). What was sealed for one place opens at no
other: copied to another tenant's row it is worthless. Knows no framework.
"""

from vault.keyring import CannotOpen, Keyring, NoKey, VaultError, new_key
from vault.rotation import Rotation

__all__ = ["CannotOpen", "Keyring", "NoKey", "Rotation", "VaultError", "new_key"]
