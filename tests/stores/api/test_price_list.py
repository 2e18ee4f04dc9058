"""The door for the marketplace's puller: its own login, whole lists, and a note when the last byte has left."""

import base64
import gzip
import logging
import os
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from stores.models import CityPrice, PriceListPull, ProductPriceUpdate, Store
from stores.services.prices import gateway
from stores.services.prices.price_list import files
from stores.services.prices.price_list.publish import publish
from stores.services.store import PriceListAddress, renew_price_list_access
from stores.views import marketplace_pull as door
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
State = ProductPriceUpdate.State


@pytest.fixture
def address(store: Store, seller: User) -> PriceListAddress:
    """A live list with one price that a person has just moved to 9 000 ₸."""
    row = cast.city_price(cast.product(store))
    given = renew_price_list_access(store)
    gateway.send(gateway.Intent(row.pk, 9_000, row.version, actor=seller))
    assert publish(store.pk) is not None
    return given


def path(address: PriceListAddress) -> str:
    return address.url.removeprefix(settings.PUBLIC_URL)


def basic(login: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{login}:{password}'.encode()).decode()}"}


def pull(address: PriceListAddress, method: str = "get", **headers: str) -> HttpResponse | StreamingHttpResponse:
    """One request as the marketplace makes it."""
    known = basic(address.login, address.password) | {"User-Agent": "KaspiPuller/1"}
    return getattr(Client(), method)(path(address), headers=known | headers)


def state() -> str:
    return ProductPriceUpdate.everything.get().state


def test_with_the_stores_own_login_the_list_is_served(address: PriceListAddress, store: Store) -> None:
    answer = pull(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/xml; charset=utf-8")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    body = answer.getvalue()
    assert int(answer.headers["Content-Length"]) == len(body)
    catalogue: Element = fromstring(body)
    prices = [element.text for element in catalogue.iter() if element.tag.endswith("cityprice")]
    assert prices == ["9000"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Basic"},
        {"Authorization": "Basic %%%"},
        {"Authorization": "Basic /////w=="},
        {"Authorization": "Bearer token"},
        basic("", ""),
        basic("логин", "пароль"),
    ],
)
def test_without_them_it_is_not(address: PriceListAddress, headers: dict[str, str]) -> None:
    answer = Client().get(path(address), headers=headers)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert list(PriceListPull.everything.values_list("status", flat=True)) == [401]


@pytest.mark.parametrize(("login", "password"), [(True, False), (False, True)])
def test_half_of_them_is_not_enough(address: PriceListAddress, login: bool, password: bool) -> None:
    given = basic(address.login if login else "x", address.password if password else "x")
    assert Client().get(path(address), headers=given).status_code == 401


def test_the_session_of_the_owner_opens_nothing_here(address: PriceListAddress, browser_of_seller: Client) -> None:
    assert browser_of_seller.get(path(address)).status_code == 401


def test_another_stores_login_opens_nothing_here(address: PriceListAddress, strangers_store: Store) -> None:
    cast.product(strangers_store)
    theirs = renew_price_list_access(strangers_store)
    publish(strangers_store.pk)
    assert pull(theirs).status_code == 200
    assert Client().get(path(address), headers=basic(theirs.login, theirs.password)).status_code == 401


def test_an_old_password_stops_with_the_next_list(address: PriceListAddress, store: Store) -> None:
    new = renew_price_list_access(Store.everything.get(pk=store.pk))
    publish(store.pk)
    assert (pull(address).status_code, pull(new).status_code) == (401, 200)


@pytest.mark.parametrize("key", ["unknown", "..", "%2e%2e", "x" * 300])
def test_an_unknown_key_is_not_found(address: PriceListAddress, key: str) -> None:
    given = basic(address.login, address.password)
    assert Client().get(f"/price-list/{key}.xml", headers=given).status_code == 404


def test_before_the_first_list_the_address_is_not_found(store: Store) -> None:
    assert pull(renew_price_list_access(store)).status_code == 404


def test_the_pull_is_noted_when_the_last_byte_has_left(address: PriceListAddress, store: Store) -> None:
    answer = pull(address)
    chunks: Iterator[bytes] = iter(answer)
    assert next(chunks)
    assert (PriceListPull.everything.count(), state()) == (0, State.PUBLISHED)
    assert list(chunks) == []
    noted = PriceListPull.everything.get()
    assert (noted.store, noted.version_number, noted.status, noted.user_agent) == (store, 1, 200, "KaspiPuller/1")
    assert state() == State.PULLED


def test_a_pull_that_broke_off_moved_nothing(address: PriceListAddress) -> None:
    assert next(iter(pull(address)))
    assert (PriceListPull.everything.count(), state()) == (0, State.PUBLISHED)


def test_a_large_list_leaves_in_pieces_and_is_noted_once(
    address: PriceListAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "CHUNK", 100)
    pieces = list(pull(address))
    assert len(pieces) > 3
    assert b"".join(pieces).rstrip().endswith(b"</kaspi_catalog>")
    assert PriceListPull.everything.count() == 1


def test_who_has_it_already_gets_304_and_the_prices_count_as_pulled(address: PriceListAddress) -> None:
    etag = pull(address).headers["ETag"]
    ProductPriceUpdate.everything.update(state=State.PUBLISHED)
    answer = pull(address, **{"If-None-Match": etag})
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", etag)
    assert PriceListPull.everything.latest("pk").status == 304
    assert state() == State.PULLED


@pytest.mark.parametrize("known", ["W/TAG", '"another", W/TAG', 'TAG, "another"'])
def test_a_tag_that_a_proxy_weakened_is_known(address: PriceListAddress, known: str) -> None:
    etag = pull(address).headers["ETag"]
    answer = pull(address, **{"If-None-Match": known.replace("TAG", etag)})
    assert (answer.status_code, answer.headers["ETag"], state()) == (304, etag, State.PULLED)


def test_who_wants_none_if_there_is_any_has_pulled_nothing(address: PriceListAddress) -> None:
    answer = pull(address, **{"If-None-Match": "*"})
    assert (answer.status_code, answer.content, state()) == (304, b"", State.PUBLISHED)
    assert not PriceListPull.everything.exists()


@pytest.mark.parametrize("accepted", ["", "gzip"])
def test_the_same_number_for_other_bytes_has_another_etag(
    address: PriceListAddress, store: Store, accepted: str
) -> None:
    """After the disk was lost, numbers come again."""
    etag = pull(address, **{"Accept-Encoding": accepted}).headers["ETag"]
    live = files.LiveList.read(files.folder_of(store.price_list_key)).path
    written = live.stat().st_mtime_ns
    os.utime(live, ns=(written, written + 1_000))
    answer = pull(address, **{"If-None-Match": etag, "Accept-Encoding": accepted})
    assert answer.status_code == 200
    assert answer.headers["ETag"] != etag


def test_who_takes_gzip_gets_the_list_packed(address: PriceListAddress) -> None:
    plain = pull(address)
    answer = pull(address, **{"Accept-Encoding": "br, gzip;q=0.5"})
    body = answer.getvalue()
    assert (answer.headers["Content-Encoding"], int(answer.headers["Content-Length"])) == ("gzip", len(body))
    assert gzip.decompress(body) == plain.getvalue()
    assert answer.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert answer.headers["Vary"] == plain.headers["Vary"]
    assert PriceListPull.everything.earliest("pk").size == len(body)


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.00", "identity, gzip;q=0.0"])
def test_who_takes_no_gzip_gets_it_as_it_is(address: PriceListAddress, accepted: str) -> None:
    answer = pull(address, **{"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
    assert answer.getvalue().startswith(b"<?xml")


def test_a_list_without_its_packed_form_is_served_as_it_is(address: PriceListAddress, store: Store) -> None:
    for packed in files.folder_of(store.price_list_key).glob("*.gz"):
        packed.unlink()
    answer = pull(address, **{"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
    assert b"9000" in answer.getvalue()


@pytest.mark.parametrize("accepted", ["", "gzip"])
def test_who_has_it_by_its_time_gets_304(address: PriceListAddress, accepted: str) -> None:
    since = pull(address).headers["Last-Modified"]
    answer = pull(address, **{"If-Modified-Since": since, "Accept-Encoding": accepted})
    assert (answer.status_code, answer.content, answer.headers["Last-Modified"]) == (304, b"", since)
    assert PriceListPull.everything.latest("pk").status == 304


@pytest.mark.parametrize(
    "headers",
    [
        {"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"},
        {"If-Modified-Since": "Sat, 01 Jan 2050 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
        {"If-Modified-Since": "LAST", "If-None-Match": '"another"'},
    ],
)
def test_who_has_another_one_gets_the_list(address: PriceListAddress, headers: dict[str, str]) -> None:
    since = pull(address, "head").headers["Last-Modified"]
    answer = pull(address, **{name: value.replace("LAST", since) for name, value in headers.items()})
    assert (answer.status_code, b"9000" in answer.getvalue()) == (200, True)


def test_the_log_says_how_much_went_where(address: PriceListAddress) -> None:
    length = len(pull(address).getvalue())
    noted = PriceListPull.everything.get()
    assert (noted.size, noted.address) == (length, "127.0.0.1")


def test_a_new_list_has_a_new_etag(address: PriceListAddress, store: Store, seller: User) -> None:
    etag = pull(address).headers["ETag"]
    row = CityPrice.everything.get()
    gateway.send(gateway.Intent(row.pk, 9_100, row.version, actor=seller))
    publish(store.pk)
    answer = pull(address, **{"If-None-Match": etag})
    assert answer.status_code == 200
    assert answer.headers["ETag"] != etag


def test_head_tells_the_length_and_moves_nothing(address: PriceListAddress) -> None:
    whole = pull(address)
    answer = pull(address, "head")
    assert (answer.status_code, answer.content) == (200, b"")
    for header in ("Content-Length", "Content-Type", "ETag"):
        assert answer.headers[header] == whole.headers[header]
    assert (PriceListPull.everything.count(), state()) == (0, State.PUBLISHED)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_the_list_is_only_read(address: PriceListAddress, method: str) -> None:
    assert pull(address, method).status_code == 405


def test_the_list_is_served_while_redis_is_away(address: PriceListAddress, settings: Settings) -> None:
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1"}}
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1"
    assert b"9000" in pull(address).getvalue()


def test_without_the_database_the_list_is_served_and_the_loss_of_the_note_is_logged(
    address: PriceListAddress, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(door, "record_pull", refuse)
    with caplog.at_level(logging.ERROR, "stores.views.marketplace_pull"):
        body = pull(address).getvalue()
    assert b"9000" in body
    assert "went unrecorded" in caplog.text


def test_nothing_is_asked_of_the_database_before_the_note(address: PriceListAddress) -> None:
    with CaptureQueriesContext(connection) as queries:
        next(iter(pull(address)))
    assert [query["sql"] for query in queries] == []


def test_the_folder_on_disk_names_neither_key_nor_password(address: PriceListAddress, store: Store) -> None:
    folder = files.folder_of(store.price_list_key)
    assert store.price_list_key not in str(folder)
    assert address.password not in (folder / "access.json").read_text()
    assert (folder / "access.json").stat().st_mode & 0o077 == 0


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_the_list_leaves_whole_and_is_noted(address: PriceListAddress) -> None:
    given = basic(address.login, address.password)
    answer = await AsyncClient().get(path(address), headers=given)
    body = b"".join([chunk async for chunk in answer.streaming_content])
    assert len(body) == int(answer.headers["Content-Length"])
    assert await PriceListPull.everything.acount() == 1
