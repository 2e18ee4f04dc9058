"""The table of cities: complete, clean, and told apart by code."""

import re

import pytest

from kaspi import CITIES, City, UnknownCity, city


def test_the_table_is_complete() -> None:
    assert len(CITIES) == 272
    assert sum(known.slug is not None for known in CITIES.values()) == 270
    assert sum(known.name_en is not None for known in CITIES.values()) == 32
    assert all((known.name_en is None) == (known.name_kk is None) for known in CITIES.values())


@pytest.mark.parametrize(
    "expected",
    [
        City("750000000", "almaty", "Алматы", "Almaty", "Алматы"),
        City("710000000", "nur-sultan", "Астана", "Astana", "Астана"),
        City("511010000", "shymkent", "Шымкент", "Shymkent", "Шымкент"),
        City("631010000", "ust-kamenogorsk", "Усть-Каменогорск", "Ust-Kamenogorsk", "Өскемен"),
        City("314851205", "kordai", "Кордай", None, None),
        City("634620100", None, "Зайсан", None, None),
        City("474230100", None, "п. Курык", None, None),
    ],
)
def test_a_city_is_found_by_its_code(expected: City) -> None:
    assert city(expected.code) == expected
    assert CITIES[expected.code] == expected


@pytest.mark.parametrize("known", CITIES.values(), ids=lambda known: known.code)
def test_a_row_is_clean(known: City) -> None:
    assert re.fullmatch(r"[0-9]{9}", known.code)
    assert known.slug is None or re.fullmatch(r"[A-Za-z-]+", known.slug)
    assert re.fullmatch(r"[А-Яа-яё.,()-]+( [А-Яа-яё.,()-]+)*", known.name_ru)


def test_slugs_are_told_apart() -> None:
    slugs = [known.slug for known in CITIES.values() if known.slug]
    assert len(set(slugs)) == len(slugs)


@pytest.mark.parametrize("code", ["", "1", "620000000", "almaty"])
def test_an_unknown_code_is_an_error(code: str) -> None:
    with pytest.raises(UnknownCity) as raised:
        city(code)
    assert raised.value.code == code


def test_nobody_changes_the_table() -> None:
    with pytest.raises(TypeError):
        CITIES["1"] = City("1", None, "Нигде", None, None)
