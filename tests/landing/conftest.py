"""An empty landing page: what the migrations bring is another test's matter."""

import pytest

from landing.models import Faq, Footer, Review, Tariff


@pytest.fixture
def empty_landing(db: None) -> None:
    for model in (Review, Footer, Faq, Tariff):
        model._default_manager.all().delete()
