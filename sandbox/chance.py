"""Seeded chance: one named stream for each actor, the same in every process."""

import random


def stream(seed: int, name: str) -> random.Random:
    """Return the random stream that belongs to `name` alone.

    A string seed is hashed by SHA-512, so the stream does not depend on PYTHONHASHSEED.
    """
    return random.Random(f"{seed}/{name}")  # noqa: S311 - a game that must repeat, not a secret
