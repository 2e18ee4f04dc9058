"""The menu of a store: what each role finds there, and where it begins."""

import pytest
from django.test import Client
from django.urls import reverse

from cabinet.menu import MENU, menu_for
from stores.models import Membership, Store
from stores.models.roles import MAY, Action, Role
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db

PAGES = [page for group in MENU for page in group.pages]


def browser_of(store: Store, role: str) -> Client:
    person = cast.person("member@example.kz", "Ернар")
    Membership.everything.create(store=store, user=person, role=role)
    client = Client()
    client.force_login(person)
    return client


def test_each_place_is_one_page() -> None:
    assert len({page.at for page in PAGES}) == len(PAGES)


def test_who_may_do_nothing_sees_nothing() -> None:
    assert menu_for(frozenset()) == []


@pytest.mark.parametrize("role", [str(role) for role in Role])
def test_every_page_of_a_roles_menu_opens_and_says_where_one_is(store: Store, role: str) -> None:
    browser = browser_of(store, role)
    for group in menu_for(MAY[role]):
        for page in group.pages:
            answer = browser.get(reverse(page.route, args=[store.pk]))
            title = page.title if len(group.pages) > 1 else group.title
            assert answer.status_code == 200, page.at
            assert f'class="is-current" aria-current="page">{title}</a>' in answer.content.decode(), page.at


def test_a_packer_finds_no_page_with_prices(store: Store) -> None:
    seen = {page.at for group in menu_for(MAY[Role.PACKER]) for page in group.pages}
    assert seen == {page.at for page in PAGES if page.needs is not Action.SEE_PRICES}
    assert "team" in seen
    assert not seen & {"products", "prices", "rules", "rivals", "price-list"}


def first_page(store: Store, role: str) -> str:
    """The address of the first page that the menu shows the role."""
    return reverse(menu_for(MAY[role])[0].pages[0].route, args=[store.pk])


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PACKER])
def test_a_person_begins_where_the_role_allows(store: Store, role: str) -> None:
    assert browser_of(store, role).get("/cabinet/").headers["Location"] == first_page(store, role)


def test_one_switches_to_a_store_where_one_is_a_packer(store: Store, seller: User, browser_of_seller: Client) -> None:
    other = cast.store(cast.person("owner@example.kz", "Асель"), "30125009", "Алатау")
    Membership.everything.create(store=other, user=seller, role=Role.PACKER)
    page = browser_of_seller.get(f"/cabinet/stores/{store.pk}/").content.decode()
    assert f'<a href="{first_page(other, Role.PACKER)}">Алатау</a>' in page
