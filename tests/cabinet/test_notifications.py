"""The page of messages: what is unread, and how it becomes read."""

import re

import pytest
from django.test import Client

from stores.models import Notification, Product, Store
from stores.services.notifications import mark_all_read, notify
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db
Kind = Notification.Kind


@pytest.fixture
def kettle(store: Store) -> Product:
    return cast.product(store)


def tell(product: Product, kind: Kind, event: str) -> Notification:
    facts = {"sku": product.sku, "city_id": cast.ALMATY, "old_price": 10_000, "new_price": 9_499, "code": "stale"}
    facts |= {"count": 1, "skus": [product.sku]}
    notify(product.store_id, kind, event=event, facts=facts, product_id=product.pk)
    return Notification.everything.get(event=event)


def address(store: Store, rest: str = "") -> str:
    return f"/cabinet/stores/{store.pk}/notifications/{rest}"


def unread() -> list[str]:
    return list(Notification.everything.filter(read_at=None).order_by("pk").values_list("event", flat=True))


def test_the_unread_are_shown_newest_first(store: Store, kettle: Product, browser_of_seller: Client) -> None:
    for kind, event in ((Kind.PRICE_CHANGED, "a"), (Kind.NOT_SEEN, "b"), (Kind.PRICE_CHANGED, "c")):
        tell(kettle, kind, event)
    Notification.everything.filter(event="a").update(read_at="2026-01-01T00:00Z")
    page = browser_of_seller.get(address(store), headers={"Accept-Language": "en"}).content.decode()
    newest, older = Notification.everything.filter(read_at=None).order_by("-pk")
    assert re.findall(r'action="/cabinet/notifications/(\d+)/read/"', page) == [str(newest.pk), str(older.pk)]
    assert "SKU-1 in Almaty: 10\u202f000 → 9\u202f499 ₸" in page
    assert f'href="/cabinet/products/{kettle.pk}/?city={cast.ALMATY}"' in page
    assert page.count("state is-held") == 1


def test_one_is_read_where_it_was_met(store: Store, kettle: Product, browser_of_seller: Client) -> None:
    for event, sent, back in (
        ("a", {"among_all": ""}, address(store)),
        ("b", {}, f"/cabinet/stores/{store.pk}/prices/"),
    ):
        told = tell(kettle, Kind.NOT_SEEN, event)
        answer = browser_of_seller.post(f"/cabinet/notifications/{told.pk}/read/", sent)
        assert (answer.headers["Location"], unread()) == (back, [])


def test_all_but_the_urgent_ones_are_read_up_to_the_newest_shown(
    store: Store, kettle: Product, strangers_store: Store, browser_of_seller: Client
) -> None:
    foreign = tell(cast.product(strangers_store), Kind.PRICE_CHANGED, "foreign")
    tell(kettle, Kind.PRICE_CHANGED, "changed")
    tell(kettle, Kind.NOT_SEEN, "urgent")
    tell(kettle, Kind.PRICE_HELD, "held")
    page = browser_of_seller.get(address(store)).content.decode()
    newest = re.search(r'name="newest" value="(\d+)"', page)
    assert newest is not None
    tell(kettle, Kind.PRICE_CHANGED, "meanwhile")
    answer = browser_of_seller.post(address(store, "read/"), {"newest": newest[1]})
    assert answer.headers["Location"] == address(store)
    assert unread() == [foreign.event, "urgent", "meanwhile"]


@pytest.mark.parametrize("newest", ["", "x", "-1", "9" * 30, "१"])
def test_what_names_no_message_reads_none(
    store: Store, kettle: Product, browser_of_seller: Client, newest: str
) -> None:
    tell(kettle, Kind.PRICE_CHANGED, "changed")
    assert browser_of_seller.post(address(store, "read/"), {"newest": newest}).status_code == 302
    assert unread() == ["changed"]


def test_the_first_reading_counts(store: Store, kettle: Product, seller: User) -> None:
    told = tell(kettle, Kind.PRICE_CHANGED, "changed")
    mark_all_read(store, told.pk, seller)
    told.refresh_from_db()
    first = told.read_at
    mark_all_read(store, told.pk, seller)
    told.refresh_from_db()
    assert told.read_at == first is not None


def test_a_viewer_reads_what_holds_no_price(store: Store, kettle: Product, assistant: User) -> None:
    browser = Client()
    browser.force_login(assistant)
    for kind, event in ((Kind.PRICE_CHANGED, "changed"), (Kind.NOT_SEEN, "urgent")):
        told = tell(kettle, kind, event)
        page = browser.get(address(store)).content.decode()
        assert (" disabled>" in page) is (event == "urgent")
        browser.post(f"/cabinet/notifications/{told.pk}/read/", {"among_all": ""})
    assert unread() == ["urgent"]


def test_fifty_a_page(store: Store, kettle: Product, browser_of_seller: Client) -> None:
    for number in range(60):
        tell(kettle, Kind.PRICE_CHANGED, f"changed:{number}")
    pages = [browser_of_seller.get(address(store, f"?page={number}")).content.decode() for number in (1, 2)]
    assert [page.count('class="message"') for page in pages] == [50, 10]
