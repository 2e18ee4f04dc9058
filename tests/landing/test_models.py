"""What the landing page's tables hold and what they refuse."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, models, transaction
from django.utils import translation

from landing.models import Faq, Footer, Review, Tariff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_landing")]


def tariff(**changes: Any) -> Tariff:
    fields = {
        "code": "start",
        "name_ru": "Старт",
        "price_month": 9_900,
        "price_year": 99_000,
        "product_limit": 500,
    }
    return Tariff(**(fields | changes))


def review(**changes: Any) -> Review:
    return Review(**({"author_name": "Айгуль", "text": "Удобно", "rating": 5} | changes))


def faq(**changes: Any) -> Faq:
    return Faq(**({"question_ru": "Нужен ли пароль?", "answer_ru": "Нет."} | changes))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (tariff(price_month=-1), "price_month"),
        (tariff(price_year=-1), "price_year"),
        (review(rating=0), "rating_from_1_to_5"),
        (review(rating=6), "rating_from_1_to_5"),
        (review(state="lost"), "state_known"),
    ],
    ids=["price of a month", "price of a year", "rating 0", "rating 6", "unknown state"],
)
def test_the_database_refuses(row: models.Model, reason: str) -> None:
    # Not IntegrityError alone: MariaDB calls a negative number in an unsigned column out of range.
    with pytest.raises(DatabaseError, match=reason), transaction.atomic():
        row.save()


@pytest.mark.parametrize(
    "row",
    [tariff(price_month=0, price_year=0), review(rating=1), review(rating=5, state="published")],
    ids=["free of charge", "rating 1", "rating 5"],
)
def test_the_edge_of_a_range_is_inside(row: models.Model) -> None:
    row.full_clean()
    row.save()
    assert type(row)._default_manager.count() == 1


def test_a_tariff_code_is_used_once() -> None:
    tariff().save()
    with pytest.raises(IntegrityError, match="code"), transaction.atomic():
        tariff(name_ru="Другой").save()


def test_a_wrong_rating_is_explained() -> None:
    with pytest.raises(ValidationError) as refusal, translation.override("en"):
        review(rating=6).full_clean()
    assert refusal.value.messages == ["The rating goes from 1 to 5."]


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("ru", "Старт"),
        ("kk", "Бастау"),
        ("en", "Старт"),  # not translated
        ("en-gb", "Старт"),
        ("kk-kz", "Бастау"),
        ("de", "Старт"),  # not one of ours
    ],
)
def test_a_text_is_in_the_active_language_or_in_russian(language: str, name: str) -> None:
    with translation.override(language):
        assert tariff(name_kk="Бастау").name == name


def test_a_text_is_in_russian_when_no_language_is_active() -> None:
    with translation.override(None):
        assert tariff(name_kk="Бастау").name == "Старт"


def test_an_unknown_text_is_an_error() -> None:
    with pytest.raises(AttributeError, match="slogan_ru"):
        tariff().localized("slogan")


def test_every_localized_text_has_its_property() -> None:
    with translation.override("kk"):
        assert tariff(description_kk="500 тауар").description == "500 тауар"
        assert Footer(address_kk="Алматы қаласы").address == "Алматы қаласы"
        assert faq(question_kk="Құпиясөз керек пе?").question == "Құпиясөз керек пе?"
        assert faq(answer_kk="Жоқ.").answer == "Жоқ."


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (tariff(), "Старт"),
        (review(), "Айгуль, 5/5"),
        (Footer(company_name="ТОО Пример"), "ТОО Пример"),
        (faq(), "Нужен ли пароль?"),
    ],
    ids=["tariff", "review", "footer", "question"],
)
def test_a_row_has_a_name(row: models.Model, text: str) -> None:
    with translation.override("ru"):
        assert str(row) == text


def test_tariffs_come_in_their_order() -> None:
    for code, position in [("shop", 2), ("start", 1), ("chain", 3)]:
        tariff(code=code, position=position).save()
    assert list(Tariff.objects.values_list("code", flat=True)) == ["start", "shop", "chain"]


def test_a_review_waits_for_a_decision() -> None:
    review().save()
    assert Review.objects.get().state == Review.State.SUBMITTED
