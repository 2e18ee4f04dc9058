"""The health page: open to anybody, and without a word about whose prices these are."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from stores.models import CardMarket, PathStep, PriceStop, Store
from stores.services import health
from tests import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installation")]
URL = "/api/health/"


def test_anybody_may_ask_and_gets_the_steps() -> None:
    answer = APIClient().get(URL)
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "idle",
        "last": dict.fromkeys(["looked", "decided", "published", "pulled", "seen", "told", "guarded"]),
        "offers_alone": [],
    }


@pytest.mark.parametrize(
    ("looked", "is_stopped", "status"),
    [
        (None, False, "starting"),
        (timedelta(0), False, "ok"),
        (timedelta(days=1), False, "blind"),
        (timedelta(0), True, "stopped"),
        (timedelta(days=1), True, "stopped"),
    ],
)
def test_the_status_says_what_holds_prices(
    store: Store, looked: timedelta | None, is_stopped: bool, status: str
) -> None:
    cast.product(store)
    if looked is not None:
        health.finished(PathStep.Name.LOOKED, timezone.now() - looked)
        CardMarket.objects.update(next_look_at=timezone.now() - looked)
    if is_stopped:
        PriceStop.objects.create(reason="drill")
    assert APIClient().get(URL).json()["status"] == status


def test_a_process_of_another_build_says_that_nothing_leaves(store: Store, settings: Settings) -> None:
    cast.product(store)
    health.finished(PathStep.Name.LOOKED)
    settings.BUILD = "another"
    assert APIClient().get(URL).json()["status"] == "stopped"


def test_a_step_tells_when_it_was_last_finished_in_utc() -> None:
    health.finished(PathStep.Name.TOLD)
    told = APIClient().get(URL).json()["last"]["told"]
    assert told.endswith(("Z", "+05:00"))


def test_it_names_no_tenant(store: Store) -> None:
    cast.product(store)
    PriceStop.objects.create(reason=f"because of {store.name}")
    page = APIClient().get(URL).content.decode()
    assert [word for word in (store.name, store.merchant_id, "SKU-1", "example.kz") if word in page] == []


def test_a_forged_session_is_not_even_looked_at() -> None:
    client = APIClient()
    client.cookies["session"] = "x" * 32
    assert client.get(URL).status_code == 200
