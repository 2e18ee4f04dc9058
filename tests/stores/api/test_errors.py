"""Every refusal of the API has one shape, and other sites get no answer that a browser would show them."""

from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.throttling import UserRateThrottle

from stores.models import Store
from tests import cast
from users.models import User

FRONT = "https://front.example.kz"


def no_session(store: Store, api: APIClient, viewer: APIClient) -> Response:
    return APIClient().get("/api/stores/")


def not_yours(store: Store, api: APIClient, viewer: APIClient) -> Response:
    return viewer.patch(f"/api/stores/{store.pk}/", {"mode": "paused"})


def unknown_field(store: Store, api: APIClient, viewer: APIClient) -> Response:
    return api.patch(f"/api/stores/{store.pk}/", {"moed": "paused"})


def broken_json(store: Store, api: APIClient, viewer: APIClient) -> Response:
    return api.patch(f"/api/stores/{store.pk}/", b"{", content_type="application/json")


def missing_row(store: Store, api: APIClient, viewer: APIClient) -> Response:
    return api.get("/api/stores/999999999/")


def missing_address(store: Store, api: APIClient, viewer: APIClient) -> Response:
    return api.get("/api/sotres/")


def wrong_method(store: Store, api: APIClient, viewer: APIClient) -> Response:
    return api.delete(f"/api/stores/{store.pk}/")


def foreign_media(store: Store, api: APIClient, viewer: APIClient) -> Response:
    return api.patch(f"/api/stores/{store.pk}/", b"mode=paused", content_type="application/x-www-form-urlencoded")


def impossible_answer(store: Store, api: APIClient, viewer: APIClient) -> Response:
    return api.get("/api/stores/", headers={"Accept": "application/xml"})


def stale_edit(store: Store, api: APIClient, viewer: APIClient) -> Response:
    return api.patch(f"/api/products/{cast.product(store).pk}/", {}, headers={"If-Match": "9"})


def no_version(store: Store, api: APIClient, viewer: APIClient) -> Response:
    return api.patch(f"/api/products/{cast.product(store).pk}/", {})


def crossed_limits(store: Store, api: APIClient, viewer: APIClient) -> Response:
    return api.patch(f"/api/products/{cast.product(store).pk}/", {"floor": 20_000}, headers={"If-Match": "1"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ask", "status", "code"),
    [
        (unknown_field, 400, "invalid"),
        (broken_json, 400, "parse_error"),
        (no_session, 401, "not_authenticated"),
        (not_yours, 403, "forbidden"),
        (missing_row, 404, "not_found"),
        (missing_address, 404, "not_found"),
        (wrong_method, 405, "method_not_allowed"),
        (impossible_answer, 406, "not_acceptable"),
        (stale_edit, 412, "stale"),
        (foreign_media, 415, "unsupported_media_type"),
        (crossed_limits, 422, "limits_crossed"),
        (no_version, 428, "precondition_required"),
    ],
)
def test_every_refusal_has_one_shape(
    store: Store, api: APIClient, assistant: User, ask: Any, status: int, code: str
) -> None:
    answer = ask(store, api, cast.signed_in(assistant))
    body = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
    assert (set(body), body["code"]) == ({"code", "message", "fields"}, code)
    assert body["message"]
    assert all(isinstance(texts, list) for texts in body["fields"].values())


@pytest.mark.django_db
def test_too_many_requests_say_when_to_come_back(api: APIClient, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UserRateThrottle, "THROTTLE_RATES", {"user": "2/min"})
    statuses = [api.get("/api/stores/").status_code for _ in range(2)]
    refused = api.get("/api/stores/")
    assert [*statuses, refused.status_code] == [200, 200, 429]
    assert refused.json()["code"] == "throttled"
    assert 0 < int(refused.headers["Retry-After"]) <= 61


@pytest.mark.django_db
def test_nobody_is_told_how_to_sign_in(api: APIClient) -> None:
    assert APIClient().get("/api/stores/").headers["WWW-Authenticate"] == "Session"


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("path", ["/api/nowhere/", "/api/stores", "/api/stores/1/x/", "/api/schema.json", "/api//"])
def test_an_unknown_address_answers_in_json(method: str, path: str) -> None:
    answer = getattr(APIClient(), method)(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["abc", "0", "-1", "1.5", "9" * 30, "%00", "१"])
@pytest.mark.parametrize("topic", ["stores", "products", "price-updates", "notifications"])
def test_an_id_that_cannot_be_one_is_a_missing_one(api: APIClient, topic: str, key: str) -> None:
    answer = api.get(f"/api/{topic}/{key}/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


# --- Other sites ------------------------------------------------------------------------------------------------------


@pytest.fixture
def front_url(settings: Settings) -> str:
    settings.CORS_ALLOWED_ORIGINS = [FRONT]
    return FRONT


def asked_from(origin: str, path: str = "/api/health/") -> Response:
    headers = {"Origin": origin, "Access-Control-Request-Method": "PATCH"}
    return APIClient().options(path, headers=headers)


@pytest.mark.django_db
def test_the_front_end_may_ask_with_its_session(front_url: str) -> None:
    allowed = asked_from(front_url)
    assert allowed.headers["Access-Control-Allow-Origin"] == FRONT
    assert allowed.headers["Access-Control-Allow-Credentials"] == "true"
    assert "x-csrftoken" in allowed.headers["Access-Control-Allow-Headers"]
    read = APIClient().get("/api/health/", headers={"Origin": front_url})
    assert read.headers["Access-Control-Allow-Origin"] == FRONT


@pytest.mark.django_db
def test_the_front_end_may_say_which_version_it_edits(front_url: str) -> None:
    assert "if-match" in asked_from(front_url).headers["Access-Control-Allow-Headers"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://front.example.kz",
        "https://front.example.kz.evil.example",
        "https://evil-front.example.kz",
        "https://front.example.kz:8443",
        "https://FRONT.example.kz.",
        "null",
    ],
)
def test_no_other_origin_may(front_url: str, origin: str) -> None:
    for answer in (asked_from(origin), APIClient().get("/api/health/", headers={"Origin": origin})):
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/cabinet/", "/price-list/x.xml", "/i18n/setlang/"])
def test_the_front_end_reads_the_api_only(front_url: str, path: str) -> None:
    assert "Access-Control-Allow-Origin" not in asked_from(front_url, path).headers


@pytest.mark.django_db
def test_without_a_front_end_nobody_may(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = []
    assert "Access-Control-Allow-Origin" not in asked_from(FRONT).headers


def test_without_redis_the_api_answers_and_stops_a_store(api: APIClient, store: Store, settings: Settings) -> None:
    away = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:9/0"}
    settings.CACHES = settings.CACHES | {"default": away}
    assert api.get("/api/products/").status_code == 200
    assert api.patch(f"/api/stores/{store.pk}/", {"mode": "paused"}).json()["mode"] == "paused"
