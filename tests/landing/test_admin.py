"""The admin of the landing page, as a superuser meets it."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from landing.models import Faq, Footer, Review, Tariff
from landing.services import editions
from tests import cast
from tests.landing.pictures import picture_bytes, upload
from users.models import User

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
    prices = {"price_month": 9_900, "price_year": 99_000}
    Tariff.objects.create(code="start", name_ru="Старт", name_kk="Бастау", product_limit=500, **prices)
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


# --- How a row looks on the page --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("model", "shown"),
    [
        (Tariff, ["Старт", "Бастау", "9\u202f900\u202f₸", "99\u202f000\u202f₸"]),
        (Review, ["Удобно", "Айгуль"]),
        (Footer, ["ТОО Пример", "hello@example.kz"]),
        (Faq, ["Нужен ли пароль?", "Нет."]),
    ],
)
def test_a_row_is_shown_as_on_the_page_in_each_language(
    admin_client: Client, model: type[Tariff | Review | Footer | Faq], shown: list[str]
) -> None:
    row = model._default_manager.get()
    name = f"admin:landing_{model._meta.model_name}"
    answer = admin_client.get(reverse(f"{name}_preview", args=[row.pk]))
    page = answer.content.decode()
    assert [text for text in shown if text not in page] == []
    assert [f'<section lang="{code}"' in page for code in ("ru", "kk", "en")] == [True] * 3
    # The admin's own page shows it in a frame; no other site may.
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    change = admin_client.get(reverse(f"{name}_change", args=[row.pk])).content.decode()
    assert f'<iframe src="{reverse(f"{name}_preview", args=[row.pk])}"' in change


@pytest.mark.usefixtures("rows")
def test_a_row_is_shown_to_the_staff_alone(client: Client, django_user_model: type[User]) -> None:
    address = reverse("admin:landing_review_preview", args=[Review.objects.get().pk])
    assert client.get(address).status_code == 302
    clerk = django_user_model.objects.create_user("clerk@example.kz", is_staff=True)
    assert cast.at_the_desk(clerk).get(address).status_code == 403


def test_a_row_that_is_not_there_is_not_shown(admin_client: Client) -> None:
    assert admin_client.get(reverse("admin:landing_tariff_preview", args=[1])).status_code == 404
    assert "<iframe" not in admin_client.get(reverse("admin:landing_tariff_add")).content.decode()


# --- The whole page with the row on it --------------------------------------------------------------------------------

Row = Tariff | Review | Footer | Faq

HIDDEN = [
    (Tariff, {"is_visible": False, "name_kk": "Жасырын"}, "Жасырын"),
    (Review, {"state": "submitted", "text": "Оқылмаған"}, "Оқылмаған"),
    (Faq, {"is_visible": False, "question_kk": "Жасырын сұрақ?"}, "Жасырын сұрақ?"),
    (Footer, {"is_visible": False, "company_name": "Жаңа ЖШС"}, "Жаңа ЖШС"),
]


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(("model", "values", "shown"), HIDDEN)
def test_a_hidden_row_is_seen_on_the_whole_page_by_the_staff_alone(
    admin_client: Client,
    client: Client,
    model: type[Row],
    values: dict[str, object],
    shown: str,
) -> None:
    model._default_manager.update(**values)
    row = model._default_manager.get()
    address = reverse(f"admin:landing_{model._meta.model_name}_preview", args=[row.pk, "kk"])
    answer = admin_client.get(address)
    page = answer.content.decode()
    assert (shown in page, 'lang="kk"' in page, 'id="main"' in page) == (True, True, True)
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "no-store" in answer.headers["Cache-Control"]
    # Nothing was published by looking, and nobody else sees it.
    assert shown not in client.get("/kk/").content.decode()
    assert client.get(address).status_code == 302
    change = reverse(f"admin:landing_{model._meta.model_name}_change", args=[row.pk])
    assert f'href="{address}"' in admin_client.get(change).content.decode()


@pytest.mark.usefixtures("rows")
def test_the_whole_page_is_shown_in_our_languages_to_who_may_see_the_row(
    admin_client: Client, django_user_model: type[User]
) -> None:
    row = Review.objects.get()
    name = "admin:landing_review_preview"
    assert admin_client.get(reverse(name, args=[row.pk, "de"])).status_code == 404
    assert admin_client.get(reverse(name, args=[row.pk + 1, "ru"])).status_code == 404
    clerk = django_user_model.objects.create_user("clerk@example.kz", is_staff=True)
    assert cast.at_the_desk(clerk).get(reverse(name, args=[row.pk, "ru"])).status_code == 403


# --- Pictures ---------------------------------------------------------------------------------------------------------


def test_a_logo_is_sent_replaced_and_taken_away(admin_client: Client, media: Path) -> None:
    address, typed = reverse("admin:landing_footer_add"), {"company_name": "ТОО Пример", "is_visible": "on"}
    assert admin_client.post(address, typed | {"logo": upload(picture_bytes((400, 100)))}).status_code == 302
    footer = Footer.objects.get()
    assert (footer.logo.largest.width, footer.logo.largest.height) == (320, 80)
    change = reverse("admin:landing_footer_change", args=[footer.pk])
    first = footer.logo.name
    admin_client.post(change, typed | {"logo": upload(picture_bytes(colour="blue"))})
    footer.refresh_from_db()
    assert footer.logo.name != first
    admin_client.post(change, typed)
    assert Footer.objects.get().logo.name == footer.logo.name
    admin_client.post(change, typed | {"logo-clear": "on"})
    assert Footer.objects.get().logo.name == ""


def kept_in(media: Path) -> set[str]:
    """The pictures whose files are there."""
    return {path.name.partition("-")[0] for path in media.rglob("*.webp")}


def digest_of(row: Footer | Review) -> str:
    picture = row.logo if isinstance(row, Footer) else row.photo
    return picture.largest.digest


def test_the_files_of_a_picture_go_with_it(
    admin_client: Client, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    def post(address: str, typed: dict[str, Any]) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            assert admin_client.post(address, typed).status_code == 302

    footer = Footer.objects.create(company_name="ТОО Пример", logo=upload(picture_bytes((400, 100))))
    change, typed = reverse("admin:landing_footer_change", args=[footer.pk]), {"company_name": "ТОО Пример"}
    first = digest_of(footer)
    assert len(list(media.rglob(f"{first}-*.webp"))) == 2
    post(change, typed | {"phone": "+7 727 000 00 00"})
    assert kept_in(media) == {first}
    post(change, typed | {"logo": upload(picture_bytes(colour="blue"))})
    footer.refresh_from_db()
    second = digest_of(footer)
    assert kept_in(media) == {second} != {first}
    # An equal picture of another row is the same file.
    Review.objects.create(author_name="Айгуль", text="Удобно", rating=5, photo=upload(picture_bytes(colour="blue")))
    post(change, typed | {"logo-clear": "on"})
    assert kept_in(media) == {second}
    post(reverse("admin:landing_review_delete", args=[Review.objects.get().pk]), {"post": "yes"})
    assert kept_in(media) == set()


def test_the_files_of_many_rows_go_with_them(
    admin_client: Client, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    for colour in ("red", "green"):
        photo = upload(picture_bytes(colour=colour))
        Review.objects.create(author_name="Айгуль", text="Удобно", rating=5, photo=photo)
    staying = Review.objects.latest("pk")
    chosen = Review.objects.exclude(pk=staying.pk).values_list("pk", flat=True)
    delete = {"action": "delete_selected", "_selected_action": list(chosen), "post": "yes"}
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(reverse("admin:landing_review_changelist"), delete)
    assert kept_in(media) == {digest_of(staying)}


def test_a_change_that_is_taken_back_keeps_the_files(
    admin_client: Client, media: Path, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    footer = Footer.objects.create(company_name="ТОО Пример", logo=upload(picture_bytes()))

    def fail() -> None:
        raise RuntimeError

    monkeypatch.setattr(editions, "renew", fail)
    change = reverse("admin:landing_footer_change", args=[footer.pk])
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(RuntimeError):
        admin_client.post(change, {"company_name": "ТОО Пример", "logo-clear": "on"})
    footer.refresh_from_db()
    assert kept_in(media) == {digest_of(footer)}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_picture"),
        (picture_bytes((8_001, 20)), "too_long"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 40_000_000, "too_many_bytes"),
    ],
    ids=["no picture", "too long", "forty megabytes"],
)
def test_a_bad_logo_is_explained_and_nothing_is_written(
    admin_client: Client, media: Path, content: bytes, code: str
) -> None:
    typed = {"company_name": "ТОО Пример", "logo": upload(content)}
    answer = admin_client.post(reverse("admin:landing_footer_add"), typed)
    assert [error.code for error in answer.context["adminform"].errors.as_data()["logo"]] == [code]
    assert (Footer.objects.count(), list(media.rglob("*"))) == (0, [])
