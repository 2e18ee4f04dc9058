"""After a new first key: what lies sealed under older ones is sealed anew."""

from dataclasses import dataclass
from typing import Self

from vault.keyring import CannotOpen, Keyring


@dataclass
class Rotation:
    """How many secrets got the first key, had it already, and could not be opened by any key here."""

    resealed: int = 0
    current: int = 0
    unopened: int = 0

    def renew(self, keyring: Keyring, sealed: str, bound_to: str) -> str | None:
        """
        The same secret under the first key, for the caller to store and to count as `resealed`.

        None when there is nothing to store: it has that key, or opens with none; both are counted here.
        """
        try:
            if keyring.is_current(sealed):
                self.current += 1
                return None
            return keyring.reseal(sealed, bound_to)
        except CannotOpen:
            self.unopened += 1
            return None

    def __add__(self, other: Self) -> "Rotation":
        return Rotation(self.resealed + other.resealed, self.current + other.current, self.unopened + other.unopened)
