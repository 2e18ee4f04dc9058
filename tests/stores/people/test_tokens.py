"""API tokens: named, for some actions, until a day, shown once, kept as a digest."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from stores.models import ApiToken, CityPrice, Store
from stores.models.roles import MAY, SCOPES, Action, Role
from stores.services import access
from stores.services.errors import Refusal
from stores.services.tokens import IssuedToken, digest_of, issue_token, owner_of, revoke_token
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
SEE = [Action.SEE_STORE, Action.SEE_PRICES]


def issue(user: User, *scopes: str, days: float = 30) -> IssuedToken:
    return issue_token(user, "script", scopes or SEE, timezone.now() + timedelta(days=days))


def program(issued: IssuedToken) -> APIClient:
    """A program that shows the token and keeps no cookies."""
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issued.secret}")
    return client


@pytest.fixture
def browser(seller: User) -> Client:
    """The seller's, with the password given a moment ago."""
    client = Client()
    client.force_login(seller)
    client.post("/cabinet/reauthenticate/", {"password": cast.PASSWORD})
    return client


FORM = {"name": "Office", "scopes": ["see_store", "see_prices"], "lasting": "30"}


def test_its_secret_is_shown_once_and_kept_nowhere(browser: Client) -> None:
    page = browser.post("/cabinet/account/tokens/create/", FORM)
    secret = page.context["issued"].secret
    assert (secret in page.content.decode(), page.headers["Cache-Control"]) == (
        True,
        "max-age=0, no-cache, no-store, must-revalidate, private",
    )
    [row] = ApiToken.objects.values()
    assert secret not in str(row)
    assert row["digest"] == digest_of(secret)
    assert secret not in browser.get("/cabinet/account/tokens/").content.decode()


def test_the_password_is_asked_before_one_is_made(browser_of_seller: Client) -> None:
    answer = browser_of_seller.post("/cabinet/account/tokens/create/", FORM)
    assert answer.headers["Location"].startswith("/cabinet/reauthenticate/")
    body = {"name": "x", "scopes": SEE, "expires_at": timezone.now() + timedelta(days=1)}
    answer = browser_of_seller.post("/api/account/tokens/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "password_needed")
    assert not ApiToken.objects.exists()


def test_over_the_api_one_is_made_and_taken_back(browser: Client) -> None:
    body = {"name": "x", "scopes": SEE, "expires_at": timezone.now() + timedelta(days=1)}
    made = browser.post("/api/account/tokens/", body, content_type="application/json")
    assert (made.status_code, owner_of(made.json()["secret"]) is not None) == (201, True)
    assert "secret" not in browser.get("/api/account/tokens/").json()["results"][0]
    assert browser.delete(f"/api/account/tokens/{made.json()['id']}/").status_code == 204
    assert owner_of(made.json()["secret"]) is None


def test_a_program_reads_with_it_and_needs_no_cookie(store: Store, seller: User) -> None:
    answer = program(issue(seller)).get("/api/stores/")
    assert [row["id"] for row in answer.json()["results"]] == [store.pk]
    assert ApiToken.objects.get().last_used_at is not None


@pytest.mark.parametrize(
    ("scopes", "answers"),
    [
        ([Action.SEE_STORE], {"stores": 1, "products": 0, "patch": 404}),
        ([Action.SEE_PRICES], {"stores": 0, "products": 1, "patch": 403}),
        ([Action.SEE_PRICES, Action.CHANGE_PRICES], {"stores": 0, "products": 1, "patch": 200}),
        ([Action.CHANGE_PRICES], {"stores": 0, "products": 0, "patch": 404}),
    ],
)
def test_it_opens_what_it_is_for_and_no_more(
    store: Store, seller: User, scopes: list[str], answers: dict[str, int]
) -> None:
    product = cast.product(store)
    client = program(issue(seller, *scopes))
    told: dict[str, Any] = {
        topic: len(client.get(f"/api/{topic}/").json()["results"]) for topic in ("stores", "products")
    }
    edit = client.patch(f"/api/products/{product.pk}/", {"floor": 9_000}, headers={"If-Match": '"1"'})
    assert told | {"patch": edit.status_code} == answers
    assert CityPrice.everything.get().floor == (9_000 if answers["patch"] == 200 else 8_000)


def test_it_does_no_more_than_its_persons_role(store: Store, assistant: User) -> None:
    owner = owner_of(issue(assistant, *SCOPES).secret)
    assert access.allowed(owner, store) == MAY[Role.VIEWER]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/api/account/"),
        ("patch", "/api/account/"),
        ("delete", "/api/account/"),
        ("get", "/api/account/export/"),
        ("get", "/api/account/tokens/"),
        ("post", "/api/account/tokens/"),
        ("get", "/api/memberships/"),
        ("post", "/api/invitations/"),
        ("get", "/api/account/invitations/"),
        ("delete", "/api/session/everywhere/"),
    ],
)
def test_it_opens_neither_account_nor_team(store: Store, seller: User, method: str, path: str) -> None:
    client = program(issue(seller, *SCOPES))
    assert getattr(client, method)(path).status_code in (401, 403)
    assert User.objects.get(pk=seller.pk).is_active


def test_it_opens_no_page(store: Store, seller: User) -> None:
    assert program(issue(seller)).get("/cabinet/account/").status_code == 302


def test_unknown_expired_taken_back_and_blocked_are_one_answer(seller: User, stranger: User) -> None:
    expired, revoked, blocked = issue(seller), issue(seller), issue(stranger)
    ApiToken.objects.filter(pk=expired.token.pk).update(expires_at=timezone.now())
    revoke_token(revoked.token)
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    unknown = IssuedToken(expired.token, "kb_" + "x" * 43)
    answers = [program(each).get("/api/stores/") for each in (unknown, expired, revoked, blocked)]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer a b c", "Bearer \xff", "bearer kb_"])
def test_a_broken_header_is_no_error_of_ours(seller: User, header: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    assert client.get("/api/stores/").status_code == 401


@pytest.mark.parametrize(
    ("scopes", "days", "code"),
    [
        ([], 1, "unknown_scope"),
        (["manage_team"], 1, "unknown_scope"),
        (["everything"], 1, "unknown_scope"),
        (SEE, 0, "expiry_out_of_range"),
        (SEE, -1, "expiry_out_of_range"),
        (SEE, 367, "expiry_out_of_range"),
    ],
)
def test_what_cannot_be_a_token_is_refused(seller: User, scopes: list[str], days: float, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        issue_token(seller, "script", scopes, timezone.now() + timedelta(days=days))
    assert (refusal.value.code, ApiToken.objects.count()) == (code, 0)


def test_tokens_are_few(seller: User) -> None:
    for _ in range(20):
        issue(seller)
    with pytest.raises(Refusal) as refusal:
        issue(seller)
    assert (refusal.value.code, ApiToken.objects.count()) == ("too_many_tokens", 20)


def test_its_use_is_written_once_a_minute(seller: User) -> None:
    issued = issue(seller)
    just_now = timezone.now() - timedelta(seconds=50)
    ApiToken.objects.update(last_used_at=just_now)
    owner_of(issued.secret)
    assert ApiToken.objects.get().last_used_at == just_now
    ApiToken.objects.update(last_used_at=just_now - timedelta(seconds=20))
    owner_of(issued.secret)
    assert ApiToken.objects.get().last_used_at > just_now
