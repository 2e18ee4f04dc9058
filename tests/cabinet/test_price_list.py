"""The page of the price list: where it is fetched, who came for it, what differs, what can be taken away."""

import re
from pathlib import Path

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from stores.models import Availability, PriceListVersion, Product, Store
from stores.services.prices import gateway
from stores.services.prices.price_list import files, publish, pulls
from stores.services.prices.price_list.stale_offers import mark_stale
from tests import cast
from users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(store: Store, seller: User, price_lists_dir: Path) -> Store:
    """Two versions; the marketplace has the first."""
    row = cast.city_price(cast.product(store))
    publish.publish(store.pk)
    pulls.record_pull(store.pk, 1, 200, "KaspiPuller/1", pulls.Sent("198.51.100.7", 2_048))
    gateway.send(gateway.Intent(row.pk, 9_000, row.version, actor=seller))
    publish.publish(store.pk)
    return store


def page(browser: Client, store: Store, query: str = "") -> str:
    answer = browser.get(reverse("cabinet:price-list", args=[store.pk]) + query, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_page_says_where_it_is_fetched_and_who_came(shop: Store, browser_of_seller: Client) -> None:
    text = page(browser_of_seller, shop)
    assert shop.price_list_key in text
    assert "№ 2" in text
    assert "198.51.100.7" in text
    assert "KaspiPuller/1" in text
    assert f"{reverse('price-list-of-store-file', args=[shop.pk])}?version=2&amp;form=xlsx" in text
    assert f"{reverse('price-list-of-store-file', args=[shop.pk])}?version=1" in text
    assert f"{reverse('price-list-of-store-export', args=[shop.pk])}?table=price-updates" in text


def test_before_the_first_list_the_page_is_there_too(store: Store, browser_of_seller: Client) -> None:
    text = page(browser_of_seller, store)
    assert "version=" not in text
    assert "№ " not in text


def test_the_links_lead_to_files(shop: Store, browser_of_seller: Client) -> None:
    links = re.findall(r'href="(/api/price-lists/[^"]+)"', page(browser_of_seller, shop))
    assert len(links) == 12
    for link in links:
        answer = browser_of_seller.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert answer.getvalue()


def test_two_versions_are_compared_on_the_page(shop: Store, browser_of_seller: Client) -> None:
    sku = Product.everything.get(store=shop).sku
    assert f"<td>{sku}</td>" not in page(browser_of_seller, shop)
    text = page(browser_of_seller, shop, "?old=1&new=2")
    assert f"<td>{sku}</td>" in text
    assert re.search(r"10\s000", text)
    assert re.search(r"<strong>9\s000", text)


@pytest.mark.parametrize("query", ["?old=1&new=99", "?old=x&new=2", "?old=1", "?old=1&new=2&after=-1"])
def test_what_cannot_be_compared_is_not(shop: Store, browser_of_seller: Client, query: str) -> None:
    assert '<table class="differences"' not in page(browser_of_seller, shop, query)


def test_the_access_is_shown_once(shop: Store, browser_of_seller: Client) -> None:
    answer = browser_of_seller.post(reverse("cabinet:give-access", args=[shop.pk]))
    given = answer.context["given"]
    assert given.password in answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    assert files.access_of(Store.everything.get(pk=shop.pk)).admits(given.login, given.password)
    text = page(browser_of_seller, shop)
    assert given.login in text
    assert given.password not in text


def test_who_only_looks_learns_no_address_and_gives_no_access(shop: Store, assistant: User) -> None:
    browser = Client()
    browser.force_login(assistant)
    assert shop.price_list_key not in page(browser, shop)
    before = Store.everything.get(pk=shop.pk).price_list_password_hash
    assert browser.post(reverse("cabinet:give-access", args=[shop.pk])).status_code == 302
    assert Store.everything.get(pk=shop.pk).price_list_password_hash == before


def test_a_products_page_says_what_the_marketplace_sees(shop: Store, browser_of_seller: Client) -> None:
    product = Product.everything.get(store=shop)
    address = reverse("cabinet:product", args=[product.pk])
    seen = browser_of_seller.get(address).context["at_marketplace"]
    assert (seen.price, [point.store_id for point in seen.points]) == (10_000, ["PP1"])
    pulls.record_pull(shop.pk, 2, 200, "Kaspi")
    assert browser_of_seller.get(address).context["at_marketplace"].price == 9_000


def test_before_the_first_visit_the_marketplace_sees_nothing(store: Store, browser_of_seller: Client) -> None:
    product = cast.product(store)
    answer = browser_of_seller.get(reverse("cabinet:product", args=[product.pk]))
    assert answer.context["at_marketplace"] is None


# --- A list that was refused ------------------------------------------------------------------------------------------


@pytest.fixture
def refused(shop: Store) -> Store:
    """Six products are off sale in it, and nobody has said so."""
    for number in range(6):
        cast.product(shop, f"OFF-{number}", card_id=f"2000000{number:02}")
    assert publish.publish(shop.pk).refusal is None
    with transaction.atomic():
        off = Availability.everything.filter(product__sku__startswith="OFF-")
        off.update(is_available=False)
        mark_stale(shop.pk, off.values_list("product", flat=True))
    assert publish.publish(shop.pk).refusal["code"] == "off_sale"
    return shop


def release(browser: Client, store: Store, number: int) -> HttpResponseBase:
    return browser.post(
        reverse("cabinet:release-price-list", args=[store.pk]),
        {"number": number},
        headers={"Accept-Language": "en"},
        follow=True,
    )


def test_what_was_refused_is_shown_with_examples_and_released(refused: Store, browser_of_seller: Client) -> None:
    text = page(browser_of_seller, refused)
    assert "Price list 4 was not released" in text
    assert "too many products would go off sale (6)" in text
    product = Product.everything.get(sku="OFF-0")
    assert f'<a href="{reverse("cabinet:product", args=[product.pk])}">{product.model}</a>' in text
    assert "OFF-5" not in text
    assert "Release anyway" in text
    answer = release(browser_of_seller, refused, 4)
    assert "It was said to be right, and is built again." in answer.content.decode()
    assert publish.publish(refused.pk).refusal is None
    assert "was not released" not in page(browser_of_seller, refused)


def test_a_release_that_comes_too_late_says_why(refused: Store, browser_of_seller: Client) -> None:
    with transaction.atomic():
        Availability.everything.update(is_available=False)
        mark_stale(refused.pk, Product.everything.values_list("pk", flat=True))
    publish.publish(refused.pk)
    text = release(browser_of_seller, refused, 4).content.decode()
    assert "More has changed by now: too many products would go off sale (7). Look at it again." in text
    assert not PriceListVersion.everything.filter(accepted_by__isnull=False).exists()


def test_what_is_wrong_cannot_be_released(shop: Store, browser_of_seller: Client) -> None:
    with transaction.atomic():
        Product.everything.update(model="bell \x07")
        mark_stale(shop.pk, Product.everything.values_list("pk", flat=True))
    assert publish.publish(shop.pk).refusal["code"] == "unwritable"
    text = page(browser_of_seller, shop)
    assert "Price list 3 was not released" in text
    assert "Release anyway" not in text
    release(browser_of_seller, shop, 3)
    assert not PriceListVersion.everything.filter(accepted_by__isnull=False).exists()


def test_who_may_only_look_releases_nothing(refused: Store, assistant: User) -> None:
    browser = Client()
    browser.force_login(assistant)
    assert "Release anyway" not in page(browser, refused)
    release(browser, refused, 4)
    assert not PriceListVersion.everything.filter(accepted_by__isnull=False).exists()


def test_a_strangers_list_is_not_there(
    refused: Store, strangers_store: Store, browser_of_seller: Client, stranger: User
) -> None:
    browser = Client()
    browser.force_login(stranger)
    assert release(browser, refused, 4).status_code == 404
    assert release(browser, strangers_store, 4).status_code == 404
    assert not PriceListVersion.everything.filter(accepted_by__isnull=False).exists()
