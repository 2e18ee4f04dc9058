"""A row as the page shows it, for whoever edits it."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Model
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString

from landing.views.page import frame


@dataclass(frozen=True)
class Drawn:
    """One language of it."""

    language: str
    name: str
    html: SafeString


def draw(topic: str, row: Model) -> list[Drawn]:
    """A row of `topic` (`tariff`, `review`, …) by the page's own template, in each language."""
    return [Drawn(code, name, _part(topic, row, code)) for code, name in settings.LANGUAGES]


def _part(topic: str, row: Model, language: str) -> SafeString:
    with translation.override(language):
        return render_to_string(f"landing/_{topic}.html", {topic: row, "is_open": True, **frame(language)})
