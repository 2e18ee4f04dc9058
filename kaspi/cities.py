"""
The cities of the marketplace, by code.

`cities.csv` holds the storefront's city selector as stored in August 2025 (270 codes) and the two codes
that only the official list of the partner guide has. Slugs are the storefront's own spelling and empty
where it has none; English and Kazakh names are given for the larger cities.
"""

import csv
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

from msgspec import Struct

from kaspi.errors import UnknownCity


class City(Struct, frozen=True):
    """A city as the marketplace names it. `code` is text in every message, although it is made of digits."""

    code: str
    slug: str | None
    name_ru: str
    name_en: str | None
    name_kk: str | None


def _read_cities() -> dict[str, City]:
    with files("kaspi").joinpath("cities.csv").open(encoding="utf-8") as table:
        return {
            row["code"]: City(
                code=row["code"],
                slug=row["slug"] or None,
                name_ru=row["name_ru"],
                name_en=row["name_en"] or None,
                name_kk=row["name_kk"] or None,
            )
            for row in csv.DictReader(table)
        }


CITIES: Mapping[str, City] = MappingProxyType(_read_cities())
"""Every known city by its code, in the order of the table."""


def city(code: str) -> City:
    """The city with that code. Raises UnknownCity."""
    try:
        return CITIES[code]
    except KeyError:
        raise UnknownCity(code) from None
