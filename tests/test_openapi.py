"""The description of the API is sound, complete, and shown without a foreign host."""

import json
import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from stores.urls import router

SOURCE = re.compile(r"""(?:src|href)\s*=\s*["']([^"']+)["']""")
# What a browser loads by itself, besides src and href.
FOREIGN = re.compile(r"""(?:src|href|url|action)\s*[=:(]\s*["']?\s*(?:https?:)?//""", re.IGNORECASE)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The description as the command writes it: JSON."""
    path = tmp_path_factory.mktemp("openapi") / "schema.json"
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json", "--file", str(path))
    return path.read_text()


@pytest.fixture
def described(schema: str) -> dict[str, Any]:
    return dict(json.loads(schema))


def test_the_description_is_valid_and_leaves_nothing_to_guess(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.")
    assert described["info"]["title"] == "kaspi-backend"


def test_every_address_of_the_router_is_described(described: dict[str, Any]) -> None:
    lists = {f"/api/{prefix}/" for prefix, _, _ in router.registry}
    assert lists | {"/api/health/", "/api/session/"} <= set(described["paths"])


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/stores/{id}/", {"get", "patch"}),
        ("/api/products/{id}/", {"get", "patch"}),
        ("/api/price-updates/{id}/", {"get"}),
        ("/api/price-updates/{id}/approve/", {"post"}),
        ("/api/price-updates/{id}/refuse/", {"post"}),
        ("/api/notifications/{id}/", {"get", "patch"}),
        ("/api/session/", {"get", "delete"}),
        ("/api/landing/", {"get"}),
        ("/api/landing/reviews/", {"get", "post"}),
    ],
)
def test_the_methods_are_those_that_work(described: dict[str, Any], path: str, methods: set[str]) -> None:
    assert set(described["paths"][path]) == methods


def test_prices_are_described_as_whole_numbers_and_the_version_as_needed(described: dict[str, Any]) -> None:
    patch = described["paths"]["/api/products/{id}/"]["patch"]
    (header,) = [parameter for parameter in patch["parameters"] if parameter["name"] == "If-Match"]
    assert (header["in"], header["required"]) == ("header", True)
    edit = described["components"]["schemas"]["PatchedProductEditRequest"]["properties"]
    assert (edit["floor"]["type"], edit["floor"]["minimum"], edit["floor"]["maximum"]) == ("integer", 100, 100_000_000)


def test_no_secret_of_a_store_is_part_of_any_answer(schema: str) -> None:
    assert [word for word in ("price_list_key", "password_hash", "price_list_login") if word in schema] == []


@pytest.mark.django_db
def test_the_description_is_served() -> None:
    answer = Client().get("/api/schema/", {"format": "json"})
    assert answer.status_code == 200
    assert "/api/products/" in answer.json()["paths"]


@pytest.mark.django_db
def test_the_documentation_comes_from_this_host_alone() -> None:
    page = Client().get("/api/docs/").content.decode()
    assert FOREIGN.findall(page) == []
    assert "swagger-ui" in page


@pytest.mark.django_db
def test_what_the_documentation_loads_is_there() -> None:
    sources = SOURCE.findall(Client().get("/api/docs/").content.decode())
    assert len(sources) >= 4
    assert [source for source in sources if not is_served(source)] == []


def is_served(source: str) -> bool:
    answer = Client().get(source)
    return bool(answer.getvalue()) and answer.status_code == 200
