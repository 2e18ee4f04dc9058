"""A store is opened by whoever will own it."""

from http import HTTPStatus

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from stores.models import Store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
ADDRESS = "/cabinet/stores/new/"
WANTED = {"name": "Жаңа дүкен", "merchant_id": "30125010"}


def test_who_opens_a_store_owns_it_and_it_only_watches(browser_of_seller: Client, seller: User) -> None:
    assert ADDRESS in browser_of_seller.get("/cabinet/").content.decode()
    assert browser_of_seller.get(ADDRESS).status_code == HTTPStatus.OK
    answer = browser_of_seller.post(ADDRESS, WANTED)
    store = Store.everything.get()
    assert answer.headers["Location"] == f"/cabinet/stores/{store.pk}/points/"
    assert (store.name, store.merchant_id, store.mode) == ("Жаңа дүкен", "30125010", "watch")
    assert [(each.user, each.role) for each in store.memberships.all()] == [(seller, "owner")]


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "Д" * 201}, {"merchant_id": ""}, {"merchant_id": "30 125"}],
    ids=repr,
)
def test_what_is_no_store_is_not_opened(browser_of_seller: Client, wrong: dict[str, str]) -> None:
    answer = browser_of_seller.post(ADDRESS, WANTED | wrong)
    assert answer.status_code == HTTPStatus.OK
    assert 'class="error"' in answer.content.decode()
    assert not Store.everything.exists()


def test_above_the_plan_it_says_so_and_opens_none(
    browser_of_seller: Client, store: Store, seller: User, settings: Settings
) -> None:
    settings.BILLING = True
    cast.subscription(seller)
    browser_of_seller.cookies["django_language"] = "en"
    answer = browser_of_seller.post(ADDRESS, WANTED)
    assert "Stores in the plan “Free”: at most 1; this would make 2." in answer.content.decode()
    assert list(Store.everything.all()) == [store]


def test_a_visitor_signs_in_first(client: Client) -> None:
    assert client.post(ADDRESS, WANTED).headers["Location"] == f"/cabinet/login/?next={ADDRESS}"
    assert not Store.everything.exists()
