"""Many products at once on the pages: found, changed after a preview, undone; the points where they lie."""

import re
from html import unescape

import pytest
from django.test import Client

from stores.models import CatalogueBatch, CityPrice, Membership, Product, SalesPoint, Store
from stores.services import catalogue
from stores.services.catalogue import ProductChange
from stores.services.prices.switches import pause_product
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def goods(store: Store) -> list[Product]:
    """Three kettles at 10 000 ₸ between 8 000 and 12 000."""
    return [cast.product(store, f"SKU-{number}") for number in range(3)]


def bulk(store: Store, **query: object) -> str:
    words = "&".join(f"{name.replace('to_', 'to-', 1)}={value}" for name, value in query.items())
    return f"/cabinet/stores/{store.pk}/bulk/?{words}"


def prices() -> list[int]:
    return list(CityPrice.everything.order_by("product__sku").values_list("price", flat=True))


def test_a_product_without_a_price_is_found_and_led_to_where_it_is_written(
    store: Store, goods: list[Product], browser_of_seller: Client
) -> None:
    bare = cast.product(store, "NEW-1", cities=())
    place, english = f"/cabinet/stores/{store.pk}/", {"Accept-Language": "en"}
    there = browser_of_seller.get(f"{place}?q=NEW-1", headers=english).content.decode()
    assert (there.count("No product here."), there.count("1 more product has no price in this city yet")) == (1, 1)
    [led] = re.findall(r'href="(\?[^"]*has_price=false[^"]*)"', there)
    found = browser_of_seller.get(place + unescape(led), headers=english).content.decode()
    assert (f"/cabinet/products/{bare.pk}/facts/" in found, "No product here." in found) == (True, False)
    assert "SKU-1" not in browser_of_seller.get(f"{place}?has_price=false").content.decode()
    assert browser_of_seller.get(bulk(store, q="NEW-1", has_price="false")).context["count"] == 1
    alone = browser_of_seller.get(f"/cabinet/products/{bare.pk}/").content.decode()
    assert (f"/cabinet/products/{bare.pk}/facts/" in alone, f"{place}uploads/" in alone) == (True, True)


def test_a_bulk_change_is_shown_done_and_undone(store: Store, goods: list[Product], browser_of_seller: Client) -> None:
    shown = browser_of_seller.get(bulk(store, ask=1, q="sku", to_price_of="price", to_price_percent=-3))
    page = shown.content.decode()
    assert (shown.context["count"], shown.context["shown"].moves, prices()) == (3, 3, [10_000] * 3)
    assert "9\u202f700" in page
    [token] = re.findall(r'name="token" value="([^"]+)"', page)
    done = browser_of_seller.post(f"/cabinet/stores/{store.pk}/bulk/apply/", {"token": token})
    batch = CatalogueBatch.everything.get()
    assert (done.status_code, done["Location"], prices()) == (302, f"/cabinet/changes/{batch.pk}/", [9_700] * 3)
    assert "SKU-2" in browser_of_seller.get(done["Location"]).content.decode()
    browser_of_seller.post(f"/cabinet/changes/{batch.pk}/undo/")
    assert prices() == [10_000] * 3


def test_a_preview_that_is_too_old_changes_nothing(
    store: Store, goods: list[Product], browser_of_seller: Client
) -> None:
    answer = browser_of_seller.post(f"/cabinet/stores/{store.pk}/bulk/apply/", {"token": "x"}, follow=True)
    assert "notice is-urgent" in answer.content.decode()
    assert not CatalogueBatch.everything.exists()


@pytest.mark.parametrize(
    "query", [{"to_step": 0}, {"to_strategy": "win"}, {"to_price_percent": "x"}, {"to_preorder_days": 31}, {}]
)
def test_what_cannot_be_read_is_said_and_shows_no_preview(
    store: Store, goods: list[Product], browser_of_seller: Client, query: dict[str, object]
) -> None:
    answer = browser_of_seller.get(bulk(store, ask=1, **query))
    assert answer.status_code == 200
    assert "shown" not in answer.context
    assert "notice is-urgent" in answer.content.decode()


def test_the_filter_of_the_list_is_the_filter_of_the_change(
    store: Store, goods: list[Product], browser_of_seller: Client
) -> None:
    Product.everything.filter(pk=goods[0].pk).update(is_paused=True)
    page = browser_of_seller.get(f"/cabinet/stores/{store.pk}/?is_paused=true").content.decode()
    [address] = re.findall(r'href="(/cabinet/stores/\d+/bulk/[^"]*)"', page)
    assert browser_of_seller.get(address.replace("&amp;", "&")).context["count"] == 1


def test_the_history_names_what_was_changed_and_by_whom(
    store: Store, goods: list[Product], seller: User, browser_of_seller: Client
) -> None:
    change = ProductChange("SKU-1", brand="<b>Tefal</b>", is_paused=True)
    catalogue.apply_changes(store, [change], seller, CatalogueBatch.Source.PERSON)
    list_page = browser_of_seller.get(f"/cabinet/stores/{store.pk}/changes/").content.decode()
    product_page = browser_of_seller.get(f"/cabinet/products/{goods[1].pk}/").content.decode()
    assert seller.full_name in list_page
    assert "&lt;b&gt;Tefal&lt;/b&gt;" in product_page
    assert "<b>Tefal" not in product_page


def test_what_the_program_did_by_itself_is_told_as_such(
    store: Store, goods: list[Product], browser_of_seller: Client
) -> None:
    pause_product(goods[0].pk)
    batch = CatalogueBatch.everything.get()
    assert (batch.source, batch.actor) == ("program", None)
    for address in (f"stores/{store.pk}/changes/", f"changes/{batch.pk}/", f"products/{goods[0].pk}/"):
        page = browser_of_seller.get(f"/cabinet/{address}")
        assert (page.status_code, batch.get_source_display() in page.content.decode()) == (200, True), address
    assert "/undo/" not in browser_of_seller.get(f"/cabinet/changes/{batch.pk}/").content.decode()


def test_a_viewer_sees_the_pages_and_changes_nothing(
    store: Store, goods: list[Product], seller: User, assistant: User
) -> None:
    change = ProductChange("SKU-1", brand="Tefal")
    batch = catalogue.apply_changes(store, [change], seller, CatalogueBatch.Source.PERSON).batch
    viewer = Client()
    viewer.force_login(assistant)
    point = SalesPoint.everything.get(code="PP1")
    for address in ("changes/", "points/", "bulk/"):
        assert viewer.get(f"/cabinet/stores/{store.pk}/{address}").status_code == 200, address
    viewer.post(f"/cabinet/changes/{batch.pk}/undo/")
    viewer.post(f"/cabinet/points/{point.pk}/switch/")
    viewer.post(f"/cabinet/stores/{store.pk}/points/add/", {"code": "PP9", "city_id": cast.ALMATY})
    assert Product.everything.get(sku="SKU-1").brand == "Tefal"
    assert SalesPoint.everything.filter(is_open=True).count() == 2


def test_a_point_is_added_edited_closed_and_opened(
    store: Store, goods: list[Product], browser_of_seller: Client
) -> None:
    added = {"code": "PP3", "city_id": cast.ALMATY, "address": "Абай 10", "mon_from": "09:00", "mon_to": "18:00"}
    browser_of_seller.post(f"/cabinet/stores/{store.pk}/points/add/", added)
    new = SalesPoint.everything.get(code="PP3")
    assert (new.address, new.hours) == ("Абай 10", {"mon": ["09:00", "18:00"]})
    edit = f"/cabinet/points/{new.pk}/edit/"
    wrong = browser_of_seller.post(edit, {"mon_from": "19:00", "mon_to": "18:00"})
    assert (wrong.status_code, "notice is-urgent" in wrong.content.decode()) == (200, True)
    assert browser_of_seller.post(edit, {"address": "Абай 12"}).status_code == 302
    new.refresh_from_db()
    assert (new.address, new.hours) == ("Абай 12", None)
    first = SalesPoint.everything.get(code="PP1")
    asked = browser_of_seller.get(f"/cabinet/points/{first.pk}/closing/")
    assert (asked.context["closing"].products, asked.context["closing"].off_sale) == (3, 3)
    browser_of_seller.post(f"/cabinet/points/{first.pk}/switch/")
    assert not SalesPoint.everything.get(code="PP1").is_open
    browser_of_seller.post(f"/cabinet/points/{first.pk}/switch/", {"is_open": "on"})
    assert SalesPoint.everything.get(code="PP1").is_open


def test_a_manager_may_close_a_point(store: Store, assistant: User) -> None:
    Membership.everything.filter(user=assistant).update(role=Membership.Role.MANAGER)
    browser = Client()
    browser.force_login(assistant)
    browser.post(f"/cabinet/points/{SalesPoint.everything.get(code='PP1').pk}/switch/")
    assert not SalesPoint.everything.get(code="PP1").is_open
