"""The languages of the product, and texts that are stored in each of them."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    """A language we speak to people in."""

    RUSSIAN = "ru", _("Russian")
    KAZAKH = "kk", _("Kazakh")
    ENGLISH = "en", _("English")


class LocalizedTexts:
    """A row that keeps one column per language: `name_ru`, `name_kk`, `name_en`."""

    def localized(self, name: str) -> str:
        """The text `name` in the active language; in Russian where that one is empty or not ours.

        Raises AttributeError when the row has no such text.
        """
        texts: dict[str, str] = {code: getattr(self, f"{name}_{code}") for code in Language.values}
        return texts.get(active_language()) or texts[Language.RUSSIAN]


def active_language() -> str:
    """The code of the active language without its region: `en` for `en-gb`; empty when none is active."""
    return (get_language() or "").partition("-")[0]
