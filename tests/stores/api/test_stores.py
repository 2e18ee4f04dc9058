"""Stores over the API: who sees which, and who switches the mode."""

import pytest
from rest_framework.test import APIClient

from stores.models import Membership, Store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db


def address(store: Store) -> str:
    return f"/api/stores/{store.pk}/"


def test_the_list_holds_the_persons_stores_and_no_others(api: APIClient, store: Store, strangers_store: Store) -> None:
    page = api.get("/api/stores/").json()
    assert [row["id"] for row in page["results"]] == [store.pk]
    assert (page["next"], page["previous"]) == (None, None)


def test_a_store_tells_its_points_and_none_of_its_secrets(api: APIClient, store: Store) -> None:
    seen = api.get(address(store)).json()
    assert set(seen) == {"id", "name", "merchant_id", "mode", "published_at", "sales_points", "created_at"}
    assert (seen["name"], seen["merchant_id"], seen["mode"]) == ("Күнбағыс", "30125007", "automatic")
    assert seen["sales_points"] == [
        {"code": "PP1", "city_id": cast.ALMATY, "address": "", "is_open": True},
        {"code": "PP2", "city_id": cast.ASTANA, "address": "", "is_open": True},
    ]


@pytest.mark.parametrize(("mode", "count"), [("automatic", 1), ("paused", 0)])
def test_the_list_filters_by_mode(api: APIClient, store: Store, mode: str, count: int) -> None:
    assert len(api.get("/api/stores/", {"mode": mode}).json()["results"]) == count


@pytest.mark.parametrize("mode", Store.Mode.values)
def test_the_owner_switches_the_mode(api: APIClient, store: Store, mode: str) -> None:
    answer = api.patch(address(store), {"mode": mode})
    assert (answer.status_code, answer.json()["mode"]) == (200, mode)
    assert Store.everything.get(pk=store.pk).mode == mode


def test_the_owner_renames_and_the_mode_stays(api: APIClient, store: Store) -> None:
    assert api.patch(address(store), {"name": "Жаңа"}).status_code == 200
    store.refresh_from_db()
    assert (store.name, store.mode) == ("Жаңа", Store.Mode.AUTOMATIC)


@pytest.mark.parametrize("role", [Membership.Role.VIEWER, Membership.Role.MANAGER])
def test_only_the_owner_changes_a_store(store: Store, assistant: User, role: str) -> None:
    Membership.everything.filter(user=assistant).update(role=role)
    for wanted in ({"mode": "watch"}, {"mode": "paused", "name": "Mine"}):
        answer = cast.signed_in(assistant).patch(address(store), wanted)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert Store.everything.get(pk=store.pk).mode == Store.Mode.AUTOMATIC


@pytest.mark.parametrize(("role", "status"), [(Membership.Role.VIEWER, 403), (Membership.Role.MANAGER, 200)])
def test_who_may_change_prices_may_stop_them_all(store: Store, assistant: User, role: str, status: int) -> None:
    Membership.everything.filter(user=assistant).update(role=role)
    api = cast.signed_in(assistant)
    assert api.patch(address(store), {"mode": "paused"}).status_code == status
    assert api.patch(address(store), {"mode": "automatic"}).status_code == 403
    stopped = Store.Mode.PAUSED if status == 200 else Store.Mode.AUTOMATIC
    assert Store.everything.get(pk=store.pk).mode == stopped


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"mode": "full-speed"}, "mode"),
        ({"mode": None}, "mode"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"merchant_id": "1"}, "merchant_id"),
        ({"mode": "paused", "price_list_key": "x"}, "price_list_key"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_changes(
    api: APIClient, store: Store, body: dict[str, object], field: str
) -> None:
    answer = api.patch(address(store), body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert list(answer.json()["fields"]) == [field]
    assert Store.everything.get(pk=store.pk).mode == Store.Mode.AUTOMATIC


def test_an_unknown_field_is_told_the_known_ones(api: APIClient, store: Store) -> None:
    (text,) = api.patch(address(store), {"moed": "paused"}).json()["fields"]["moed"]
    assert "name, mode" in text


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_store_is_neither_made_nor_removed_here(api: APIClient, store: Store, method: str) -> None:
    assert getattr(api, method)(address(store), {}).status_code == 405
    assert Store.everything.filter(pk=store.pk).exists()
