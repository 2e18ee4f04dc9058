"""What a price earns, over the API: beside each price of a product, and for any price that is asked about."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from stores.management.commands.demo import TAX_REGIME
from stores.models import FeeDelivery, Product, Store
from stores.services.prices import profit
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def spring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profit.timezone, "localdate", lambda: date(2026, 3, 1))
    monkeypatch.setattr(profit, "CHECK_SECONDS", 1e12)


@pytest.fixture
def kettle(store: Store) -> Product:
    """The worked example: 15,000 ₸, bought for 9,500, packed for 150, 2 kg, sold from Almaty; 8 % are wanted."""
    store.tax_regime = TAX_REGIME
    store.save(update_fields=["tax_regime"])
    product = cast.product(store, price=15_000, floor=12_000, ceiling=20_000)
    facts = {"category_code": "Master - Kettles", "weight_g": 2_000, "purchase_cost": 9_500, "packaging_cost": 150}
    Product.everything.filter(pk=product.pk).update(least_margin=Decimal("0.08"), **facts)
    return product


def ask(api: APIClient, product: Product, **query: Any) -> Any:
    return api.get(f"/api/products/{product.pk}/economics/", query)


def test_each_price_of_a_product_says_what_it_earns(api: APIClient, kettle: Product) -> None:
    seen = api.get(f"/api/products/{kettle.pk}/").json()
    (city,) = seen["cities"]
    assert seen["least_margin"] == "0.08"
    assert {
        name: city[name] for name in ("margin_floor", "break_even", "profit", "profit_elsewhere", "margin", "missing")
    } == {
        "margin_floor": 14_585,
        "break_even": 13_204,
        "profit": 1_750,
        "profit_elsewhere": 1_518,
        "margin": "0.1167",
        "missing": "",
    }


def test_a_price_beyond_the_known_bands_keeps_its_floor(api: APIClient, kettle: Product) -> None:
    FeeDelivery.objects.filter(zone="city", price_from=10_000, weight_from_g=1, valid_to=None).update(price_to=14_999)
    (city,) = api.get(f"/api/products/{kettle.pk}/").json()["cities"]
    assert (city["margin_floor"], city["profit"], city["margin"], city["missing"]) == (14_585, None, None, "delivery")


def test_any_price_can_be_asked_about(api: APIClient, kettle: Product) -> None:
    told = ask(api, kettle, price="13 500 ₸").json()
    assert told["lines"] == {
        "price": 13_500,
        "purchase": 9_500,
        "packaging": 150,
        "commission": 1_688,
        "delivery": 1_275,
        "tax": 405,
        "bonus": 0,
        "returns_reserve": 0,
        "profit": 483,
    }
    assert (told["price"], told["margin"], told["margin_floor"], told["missing"]) == (13_500, "0.0358", 14_585, "")
    assert told["break_even"][-2:] == [
        {"start": 5_000, "end": 9_999, "delivery": 811, "price": None},
        {"start": 10_000, "end": None, "delivery": 1_275, "price": 12_929},
    ]
    assert [(zone["start"], zone["end"], zone["better_price"]) for zone in told["dead_zones"]][-1] == (
        10_000,
        10_548,
        9_999,
    )
    assert ["commission", "commission-2026-general"] in told["codes"]


@pytest.mark.parametrize("query", [{}, {"city_id": cast.ALMATY}])
def test_without_a_price_the_present_one_is_meant(api: APIClient, kettle: Product, query: dict[str, str]) -> None:
    assert ask(api, kettle, **query).json()["lines"]["profit"] == 1_750


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"price": "13.500"}, "ambiguous_money"),
        ({"price": "13,5"}, "not_money"),
        ({"price": ""}, "not_money"),
        ({"price": "-1"}, "not_money"),
        ({"price": "99"}, "price_out_of_range"),
        ({"price": "0"}, "price_out_of_range"),
        ({"price": "100000001"}, "price_out_of_range"),
        ({"city_id": cast.ASTANA}, "unknown_city"),
        ({"city_id": "x"}, "unknown_city"),
    ],
)
def test_what_is_no_price_is_said_clearly(api: APIClient, kettle: Product, query: dict[str, str], code: str) -> None:
    answer = ask(api, kettle, **query)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["message"]


@pytest.mark.parametrize(
    ("facts", "missing"),
    [({"purchase_cost": None}, "purchase_cost"), ({"category_code": ""}, "category"), ({"weight_g": None}, "weight")],
)
def test_what_is_missing_is_named(api: APIClient, kettle: Product, facts: dict[str, Any], missing: str) -> None:
    Product.everything.update(**facts)
    told = ask(api, kettle, price="13500").json()
    assert told == {
        "sku": "SKU-1",
        "price": 13_500,
        "missing": missing,
        "lines": None,
        "codes": [],
        "margin": None,
        "margin_floor": None,
        "break_even": [],
        "dead_zones": [],
    }


def test_a_margin_out_of_reach_still_shows_the_sheet(api: APIClient, kettle: Product) -> None:
    Product.everything.update(least_margin=Decimal("0.9"))
    told = ask(api, kettle, price="13500").json()
    assert (told["missing"], told["margin_floor"], told["lines"]["profit"]) == ("out_of_reach", None, 483)


def test_an_edited_wanted_margin_moves_the_floor_at_once(api: APIClient, kettle: Product) -> None:
    answer = api.patch(f"/api/products/{kettle.pk}/", {"least_margin": "0.1"}, headers={"If-Match": "1"})
    assert answer.json()["cities"][0]["margin_floor"] == 14_976
