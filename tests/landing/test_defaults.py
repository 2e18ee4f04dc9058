"""The tariffs and questions that the migrations bring: whole, in three languages, and never written twice."""

import importlib
from itertools import pairwise
from types import ModuleType

import pytest
from django.apps import apps

from landing.models import Faq, Tariff

pytestmark = pytest.mark.django_db

LANGUAGES = ("ru", "kk", "en")


@pytest.fixture
def migration(empty_landing: None) -> ModuleType:
    return importlib.import_module("landing.migrations.0003_landing_defaults")


def test_the_tariffs_grow_from_free(migration: ModuleType) -> None:
    migration.write(apps, None)
    rows = list(Tariff.objects.all())
    assert [row.code for row in rows] == ["free", "solo", "shop", "chain"]
    assert (rows[0].price_month, rows[0].price_year, rows[0].trial_days) == (0, 0, 0)
    for less, more in pairwise(rows):
        assert less.price_month < more.price_month
        assert less.product_limit < more.product_limit
        assert less.store_limit <= more.store_limit
        assert less.staff_limit < more.staff_limit
    assert [row.code for row in rows if row.is_recommended] == ["shop"]
    # A year costs ten months.
    assert all(row.price_year == 10 * row.price_month for row in rows)


def test_every_text_is_there_in_every_language(migration: ModuleType) -> None:
    migration.write(apps, None)
    for row in Tariff.objects.all():
        row.full_clean()
        assert all(getattr(row, f"{name}_{code}") for name in ("name", "description") for code in LANGUAGES)
        assert len({bool(getattr(row, f"features_{code}")) for code in LANGUAGES}) == 1
    assert Faq.objects.count() == 9
    for question in Faq.objects.all():
        question.full_clean()
        assert all(getattr(question, f"{name}_{code}") for name in ("question", "answer") for code in LANGUAGES)


def test_what_is_there_is_left_alone(migration: ModuleType) -> None:
    Tariff.objects.create(code="own", name_ru="Свой", price_month=1, price_year=10, product_limit=1)
    Faq.objects.create(question_ru="Свой?", answer_ru="Свой")
    migration.write(apps, None)
    assert [row.code for row in Tariff.objects.all()] == ["own"]
    assert [row.question_ru for row in Faq.objects.all()] == ["Свой?"]
