"""The second factor: switched on, asked for, replaced by a recovery code, needed by staff."""

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from tests import cast
from users.models import User
from users.services import second_factor
from vault import Keyring, Rotation, new_key

pytestmark = pytest.mark.django_db
STEP = 30


class Clock:
    """The time that codes are made and checked by."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0 // STEP * STEP

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    standing = Clock()
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time", standing)
    return standing


class Phone:
    """An authenticator app. Its clock may be off."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self.secret, self.clock = secret, clock

    def code(self, *, seconds_off: float = 0) -> str:
        return format_hotp_value(hotp_value(self.secret, int(self.clock.now + seconds_off) // STEP))


def sign_in(client: Client, user: User) -> str:
    answer = client.post("/cabinet/login/", {"login": user.email, "password": cast.PASSWORD})
    return str(answer.headers.get("Location"))


def switch_on(client: Client, clock: Clock) -> tuple[Phone, list[str]]:
    """The phone, and the recovery codes as they are shown once."""
    client.post("/cabinet/reauthenticate/", {"password": cast.PASSWORD})
    page = client.get("/cabinet/second-factor/on/")
    phone = Phone(page.context["form"].secret, clock)
    shown = client.post("/cabinet/second-factor/on/", {"code": phone.code()}, follow=True)
    return phone, list(shown.context["unused_codes"])


@pytest.fixture
def phone_and_codes(seller: User, clock: Clock) -> tuple[Phone, list[str]]:
    client = Client()
    sign_in(client, seller)
    made = switch_on(client, clock)
    clock.now += 10 * STEP
    return made


@pytest.fixture
def phone(phone_and_codes: tuple[Phone, list[str]]) -> Phone:
    return phone_and_codes[0]


@pytest.fixture
def half_in(phone: Phone, seller: User) -> Client:
    """A browser that gave the right password, and waits for the code."""
    client = Client()
    assert sign_in(client, seller) == "/cabinet/second-factor/code/"
    assert client.get("/cabinet/account/").status_code == 302
    return client


def enter(client: Client, code: str) -> bool:
    client.post("/cabinet/second-factor/code/", {"code": code})
    return client.get("/cabinet/account/").status_code == 200


def test_it_is_asked_after_the_password(half_in: Client, phone: Phone) -> None:
    assert enter(half_in, phone.code())


def test_switching_it_on_needs_the_password_and_a_code_and_is_told(
    seller: User, clock: Clock, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]]
) -> None:
    client = Client()
    sign_in(client, seller)
    assert client.get("/cabinet/second-factor/on/").status_code == 302
    client.post("/cabinet/reauthenticate/", {"password": cast.PASSWORD})
    client.get("/cabinet/second-factor/on/")
    client.post("/cabinet/second-factor/on/", {"code": "000000"})
    assert not Authenticator.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        switch_on(client, clock)
    assert {each.type for each in Authenticator.objects.all()} == {"totp", "recovery_codes"}
    assert mail.outbox[-1].to == [seller.email]


def test_it_goes_on_and_off_when_no_server_takes_the_notice(
    seller: User,
    clock: Clock,
    take_mail_away: Callable[[], None],
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    client = Client()
    sign_in(client, seller)
    take_mail_away()
    with django_capture_on_commit_callbacks(execute=True):
        _, codes = switch_on(client, clock)
        assert len(codes) == 10
        assert client.post("/cabinet/second-factor/recovery-codes/new/").status_code == 302
    assert client.post("/cabinet/second-factor/off/").status_code == 302
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    ("seconds_off", "is_taken"), [(-61, False), (-30, True), (-1, True), (29, True), (59, True), (60, False)]
)
def test_a_phones_clock_may_be_off_by_a_step(half_in: Client, phone: Phone, seconds_off: int, is_taken: bool) -> None:
    assert enter(half_in, phone.code(seconds_off=seconds_off)) == is_taken


@pytest.mark.parametrize("later", [0, 29, 31, 59])
def test_a_code_works_once_as_long_as_it_would_be_good(
    half_in: Client, phone: Phone, seller: User, clock: Clock, monkeypatch: pytest.MonkeyPatch, later: int
) -> None:
    code, then = phone.code(), datetime.fromtimestamp(time.time() + later, UTC)
    assert enter(half_in, code)
    clock.now += later
    monkeypatch.setattr("django.core.cache.backends.db.tz_now", lambda: then)
    again = Client()
    sign_in(again, seller)
    assert not enter(again, code)


def test_guesses_are_few_and_a_lost_redis_forgets_none(half_in: Client, phone: Phone) -> None:
    for number in range(5):
        assert not enter(half_in, f"{number:06}")
    cache.clear()
    assert not enter(half_in, phone.code())


def test_a_recovery_code_opens_once(phone_and_codes: tuple[Phone, list[str]], seller: User) -> None:
    code = phone_and_codes[1][0]
    for is_taken in (True, False):
        client = Client()
        sign_in(client, seller)
        assert enter(client, code) == is_taken


def test_recovery_codes_are_shown_once(phone: Phone, half_in: Client) -> None:
    enter(half_in, phone.code())
    half_in.post("/cabinet/reauthenticate/", {"password": cast.PASSWORD})
    page = half_in.get("/cabinet/second-factor/recovery-codes/")
    assert page.status_code == 200
    assert set(page.context["unused_codes"]) == {"****"}


def test_its_secret_is_not_in_the_database(phone: Phone, phone_and_codes: tuple[Phone, list[str]]) -> None:
    rows = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert phone.secret not in rows
    assert phone_and_codes[1][0] not in rows


def test_switched_off_the_password_is_enough(phone: Phone, half_in: Client, seller: User) -> None:
    enter(half_in, phone.code())
    half_in.post("/cabinet/reauthenticate/", {"password": cast.PASSWORD})
    half_in.post("/cabinet/second-factor/off/")
    assert not Authenticator.objects.exists()
    assert sign_in(Client(), seller) == "/cabinet/"


def test_over_the_api_it_is_asked_too(phone: Phone, seller: User) -> None:
    client, root = Client(), "/api/auth/browser/v1"
    body = {"email": seller.email, "password": cast.PASSWORD}
    waiting = client.post(f"{root}/auth/login", body, content_type="application/json")
    [pending] = [flow for flow in waiting.json()["data"]["flows"] if flow.get("is_pending")]
    assert (waiting.status_code, pending["id"]) == (401, "mfa_authenticate")
    assert client.get("/api/stores/").status_code == 401
    code = {"code": phone.code()}
    assert client.post(f"{root}/auth/2fa/authenticate", code, content_type="application/json").status_code == 200
    assert client.get("/api/stores/").status_code == 200


# --- Staff ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("root@example.kz", cast.PASSWORD)


def test_the_admin_leads_staff_to_switch_it_on(staff: User) -> None:
    client = Client()
    sign_in(client, staff)
    answer = client.get("/api/admin/users/user/", follow=True)
    assert [unquote(where) for where, _status in answer.redirect_chain][-2:] == [
        "/cabinet/second-factor/on/",
        "/cabinet/reauthenticate/?next=/cabinet/second-factor/on/",
    ]


def test_the_admin_opens_after_a_code_in_this_session(staff: User, clock: Clock) -> None:
    client = Client()
    sign_in(client, staff)
    phone, _codes = switch_on(client, clock)
    clock.now += 10 * STEP
    asked = unquote(client.get("/api/admin/users/user/", follow=True).redirect_chain[-1][0])
    assert asked == "/cabinet/second-factor/again/?next=/api/admin/users/user/"
    assert client.post(asked, {"code": phone.code()}).headers["Location"] == "/api/admin/users/user/"
    assert client.get("/api/admin/users/user/").status_code == 200


def test_who_is_no_staff_stays_out_with_one_too(phone: Phone, half_in: Client) -> None:
    enter(half_in, phone.code())
    assert half_in.get("/api/admin/", follow=True).status_code == 403


def test_there_is_no_second_sign_in_at_the_admin(staff: User) -> None:
    client = Client()
    answer = client.post("/api/admin/login/", {"username": staff.email, "password": cast.PASSWORD})
    assert answer.headers["Location"].startswith("/cabinet/login/")
    assert client.get("/api/admin/users/user/").status_code == 302


def test_after_a_new_vault_key_codes_go_on_and_the_old_key_may_go(
    half_in: Client, phone_and_codes: tuple[Phone, list[str]], seller: User, settings: Settings
) -> None:
    phone, recovery_codes = phone_and_codes
    old, new = os.environ["VAULT_KEYS"], f"new:{new_key()}"
    settings.KEYRING = Keyring.parse(f"{new},{old}")
    assert (second_factor.rotate(), second_factor.rotate()) == (Rotation(resealed=2), Rotation(current=2))
    settings.KEYRING = Keyring.parse(new)
    assert enter(half_in, phone.code())
    another = Client()
    sign_in(another, seller)
    assert enter(another, recovery_codes[0])


def test_a_new_vault_key_without_the_old_one_harms_no_second_factor(phone: Phone, settings: Settings) -> None:
    before = list(Authenticator.objects.order_by("pk").values())
    settings.KEYRING = Keyring.parse(f"new:{new_key()}")
    assert second_factor.rotate() == Rotation(unopened=2)
    assert list(Authenticator.objects.order_by("pk").values()) == before
