"""The API token of a store: entered, checked, kept sealed, found dead once, and never shown."""

import io
import json
import logging
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any, Self

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

import kaspi
from stores.models import Membership, MerchantToken, Notification, Store
from stores.services.errors import Forbidden, Refusal
from stores.services.merchant import asking, tokens
from stores.services.merchant.sealing import open_token
from stores.services.merchant.verdicts import note_rejected
from stores.services.messages import text_of
from tests import cast
from tests.kaspi.conftest import FakeTransport
from users.models import User
from vault import CannotOpen, Keyring

pytestmark = pytest.mark.django_db

SECRET = "c2VjcmV0LXRva2VuLW9mLWEtc2VsbGVyLW5ldmVyLXNob3duLTEyMzQ1"
OTHER = "YW5vdGhlci10b2tlbi1vZi10aGUtc2FtZS1zZWxsZXItLS05ODc2NQ=="
State = MerchantToken.State
Road = Callable[..., FakeTransport]

OK = kaspi.Response(200, {}, b"{}")
NO = kaspi.Response(401, {}, b'{"errors":[{"title":"Unauthorized"}]}')
SILENT = kaspi.Unavailable("no answer")


@pytest.fixture
def road(monkeypatch: pytest.MonkeyPatch, empty_redis: object) -> Road:
    """The marketplace answers like this, one after the other."""

    def build(*answers: kaspi.Response | Exception) -> FakeTransport:
        transport = Opened(*answers)
        monkeypatch.setattr(asking, "transport_through", lambda _address: transport)
        return transport

    return build


class Opened(FakeTransport):
    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


def stored(store: Store) -> MerchantToken:
    return MerchantToken.everything.get(store=store)


def told(store: Store) -> list[str]:
    rows = Notification.everything.filter(store=store, kind=Notification.Kind.TOKEN_REFUSED)
    return [text_of(row) for row in rows]


# --- Entering ---------------------------------------------------------------------------------------------------------


def test_a_token_that_works_is_kept_sealed(store: Store, seller: User, road: Road) -> None:
    transport = road(OK)
    row = tokens.enter_token(store, f"  {SECRET}\n", seller)
    assert (row.state, row.last_four, row.entered_by) == (State.VALID, SECRET[-4:], seller)
    assert row.checked_at is not None
    assert SECRET not in row.sealed
    assert open_token(stored(store)).reveal() == SECRET
    (request,) = transport.requests
    assert request.headers["X-Auth-Token"] == SECRET
    assert request.headers["X-Merchant-Uid"] == store.merchant_id


def test_a_token_that_is_not_taken_is_not_kept(store: Store, seller: User, road: Road) -> None:
    road(NO)
    with pytest.raises(Refusal) as refused:
        tokens.enter_token(store, SECRET, seller)
    assert refused.value.code == "token_rejected"
    assert SECRET not in str(refused.value)
    assert not MerchantToken.everything.exists()


def test_a_wrong_one_leaves_the_one_before(store: Store, seller: User, road: Road) -> None:
    road(OK, NO)
    before = tokens.enter_token(store, SECRET, seller)
    with pytest.raises(Refusal):
        tokens.enter_token(store, OTHER, seller)
    assert stored(store).sealed == before.sealed


def test_while_the_marketplace_is_silent_a_token_waits_to_be_checked(store: Store, seller: User, road: Road) -> None:
    road(SILENT, SILENT, OK)
    assert tokens.enter_token(store, SECRET, seller).state == State.UNKNOWN
    tokens.check_unknown_tokens()
    assert (stored(store).state, stored(store).checked_at) == (State.UNKNOWN, None)
    tokens.check_unknown_tokens()
    assert stored(store).state == State.VALID


def test_without_redis_a_token_is_kept_and_checked_later(store: Store, seller: User, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert tokens.enter_token(store, SECRET, seller).state == State.UNKNOWN


def test_a_new_token_takes_the_place_of_the_old(store: Store, seller: User, road: Road) -> None:
    road(OK, OK)
    first = tokens.enter_token(store, SECRET, seller)
    second = tokens.enter_token(store, OTHER, seller)
    assert first.pk == second.pk
    assert open_token(stored(store)).reveal() == OTHER


@pytest.mark.parametrize("text", ["", "  ", "short", "two words are no token", "тоқтатылған-токен-деген", "x" * 300])
def test_what_is_no_token_is_refused_without_asking(store: Store, seller: User, road: Road, text: str) -> None:
    transport = road()
    with pytest.raises(Refusal) as refused:
        tokens.enter_token(store, text, seller)
    assert (refused.value.code, set(refused.value.fields)) == ("bad_token", {"token"})
    assert (transport.requests, MerchantToken.everything.count()) == ([], 0)


def test_without_a_key_nothing_is_stored(store: Store, seller: User, road: Road, settings: Settings) -> None:
    settings.KEYRING = Keyring({})
    road(OK)
    with pytest.raises(Refusal) as refused:
        tokens.enter_token(store, SECRET, seller)
    assert refused.value.code == "no_vault_key"
    assert not MerchantToken.everything.exists()


@pytest.mark.parametrize("role", [Membership.Role.VIEWER, Membership.Role.MANAGER])
@pytest.mark.parametrize(
    "act",
    [
        lambda store, person: tokens.enter_token(store, OTHER, person),
        tokens.check_token,
        tokens.remove_token,
    ],
    ids=["enter", "check", "remove"],
)
def test_only_the_owner_connects_a_store(
    store: Store, assistant: User, road: Road, role: str, act: Callable[[Store, User], Any]
) -> None:
    Membership.everything.filter(user=assistant).update(role=role)
    before = cast.token(store)
    transport = road()
    with pytest.raises(Forbidden):
        act(store, assistant)
    assert (transport.requests, stored(store).sealed) == ([], before.sealed)


def test_a_removed_token_is_gone(store: Store, seller: User, strangers_store: Store) -> None:
    cast.token(store)
    kept = cast.token(strangers_store)
    tokens.remove_token(store, seller)
    assert list(MerchantToken.everything.all()) == [kept]
    with pytest.raises(asking.NoToken):
        asking.ask(store, kaspi.MerchantApi.check_token)


# --- A dead token -----------------------------------------------------------------------------------------------------


def test_a_dead_token_is_told_once_and_not_used_again(store: Store, road: Road) -> None:
    cast.token(store, SECRET)
    transport = road(NO)
    with pytest.raises(kaspi.TokenRejected):
        asking.ask(store, kaspi.MerchantApi.check_token)
    with pytest.raises(asking.NoToken) as refused:
        asking.ask(store, kaspi.MerchantApi.check_token)
    assert refused.value.code == "token_refused"
    assert len(transport.requests) == 1
    assert stored(store).state == State.REFUSED
    assert len(told(store)) == 1
    assert f"…{SECRET[-4:]}" in told(store)[0]
    assert SECRET not in told(store)[0]


@pytest.mark.django_db(transaction=True)
def test_two_workers_who_meet_it_together_tell_once(store: Store) -> None:
    token, together = cast.token(store), Barrier(4)

    def meet() -> None:
        together.wait()
        note_rejected(token)
        connection.close()

    threads = [Thread(target=meet) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told(store)) == 1


def test_the_end_of_an_old_token_is_not_that_of_the_new(store: Store, seller: User, road: Road) -> None:
    old = cast.token(store)
    road(OK)
    tokens.enter_token(store, OTHER, seller)
    note_rejected(old)
    assert (stored(store).state, told(store)) == (State.VALID, [])


def test_other_errors_do_not_kill_a_token(store: Store, road: Road) -> None:
    cast.token(store)
    page = kaspi.Response(403, {}, b"<html>")
    for answer in (SILENT, page, kaspi.Response(429, {"Retry-After": "0"}), kaspi.Response(500), kaspi.Response(404)):
        road(answer)
        with pytest.raises(asking.CANNOT_ASK):
            asking.ask(store, kaspi.MerchantApi.check_token)
    assert (stored(store).state, told(store)) == (State.VALID, [])


def test_a_refused_token_may_be_asked_about_again(store: Store, seller: User, road: Road) -> None:
    cast.token(store, state=State.REFUSED)
    road(OK)
    assert tokens.check_token(store, seller).state == State.VALID


def test_still_refused_it_stays_refused(store: Store, seller: User, road: Road) -> None:
    cast.token(store, state=State.REFUSED)
    road(NO)
    with pytest.raises(Refusal) as refused:
        tokens.check_token(store, seller)
    assert (refused.value.code, stored(store).state) == ("token_rejected", State.REFUSED)


def test_while_the_marketplace_is_silent_a_refused_token_stays_refused(store: Store, seller: User, road: Road) -> None:
    cast.token(store, state=State.REFUSED)
    road(SILENT)
    with pytest.raises(Refusal) as refused:
        tokens.check_token(store, seller)
    assert (refused.value.code, stored(store).state) == ("marketplace_silent", State.REFUSED)


def test_tokens_are_asked_about_in_turn(
    store: Store, strangers_store: Store, road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "CHECKED_AT_ONCE", 1)
    for each in (store, strangers_store):
        cast.token(each, state=State.UNKNOWN)
    road(SILENT, OK)
    tokens.check_unknown_tokens()
    tokens.check_unknown_tokens()
    assert [stored(each).state for each in (store, strangers_store)] == [State.UNKNOWN, State.VALID]


FORBIDDEN = kaspi.Response(403, {}, b'{"errors":[{"title":"Forbidden"}]}')


def test_a_403_for_one_call_is_not_the_end_of_a_token(store: Store, road: Road) -> None:
    cast.token(store)
    transport = road(FORBIDDEN, OK)
    with pytest.raises(kaspi.Refused) as refused:
        asking.ask(store, lambda api: kaspi.OrdersApi(api).accept("900100200"))
    assert (type(refused.value), refused.value.status, refused.value.title) == (kaspi.Refused, 403, "Forbidden")
    assert [request.method for request in transport.requests] == ["POST", "GET"]
    assert (stored(store).state, told(store)) == (State.VALID, [])


def test_a_403_for_every_call_is(store: Store, road: Road) -> None:
    cast.token(store)
    road(FORBIDDEN, FORBIDDEN)
    with pytest.raises(kaspi.TokenRejected):
        asking.ask(store, lambda api: kaspi.OrdersApi(api).accept("900100200"))
    assert (stored(store).state, len(told(store))) == (State.REFUSED, 1)


def test_each_token_has_a_pace_of_its_own(store: Store, strangers_store: Store, road: Road, settings: Settings) -> None:
    settings.MERCHANT_CALLS_PER_SECOND = 0.02
    for each in (store, strangers_store):
        cast.token(each)
    road(OK, OK)
    for each in (store, strangers_store):
        asking.ask(each, kaspi.MerchantApi.check_token)
    with pytest.raises(asking.NoTurn):
        asking.ask(store, kaspi.MerchantApi.check_token)


THROTTLED = kaspi.Response(429, {"Retry-After": "60"}, b"")
BLOCKED = kaspi.Response(403, {"Content-Type": "text/html"}, b"<html>")


@pytest.mark.parametrize("no", [THROTTLED, BLOCKED], ids=["429", "block page"])
def test_what_is_meant_for_our_address_silences_every_store(
    store: Store, strangers_store: Store, road: Road, no: kaspi.Response
) -> None:
    for each in (store, strangers_store):
        cast.token(each)
    transport = road(no, OK)
    with pytest.raises(kaspi.Unavailable):
        asking.ask(store, kaspi.MerchantApi.check_token)
    with pytest.raises(asking.NoTurn):
        asking.ask(strangers_store, kaspi.MerchantApi.check_token)
    assert len(transport.requests) == 1


def test_what_is_meant_for_one_token_silences_nobody_else(store: Store, strangers_store: Store, road: Road) -> None:
    for each in (store, strangers_store):
        cast.token(each)
    road(FORBIDDEN, FORBIDDEN, OK)
    with pytest.raises(kaspi.TokenRejected):
        asking.ask(store, kaspi.MerchantApi.check_token)
    asking.ask(strangers_store, kaspi.MerchantApi.check_token)
    assert stored(strangers_store).state == State.VALID


def test_all_stores_together_keep_the_pace_of_the_address(
    store: Store, strangers_store: Store, road: Road, settings: Settings
) -> None:
    settings.MERCHANT_CALLS_PER_ADDRESS = 0.02
    for each in (store, strangers_store):
        cast.token(each)
    road(OK, OK)
    asking.ask(store, kaspi.MerchantApi.check_token)
    with pytest.raises(asking.NoTurn):
        asking.ask(strangers_store, kaspi.MerchantApi.check_token)


# --- At rest ----------------------------------------------------------------------------------------------------------


def test_in_another_stores_row_it_does_not_open(store: Store, strangers_store: Store) -> None:
    ours, theirs = cast.token(store, SECRET), cast.token(strangers_store, OTHER)
    MerchantToken.everything.filter(pk=theirs.pk).update(sealed=ours.sealed)
    with pytest.raises(CannotOpen):
        open_token(stored(strangers_store))


def test_with_another_key_it_is_an_error(store: Store, settings: Settings, road: Road) -> None:
    cast.token(store, SECRET)
    transport = road()
    settings.KEYRING = Keyring.parse(f"tests:{'E' * 42}A")
    with pytest.raises(asking.NoToken) as refused:
        asking.ask(store, kaspi.MerchantApi.check_token)
    assert (refused.value.code, transport.requests) == ("token_unreadable", [])


def test_nor_can_it_be_checked(store: Store, seller: User, settings: Settings, road: Road) -> None:
    cast.token(store, SECRET)
    transport = road()
    settings.KEYRING = Keyring.parse(f"tests:{'E' * 42}A")
    with pytest.raises(Refusal) as refused:
        tokens.check_token(store, seller)
    assert (refused.value.code, transport.requests) == ("token_unreadable", [])


def test_an_unsealed_token_is_not_a_row(store: Store) -> None:
    with pytest.raises(IntegrityError):
        MerchantToken.everything.filter(pk=cast.token(store).pk).update(sealed="")


OLD, NEW = f"old:{'A' * 43}", f"new:{'E' * 42}A"


def test_rotation_seals_all_anew_and_may_run_twice(store: Store, strangers_store: Store, settings: Settings) -> None:
    settings.KEYRING = Keyring.parse(OLD)
    cast.token(store, SECRET)
    cast.token(strangers_store, OTHER)
    settings.KEYRING = Keyring.parse(f"{NEW},{OLD}")
    assert rotated() == "Sealed anew: 2. Under the first key already: 0.\n"
    assert rotated() == "Sealed anew: 0. Under the first key already: 2.\n"
    settings.KEYRING = Keyring.parse(NEW)
    assert [open_token(stored(each)).reveal() for each in (store, strangers_store)] == [SECRET, OTHER]


def test_rotation_without_the_old_key_says_so_and_harms_nothing(store: Store, settings: Settings) -> None:
    settings.KEYRING = Keyring.parse(OLD)
    sealed = cast.token(store, SECRET).sealed
    settings.KEYRING = Keyring.parse(NEW)
    with pytest.raises(CommandError, match="1 secrets open with no key"):
        rotated()
    assert stored(store).sealed == sealed


def rotated() -> str:
    output = io.StringIO()
    call_command("rotate_vault", stdout=output)
    return output.getvalue()


# --- The API ----------------------------------------------------------------------------------------------------------


def address(store: Store) -> str:
    return f"/api/stores/{store.pk}/merchant-token/"


def test_over_the_api_a_token_goes_in_and_never_comes_out(api: APIClient, store: Store, road: Road) -> None:
    road(OK, OK)
    assert api.get(address(store)).json() == {"token": None}
    entered = api.put(address(store), {"token": SECRET})
    assert (entered.status_code, entered.json()["token"]["state"]) == (200, "valid")
    checked = api.post(address(store))
    assert checked.json() == api.get(address(store)).json()
    assert set(checked.json()["token"]) == {"state", "last_four", "checked_at", "entered_at"}
    answers = [api.get(path).content for path in (address(store), "/api/stores/", f"/api/stores/{store.pk}/")]
    assert [answer for answer in [*answers, entered.content] if SECRET.encode() in answer] == []
    assert stored(store).sealed.encode() not in b"".join(answers)
    assert api.delete(address(store)).status_code == 204
    assert api.get(address(store)).json() == {"token": None}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"token": "short"}, 422, "bad_token"),
        ({"token": SECRET, "tokn": "x"}, 400, "invalid"),
        ({}, 400, "invalid"),
        ({"token": "x" * 401}, 400, "invalid"),
    ],
)
def test_bad_entries_are_refused(api: APIClient, store: Store, body: dict[str, str], status: int, code: str) -> None:
    answer = api.put(address(store), body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not MerchantToken.everything.exists()


def test_a_check_without_a_token_says_so(api: APIClient, store: Store) -> None:
    answer = api.post(address(store))
    assert (answer.status_code, answer.json()["code"]) == (422, "no_token")


def test_entering_is_throttled_and_reading_is_not(api: APIClient, store: Store) -> None:
    answers = [api.put(address(store), {"token": "short"}) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [422] * 20 + [429]
    assert "Retry-After" in answers[-1].headers
    assert api.get(address(store)).status_code == 200


def test_an_assistant_sees_that_the_store_is_connected(store: Store, assistant: User) -> None:
    cast.token(store, SECRET)
    api = cast.signed_in(assistant)
    assert api.get(address(store)).json()["token"]["last_four"] == SECRET[-4:]
    for answer in (api.put(address(store), {"token": OTHER}), api.post(address(store)), api.delete(address(store))):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert open_token(stored(store)).reveal() == SECRET


# --- Logs -------------------------------------------------------------------------------------------------------------


def test_no_token_in_any_log(store: Store, seller: User, road: Road, caplog: pytest.LogCaptureFixture) -> None:
    echo = json.dumps({"errors": [{"title": f"unknown token {SECRET}"}]}).encode()
    with caplog.at_level(logging.DEBUG):
        road(OK, kaspi.Response(500, {}, echo), kaspi.Response(401, {}, echo))
        tokens.enter_token(store, SECRET, seller)
        tokens.enter_token(store, SECRET, seller)
        with pytest.raises(Refusal) as refused:
            tokens.enter_token(store, SECRET, seller)
    assert SECRET not in caplog.text + repr([vars(record) for record in caplog.records])
    assert SECRET not in repr(refused.value) + repr(refused.value.__cause__)


def test_no_token_in_the_log_of_a_real_connection(
    store: Store, seller: User, empty_redis: object, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert tokens.enter_token(store, SECRET, seller).state == State.UNKNOWN
    assert SECRET not in caplog.text + repr([vars(record) for record in caplog.records])
