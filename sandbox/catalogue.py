"""The invented goods, shops and cities the world is made of, read from `catalogue.json`."""

import functools
from importlib import resources

import msgspec


class City(msgspec.Struct, frozen=True):
    """A city as the storefront knows it: nine-digit code, Russian name, address slug."""

    id: str
    name: str
    slug: str
    address: str


class Root(msgspec.Struct, frozen=True):
    """A top branch of the menu and the brands sold in it."""

    code: str
    title: str
    brands: tuple[str, ...]


class Category(msgspec.Struct, frozen=True):
    """A leaf category: what its goods are called, cost (tenge) and weigh (grams), and how common they are."""

    code: str
    title: str
    root: str
    noun: str
    prices: tuple[int, int]
    weights: tuple[int, int]
    series: tuple[str, ...]
    variants: tuple[str, ...]
    share: int

    @property
    def master_code(self) -> str:
        """Return the code as offers and orders carry it."""
        return f"Master - {self.code}"


class ShopNames(msgspec.Struct, frozen=True):
    """Halves of shop names, and whole names of old shops whose id is text."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    textual_ids: dict[str, str]


class Catalogue(msgspec.Struct, frozen=True):
    """All of `catalogue.json`."""

    cities: tuple[City, ...]
    roots: tuple[Root, ...]
    categories: tuple[Category, ...]
    shops: ShopNames

    def root(self, code: str) -> Root:
        return next(root for root in self.roots if root.code == code)


@functools.cache
def catalogue() -> Catalogue:
    """Return the catalogue; the file is read once."""
    data = resources.files("sandbox").joinpath("catalogue.json").read_bytes()
    return msgspec.json.decode(data, type=Catalogue)
