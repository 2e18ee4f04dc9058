"""Cities as people call them, in the active language."""

from django.utils.translation import get_language

import kaspi


def city_name(city_id: str) -> str:
    """The city's name; Russian where no other is known, the code itself for an unknown one."""
    known = kaspi.CITIES.get(city_id)
    if known is None:
        return city_id
    return getattr(known, f"name_{get_language() or 'ru'}", None) or known.name_ru


def names_of_city(city_id: str) -> list[str]:
    """The city's names in Russian, Kazakh and English, as far as they are known."""
    known = kaspi.CITIES.get(city_id)
    return [] if known is None else [name for name in (known.name_ru, known.name_kk, known.name_en) if name]
