"""Merchants: who sells, how well rated, and with which character."""

import random
from dataclasses import dataclass
from enum import StrEnum

from sandbox.catalogue import ShopNames
from sandbox.chance import stream

OWN_MERCHANT_ID = "30125007"
OWN_MERCHANT_NAME = "Күнбағыс Маркет"
REGULARS = 40
CROWD = 40


class Character(StrEnum):
    """How a rival behaves."""

    UNDERCUTTER = "undercutter"
    FOLLOWER = "follower"
    SLEEPER = "sleeper"
    VANISHER = "vanisher"
    TYPO_MAKER = "typo-maker"


@dataclass(frozen=True, slots=True)
class Merchant:
    """A shop as the storefront names it. Without reviews there is no rating.

    `hides_zero` shops leave the review count out of answers where others say 0: both are seen in the wild.
    `character` is None for a shop that moves only by its price list.
    """

    id: str
    name: str
    rating: float | None
    reviews: int
    character: Character | None
    hides_zero: bool = False


OWN_MERCHANT = Merchant(OWN_MERCHANT_ID, OWN_MERCHANT_NAME, rating=4.8, reviews=214, character=None)

_REGULAR_CHARACTERS = (
    *[Character.UNDERCUTTER] * 10,
    *[Character.FOLLOWER] * 9,
    *[Character.SLEEPER] * 13,
    *[Character.VANISHER] * 5,
    *[Character.TYPO_MAKER] * 3,
)


def make_regulars(seed: int, names: ShopNames) -> tuple[Merchant, ...]:
    """Make the rivals met on every card. The first two have a text instead of a number for an id."""
    characters = list(_REGULAR_CHARACTERS)
    stream(seed, "characters").shuffle(characters)
    textual = list(names.textual_ids.items())
    numeric = [(_numeric_id(index), _name(index, names)) for index in range(len(textual), REGULARS)]
    return tuple(
        _make_merchant(stream(seed, f"merchant/{merchant_id}"), merchant_id, name, character)
        for (merchant_id, name), character in zip(textual + numeric, characters, strict=True)
    )


def make_crowd(seed: int, names: ShopNames) -> tuple[Merchant, ...]:
    """Make the small shops that gather on the most crowded cards only. They rarely move."""
    crowd = [(_numeric_id(index), _name(index, names)) for index in range(REGULARS, REGULARS + CROWD)]
    return tuple(
        _make_merchant(stream(seed, f"merchant/{merchant_id}"), merchant_id, name, Character.SLEEPER)
        for merchant_id, name in crowd
    )


def _make_merchant(rng: random.Random, merchant_id: str, name: str, character: Character) -> Merchant:
    if rng.random() < 0.15:
        return Merchant(merchant_id, name, None, 0, character, hides_zero=rng.random() < 0.5)
    return Merchant(merchant_id, name, rng.randint(32, 50) / 10, rng.randint(3, 6000), character)


def _numeric_id(index: int) -> str:
    return str(30_200_000 + 137 * index)


def _name(index: int, names: ShopNames) -> str:
    """Return a shop name that no other index has."""
    half, rest = divmod(index, len(names.first))
    return f"{names.first[rest]} {names.second[half]}"
