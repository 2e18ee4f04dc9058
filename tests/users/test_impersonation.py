"""The service desk looks on as a user: to read, for half an hour, written down for ever."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from stores.models import Product, Store
from stores.services import access
from stores.services.accounts import delete_account, export_of
from stores.services.errors import Forbidden
from tests import cast
from users.models import Impersonation, User
from users.services import impersonation
from users.services.sessions import end_all_sessions

pytestmark = pytest.mark.django_db
REASON = "He asked why a price was held"
PRODUCTS = "/cabinet/stores/{}/"
OVER = "impersonation_over"


@pytest.fixture
def clerk() -> User:
    """Somebody of the service desk who may look on, and nothing else."""
    clerk = User.objects.create_user("clerk@example.kz", full_name="Марат", is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=["impersonate_user", "view_user"]))
    return clerk


@pytest.fixture
def onlooker(clerk: User, seller: User, store: Store) -> Client:
    return cast.looking_on(clerk, seller)


def address_of(user: User) -> str:
    return f"/api/admin/users/user/{user.pk}/impersonate/"


def test_the_cabinet_opens_as_the_user_sees_it(clerk: User, seller: User, store: Store) -> None:
    product = cast.product(store)
    browser = cast.at_the_desk(clerk)
    assert address_of(seller) in browser.get(f"/api/admin/users/user/{seller.pk}/change/").content.decode()
    assert browser.get(address_of(seller)).status_code == 200
    answer = browser.post(address_of(seller), {"reason": REASON}, follow=True)
    page = answer.content.decode()
    assert (answer.status_code, seller.email in page, 'action="/cabinet/account/leave/"' in page) == (200, True, True)
    assert product.model in browser.get(PRODUCTS.format(store.pk)).content.decode()
    assert browser.get("/api/account/").json()["email"] == seller.email


# Its address has the name of the public file that the marketplace pulls.
def test_the_page_of_the_price_list_opens_as_the_user_sees_it_too(onlooker: Client, store: Store) -> None:
    answer = onlooker.get(f"/cabinet/stores/{store.pk}/price-list/")
    assert (answer.status_code, store.name in answer.content.decode()) == (200, True)


def test_one_row_says_who_whom_why_from_where_and_how_long(onlooker: Client, clerk: User, seller: User) -> None:
    row = Impersonation.objects.get()
    assert (row.staff, row.user, row.reason, row.address) == (clerk, seller, REASON, "127.0.0.1")
    assert (row.ends_at - row.started_at, row.ended_at) == (timedelta(minutes=30), None)
    answer = onlooker.post("/cabinet/account/leave/")
    assert answer.headers["Location"] == f"/api/admin/users/user/{seller.pk}/change/"
    row.refresh_from_db()
    assert row.ended_at == row.until != row.ends_at


def test_the_user_reads_that_it_was(onlooker: Client, browser_of_seller: Client, seller: User) -> None:
    page = browser_of_seller.get("/cabinet/account/").content.decode()
    assert (REASON in page, "Марат" in page) == (True, True)
    row = Impersonation.objects.get()
    told = {"by": "clerk@example.kz", "reason": REASON, "from": row.started_at, "until": row.until}
    assert export_of(seller)["impersonations"] == [told]


def test_a_row_is_neither_changed_nor_deleted(onlooker: Client) -> None:
    row = Impersonation.objects.get()
    for change in (row.save, row.delete, Impersonation.objects.all().delete):
        with pytest.raises(TypeError):
            change()
    assert Impersonation.objects.get().reason == REASON


def without_the_right(clerk: User, user: User) -> None:
    clerk.user_permissions.remove(Permission.objects.get(codename="impersonate_user"))


def no_longer_staff(clerk: User, user: User) -> None:
    User.objects.filter(pk=clerk.pk).update(is_staff=False)


def user_of_the_staff(clerk: User, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=True)


def user_with_all_rights(clerk: User, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_superuser=True)


def blocked_user(clerk: User, user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


RIGHTS = [without_the_right, no_longer_staff, user_of_the_staff, user_with_all_rights, blocked_user]


@pytest.mark.parametrize("spoil", RIGHTS)
def test_it_does_not_begin_without_the_right(clerk: User, seller: User, spoil: Callable[[User, User], None]) -> None:
    spoil(clerk, seller)
    browser = cast.looking_on(clerk, seller)
    assert browser.get("/api/account/").json()["email"] == clerk.email
    clerk, seller = User.objects.get(pk=clerk.pk), User.objects.get(pk=seller.pk)
    with pytest.raises(PermissionDenied):
        impersonation.begin({}, clerk, seller, REASON, "127.0.0.1")
    assert Impersonation.objects.count() == 0


@pytest.mark.parametrize("reason", ["", "    ", "why", "x" * 301])
def test_it_does_not_begin_without_a_reason(clerk: User, seller: User, reason: str) -> None:
    browser = cast.at_the_desk(clerk)
    answer = browser.post(address_of(seller), {"reason": reason})
    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["reason"])
    assert Impersonation.objects.count() == 0


def test_it_does_not_begin_without_a_second_factor(clerk: User, seller: User) -> None:
    browser = Client()
    browser.force_login(clerk)
    assert browser.post(address_of(seller), {"reason": REASON}).status_code == 302
    assert Impersonation.objects.count() == 0


def half_an_hour_later(clerk: User, user: User) -> None:
    now = timezone.now()
    Impersonation.objects.update(started_at=now - timedelta(minutes=31), ends_at=now - timedelta(minutes=1))


@pytest.mark.parametrize("end", [half_an_hour_later, *RIGHTS])
def test_it_is_over_at_the_next_request(
    onlooker: Client, clerk: User, seller: User, store: Store, end: Callable[[User, User], None]
) -> None:
    end(clerk, seller)
    answer = onlooker.get("/api/account/")
    assert (answer.status_code, answer.json()["code"]) == (403, OVER)
    assert onlooker.get("/api/account/").json()["email"] == clerk.email
    assert onlooker.get(PRODUCTS.format(store.pk)).status_code == 404
    assert Impersonation.objects.under_way().count() == 0


def blocked_clerk(clerk: User) -> None:
    User.objects.filter(pk=clerk.pk).update(is_active=False)


def deleted_clerk(clerk: User) -> None:
    delete_account(clerk)


def signed_out_everywhere(clerk: User) -> None:
    end_all_sessions(clerk)


def another_password(clerk: User) -> None:
    clerk.set_password("another-2026")
    clerk.save()


@pytest.mark.parametrize("sign_out", [blocked_clerk, deleted_clerk, signed_out_everywhere, another_password])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/cabinet/account/", 302),
        ("POST", "/cabinet/account/change/", 302),
        ("GET", "/api/account/", 401),
        ("PATCH", "/api/account/", 401),
        ("GET", "/", 200),
    ],
)
def test_who_is_signed_in_no_more_is_answered_as_a_stranger(
    onlooker: Client, clerk: User, sign_out: Callable[[User], None], method: str, path: str, status: int
) -> None:
    """The browser still holds a session that names the impersonation."""
    sign_out(clerk)
    answer = onlooker.generic(method, path)
    assert answer.status_code == status
    if status == 302:
        assert answer.headers["Location"].startswith("/cabinet/login/")
    assert onlooker.get("/cabinet/account/").status_code == 302
    assert impersonation.NAMED_AT not in onlooker.session


def test_what_was_sent_when_it_was_over_does_not_reach_the_clerks_own_account(onlooker: Client, clerk: User) -> None:
    """The form was filled in on the user's page."""
    half_an_hour_later(clerk, clerk)
    assert onlooker.post("/cabinet/account/change/", {"full_name": "X", "language": "en"}).status_code == 403
    clerk.refresh_from_db()
    assert (clerk.full_name, clerk.language) == ("Марат", "ru")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/cabinet/logout/", 302),
        ("DELETE", "/api/session/", 204),
        ("DELETE", "/api/auth/browser/v1/auth/session", 401),
    ],
)
def test_it_is_over_at_sign_out(onlooker: Client, method: str, path: str, status: int) -> None:
    assert onlooker.generic(method, path).status_code == status
    assert Impersonation.objects.under_way().count() == 0
    assert onlooker.get("/cabinet/account/").status_code == 302


def test_a_second_one_ends_the_first(onlooker: Client, clerk: User, stranger: User) -> None:
    first = Impersonation.objects.get()
    session = onlooker.session
    impersonation.begin(session, clerk, stranger, REASON, "127.0.0.1")
    session.save()
    assert onlooker.get("/api/account/").json()["email"] == stranger.email
    assert [each.pk for each in Impersonation.objects.under_way()] != [first.pk]
    assert Impersonation.objects.under_way().count() == 1


def test_somebody_elses_row_opens_nothing(onlooker: Client, admin_user: User) -> None:
    """A session that names the row of another staff member."""
    browser = cast.at_the_desk(admin_user)
    session = browser.session
    session[impersonation.NAMED_AT] = Impersonation.objects.get().pk
    session.save()
    assert browser.get("/api/account/").json()["code"] == OVER


def test_services_refuse_it_too(onlooker: Client, clerk: User, seller: User, store: Store) -> None:
    """The second net: were a door to let a change through, the role would not."""
    person = impersonation.find(onlooker.session, clerk)
    assert person is not None
    assert access.allowed(person, store) == {"see_store", "see_prices", "see_orders"}
    with pytest.raises(Forbidden):
        access.require(person, store, access.Action.CHANGE_PRICES)
    assert not Product.objects.for_user(person, access.Action.EXPORT).exists()


def test_the_refusal_is_a_page_with_the_way_back(onlooker: Client, store: Store) -> None:
    answer = onlooker.post(f"/cabinet/stores/{store.pk}/mode/", {"mode": "paused"})
    assert (answer.status_code, 'action="/cabinet/account/leave/"' in answer.content.decode()) == (403, True)
    store.refresh_from_db()
    assert store.mode == "automatic"


def test_the_public_page_stays_everybodys(onlooker: Client) -> None:
    answer = onlooker.get("/")
    assert (answer.status_code, "Cookie" in answer.headers.get("Vary", "")) == (200, False)


def test_who_never_looked_on_leaves_nothing(browser_of_seller: Client) -> None:
    assert browser_of_seller.post("/cabinet/account/leave/").headers["Location"] == "/cabinet/"
