"""Before products are switched on: the preview says how many have room, and is right about what the services refuse."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from stores.models import CityPrice, Product, ProductUpload, Store
from stores.services.catalogue import Terms
from stores.services.catalogue.bulk import BulkChange, Preview, apply_bulk, preview_bulk
from stores.services.catalogue.finding import Wanted
from stores.services.errors import Refusal
from stores.services.prices.rules import change_rule, foretell_switch
from stores.services.subscription.limits import Limit, room_for
from stores.services.uploads import receive
from stores.services.uploads.steps import work_next
from tests import cast
from tests.sheets.makers import table
from users.models import User

pytestmark = pytest.mark.django_db
Strategy = Product.Strategy
ENGLISH = {"Accept-Language": "en"}
TOLD = (
    "Repriced products in the plan “Free”: at most 2; this would make 4. The plan “Start” has room for 300. "
    "Of these 3 products there is room for 1. As it is, nothing would be applied: choose fewer."
)


@pytest.fixture(autouse=True)
def billing(settings: Settings, tmp_path: Path) -> None:
    settings.BILLING = True
    settings.UPLOADS_DIR = tmp_path / "uploads"


@pytest.fixture
def shelf(store: Store, seller: User) -> Store:
    """A product that rules move, three that they leave alone, and a plan with room for two."""
    cast.product(store, "SKU-0")
    for number in (1, 2, 3):
        cast.product(store, f"SKU-{number}", card_id=f"10000000{number}", strategy=Strategy.MANUAL)
    cast.subscription(seller, product_limit=2)
    return store


def preview(store: Store, actor: User, change: BulkChange, wanted: Wanted | None = None) -> Preview:
    with translation.override("en"):
        return preview_bulk(store, wanted or Wanted(), change, Terms(), actor)


def is_refused(work: Callable[[], Any]) -> bool:
    """Whether it is refused for the tariff's sake."""
    try:
        work()
    except Refusal as refusal:
        return refusal.code == "tariff_limit"
    return False


# --- Many products at once --------------------------------------------------------------------------------------------


def test_a_preview_says_how_many_have_room_and_what_becomes_of_the_others(shelf: Store, seller: User) -> None:
    shown = preview(shelf, seller, BulkChange(strategy=Strategy.MATCH))
    assert (shown.changed, shown.tariff_limit) == (4, TOLD)
    assert is_refused(lambda: apply_bulk(shelf, shown.token, seller))
    assert room_for(seller, Limit.PRODUCTS).used == 1


def nothing(store: Store) -> None:
    pass


def watch(store: Store) -> None:
    Store.everything.filter(pk=store.pk).update(mode=Store.Mode.WATCH)


def city_of_its_own(store: Store) -> None:
    """Two of them are repriced already, by what one of their cities says."""
    rows = CityPrice.everything.filter(product__sku__in=["SKU-1", "SKU-2"])
    rows.update(strategy=Strategy.MATCH, plan={}, step=1)


def city_left_alone(store: Store) -> None:
    """The only city of two of them is left alone, whatever the product says."""
    rows = CityPrice.everything.filter(product__sku__in=["SKU-1", "SKU-2"])
    rows.update(strategy=Strategy.MANUAL, plan={}, step=1)


def no_prices(store: Store) -> None:
    CityPrice.everything.filter(product__sku__in=["SKU-1", "SKU-2"]).delete()


def rule_of_category(store: Store) -> None:
    Product.everything.filter(sku="SKU-1").update(category_code="Kettles")
    cast.rule(store, "Kettles")


def rule_of_store(store: Store) -> None:
    cast.rule(store)


def rule_that_leaves_a_category_alone(store: Store) -> None:
    rule_of_store(store)
    Product.everything.filter(sku__in=["SKU-1", "SKU-2"]).update(category_code="Kettles")
    cast.rule(store, "Kettles", strategy=Strategy.MANUAL)


@pytest.mark.parametrize(
    ("strategy", "prepare", "room", "foretold"),
    [
        (Strategy.MATCH, nothing, 4, False),
        (Strategy.MATCH, nothing, 3, True),
        (Strategy.MATCH, watch, 2, False),
        (Strategy.MATCH, city_of_its_own, 4, False),
        (Strategy.MATCH, city_of_its_own, 3, True),
        (Strategy.MATCH, city_left_alone, 2, False),
        (Strategy.MATCH, city_left_alone, 1, True),
        (Strategy.MATCH, no_prices, 2, False),
        (Strategy.MATCH, no_prices, 1, True),
        (Strategy.MANUAL, nothing, 0, False),
        (Strategy.BY_RULE, nothing, 0, False),
        (Strategy.BY_RULE, rule_of_category, 1, False),
        (Strategy.BY_RULE, rule_of_store, 4, False),
        (Strategy.BY_RULE, rule_of_store, 3, True),
        (Strategy.BY_RULE, rule_that_leaves_a_category_alone, 2, False),
        (Strategy.BY_RULE, rule_that_leaves_a_category_alone, 1, True),
    ],
)
def test_what_is_foretold_comes_true(
    shelf: Store, seller: User, strategy: str, prepare: Callable[[Store], None], room: int, foretold: bool
) -> None:
    cast.subscription_limit(seller, 100)
    prepare(shelf)
    cast.subscription_limit(seller, room)
    shelf.refresh_from_db()
    shown = preview(shelf, seller, BulkChange(strategy=strategy))
    assert (shown.tariff_limit != "") is foretold
    assert is_refused(lambda: apply_bulk(shelf, shown.token, seller)) is foretold


def test_what_reprices_no_more_is_let_above_the_limit(shelf: Store, seller: User) -> None:
    cast.subscription_limit(seller, 0)
    shown = preview(shelf, seller, BulkChange(step=5))
    assert (shown.changed, shown.tariff_limit) == (4, "")
    assert not is_refused(lambda: apply_bulk(shelf, shown.token, seller))


def test_the_api_and_the_page_say_it(shelf: Store, api: APIClient, browser_of_seller: Client, seller: User) -> None:
    answer = api.post(
        f"/api/stores/{shelf.pk}/bulk-change/",
        {"where": {}, "change": {"strategy": "match"}},
        headers=ENGLISH,
    )
    assert answer.json()["tariff_limit"] == TOLD
    asked = {"ask": "1", "to-strategy": "match"}
    page = browser_of_seller.get(f"/cabinet/stores/{shelf.pk}/bulk/", asked, headers=ENGLISH)
    assert (TOLD in page.content.decode(), 'name="token"' in page.content.decode()) == (True, False)


# --- A file -----------------------------------------------------------------------------------------------------------


def bring(store: Store, actor: User, content: bytes) -> ProductUpload:
    upload = receive.receive(store, "costs.csv", [content], actor)
    while work_next():
        pass
    upload.refresh_from_db()
    return upload


def test_a_file_that_brings_products_under_a_rule_says_it(
    shelf: Store, seller: User, api: APIClient, browser_of_seller: Client
) -> None:
    Product.everything.exclude(sku="SKU-0").update(strategy=Strategy.BY_RULE)
    cast.rule(shelf, "Kettles")
    rows = [["SKU", "Category"], *([f"SKU-{number}", "Kettles"] for number in (1, 2, 3))]
    upload = bring(shelf, seller, table(rows))
    assert (upload.state, upload.rows_changed, upload.repriced_more) == ("previewed", 3, 3)
    told = api.get(f"/api/uploads/{upload.pk}/", headers=ENGLISH).json()
    assert told["tariff_limit"] == TOLD
    assert TOLD in browser_of_seller.get(f"/cabinet/uploads/{upload.pk}/", headers=ENGLISH).content.decode()
    receive.apply(upload, upload.preview_number, [], seller)
    while work_next():
        pass
    upload.refresh_from_db()
    assert (upload.state, upload.refusal) == ("previewed", {"code": "tariff_limit"})
    cast.subscription_limit(seller, 4)
    assert api.get(f"/api/uploads/{upload.pk}/").json()["tariff_limit"] == ""


# --- A rule -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("room", "foretold"), [(4, ""), (2, TOLD)])
def test_a_rule_says_it_before_it_is_switched_on(
    shelf: Store, seller: User, browser_of_seller: Client, room: int, foretold: str
) -> None:
    Product.everything.exclude(sku="SKU-0").update(strategy=Strategy.BY_RULE)
    cast.subscription_limit(seller, room)
    rule = cast.rule(shelf, is_on=False)
    with translation.override("en"):
        assert foretell_switch(rule) == foretold
    page = browser_of_seller.get(f"/cabinet/rules/{rule.pk}/", headers=ENGLISH).content.decode()
    assert (TOLD in page) is (foretold != "")
    assert is_refused(lambda: change_rule(rule, rule.version, {"is_on": True}, seller)) is (foretold != "")


def test_a_rule_takes_room_though_one_of_the_whole_store_is_on_for_while_off_it_keeps_its_category(
    shelf: Store, seller: User
) -> None:
    Product.everything.exclude(sku="SKU-0").update(strategy=Strategy.BY_RULE, category_code="Kettles")
    cast.subscription_limit(seller, 100)
    cast.rule(shelf, name="All")
    rule = cast.rule(shelf, "Kettles", is_on=False)
    cast.subscription_limit(seller, 0)
    assert foretell_switch(rule) != ""
    assert is_refused(lambda: change_rule(rule, rule.version, {"is_on": True}, seller))
