"""A customer's review: sent, read by the staff, shown as it was written."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from landing.models import Review
from users.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_landing")]

WORDS = {"author_name": "Әлия", "company": "Күнбағыс", "text": "Ночью держит цену.", "rating": 5, "language": "ru"}
HTML = "<script>alert(1)</script><img src=x onerror=alert(1)>&amp;</blockquote> {{ 7|add:7 }} \" '"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;&lt;/blockquote&gt;"


@pytest.fixture
def customer() -> User:
    return User.objects.create_user("aliya@example.kz", "kun-bagys-2026", full_name="Әлия")


@pytest.fixture
def browser(customer: User) -> Client:
    client = Client()
    client.force_login(customer)
    return client


def send(client: Client, **changes: Any) -> HttpResponse:
    body = json.dumps({name: value for name, value in (WORDS | changes).items() if value is not None})
    return client.post("/api/landing/reviews/", body, content_type="application/json")


def shown() -> list[str]:
    return [review["text"] for review in Client().get("/api/landing/reviews/").json()]


def moderate(admin_client: Client, review: Review, state: str) -> None:
    typed = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-0-id": str(review.pk),
        "form-0-state": state,
        "form-0-position": "0",
        "_save": "Save",
    }
    assert admin_client.post("/api/admin/landing/review/", typed).status_code == 302


def test_it_is_shown_after_somebody_has_read_it(browser: Client, admin_client: Client, customer: User) -> None:
    assert (send(browser).status_code, shown()) == (201, [])
    review = Review.objects.get()
    assert (review.author, review.state, review.text) == (customer, "submitted", WORDS["text"])
    moderate(admin_client, review, "published")
    assert shown() == [WORDS["text"]]
    assert "Ночью держит цену." in Client().get("/").content.decode()
    moderate(admin_client, review, "rejected")
    assert shown() == []
    assert "Ночью держит цену." not in Client().get("/").content.decode()


def test_it_has_no_say_in_its_state_or_its_author(browser: Client) -> None:
    for field, value in (("state", "published"), ("author", 1), ("position", 0), ("ratting", 5)):
        answer = send(browser, **{field: value})
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert Review.objects.count() == 0


def test_nobody_in_particular_sends_nothing() -> None:
    answer = send(Client())
    assert (answer.status_code, Review.objects.count()) == (401, 0)


def test_another_site_cannot_send_in_a_customers_name(customer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(customer)
    answer = send(client)
    assert (answer.status_code, Review.objects.count()) == (403, 0)
    page = client.post("/review/", {"author_name": "x", "text": "x", "rating": "5"})
    assert (page.status_code, Review.objects.count()) == (403, 0)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"rating": 0}, "rating"),
        ({"rating": 6}, "rating"),
        ({"rating": "five"}, "rating"),
        ({"rating": None}, "rating"),
        ({"text": ""}, "text"),
        ({"text": "   "}, "text"),
        ({"text": None}, "text"),
        ({"text": "x" * 1501}, "text"),
        ({"text": "a\0b"}, "text"),
        ({"text": "a\x1bb"}, "text"),
        ({"text": "a\u202eb"}, "text"),
        ({"author_name": ""}, "author_name"),
        ({"author_name": "x" * 151}, "author_name"),
        ({"author_name": "Әлия\u202e"}, "author_name"),
        ({"company": "x" * 151}, "company"),
        ({"language": "de"}, "language"),
    ],
)
def test_what_cannot_be_shown_is_refused(browser: Client, changes: dict[str, Any], field: str) -> None:
    answer = send(browser, **changes)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    assert Review.objects.count() == 0


def test_the_edges_are_taken(browser: Client) -> None:
    text = "Жақсы\n\n" + "х" * 1493
    assert send(browser, text=text, rating=1, company=None, language=None).status_code == 201
    review = Review.objects.get()
    assert (review.text, review.rating, review.company, review.language) == (text, 1, "", "ru")


def test_one_waits_at_a_time(browser: Client, admin_client: Client) -> None:
    send(browser)
    answer = send(browser, text="Ещё один")
    assert (answer.status_code, answer.json()["code"]) == (409, "review_waits")
    assert Review.objects.count() == 1
    moderate(admin_client, Review.objects.get(), "rejected")
    assert send(browser, text="Ещё один").status_code == 201


def test_who_sends_too_often_is_told_when_to_come_back(browser: Client) -> None:
    answers = [send(browser, rating=9).status_code for _ in range(11)]
    assert answers == [400] * 10 + [429]
    assert int(send(browser).headers["Retry-After"]) > 0
    assert Review.objects.count() == 0
    # Reading is not counted.
    assert browser.get("/api/landing/reviews/").status_code == 200


# --- Markup is text ---------------------------------------------------------------------------------------------------


def test_markup_is_shown_as_it_was_typed(browser: Client, admin_client: Client) -> None:
    send(browser, text=HTML, author_name="<b>Әлия</b>", company="</figure><script>")
    review = Review.objects.get()
    assert review.text == HTML
    moderate(admin_client, review, "published")
    assert shown() == [HTML]
    for path in ("/", "/kk/", "/en/", f"/api/admin/landing/review/{review.pk}/preview/"):
        page = admin_client.get(path).content.decode()
        assert ESCAPED in page
        assert "&lt;b&gt;Әлия&lt;/b&gt;" in page
        assert [word for word in ("<script>", "<img src=x", "<b>Әлия", "</figure><script") if word in page] == []
    listed = admin_client.get("/api/admin/landing/review/").content.decode()
    assert "<script>alert(1)" not in listed


# --- The form ---------------------------------------------------------------------------------------------------------


def test_the_form_is_for_customers() -> None:
    answer = Client().get("/review/")
    assert answer.headers["Location"] == "/cabinet/login/?next=/review/"


def test_a_review_is_written_in_the_form(browser: Client) -> None:
    assert 'name="text"' in browser.get("/review/").content.decode()
    answer = browser.post("/review/", {"author_name": "Әлия", "company": "", "text": "Ночью\r\nдержит", "rating": "4"})
    assert answer.headers["Location"] == "/review/"
    review = Review.objects.get()
    assert (review.author_name, review.rating, review.state, review.language) == ("Әлия", 4, "submitted", "ru")
    assert 'name="text"' not in browser.get("/review/").content.decode()


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(browser: Client) -> None:
    page = browser.post("/review/", {"author_name": "Әлия", "text": "Ночью <b>", "rating": "9"}).content.decode()
    assert 'class="error"' in page
    assert "Ночью &lt;b&gt;" in page
    assert Review.objects.count() == 0


def test_the_form_takes_no_second_one_while_the_first_waits(browser: Client) -> None:
    send(browser)
    answer = browser.post("/review/", {"author_name": "Әлия", "text": "Ещё", "rating": "4"})
    assert (answer.status_code, Review.objects.count()) == (200, 1)


def test_a_customers_words_are_not_edited_by_the_staff(browser: Client, admin_client: Client) -> None:
    send(browser)
    review = Review.objects.get()
    typed = {"state": "published", "position": "0", "text": "Лучший сервис", "rating": "5", "author_name": "Другой"}
    assert admin_client.post(f"/api/admin/landing/review/{review.pk}/change/", typed).status_code == 302
    review.refresh_from_db()
    assert (review.state, review.text, review.author_name) == ("published", WORDS["text"], "Әлия")


def test_who_leaves_takes_his_words_along(browser: Client, customer: User) -> None:
    send(browser)
    customer.delete()
    assert Review.objects.count() == 0
