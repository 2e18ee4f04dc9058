"""The admin of the landing page, as a superuser meets it."""

import pytest
from django.test import Client
from django.urls import reverse

from landing.models import Faq, Footer, Review, Tariff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_landing")]

TARIFF = {
    "code": "start",
    "name_ru": "Старт",
    "price_month": "9900",
    "price_year": "99000",
    "product_limit": "500",
    "store_limit": "1",
    "staff_limit": "2",
    "trial_days": "7",
    "position": "1",
    "is_visible": "on",
}


@pytest.fixture
def rows(empty_landing: None) -> None:
    Tariff.objects.create(code="start", name_ru="Старт", price_month=9_900, price_year=99_000, product_limit=500)
    Review.objects.create(author_name="Айгуль", company="Пример", text="Удобно", rating=5)
    Footer.objects.create(company_name="ТОО Пример", phone="+7 700 000 00 00", email="hello@example.kz")
    Faq.objects.create(question_ru="Нужен ли пароль?", answer_ru="Нет.")


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("model", "found_by", "shown"),
    [
        ("tariff", "start", "9900"),
        ("review", "Айгуль", "Пример"),
        ("footer", "hello@", "ТОО Пример"),
        ("faq", "пароль", "Нужен ли пароль?"),
    ],
)
def test_the_list_finds_a_row(admin_client: Client, model: str, found_by: str, shown: str) -> None:
    address = reverse(f"admin:landing_{model}_changelist")
    found = admin_client.get(address, {"q": found_by})
    missed = admin_client.get(address, {"q": "nothing of the kind"})
    assert (found.status_code, missed.status_code) == (200, 200)
    assert shown in found.content.decode()
    assert (found.context["cl"].result_count, missed.context["cl"].result_count) == (1, 0)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("model", [Tariff, Review, Footer, Faq])
def test_the_pages_to_add_and_to_change_open(admin_client: Client, model: type[Tariff | Review | Footer | Faq]) -> None:
    name = f"admin:landing_{model._meta.model_name}"
    row = model._default_manager.get()
    assert admin_client.get(reverse(f"{name}_add")).status_code == 200
    assert admin_client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200


def test_a_tariff_is_added(admin_client: Client) -> None:
    answer = admin_client.post(reverse("admin:landing_tariff_add"), TARIFF)
    assert answer.status_code == 302
    added = Tariff.objects.get()
    assert (added.code, added.price_month, added.price_year, added.trial_days) == ("start", 9_900, 99_000, 7)


def test_a_price_with_a_dot_is_not_guessed(admin_client: Client) -> None:
    answer = admin_client.post(reverse("admin:landing_tariff_add"), TARIFF | {"price_month": "12.000"})
    assert answer.status_code == 200
    assert list(answer.context["adminform"].errors) == ["price_month"]
    assert Tariff.objects.count() == 0


@pytest.mark.usefixtures("rows")
def test_a_review_is_published_from_the_list(admin_client: Client) -> None:
    review = Review.objects.get()
    answer = admin_client.post(
        reverse("admin:landing_review_changelist"),
        {
            "form-TOTAL_FORMS": "1",
            "form-INITIAL_FORMS": "1",
            "form-0-id": review.pk,
            "form-0-state": "published",
            "form-0-position": "3",
            "_save": "Save",
        },
    )
    assert answer.status_code == 302
    review.refresh_from_db()
    assert (review.state, review.position) == ("published", 3)


def test_a_link_without_a_scheme_is_taken_for_https(admin_client: Client) -> None:
    answer = admin_client.post(
        reverse("admin:landing_footer_add"), {"company_name": "ТОО Пример", "telegram_url": "t.me/example"}
    )
    assert answer.status_code == 302
    assert Footer.objects.get().telegram_url == "https://t.me/example"
