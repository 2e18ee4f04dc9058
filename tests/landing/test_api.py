"""The content over the API: its parts, its languages, and who is told that nothing has changed."""

import json

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from landing.models import Faq, Footer, Review, Tariff
from landing.services import editions
from tests.landing.pictures import picture_bytes, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_landing")]

PARTS = ["", "tariffs/", "reviews/", "faq/", "footer/"]
LANGUAGES = ["ru", "kk", "en"]


@pytest.fixture
def rows(empty_landing: None) -> None:
    """One visible and one hidden row of everything."""
    for code, is_visible in (("solo", True), ("secret", False)):
        Tariff.objects.create(
            code=code,
            name_ru="Старт",
            name_kk="Бастау",
            name_en="Start",
            features_ru="Все города\n\n  Отмена ",
            price_month=9_900,
            price_year=99_000,
            product_limit=300,
            staff_limit=1,
            trial_days=14,
            is_visible=is_visible,
        )
        Faq.objects.create(question_ru=f"Кому? {code}", answer_ru="Всем", question_kk="Кімге?", is_visible=is_visible)
    for state in Review.State.values:
        Review.objects.create(author_name=state, text="Удобно", rating=5, state=state)
    Footer.objects.create(company_name="ТОО Скрытое", is_visible=False)
    Footer.objects.create(company_name="ТОО Пример", address_ru="Алматы", address_kk="Алматы қаласы")


def get(path: str, **headers: str) -> HttpResponse:
    return Client().get(f"/api/landing/{path}", headers=headers)


@pytest.mark.usefixtures("rows")
def test_all_parts_together() -> None:
    assert get("?language=kk").json() == {
        "tariffs": [
            {
                "code": "solo",
                "name": "Бастау",
                "description": "",
                "features": ["Все города", "Отмена"],
                "price_month": 9_900,
                "price_year": 99_000,
                "year_saving": 19_800,
                "product_limit": 300,
                "store_limit": 1,
                "staff_limit": 1,
                "trial_days": 14,
                "is_recommended": False,
            }
        ],
        "reviews": get("reviews/").json(),
        "faq": [{"question": "Кімге?", "answer": "Всем"}],
        "footer": {
            "company_name": "ТОО Пример",
            "address": "Алматы қаласы",
            "phone": "",
            "email": "",
            "telegram_url": "",
            "whatsapp_url": "",
            "instagram_url": "",
            "logo": [],
        },
    }
    assert [review["author_name"] for review in get("reviews/").json()] == ["published"]


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_part_is_what_it_is_among_all(language: str) -> None:
    everything = get(f"?language={language}").json()
    assert {part: get(f"{part}/?language={language}").json() for part in everything} == everything


def test_an_empty_page_is_empty() -> None:
    assert get("").json() == {"tariffs": [], "reviews": [], "faq": [], "footer": None}


@pytest.mark.usefixtures("rows")
def test_the_language_is_that_of_the_address_or_of_the_browser() -> None:
    assert get("tariffs/", accept_language="kk").json()[0]["name"] == "Бастау"
    assert get("tariffs/?language=ru", accept_language="kk").json()[0]["name"] == "Старт"
    assert get("tariffs/?language=kk").headers["Content-Language"] == "kk"
    assert "Accept-Language" in get("tariffs/").headers["Vary"]


@pytest.mark.parametrize("asked", ["de", "", "ru-RU", "<script>"])
def test_a_language_that_is_not_ours_is_refused(asked: str) -> None:
    answer = Client().get("/api/landing/", {"language": asked})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert list(answer.json()["fields"]) == ["language"]


def test_addresses_of_pictures_are_whole() -> None:
    photo = upload(picture_bytes((100, 50)))
    Review.objects.create(author_name="Айгуль", text="Удобно", rating=5, state="published", photo=photo)
    (review,) = get("reviews/").json()
    assert [(each["width"], each["height"]) for each in review["photo"]] == [(64, 32), (100, 50)]
    for each in review["photo"]:
        assert each["url"].startswith("http://127.0.0.1:8000/pictures/")
        assert Client().get(each["url"].removeprefix("http://127.0.0.1:8000")).status_code == 200


# --- Nothing has changed ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("path", [*(f"/api/landing/{part}" for part in PARTS), "/", "/kk/", "/en/"])
def test_who_has_it_is_told_so_without_a_body(path: str) -> None:
    first = Client().get(path)
    again = Client().get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == "public, no-cache"
    assert Client().get(path, headers={"If-None-Match": '"another"'}).status_code == 200


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("path", ["/api/landing/", "/"])
def test_each_language_has_a_checksum_of_its_own(path: str) -> None:
    pages = {"/": ["/", "/kk/", "/en/"]}.get(path, [f"{path}?language={language}" for language in LANGUAGES])
    assert len({Client().get(page).headers["ETag"] for page in pages}) == 3


def edit(admin_client: Client, faq: Faq, **changes: str) -> None:
    typed = {"question_ru": faq.question_ru, "answer_ru": faq.answer_ru, "position": "0", "is_visible": "on"}
    answer = admin_client.post(f"/api/admin/landing/faq/{faq.pk}/change/", typed | changes)
    assert answer.status_code == 302


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("path", ["/api/landing/?language=ru", "/api/landing/faq/?language=ru", "/"])
def test_an_edit_is_seen_at_once(admin_client: Client, path: str) -> None:
    faq = Faq.objects.get(is_visible=True)
    before = Client().get(path)
    edit(admin_client, faq, answer_ru="Продавцам")
    after = Client().get(path, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert "Продавцам" in after.content.decode()
    assert "Продавцам" not in before.content.decode()


@pytest.mark.usefixtures("rows")
def test_an_edit_that_changes_nothing_leaves_the_checksum(admin_client: Client) -> None:
    faq = Faq.objects.get(is_visible=True)
    before = get("?language=ru").headers["ETag"]
    edit(admin_client, faq, question_kk=faq.question_kk)
    assert get("?language=ru", if_none_match=before).status_code == 304


@pytest.mark.usefixtures("rows")
def test_deleting_is_seen_at_once(admin_client: Client) -> None:
    get("faq/")
    faq = Faq.objects.get(is_visible=True)
    admin_client.post(f"/api/admin/landing/faq/{faq.pk}/delete/", {"post": "yes"})
    assert get("faq/").json() == []


@pytest.mark.usefixtures("rows")
def test_deleting_many_is_seen_at_once(admin_client: Client) -> None:
    get("tariffs/")
    chosen = {"action": "delete_selected", "_selected_action": list(Tariff.objects.values_list("pk", flat=True))}
    admin_client.post("/api/admin/landing/tariff/", chosen | {"post": "yes"})
    assert get("tariffs/").json() == []


@pytest.mark.usefixtures("rows")
def test_another_process_is_told_by_the_edition(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process edits, this one has not heard of; it asks which edition is out."""
    assert get("faq/?language=ru").json()[0]["answer"] == "Всем"
    Faq.objects.update(answer_ru="Продавцам")
    assert get("faq/?language=ru").json()[0]["answer"] == "Всем"
    editions.renew()
    assert get("faq/?language=ru").json()[0]["answer"] == "Продавцам"


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("path", [*(f"/api/landing/{part}" for part in PARTS), "/", "/kk/", "/en/"])
def test_it_costs_five_queries_once_and_one_from_then_on(path: str, admin_client: Client) -> None:
    assert [count(Client(), path), count(Client(), path)] == [5, 1]
    # Who reads is not asked who he is: a session costs nothing, and the answer may be kept by anybody.
    assert count(admin_client, path) == 1
    assert "Cookie" not in admin_client.get(path).headers["Vary"]
    assert admin_client.get(path).cookies == {}


def count(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["", "tariffs/", "faq/", "footer/"])
def test_the_parts_are_only_read(admin_client: Client, method: str, path: str) -> None:
    answer = getattr(admin_client, method)(f"/api/landing/{path}", json.dumps({}), content_type="application/json")
    assert answer.status_code == 405
