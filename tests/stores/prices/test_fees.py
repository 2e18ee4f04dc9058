"""The fees that come with the installation, and what a product earns by them."""

import importlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from pricing.economics import DeliveryRow, RateName, ShareRow, Zone
from sandbox.server import SandboxServer
from stores.management.commands.demo import TAX_REGIME
from stores.models import FeeCategory, FeeDelivery, FeeShare, Product, ProductPriceUpdate, Store
from stores.services.prices import profit
from stores.services.prices.decide import decide_markets
from stores.services.prices.profit import Profit, forget_fees, profit_of, profits_of
from tests import cast
from tests.pricing.rates import DELIVERY, SHARES, SOURCES

pytestmark = pytest.mark.django_db
CATALOGUE = Path(__file__).parents[3] / "sandbox" / "catalogue.json"
SPRING = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def spring(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day on which the rates of 2026 hold, and a minute that does not end."""
    set_day(monkeypatch, SPRING)
    monkeypatch.setattr(profit, "CHECK_SECONDS", 1e12)


def set_day(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    monkeypatch.setattr(profit.timezone, "localdate", lambda: day)


@pytest.fixture
def kettle(store: Store) -> Product:
    """The worked example: bought for 9,500, packed for 150, 2 kg, sold from Almaty."""
    store.tax_regime = TAX_REGIME
    store.save(update_fields=["tax_regime"])
    product = cast.product(store, price=15_000, floor=12_000, ceiling=20_000)
    facts = {"category_code": "Master - Kettles", "weight_g": 2_000, "purchase_cost": 9_500, "packaging_cost": 150}
    Product.everything.filter(pk=product.pk).update(**facts)
    return Product.everything.select_related("store").get(pk=product.pk)


# --- What comes with the installation ---------------------------------------------------------------------------------


def test_the_tables_hold_the_known_rates_and_no_others() -> None:
    shares = {
        ShareRow(
            rate=RateName(row.rate),
            key=row.key,
            share=row.share,
            code=row.code,
            valid_from=row.valid_from.isoformat(),
            valid_to=row.valid_to and row.valid_to.isoformat(),
        )
        for row in FeeShare.objects.all()
    }
    delivery = {
        DeliveryRow(
            zone=Zone(row.zone),
            price_from=row.price_from,
            price_to=row.price_to,
            weight_from_g=row.weight_from_g,
            weight_to_g=row.weight_to_g,
            fee=row.fee,
            code=row.code,
            valid_from=row.valid_from.isoformat(),
            valid_to=row.valid_to and row.valid_to.isoformat(),
        )
        for row in FeeDelivery.objects.all()
    }
    assert (shares, delivery) == (set(SHARES), set(DELIVERY))
    assert (FeeShare.objects.count(), FeeDelivery.objects.count()) == (len(SHARES), len(DELIVERY))


def test_each_row_says_where_it_was_read() -> None:
    sources = dict(FeeShare.objects.values_list("code", "source"))
    assert sources == {code: SOURCES[code] for code in sources}
    assert all(FeeDelivery.objects.values_list("source", flat=True))


def test_each_category_of_the_sandbox_has_a_commission_and_none_takes_in_the_rest() -> None:
    categories = {f"Master - {category['code']}" for category in json.loads(CATALOGUE.read_text())["categories"]}
    keys = dict(FeeCategory.objects.values_list("category_code", "commission_key"))
    assert set(keys) == categories
    assert {code: key for code, key in keys.items() if key != "general"} == {
        "Master - Phone cases": "accessories",
        "Master - Earrings": "accessories",
        "Master - Vitamins": "food",
        "Master - Dry cat food": "food",
    }


def test_the_migration_takes_out_its_own_rows_and_puts_them_in_again() -> None:
    migration = importlib.import_module("stores.migrations.0002_fees_of_2026")
    models = (FeeShare, FeeDelivery, FeeCategory)
    before = [model.objects.count() for model in models]
    FeeCategory.objects.create(category_code="Master - Ours", commission_key="general")
    migration.take_out(apps, None)
    assert [model.objects.count() for model in models] == [0, 0, 1]
    migration.put_in(apps, None)
    assert [model.objects.count() for model in models] == [before[0], before[1], before[2] + 1]


# --- What a product earns ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("price", "tenge"), [(15_000, 1_750), (14_300, 1_159), (13_500, 483), (12_929, 0)])
def test_the_worked_example(kettle: Product, price: int, tenge: int) -> None:
    assert profit_of(kettle, price) == Profit(tenge)


def test_across_the_country_it_earns_less(kettle: Product) -> None:
    assert profit_of(kettle, 15_000, Zone.COUNTRY) == Profit(1_750 - 232)


@pytest.mark.parametrize(
    ("facts", "regime", "missing"),
    [
        ({"purchase_cost": None}, TAX_REGIME, "purchase_cost"),
        ({"weight_g": None}, TAX_REGIME, "weight"),
        ({"weight_g": 0}, TAX_REGIME, "weight"),
        ({"category_code": ""}, TAX_REGIME, "category"),
        ({"category_code": "Master - Submarines"}, TAX_REGIME, "category"),
        ({"category_code": "master - kettles"}, TAX_REGIME, "category"),
        ({}, "", "tax_regime"),
        ({}, "retail", "turnover_tax"),
    ],
)
def test_a_missing_fact_is_named(kettle: Product, facts: dict[str, Any], regime: str, missing: str) -> None:
    for name, value in facts.items():
        setattr(kettle, name, value)
    kettle.store.tax_regime = regime
    assert profit_of(kettle, 15_000) == Profit(None, missing)


@pytest.mark.parametrize("rate", ["commission", "vat", "turnover_tax", "returned", "bonus"])
def test_a_missing_rate_is_named(kettle: Product, rate: str) -> None:
    FeeShare.objects.filter(rate=rate).delete()
    assert profit_of(kettle, 15_000) == Profit(None, rate)


def test_a_missing_band_is_named_for_its_prices_only(kettle: Product) -> None:
    FeeDelivery.objects.filter(price_from=5_000).delete()
    assert profits_of(kettle, [9_000, 15_000]) == [Profit(None, "delivery"), Profit(1_750)]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 12, 31), Profit(None, "commission")),
        (date(2026, 1, 1), Profit(1_750)),
    ],
)
def test_a_day_without_a_rate_is_no_number(
    kettle: Product, monkeypatch: pytest.MonkeyPatch, day: date, expected: Profit
) -> None:
    set_day(monkeypatch, day)
    assert profit_of(kettle, 15_000) == expected


def test_a_gap_is_noticed_when_the_day_comes(kettle: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    FeeShare.objects.filter(code="vat-2026").update(valid_to=date(2026, 6, 30))
    assert profit_of(kettle, 15_000) == Profit(1_750)
    set_day(monkeypatch, date(2026, 7, 1))
    assert profit_of(kettle, 15_000) == Profit(None, "vat")


def test_an_edited_rate_is_seen_within_a_minute(kettle: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(profit, "CHECK_SECONDS", 60.0)
    monkeypatch.setattr(profit.time, "monotonic", lambda: clock[0])
    assert profit_of(kettle, 15_000) == Profit(1_750)
    row = FeeShare.objects.get(code="simplified-almaty")
    row.share = "0.02"
    row.save(update_fields=["share", "updated_at"])
    assert profit_of(kettle, 15_000) == Profit(1_750)
    clock[0] = 60.0
    assert profit_of(kettle, 15_000) == Profit(1_900)
    FeeShare.objects.filter(code="no-bonus").delete()
    clock[0] = 120.0
    assert profit_of(kettle, 15_000) == Profit(None, "bonus")


# --- Rows that cannot be ----------------------------------------------------------------------------------------------


def share(**changes: Any) -> FeeShare:
    facts = {"rate": "vat", "share": "0.16", "code": "vat-new", "source": "The tax code", "valid_from": SPRING}
    return FeeShare(**facts | changes)


def parcel(**changes: Any) -> FeeDelivery:
    facts = {
        "zone": "city",
        "price_from": 10_000,
        "weight_from_g": 1,
        "weight_to_g": 5_000,
        "fee": 1_099,
        "code": "delivery-new",
        "source": "The partner guide",
        "valid_from": SPRING,
    }
    return FeeDelivery(**facts | changes)


@pytest.mark.parametrize(
    "row",
    [
        share(),
        share(valid_from=date(2020, 1, 1), valid_to=date(2026, 1, 1)),
        share(rate="commission", key="general"),
        parcel(),
        parcel(price_from=9_999, weight_from_g=5_000),
        parcel(price_from=1, price_to=1_000),
    ],
)
def test_a_row_that_overlaps_another_is_refused(row: FeeShare | FeeDelivery) -> None:
    with pytest.raises(ValidationError) as refused:
        row.full_clean()
    assert [error.code for error in refused.value.error_dict["__all__"]] == ["overlap"]


@pytest.mark.parametrize(
    "row",
    [
        share(rate="commission", key="books"),
        share(valid_from=date(2000, 1, 1), valid_to=date(2008, 12, 31)),
        parcel(valid_from=date(2024, 1, 1), valid_to=date(2024, 12, 31)),
    ],
)
def test_a_row_beside_the_others_is_taken(row: FeeShare | FeeDelivery) -> None:
    row.full_clean()
    row.save()
    row.full_clean()


def test_rows_that_overlap_all_the_same_earn_nobody_a_number(kettle: Product, caplog: pytest.LogCaptureFixture) -> None:
    share().save()
    assert profit_of(kettle, 15_000) == Profit(None, "overlapping_rates")
    assert profit_of(kettle, 14_000) == Profit(None, "overlapping_rates")
    assert [record.message for record in caplog.records] == ["no profit can be told by the fees of 2026-03-01"]


def test_shares_that_leave_nothing_of_the_price_are_no_number(kettle: Product) -> None:
    FeeShare.objects.filter(code="no-bonus").update(share="0.9")
    assert profit_of(kettle, 15_000) == Profit(None, "bad_rate")


@pytest.mark.parametrize(
    "row",
    [
        share(share="1"),
        share(share="-0.1"),
        share(rate="delivery"),
        share(key="general"),
        share(rate="commission"),
        share(valid_to=date(2026, 2, 28)),
        parcel(zone="moon"),
        parcel(price_from=0),
        parcel(price_to=9_999),
        parcel(weight_from_g=0),
        parcel(weight_to_g=0),
        parcel(valid_to=date(2026, 2, 28)),
    ],
)
def test_the_database_refuses_what_no_rate_can_be(row: FeeShare | FeeDelivery) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


# --- With every change of a price -------------------------------------------------------------------------------------


def decide(product: Product, rival: int) -> ProductPriceUpdate:
    row = cast.city_price(product)
    cast.see(row.market, {product.store.merchant_id: row.price, "30200001": rival})
    decide_markets([row.market_id])
    return ProductPriceUpdate.everything.latest("pk")


def test_a_rules_change_says_what_both_prices_earn(kettle: Product, api: APIClient) -> None:
    update = decide(kettle, rival=14_301)
    earned = update.why["profit"]
    assert (earned["old"], earned["new"], earned["missing"]) == (1_750, 1_159, "")
    assert api.get(f"/api/price-updates/{update.pk}/").json()["profit"] == earned


def test_a_change_of_the_first_days_is_read_without_its_lines(kettle: Product, api: APIClient) -> None:
    update = decide(kettle, rival=14_301)
    old = {"old": 1_750, "new": 1_159, "missing": ""}
    ProductPriceUpdate.everything.update(why={**update.why, "profit": old})
    seen = api.get(f"/api/price-updates/{update.pk}/").json()["profit"]
    assert seen == old | {"lines": None, "codes": [], "day": None}


def test_a_price_moves_without_a_known_profit(kettle: Product, api: APIClient) -> None:
    Store.everything.update(tax_regime="")
    update = decide(kettle, rival=14_301)
    seen = api.get(f"/api/price-updates/{update.pk}/").json()
    nothing: dict[str, Any] = {
        "old": None,
        "new": None,
        "missing": "tax_regime",
        "lines": {"old": None, "new": None},
        "codes": [],
    }
    assert (seen["new_price"], seen["profit"]) == (14_300, nothing | {"day": SPRING.isoformat()})


def test_a_change_may_leave_the_known_bands(kettle: Product) -> None:
    FeeDelivery.objects.filter(zone="city", price_from=10_000, weight_from_g=1).update(price_from=15_000)
    earned = decide(kettle, rival=14_301).why["profit"]
    assert (earned["old"], earned["new"], earned["missing"]) == (1_750, None, "delivery")
    assert (earned["lines"]["old"]["profit"], earned["lines"]["new"]) == (1_750, None)


def test_a_persons_change_says_nothing_of_profit(kettle: Product, api: APIClient) -> None:
    answer = api.patch(f"/api/products/{kettle.pk}/", {"price": 14_500}, headers={"If-Match": "1"})
    assert answer.status_code == 200
    update = ProductPriceUpdate.everything.get()
    assert api.get(f"/api/price-updates/{update.pk}/").json()["profit"] is None


def test_a_batch_reads_the_fees_once(kettle: Product) -> None:
    def fee_queries_of(numbers: range) -> int:
        products = [cast.product(kettle.store, f"SKU-{n}", card_id=f"{200_000_000 + n}") for n in numbers]
        Product.everything.filter(pk__in=[product.pk for product in products]).update(
            category_code=kettle.category_code, weight_g=2_000
        )
        rows = [cast.city_price(product) for product in products]
        for row in rows:
            cast.see(row.market, {kettle.store.merchant_id: row.price, "30200001": 9_500})
        forget_fees()
        with CaptureQueriesContext(connection) as queries:
            assert decide_markets([row.market.pk for row in rows]) == len(rows)
        return sum("stores_fee" in query["sql"] for query in queries)

    assert (fee_queries_of(range(2, 3)), fee_queries_of(range(3, 13))) == (6, 6)
    assert all(update.why["profit"]["missing"] == "" for update in ProductPriceUpdate.everything.all())


def test_every_product_of_the_demo_store_earns_a_number(kaspi_sandbox: SandboxServer) -> None:
    call_command("demo")
    products = Product.everything.select_related("store").filter(store__merchant_id="30125007")
    assert products.count() == 6
    assert [profit_of(product, 10_000).missing for product in products] == [""] * 6
