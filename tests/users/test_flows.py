"""Signing up, confirming, a new password, another e-mail: as people do it on the pages."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import allauth
import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from tests import cast
from users.mails import MAILS
from users.models import User
from users.services.billing.subscriptions import subscription_of

pytestmark = pytest.mark.django_db
LINK = re.compile(r"http://127\.0\.0\.1:8000(/\S+)")
NEW = "tort-kun-2026"


def link(number: int = -1) -> str:
    """The path of the link in a letter."""
    found = LINK.search(mail.outbox[number].body)
    assert found, mail.outbox[number].body
    return found[1]


def sign_up(client: Client, email: str, password: str = NEW) -> str:
    """Where the page leads."""
    answer = client.post("/cabinet/signup/", {"email": email, "password1": password})
    return answer.headers.get("Location", answer.content.decode())


def sign_in(client: Client, email: str, password: str = NEW) -> int:
    return client.post("/cabinet/login/", {"login": email, "password": password}).status_code


def is_in(client: Client) -> bool:
    return client.get("/cabinet/account/").status_code == 200


def give_password(client: Client, password: str = cast.PASSWORD) -> None:
    """Answer the page that asks for it once more."""
    assert client.post("/cabinet/reauthenticate/", {"password": password}).status_code == 302


def same_page(one: bytes, other: bytes) -> bool:
    def bare(page: bytes) -> bytes:
        return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", page)

    return bare(one) == bare(other)


# --- Signing up -------------------------------------------------------------------------------------------------------


def test_who_signs_up_confirms_the_address_and_signs_in() -> None:
    client = Client()
    assert sign_up(client, " Nurlan@Example.kz ") == "/cabinet/confirm-email/"
    assert (mail.outbox[0].to, User.objects.get().email) == (["nurlan@example.kz"], "nurlan@example.kz")
    assert not is_in(client)
    page = client.get(link())
    assert "nurlan@example.kz" in page.content.decode()
    assert not EmailAddress.objects.get().verified, "looking at the page confirms nothing: scanners look too"
    assert client.post(link()).headers["Location"] == "/cabinet/login/"
    assert sign_in(client, "nurlan@example.kz") == 302
    assert is_in(client)


def test_who_confirms_the_address_begins_with_a_trial(settings: Settings) -> None:
    settings.BILLING = True
    sign_up(Client(), "nurlan@example.kz")
    assert subscription_of(User.objects.get()) is None
    for _ in range(2):
        Client().post(link())
    begun = subscription_of(User.objects.get())
    assert (begun.tariff.code, begun.state) == ("shop", "trial")


def test_an_address_that_is_not_confirmed_lets_nobody_in() -> None:
    sign_up(Client(), "nurlan@example.kz")
    client = Client()
    assert sign_in(client, "nurlan@example.kz") == 302
    assert not is_in(client)
    assert Client().get("/cabinet/account/").status_code == 302


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_letters_and_the_new_person_speak_the_language_of_the_page(language: str) -> None:
    form = {"email": "nurlan@example.kz", "password1": NEW}
    Client().post("/cabinet/signup/", form, headers={"Accept-Language": language})
    assert User.objects.get().language == language
    [(html, kind)] = mail.outbox[0].alternatives
    assert (kind, f'<html lang="{language}">' in html, link() in html) == ("text/html", True, True)


def test_an_address_that_is_taken_gets_another_letter_and_the_same_page(seller: User) -> None:
    known, unknown = Client(), Client()
    assert sign_up(known, "ALIYA@example.kz") == sign_up(unknown, "nurlan@example.kz")
    assert same_page(known.get("/cabinet/confirm-email/").content, unknown.get("/cabinet/confirm-email/").content)
    assert [letter.to for letter in mail.outbox] == [["aliya@example.kz"], ["nurlan@example.kz"]]
    assert link(0) == "/cabinet/password/reset/"
    assert seller.check_password(cast.PASSWORD)
    assert User.objects.filter(email="aliya@example.kz").count() == 1


@pytest.mark.parametrize(
    "email",
    ["аliya@example.kz", "aliya@exаmple.kz", "aliya", "a@b", "<b>a</b>@example.kz", "a" * 260 + "@example.kz"],
)
def test_a_look_alike_and_what_is_no_address_are_refused(email: str) -> None:
    assert 'role="alert"' in sign_up(Client(), email)
    assert (User.objects.count(), len(mail.outbox)) == (0, 0)


@pytest.mark.parametrize("password", ["short-1", "password123", "1029384756", "nurlan@example.kz", "nurlan-example"])
def test_a_weak_password_is_refused(password: str) -> None:
    page = sign_up(Client(), "nurlan@example.kz", password)
    assert ('role="alert"' in page, User.objects.count()) == (True, 0)


def test_a_link_that_was_used_or_has_expired_confirms_nothing(settings: Settings) -> None:
    client = Client()
    sign_up(client, "nurlan@example.kz")
    settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = -1
    assert client.post(link()).status_code == 404
    assert not EmailAddress.objects.get().verified
    settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
    assert client.post(link()).status_code == 302
    assert client.post(link()).status_code == 404


def test_no_letter_goes_out_when_no_server_takes_it(seller: User, take_mail_away: Callable[[], None]) -> None:
    take_mail_away()
    answers = [
        Client().post("/cabinet/password/reset/", {"email": email}) for email in (seller.email, "nobody@example.kz")
    ]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert same_page(answers[0].content, answers[1].content)


# --- The same work ----------------------------------------------------------------------------------------------------


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each password that was hashed: what signing in and up spends its time on."""
    done: list[str] = []
    hash_it = MD5PasswordHasher.encode

    def note(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
        done.append(password)
        return hash_it(hasher, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", note)
    return done


def test_wrong_unknown_and_blocked_cost_one_hash_each(seller: User, stranger: User, hashed: list[str]) -> None:
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    for email in (seller.email, "nobody@example.kz", stranger.email):
        sign_in(Client(), email, "guess")
    assert hashed == ["guess"] * 3


def test_signing_up_with_a_taken_address_costs_a_hash_as_a_free_one_does(seller: User, hashed: list[str]) -> None:
    costs = []
    for email in (seller.email, "free@example.kz"):
        before = len(hashed)
        sign_up(Client(), email)
        costs.append(len(hashed) - before)
    assert costs[0] == costs[1] == 1


# --- A new password ---------------------------------------------------------------------------------------------------


def ask_for_password(client: Client, email: str) -> bytes:
    return client.post("/cabinet/password/reset/", {"email": email}, follow=True).content


def test_a_forgotten_password_is_renewed_by_a_link_and_ends_all_sessions(seller: User) -> None:
    signed_in, client = Client(), Client()
    sign_in(signed_in, seller.email, cast.PASSWORD)
    ask_for_password(client, seller.email)
    page = client.get(link(), follow=True)
    where = page.redirect_chain[-1][0]
    assert client.post(where, {"password1": NEW, "password2": NEW}).status_code == 302
    assert (is_in(signed_in), sign_in(Client(), seller.email)) == (False, 302)
    assert sign_in(Client(), seller.email, cast.PASSWORD) == 200


def test_the_link_to_a_new_password_works_once_and_for_an_hour(seller: User) -> None:
    client = Client()
    ask_for_password(client, seller.email)
    used = link()
    where = client.get(used, follow=True).redirect_chain[-1][0]
    client.post(where, {"password1": NEW, "password2": NEW})
    assert b"password1" not in Client().get(used, follow=True).content
    assert settings.PASSWORD_RESET_TIMEOUT == 3600


def test_a_link_that_has_expired_changes_nothing(seller: User, settings: Settings) -> None:
    client = Client()
    ask_for_password(client, seller.email)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert b"password1" not in client.get(link(), follow=True).content
    seller.refresh_from_db()
    assert seller.check_password(cast.PASSWORD)


def test_known_unknown_and_blocked_see_one_page_and_get_a_letter(seller: User, stranger: User) -> None:
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    pages = [ask_for_password(Client(), email) for email in (seller.email, stranger.email, "nobody@example.kz")]
    assert same_page(pages[0], pages[1])
    assert same_page(pages[0], pages[2])
    assert [letter.to[0] for letter in mail.outbox] == [seller.email, stranger.email, "nobody@example.kz"]
    assert ["/password/reset/" in letter.body for letter in mail.outbox] == [True, False, False]


def test_letters_to_one_address_are_few(seller: User) -> None:
    client = Client()
    answers = [client.post("/cabinet/password/reset/", {"email": seller.email}).status_code for _ in range(7)]
    assert answers == [302] * 5 + [429] * 2
    assert len(mail.outbox) == 5


def test_changing_the_password_asks_for_the_present_one_and_ends_the_other_sessions(seller: User) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        sign_in(client, seller.email, cast.PASSWORD)
    form = {"oldpassword": "wrong", "password1": NEW, "password2": NEW}
    assert here.post("/cabinet/password/change/", form).status_code == 200
    assert is_in(there)
    assert here.post("/cabinet/password/change/", form | {"oldpassword": cast.PASSWORD}).status_code == 302
    assert (is_in(here), is_in(there)) == (True, False)
    assert mail.outbox[-1].to == [seller.email]


@pytest.mark.parametrize("way", ["by the present one", "by a link"])
def test_a_new_password_is_said_to_be_there_when_no_server_takes_the_notice(
    seller: User, take_mail_away: Callable[[], None], way: str
) -> None:
    client = Client()
    where, form = "/cabinet/password/change/", {"oldpassword": cast.PASSWORD}
    if way == "by a link":
        ask_for_password(client, seller.email)
        where, form = client.get(link(), follow=True).redirect_chain[-1][0], {}
    else:
        sign_in(client, seller.email, cast.PASSWORD)
    take_mail_away()
    answer = client.post(where, form | {"password1": NEW, "password2": NEW}, follow=True)
    assert (answer.status_code, User.objects.get().check_password(NEW)) == (200, True)


# --- Another e-mail ---------------------------------------------------------------------------------------------------


def test_an_e_mail_changes_once_the_new_one_is_confirmed(seller: User) -> None:
    client = Client()
    sign_in(client, seller.email, cast.PASSWORD)
    asked = client.post("/cabinet/email/", {"email": "new@example.kz", "action_add": ""})
    assert (asked.headers["Location"].split("?")[0], len(mail.outbox)) == ("/cabinet/reauthenticate/", 0)
    give_password(client)
    client.post("/cabinet/email/", {"email": "new@example.kz", "action_add": ""})
    assert (mail.outbox[-1].to, User.objects.get(pk=seller.pk).email) == (["new@example.kz"], "aliya@example.kz")
    client.post(link())
    assert User.objects.get(pk=seller.pk).email == "new@example.kz"
    assert mail.outbox[-1].to == ["aliya@example.kz"], "the old address is told"
    assert (sign_in(Client(), "new@example.kz", cast.PASSWORD), EmailAddress.objects.count()) == (302, 1)


def test_a_change_of_the_e_mail_is_called_off(seller: User) -> None:
    client = Client()
    sign_in(client, seller.email, cast.PASSWORD)
    give_password(client)
    client.post("/cabinet/email/", {"email": "new@example.kz", "action_add": ""})
    mail.outbox.clear()
    assert client.post("/cabinet/email/", {"email": "new@example.kz", "action_remove": ""}).status_code == 302
    [letter] = mail.outbox
    assert (letter.to, "new@example.kz" in letter.body) == ([seller.email], True)
    assert [each.email for each in seller.emailaddress_set.all()] == [seller.email]


def test_an_e_mail_changes_when_no_server_takes_the_notice(seller: User, take_mail_away: Callable[[], None]) -> None:
    client = Client()
    sign_in(client, seller.email, cast.PASSWORD)
    give_password(client)
    client.post("/cabinet/email/", {"email": "new@example.kz", "action_add": ""})
    confirmation = link()
    take_mail_away()
    assert client.post(confirmation).status_code == 302
    assert User.objects.get().email == "new@example.kz"


def test_a_change_is_called_off_when_no_server_takes_the_notice(
    seller: User, take_mail_away: Callable[[], None]
) -> None:
    client = Client()
    sign_in(client, seller.email, cast.PASSWORD)
    give_password(client)
    client.post("/cabinet/email/", {"email": "new@example.kz", "action_add": ""})
    take_mail_away()
    assert client.post("/cabinet/email/", {"email": "new@example.kz", "action_remove": ""}).status_code == 302
    assert [each.email for each in seller.emailaddress_set.all()] == [seller.email]


# Of flows that no address of ours leads to: codes by letter instead of passwords, keys, social networks.
NOT_OURS = {
    *("account/email/login_code", "account/email/password_reset_code"),
    *("mfa/email/webauthn_added", "mfa/email/webauthn_removed"),
}


def test_each_letter_that_allauth_sends_has_words_of_ours() -> None:
    sources = [path.read_text() for path in Path(allauth.__file__).parent.rglob("*.py") if "tests" not in path.parts]
    named = {name for text in sources for name in re.findall(r'"((?:account|mfa)/email/\w+)"', text)}
    assert named - NOT_OURS == set(MAILS)


def test_an_e_mail_of_somebody_else_is_not_taken_and_not_told(seller: User, stranger: User) -> None:
    client = Client()
    sign_in(client, seller.email, cast.PASSWORD)
    give_password(client)
    taken = client.post("/cabinet/email/", {"email": stranger.email, "action_add": ""})
    free = client.post("/cabinet/email/", {"email": "free@example.kz", "action_add": ""})
    assert taken.status_code == free.status_code
    assert User.objects.get(pk=stranger.pk).check_password(cast.PASSWORD)


# --- Sessions ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def browsers(seller: User) -> list[Client]:
    """Three places where the seller is signed in; the first one's name is Phone."""
    opened = [Client(headers={"User-Agent": name}) for name in ("Phone", "Office", "Home")]
    for client in opened:
        sign_in(client, seller.email, cast.PASSWORD)
    return opened


def test_the_account_lists_the_sessions(browsers: list[Client]) -> None:
    page = browsers[0].get("/cabinet/account/").content.decode()
    assert [name in page for name in ("Phone", "Office", "Home")] == [True, True, True]
    assert page.count("/end/") == 2, "the one at hand is ended by signing out"


def test_one_session_is_ended_and_no_other(browsers: list[Client]) -> None:
    page = browsers[0].get("/cabinet/account/").content.decode()
    [office] = [row for row in page.split("<tr>") if "Office" in row]
    ended = re.search(r'action="([^"]+/end/)"', office)
    assert ended
    browsers[0].post(ended[1])
    assert [is_in(client) for client in browsers] == [True, False, True]


@pytest.mark.parametrize(("path", "stay"), [("end-others", [True, False, False]), ("end-all", [False, False, False])])
def test_sessions_are_ended_together(browsers: list[Client], seller: User, path: str, stay: list[bool]) -> None:
    unlisted = Client()
    unlisted.force_login(seller)
    browsers[0].post(f"/cabinet/account/sessions/{path}/")
    assert [is_in(client) for client in browsers] == stay
    assert not is_in(unlisted)


def test_signing_out_everywhere_over_the_api(browsers: list[Client]) -> None:
    assert browsers[0].delete("/api/session/everywhere/").status_code == 204
    assert [is_in(client) for client in browsers] == [False, False, False]


def test_when_a_session_was_last_used_is_written_now_and_then(browsers: list[Client], seller: User) -> None:
    sessions = seller.usersession_set
    long_ago = timezone.now() - timedelta(hours=1)
    sessions.update(last_seen_at=long_ago)
    is_in(browsers[0])
    assert sessions.filter(last_seen_at__gt=long_ago).count() == 0, "not at each request"
    session = browsers[0].session
    session["seen_at"] = long_ago.isoformat()
    session.save()
    is_in(browsers[0])
    assert [each.user_agent for each in sessions.filter(last_seen_at__gt=long_ago)] == ["Phone"]


def test_a_session_is_one_opaque_row(browsers: list[Client]) -> None:
    assert Session.objects.filter(pk=browsers[0].cookies[settings.SESSION_COOKIE_NAME].value).exists()


# --- Language ---------------------------------------------------------------------------------------------------------


def test_signing_in_brings_the_persons_language(seller: User) -> None:
    User.objects.filter(pk=seller.pk).update(language="kk")
    client = Client(headers={"Accept-Language": "en"})
    sign_in(client, seller.email, cast.PASSWORD)
    assert client.get("/cabinet/account/").headers["Content-Language"] == "kk"


def test_the_switch_of_languages_is_kept_with_the_person(seller: User) -> None:
    client = Client()
    sign_in(client, seller.email, cast.PASSWORD)
    client.post("/i18n/setlang/", {"language": "en"})
    assert User.objects.get(pk=seller.pk).language == "en"
    client.post("/i18n/setlang/", {"language": "xx"})
    assert User.objects.get(pk=seller.pk).language == "en"


def test_name_and_language_are_changed_on_the_account_page(seller: User) -> None:
    client = Client()
    sign_in(client, seller.email, cast.PASSWORD)
    name = "<script>alert(1)</script>"
    answer = client.post("/cabinet/account/change/", {"full_name": name, "language": "kk"}, follow=True)
    seller.refresh_from_db()
    assert (seller.full_name, seller.language, answer.headers["Content-Language"]) == (name, "kk", "kk")
    assert name not in answer.content.decode()
    client.post("/cabinet/account/change/", {"full_name": "x" * 151, "language": "kk"})
    seller.refresh_from_db()
    assert seller.full_name == name
