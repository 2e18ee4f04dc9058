"""Invited, joined, promoted, gone: a store's people, and the owner it never loses."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from stores.models import Invitation, Membership, Store
from stores.models.roles import Role
from stores.services import teams
from stores.services.errors import Forbidden, Refusal
from stores.services.store import close_store
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
NEW = "dina@example.kz"


def roles_in(store: Store) -> dict[str, str]:
    return {each.user.email: each.role for each in store.memberships.select_related("user")}


def member(store: Store, role: str, email: str = "erlan@example.kz") -> Membership:
    return Membership.everything.create(store=store, user=cast.person(email, "Ерлан"), role=role)


def refused(work: Callable[[], Any]) -> str:
    """The code of the refusal."""
    with pytest.raises(Refusal) as refusal:
        work()
    return refusal.value.code


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def invite(store: Store, owner: User, email: str = NEW, role: str = Role.PACKER) -> Invitation:
    return teams.invite(store, email, role, owner)


# --- Invited ----------------------------------------------------------------------------------------------------------


def test_who_is_invited_gets_a_letter_signs_up_and_joins(store: Store, browser_of_seller: Client) -> None:
    browser_of_seller.post(f"/cabinet/stores/{store.pk}/team/invite/", {"email": " Dina@example.kz", "role": "packer"})
    [letter] = mail.outbox
    assert (letter.to, "/cabinet/invitations/" in letter.body, store.name in letter.body) == ([NEW], True, True)
    browser = browser_of(cast.person(NEW, "Дина"))
    page = browser.get("/cabinet/")
    assert store.name in page.content.decode()
    answer = browser.post(f"/cabinet/invitations/{Invitation.everything.get().pk}/accept/")
    assert answer.headers["Location"] == f"/cabinet/stores/{store.pk}/team/"
    assert roles_in(store) == {"aliya@example.kz": "owner", NEW: "packer"}
    assert not Invitation.everything.exists()


def test_an_invitation_is_for_its_address_alone(store: Store, seller: User, stranger: User) -> None:
    invitation = invite(store, seller)
    for work in ("accept", "decline"):
        assert browser_of(stranger).post(f"/cabinet/invitations/{invitation.pk}/{work}/").status_code == 404
    assert refused(lambda: teams.accept(invitation, stranger)) == "invitation_gone"
    assert roles_in(store) == {"aliya@example.kz": "owner"}


def test_an_address_that_is_not_confirmed_joins_nothing(store: Store, seller: User) -> None:
    invitation = invite(store, seller)
    guest = cast.person(NEW, "Дина")
    guest.emailaddress_set.update(verified=False)
    assert refused(lambda: teams.accept(invitation, guest)) == "invitation_gone"
    assert roles_in(store) == {"aliya@example.kz": "owner"}


@pytest.mark.parametrize(("left", "is_open"), [(timedelta(seconds=5), True), (timedelta(0), False)])
def test_an_invitation_is_open_until_its_end_and_not_at_it(
    store: Store, seller: User, monkeypatch: pytest.MonkeyPatch, left: timedelta, is_open: bool
) -> None:
    invitation, guest = invite(store, seller), cast.person(NEW, "Дина")
    monkeypatch.setattr("stores.services.teams.timezone.now", lambda: invitation.expires_at - left)
    assert teams.invitations_to(guest).exists() == is_open


def test_an_invitation_is_answered_once(store: Store, seller: User) -> None:
    invitation, guest = invite(store, seller), cast.person(NEW, "Дина")
    teams.accept(invitation, guest)
    teams.change_role(store.memberships.get(user=guest), Role.MANAGER, seller)
    assert refused(lambda: teams.accept(invitation, guest)) == "invitation_gone"
    assert roles_in(store)[NEW] == "manager"


def test_declined_and_withdrawn_are_over(store: Store, seller: User) -> None:
    guest = cast.person(NEW, "Дина")
    declined = invite(store, seller)
    teams.decline(declined, guest)
    withdrawn = invite(store, seller)
    teams.withdraw(withdrawn, seller)
    for invitation in (declined, withdrawn):
        assert refused(partial(teams.accept, invitation, guest)) == "invitation_gone"


def test_asking_again_renews_the_invitation_and_its_role(store: Store, seller: User) -> None:
    first = invite(store, seller)
    assert refused(lambda: invite(store, seller, role=Role.VIEWER)) == "invited_just_now"
    Invitation.everything.update(sent_at=timezone.now() - timedelta(minutes=6), expires_at=timezone.now())
    again = invite(store, seller, role=Role.VIEWER)
    assert (again.pk, again.role, again.expires_at > timezone.now()) == (first.pk, "viewer", True)


def test_without_a_mail_server_the_invitation_waits_and_may_be_sent_again_at_once(
    store: Store, browser_of_seller: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask() -> str:
        address = f"/cabinet/stores/{store.pk}/team/invite/"
        return browser_of_seller.post(address, {"email": NEW, "role": "packer"}, follow=True).content.decode()

    def refuse(*_: object) -> None:
        raise OSError("no mail server")

    with monkeypatch.context() as away:
        away.setattr("stores.services.teams.send", refuse)
        assert 'class="state is-held"' in ask()
    assert Invitation.everything.get().sent_at is None
    assert 'class="state is-held"' not in ask()
    assert (Invitation.everything.get().sent_at is not None, [letter.to for letter in mail.outbox]) == (True, [[NEW]])


def without(owner: Membership, by: User) -> None:
    teams.remove(owner, by)


def with_a_smaller_role(owner: Membership, by: User) -> None:
    teams.change_role(owner, Role.MANAGER, by)


@pytest.mark.parametrize("end", [without, with_a_smaller_role])
def test_who_may_invite_no_more_has_let_in_nobody_either(
    store: Store, seller: User, end: Callable[[Membership, User], None]
) -> None:
    second = cast.person("co@example.kz", "Берик")
    membership = Membership.everything.create(store=store, user=second, role=Role.OWNER)
    own = invite(store, second, "co.too@example.kz", Role.OWNER)
    of_another = invite(store, seller)
    end(membership, seller)
    assert refused(lambda: teams.accept(own, cast.person("co.too@example.kz", "Берик"))) == "invitation_gone"
    assert list(Invitation.everything.all()) == [of_another]


def test_invitations_are_few(store: Store, seller: User) -> None:
    for number in range(teams.MOST_OPEN):
        invite(store, seller, f"guest{number}@example.kz")
    assert refused(lambda: invite(store, seller)) == "too_many_invitations"


def test_invitations_that_nobody_answered_are_gone(store: Store, seller: User, browser_of_seller: Client) -> None:
    for number in range(teams.MOST_OPEN):
        invite(store, seller, f"guest{number}@example.kz")
    Invitation.everything.update(expires_at=timezone.now())
    assert invite(store, seller).email == NEW
    shown = browser_of_seller.get(f"/cabinet/stores/{store.pk}/team/").content.decode()
    assert (NEW in shown, "guest1@example.kz" in shown) == (True, False)
    told = browser_of_seller.get("/api/invitations/").json()["results"]
    assert [each["email"] for each in told] == [NEW]
    assert (teams.forget_expired(), teams.forget_expired()) == (teams.MOST_OPEN, 0)
    assert Invitation.everything.get().email == NEW


@pytest.mark.parametrize(
    ("email", "role", "code"),
    [
        ("aliya@example.kz", Role.VIEWER, "already_member"),
        ("dіna@example.kz", Role.VIEWER, "bad_email"),
        ("dina", Role.VIEWER, "bad_email"),
        ("<img src=x>@example.kz", Role.VIEWER, "bad_email"),
        (NEW, "admin", "unknown_role"),
    ],
)
def test_what_cannot_be_an_invitation_is_refused(store: Store, seller: User, email: str, role: str, code: str) -> None:
    assert refused(lambda: invite(store, seller, email, role)) == code
    assert not Invitation.everything.exists()


def test_the_answer_does_not_tell_whether_there_is_an_account(store: Store, api: APIClient, stranger: User) -> None:
    answers = [
        api.post("/api/invitations/", {"store": store.pk, "email": email, "role": "viewer"})
        for email in (stranger.email, NEW)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert set(answers[0].data) == set(answers[1].data)


# --- Roles ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.MANAGER, Role.PACKER, Role.ACCOUNTANT, Role.VIEWER])
def test_only_an_owner_touches_the_team(store: Store, seller: User, role: str) -> None:
    actor, own = member(store, role).user, store.memberships.get(user=seller)
    invitation = invite(store, seller)
    works: list[Callable[[], Any]] = [
        lambda: invite(store, actor, "other@example.kz"),
        lambda: teams.withdraw(invitation, actor),
        lambda: teams.change_role(own, Role.VIEWER, actor),
        lambda: teams.change_role(store.memberships.get(user=actor), Role.OWNER, actor),
        lambda: teams.remove(own, actor),
        lambda: close_store(store, actor),
    ]
    for work in works:
        with pytest.raises(Forbidden):
            work()
    assert roles_in(store) == {"aliya@example.kz": "owner", "erlan@example.kz": role}
    assert Invitation.everything.count() == 1


def test_the_last_owner_stays_whatever_is_asked(store: Store, seller: User) -> None:
    own = store.memberships.get(user=seller)
    member(store, Role.MANAGER)
    for role in set(Role) - {Role.OWNER}:
        assert refused(partial(teams.change_role, own, role, seller)) == "last_owner"
    assert refused(lambda: teams.remove(own, seller)) == "last_owner"
    assert roles_in(store)["aliya@example.kz"] == "owner"


def test_a_store_is_handed_over(store: Store, seller: User) -> None:
    heir = member(store, Role.MANAGER)
    teams.change_role(heir, Role.OWNER, seller)
    teams.remove(store.memberships.get(user=seller), heir.user)
    assert roles_in(store) == {"erlan@example.kz": "owner"}
    assert not Store.objects.for_user(seller).exists()


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_go_at_once_leave_one(store: Store, seller: User) -> None:
    """Each sees the other at the start; the store's lock lets one of them see that he is the last."""
    second = member(store, Role.OWNER)
    both = [store.memberships.get(user=seller), second]
    start, refusals = threading.Barrier(2), []

    def go(membership: Membership) -> None:
        start.wait(10)
        try:
            teams.remove(membership, membership.user)
        except Refusal as refusal:
            refusals.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(each,)) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (refusals, store.memberships.count()) == (["last_owner"], 1)


def test_everybody_may_leave(store: Store) -> None:
    own = member(store, Role.PACKER)
    answer = browser_of(own.user).post(f"/cabinet/team/{own.pk}/remove/")
    assert answer.headers["Location"] == "/cabinet/"
    assert roles_in(store) == {"aliya@example.kz": "owner"}


def test_an_owner_sees_the_team_and_others_their_own_place(store: Store, seller: User) -> None:
    packer = member(store, Role.PACKER)
    invite(store, seller)
    path = f"/cabinet/stores/{store.pk}/team/"
    shown = browser_of(seller).get(path).content.decode()
    assert [email in shown for email in (NEW, "erlan@example.kz")] == [True, True]
    shown = browser_of(packer.user).get(path).content.decode()
    assert [email in shown for email in (NEW, "aliya@example.kz")] == [False, False]
    assert f"/cabinet/team/{packer.pk}/remove/" in shown


def test_a_packer_lands_where_his_role_is_told_and_finds_no_prices(store: Store) -> None:
    cast.product(store)
    browser = browser_of(member(store, Role.PACKER).user)
    assert browser.get("/cabinet/").headers["Location"] == f"/cabinet/stores/{store.pk}/orders/"
    assert browser.get("/api/products/").json()["results"] == []
    assert [row["name"] for row in browser.get("/api/stores/").json()["results"]] == [store.name]
    assert (
        f"/cabinet/stores/{store.pk}/prices/" not in browser.get(f"/cabinet/stores/{store.pk}/team/").content.decode()
    )


def test_over_the_api_a_role_is_changed_and_a_member_taken_out(store: Store, api: APIClient) -> None:
    own = member(store, Role.PACKER)
    assert api.patch(f"/api/memberships/{own.pk}/", {"role": "accountant"}).data["role"] == "accountant"
    assert api.patch(f"/api/memberships/{own.pk}/", {"role": "king"}).status_code == 400
    assert api.delete(f"/api/memberships/{own.pk}/").status_code == 204
    assert roles_in(store) == {"aliya@example.kz": "owner"}


# --- Closed -----------------------------------------------------------------------------------------------------------


def test_a_closed_store_moves_nothing_and_nobody_finds_it(
    store: Store, seller: User, browser_of_seller: Client
) -> None:
    invitation, guest = invite(store, seller), cast.person(NEW, "Дина")
    assert browser_of_seller.post(f"/cabinet/stores/{store.pk}/close/").status_code == 302
    assert Store.everything.get().closed_at is None, "the password is asked first"
    browser_of_seller.post("/cabinet/reauthenticate/", {"password": cast.PASSWORD})
    browser_of_seller.post(f"/cabinet/stores/{store.pk}/close/")
    closed = Store.everything.get()
    assert (closed.mode, closed.closed_at is not None, closed.price_list_login) == ("paused", True, "")
    assert (closed.memberships.count(), Invitation.everything.count()) == (0, 0)
    assert refused(lambda: teams.accept(invitation, guest)) == "invitation_gone"
    assert browser_of_seller.get(f"/cabinet/stores/{store.pk}/team/").status_code == 404
