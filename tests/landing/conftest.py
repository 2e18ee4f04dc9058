"""An empty landing page, and a folder of its own for pictures."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from landing.models import Faq, Footer, Review, Tariff


@pytest.fixture
def empty_landing(db: None) -> None:
    """Without what the migrations bring."""
    for model in (Review, Footer, Faq, Tariff):
        model._default_manager.all().delete()


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path
