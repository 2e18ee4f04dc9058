"""A separate front-end at FRONT_URL: the same flows as JSON, its exact origin, its cookie, its CSRF token."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django.fixtures import Settings

from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
ROOT = "/api/auth/browser/v1"
FRONT = "https://app.example.kz"
NEW = "tort-kun-2026"


class FrontEnd:
    """A page of another host in somebody's browser: it reads answers, not cookies."""

    def __init__(self) -> None:
        self.browser = Client(enforce_csrf_checks=True)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """The status and what it says."""
        token = self.browser.get("/api/session/").headers["X-CSRFToken"]
        send = getattr(self.browser, method)
        answer = send(f"{ROOT}/{path}", body, content_type="application/json", headers={"X-CSRFToken": token})
        return answer.status_code, answer.json() if answer.content else {}

    def who(self) -> str | None:
        answer = self.browser.get("/api/session/")
        return answer.json()["email"] if answer.content else None


@pytest.fixture
def front() -> FrontEnd:
    return FrontEnd()


def key_of_letter() -> str:
    """What a front-end takes out of the link in a letter."""
    link = re.search(r"http://\S+/([^/\s]+)/", mail.outbox[-1].body)
    assert link
    return link[1]


def sign_in(front: FrontEnd, user: User) -> int:
    return front.ask("post", "auth/login", {"email": user.email, "password": cast.PASSWORD})[0]


def test_somebody_signs_up_confirms_and_signs_in(front: FrontEnd) -> None:
    status, said = front.ask("post", "auth/signup", {"email": "nurlan@example.kz", "password": NEW})
    assert (status, [flow["id"] for flow in said["data"]["flows"] if flow.get("is_pending")]) == (401, ["verify_email"])
    assert front.ask("post", "auth/email/verify", {"key": key_of_letter()})[0] == 401
    assert front.ask("post", "auth/login", {"email": "nurlan@example.kz", "password": NEW})[0] == 200
    assert front.who() == "nurlan@example.kz"


@pytest.mark.parametrize("password", ["short-1", "password123", "1029384756"])
def test_a_weak_password_is_refused_here_too(front: FrontEnd, password: str) -> None:
    status, said = front.ask("post", "auth/signup", {"email": "nurlan@example.kz", "password": password})
    assert (status, said["errors"][0]["param"], User.objects.count()) == (400, "password", 0)


def test_a_taken_address_and_a_free_one_are_answered_alike(front: FrontEnd, seller: User) -> None:
    answers = [
        FrontEnd().ask("post", "auth/signup", {"email": email, "password": NEW})
        for email in (seller.email, "free@example.kz")
    ]
    assert answers[0] == answers[1]


def test_a_password_is_renewed_once(front: FrontEnd, seller: User) -> None:
    assert front.ask("post", "auth/password/request", {"email": seller.email})[0] == 200
    key = key_of_letter()
    assert front.ask("post", "auth/password/reset", {"key": key, "password": NEW})[0] == 401
    assert front.ask("post", "auth/password/reset", {"key": key, "password": cast.PASSWORD})[0] == 400
    seller.refresh_from_db()
    assert seller.check_password(NEW)


def test_a_new_password_is_asked_for_alike_for_known_and_unknown(seller: User) -> None:
    answers = [
        FrontEnd().ask("post", "auth/password/request", {"email": email})
        for email in (seller.email, "nobody@example.kz")
    ]
    assert answers[0] == answers[1]
    assert len(mail.outbox) == 2


def test_sessions_are_listed_and_ended(front: FrontEnd, seller: User) -> None:
    other = FrontEnd()
    for each in (front, other):
        assert sign_in(each, seller) == 200
    listed = front.ask("get", "auth/sessions")[1]["data"]
    [elsewhere] = [session["id"] for session in listed if not session["is_current"]]
    assert front.ask("delete", "auth/sessions", {"sessions": [elsewhere]})[0] == 200
    assert (front.who(), other.who()) == (seller.email, None)


def test_a_strangers_session_is_not_ended(front: FrontEnd, seller: User, stranger: User) -> None:
    other = FrontEnd()
    sign_in(front, seller)
    sign_in(other, stranger)
    [foreign] = stranger.usersession_set.values_list("pk", flat=True)
    assert front.ask("delete", "auth/sessions", {"sessions": [foreign]})[0] == 400
    assert other.who() == stranger.email


def test_deleting_the_account_needs_the_password_again(front: FrontEnd, assistant: User) -> None:
    sign_in(front, assistant)
    token = front.browser.get("/api/session/").headers["X-CSRFToken"]
    assert front.browser.delete("/api/account/", headers={"X-CSRFToken": token}).status_code == 403
    assert front.ask("post", "auth/reauthenticate", {"password": cast.PASSWORD})[0] == 200
    assert front.browser.delete("/api/account/", headers={"X-CSRFToken": token}).status_code == 204
    assert (front.who(), User.objects.get(pk=assistant.pk).is_active) == (None, False)


def test_name_and_language_are_changed(front: FrontEnd, seller: User) -> None:
    sign_in(front, seller)
    headers = {"X-CSRFToken": front.browser.get("/api/session/").headers["X-CSRFToken"]}

    def change(body: dict[str, str]) -> int:
        return front.browser.patch("/api/account/", body, content_type="application/json", headers=headers).status_code

    assert [change({"language": "kk"}), change({"language": "xx"}), change({"email": "x@y.kz"})] == [200, 400, 400]
    seller.refresh_from_db()
    assert (seller.language, seller.email) == ("kk", "aliya@example.kz")


@pytest.mark.parametrize("path", [f"{ROOT}/auth/login", f"{ROOT}/auth/signup", "/api/account/tokens/"])
def test_without_the_csrf_token_nothing_is_done(seller: User, path: str) -> None:
    front = FrontEnd()
    body = {"email": seller.email, "password": cast.PASSWORD}
    assert front.browser.post(path, body, content_type="application/json").status_code in (401, 403)
    assert front.who() is None


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [(FRONT, True), ("https://evil.example", False), ("https://app.example.kz.evil.example", False), ("null", False)],
)
@pytest.mark.parametrize("path", [f"{ROOT}/auth/login", "/api/session/", "/api/account/"])
def test_only_its_exact_origin_may_read(settings: Settings, path: str, origin: str, is_allowed: bool) -> None:
    settings.CORS_ALLOWED_ORIGINS = [FRONT]
    wanted = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = Client().options(path, headers=wanted)
    assert answer.headers.get("Access-Control-Allow-Origin") == (origin if is_allowed else None)
    assert answer.headers.get("Access-Control-Allow-Credentials") == ("true" if is_allowed else None)


def test_pages_are_open_to_no_other_origin(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [FRONT]
    answer = Client().get("/cabinet/login/", headers={"Origin": FRONT})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_there_are_no_tokens_in_place_of_the_session(front: FrontEnd, seller: User) -> None:
    body = {"email": seller.email, "password": cast.PASSWORD}
    assert Client().post("/api/auth/app/v1/auth/login", body, content_type="application/json").status_code == 404
    assert "session_token" not in str(front.ask("post", "auth/login", body))
