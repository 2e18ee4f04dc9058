"""The facts of a product on their page, and products that are added: what is typed, kept, refused."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from stores.models import Availability, CatalogueChange, CityPrice, Membership, Product, Store
from stores.services.stock.counts import count_stock
from tests import cast
from tests.cabinet.pages import plain, text_at
from users.models import User

pytestmark = pytest.mark.django_db
HIDDEN = re.compile(r'<input type="hidden" name="(initial-[^"]+)"(?: value="([^"]*)")?')


@pytest.fixture
def kettle(store: Store) -> Product:
    """On sale in Almaty, five pieces at PP1; PP2 in Astana has never heard of it."""
    return cast.product(store)


def page_of(product: Product, rest: str = "") -> str:
    return f"/cabinet/products/{product.pk}/facts/{rest}"


def adding_to(store: Store, rest: str) -> str:
    return f"/cabinet/stores/{store.pk}/products/{rest}/"


def shown(browser: Client, product: Product) -> dict[str, Any]:
    """What a browser would send of the page as it stands now, left alone."""
    page = browser.get(page_of(product))
    form = page.context["form"]
    values = {field.html_name: field.value() for field in form}
    ticked = {
        name: "on" if value is True else str(value) for name, value in values.items() if value not in (None, False)
    }
    return ticked | dict(HIDDEN.findall(page.content.decode()))


def save(browser: Client, product: Product, sent: dict[str, Any], **typed: Any) -> HttpResponse:
    return browser.post(page_of(product, "edit/"), sent | typed, follow=True, headers={"Accept-Language": "en"})


def facts(product: Product) -> tuple[Any, ...]:
    product.refresh_from_db()
    return product.model, product.brand, product.category_code, product.card_id, product.weight_g, product.purchase_cost


def lies(product: Product) -> dict[str, tuple[bool, int | None, int | None]]:
    rows = Availability.everything.filter(product=product).order_by("sales_point__code")
    return {code: tuple(rest) for code, *rest in rows.values_list("sales_point__code", *OF_POINT)}


OF_POINT = ("is_available", "stock_count", "preorder_days")


# --- A product that is there ------------------------------------------------------------------------------------------


def test_the_products_page_leads_to_its_facts(kettle: Product, browser_of_seller: Client) -> None:
    assert page_of(kettle) in browser_of_seller.get(f"/cabinet/products/{kettle.pk}/").content.decode()
    page = text_at(browser_of_seller, page_of(kettle))
    for told in ("Facts and stock", "SKU-1", "PP1 · Almaty", "PP2 · Astana"):
        assert told in page
    assert 'value="7 000"' in browser_of_seller.get(page_of(kettle)).content.decode().replace("\u202f", " ")


def test_facts_are_typed_as_people_write_them_and_kept_in_the_history(
    kettle: Product, browser_of_seller: Client, seller: User
) -> None:
    typed = {"model": "Kettle", "brand": "Tulpar", "category_code": "Master - Kettles", "weight_g": "2000"}
    typed |= {"card_id": "https://kaspi.kz/shop/p/kettle-100000007/?c=750000000", "purchase_cost": "6 500 ₸"}
    page = save(browser_of_seller, kettle, shown(browser_of_seller, kettle), **typed)
    assert "Saved." in plain(page)
    assert facts(kettle) == ("Kettle", "Tulpar", "Master - Kettles", "100000007", 2_000, 6_500)
    assert (kettle.version, CityPrice.everything.get().price, lies(kettle)) == (2, 10_000, {"PP1": (True, 5, None)})
    changes = CatalogueChange.everything.filter(batch__source="person", batch__actor=seller)
    assert {change.field for change in changes} == {
        *("model", "brand", "category_code", "weight_g", "card_id", "purchase_cost"),
    }
    assert "Tulpar" in text_at(browser_of_seller, page_of(kettle)).split("Who changed what")[1]


def test_what_is_left_empty_has_no_value(kettle: Product, browser_of_seller: Client) -> None:
    Product.everything.update(weight_g=2_000, packaging_cost=150)
    sent = shown(browser_of_seller, kettle)
    save(browser_of_seller, kettle, sent, brand="", card_id="", weight_g="", purchase_cost="", packaging_cost="")
    assert facts(kettle)[1:] == ("", "", "", None, None)
    assert kettle.packaging_cost == 0


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"model": " "}, "This field is required."),
        ({"purchase_cost": "12.000"}, "mean 12 or 12 000?"),
        ({"weight_g": "2.000"}, "can be read in two ways"),
        ({"weight_g": "0"}, "greater than or equal to 1"),
        ({"stock_count-PP1": "1.000"}, "can be read in two ways"),
        ({"stock_count-PP1": "1000000001"}, "less than or equal to 1000000000"),
        ({"preorder_days-PP1": "31"}, "less than or equal to 30"),
        ({"card_id": "the kettle"}, "Copy the address of the card's page"),
        ({"brand": "Qazan\tK2"}, "no text"),
        ({"is_available-PP2": "on"}, "There is no price in Astana, the city of PP2. Give one."),
        ({"price": "9 900"}, "Say at which point of the new city it goes on sale."),
    ],
)
def test_what_is_refused_is_said_with_what_was_typed_and_nothing_is_saved(
    kettle: Product, browser_of_seller: Client, typed: dict[str, str], says: str
) -> None:
    before = facts(kettle), lies(kettle), kettle.version
    sent = shown(browser_of_seller, kettle) | {"brand": "Tulpar"} | typed
    page = save(browser_of_seller, kettle, sent)
    assert says in plain(page)
    assert {name: page.context["form"].data[name] for name in sent} == sent
    assert (facts(kettle), lies(kettle), kettle.version) == before


def test_a_stale_edit_is_shown_beside_what_is_there_now_and_saving_again_wins(
    kettle: Product, browser_of_seller: Client
) -> None:
    sent = shown(browser_of_seller, kettle)
    save(browser_of_seller, kettle, sent, brand="Tulpar")
    page = save(browser_of_seller, kettle, sent, brand="Tefal")
    assert "Somebody has changed this since you opened it." in plain(page)
    assert "Brand Tulpar" in plain(page)
    assert facts(kettle)[1] == "Tulpar"
    save(browser_of_seller, kettle, sent, brand="Tefal", version=page.context["form"].data["version"])
    assert facts(kettle)[1] == "Tefal"


# --- Where it lies ----------------------------------------------------------------------------------------------------


def test_stock_and_sale_are_typed_at_each_point(kettle: Product, browser_of_seller: Client) -> None:
    sent = shown(browser_of_seller, kettle)
    typed = {"stock_count-PP1": "7", "is_available-PP2": "on", "stock_count-PP2": "3", "price": "9 900"}
    save(browser_of_seller, kettle, sent, **typed, **{"preorder_days-PP2": "4"})
    assert lies(kettle) == {"PP1": (True, 7, None), "PP2": (True, 3, 4)}
    assert cast.city_price(kettle, cast.ASTANA).price == 9_900
    assert cast.city_price(kettle).price == 10_000
    sent = shown(browser_of_seller, kettle)
    del sent["is_available-PP1"]
    save(browser_of_seller, kettle, sent, **{"stock_count-PP1": ""})
    assert lies(kettle) == {"PP1": (False, None, None), "PP2": (True, 3, 4)}


def test_a_stock_that_moved_meanwhile_is_not_put_back(kettle: Product, browser_of_seller: Client, seller: User) -> None:
    sent = shown(browser_of_seller, kettle)
    there = Availability.everything.get()
    count_stock(there, 2, seller)
    kettle.refresh_from_db()
    save(browser_of_seller, kettle, sent, brand="Tulpar", version=kettle.version)
    assert (facts(kettle)[1], lies(kettle)) == ("Tulpar", {"PP1": (True, 2, None)})


def test_a_stock_that_was_left_alone_is_not_counted_anew(kettle: Product, browser_of_seller: Client) -> None:
    Availability.everything.update(doubt="missing")
    before = Availability.everything.values("counted_at", "doubt").get()
    save(browser_of_seller, kettle, shown(browser_of_seller, kettle), brand="Tulpar")
    assert Availability.everything.values("counted_at", "doubt").get() == before
    save(browser_of_seller, kettle, shown(browser_of_seller, kettle), **{"stock_count-PP1": "6"})
    assert Availability.everything.get().doubt == ""


# --- A new one --------------------------------------------------------------------------------------------------------

NEW = {
    "sku": "K-9",
    "model": "Kettle",
    "price": "9 900",
    "floor": "9 000",
    "ceiling": "12 000",
    "purchase_cost": "7 000",
    "is_available-PP1": "on",
    "stock_count-PP1": "4",
}


def add(browser: Client, store: Store, **typed: str) -> HttpResponse:
    return browser.post(adding_to(store, "create"), NEW | typed, follow=True, headers={"Accept-Language": "en"})


def test_a_product_is_added_and_no_rule_moves_it(store: Store, browser_of_seller: Client) -> None:
    assert adding_to(store, "new") in browser_of_seller.get(f"/cabinet/stores/{store.pk}/").content.decode()
    assert "Add a product" in text_at(browser_of_seller, adding_to(store, "new"))
    page = add(browser_of_seller, store)
    made = Product.everything.get()
    assert page.redirect_chain == [(f"/cabinet/products/{made.pk}/", 302)]
    assert (made.sku, made.model, made.purchase_cost, made.strategy) == ("K-9", "Kettle", 7_000, "manual")
    row = CityPrice.everything.get()
    assert (row.city_id, row.price, row.floor, row.ceiling) == (cast.ALMATY, 9_900, 9_000, 12_000)
    assert lies(made) == {"PP1": (True, 4, None)}
    assert CatalogueChange.everything.get().field == CatalogueChange.ADDED


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"sku": "SKU-1"}, "The store has a product with this SKU. Edit that one."),
        ({"sku": " K-9"}, "is no SKU"),
        ({"price": ""}, "This field is required."),
        ({"price": "99"}, "greater than or equal to 100"),
        ({"floor": "10 000"}, "9 900"),
        ({"floor": "13 000", "price": "13 000"}, "12 000"),
        ({"is_available-PP1": "", "stock_count-PP1": ""}, "Say at which sales point it is sold, or lies."),
    ],
)
def test_what_cannot_be_added_is_said_with_what_was_typed(
    store: Store, kettle: Product, browser_of_seller: Client, typed: dict[str, str], says: str
) -> None:
    page = add(browser_of_seller, store, **typed)
    assert says in plain(page)
    assert page.context["form"]["model"].value() == "Kettle"
    assert Product.everything.get() == kettle


def test_a_floor_under_the_cost_asks_whether_it_is_meant(store: Store, browser_of_seller: Client) -> None:
    page = add(browser_of_seller, store, floor="6 000")
    assert "6 000 ₸ is under the purchase cost, 7 000 ₸." in plain(page)
    assert "Numbers that look like a slip are meant" in plain(page)
    assert not Product.everything.exists()
    add(browser_of_seller, store, floor="6 000", is_confirmed="on")
    assert CityPrice.everything.get().floor == 6_000


def test_without_a_point_the_page_says_where_to_open_one(store: Store, browser_of_seller: Client) -> None:
    store.sales_points.update(is_open=False)
    assert "No sales point is open." in text_at(browser_of_seller, adding_to(store, "new"))


# --- Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "may"), [("owner", True), ("manager", True), ("viewer", False)])
def test_who_may_only_look_finds_every_control_closed(
    store: Store, kettle: Product, assistant: User, role: str, may: bool
) -> None:
    Membership.everything.filter(user=assistant).update(role=role)
    browser = Client()
    browser.force_login(assistant)
    pages = [browser.get(path).content.decode() for path in (page_of(kettle), adding_to(store, "new"))]
    assert [' class="plain" disabled' in page for page in pages] == [not may] * 2
    save(browser, kettle, shown(browser, kettle), brand="Tulpar")
    add(browser, store)
    assert (facts(kettle)[1] == "Tulpar", Product.everything.filter(sku="K-9").exists()) == (may, may)
