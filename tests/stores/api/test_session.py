"""Signing in and out over the API: one answer for all refusals, throttles in rows, CSRF on every unsafe method."""

from collections.abc import Callable

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from rest_framework.response import Response
from rest_framework.test import APIClient

from stores.models import Store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
URL = "/api/session/"
LOGIN = "/api/auth/browser/v1/auth/login"
TRIES = 8


@pytest.fixture
def browser() -> APIClient:
    """Somebody's browser: it keeps cookies, and the server checks its CSRF tokens."""
    return APIClient(enforce_csrf_checks=True)


def token(client: APIClient) -> str:
    return client.get(URL).cookies[settings.CSRF_COOKIE_NAME].value


def sign_in(client: APIClient, email: str, password: str = cast.PASSWORD, address: str = "10.0.0.1") -> Response:
    return client.post(
        LOGIN, {"email": email, "password": password}, headers={"X-CSRFToken": token(client)}, REMOTE_ADDR=address
    )


def lock_out(client: APIClient, email: str) -> None:
    for _ in range(TRIES):
        sign_in(client, email, "wrong")


def test_a_look_tells_nobody_and_brings_the_csrf_cookie(browser: APIClient) -> None:
    answer = browser.get(URL)
    assert (answer.status_code, answer.data) == (200, None)
    assert answer.cookies[settings.CSRF_COOKIE_NAME]["samesite"] == "Lax"


def test_a_look_says_the_csrf_token_too_for_a_front_end_elsewhere(browser: APIClient) -> None:
    answer = browser.get(URL)
    said = answer.headers["X-CSRFToken"]
    assert browser.post(LOGIN, {}, headers={"X-CSRFToken": said}).status_code == 400
    assert browser.post(LOGIN, {}, headers={"X-CSRFToken": "x" * 64}).status_code == 403


def test_signing_in_opens_a_session_that_says_who_it_is(browser: APIClient, seller: User) -> None:
    who = {"email": "aliya@example.kz", "full_name": "Әлия", "language": "ru"}
    answer = sign_in(browser, "Aliya@Example.kz")
    assert (answer.status_code, answer.json()["data"]["user"]["email"]) == (200, seller.email)
    cookie = answer.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert browser.get(URL).data == who


def test_wrong_unknown_blocked_and_locked_out_get_one_answer(browser: APIClient, seller: User, stranger: User) -> None:
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    wrong = sign_in(browser, seller.email, "wrong")
    unknown = sign_in(browser, "nobody@example.kz")
    blocked = sign_in(browser, stranger.email)
    lock_out(browser, seller.email)
    locked_out = sign_in(browser, seller.email)
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (400, "email_password_mismatch")
    for other in (unknown, blocked, locked_out):
        assert (other.status_code, other.content) == (wrong.status_code, wrong.content)


def test_a_lock_out_is_a_row_and_holds_for_the_right_password(browser: APIClient, seller: User) -> None:
    lock_out(browser, seller.email)
    assert AccessAttempt.objects.get().failures_since_start == TRIES
    assert sign_in(browser, seller.email).status_code == 400
    assert Session.objects.count() == 0


def test_one_try_before_the_lock_out_the_right_password_opens_and_forgets(browser: APIClient, seller: User) -> None:
    for _ in range(TRIES - 1):
        sign_in(browser, seller.email, "wrong")
    assert sign_in(browser, seller.email).status_code == 200
    assert not AccessAttempt.objects.exists()


def test_a_strangers_guesses_do_not_lock_the_owner_out_at_home(browser: APIClient, seller: User) -> None:
    lock_out(browser, seller.email)
    assert sign_in(browser, seller.email, address="10.0.0.2").status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "aliya@example.kz"}, "password"),
        ({"password": cast.PASSWORD}, "email"),
        ({"email": "aliya", "password": cast.PASSWORD}, "email"),
    ],
)
def test_what_cannot_be_credentials_is_named(
    browser: APIClient, seller: User, body: dict[str, str], field: str
) -> None:
    answer = browser.post(LOGIN, body, headers={"X-CSRFToken": token(browser)})
    assert answer.status_code == 400
    assert [error["param"] for error in answer.json()["errors"]] == [field]
    assert not AccessAttempt.objects.exists()


def test_signing_in_at_the_session_itself_is_gone(browser: APIClient, seller: User) -> None:
    """It would open without the second factor."""
    body = {"email": seller.email, "password": cast.PASSWORD}
    assert browser.post(URL, body, headers={"X-CSRFToken": token(browser)}).status_code == 405


def test_signing_out_ends_the_session_on_the_server(browser: APIClient, seller: User) -> None:
    sign_in(browser, seller.email)
    answer = browser.delete(URL, headers={"X-CSRFToken": token(browser)})
    assert (answer.status_code, answer.content) == (204, b"")
    assert browser.get(URL).data is None
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    "ends",
    [
        pytest.param(lambda user: user.set_password("another-2026"), id="new password"),
        pytest.param(lambda user: setattr(user, "is_active", False), id="blocked"),
    ],
)
def test_a_new_password_and_blocking_end_other_sessions_at_the_next_request(
    browser: APIClient, seller: User, ends: Callable[[User], None]
) -> None:
    sign_in(browser, seller.email)
    ends(seller)
    seller.save()
    assert browser.get("/api/stores/").status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", LOGIN),
        ("delete", URL),
        ("patch", "/api/stores/{store}/"),
        ("patch", "/api/products/1/"),
        ("post", "/api/price-updates/1/approve/"),
        ("post", "/api/price-updates/1/refuse/"),
        ("patch", "/api/notifications/1/"),
        ("post", "/api/no-such-address/"),
    ],
)
def test_without_the_csrf_token_nothing_unsafe_is_done(
    browser: APIClient, seller: User, store: Store, method: str, path: str
) -> None:
    sign_in(browser, seller.email)
    answer = getattr(browser, method)(path.format(store=store.pk), {"mode": "paused"})
    assert answer.status_code == 403
    assert set(answer.json()) == {"code", "message", "fields"}
    assert Session.objects.count() == 1
    assert Store.everything.get(pk=store.pk).mode == Store.Mode.AUTOMATIC


def test_with_the_csrf_token_it_is_done(browser: APIClient, seller: User, store: Store) -> None:
    sign_in(browser, seller.email)
    answer = browser.patch(f"/api/stores/{store.pk}/", {"mode": "paused"}, headers={"X-CSRFToken": token(browser)})
    assert answer.status_code == 200
    assert Store.everything.get(pk=store.pk).mode == Store.Mode.PAUSED
