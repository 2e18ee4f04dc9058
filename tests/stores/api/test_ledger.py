"""Profits, returns, statistics and quality over the API, and as files."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from stores.models import Client, Membership, Order, OrderItem, Product, ReturnOutcome, Store
from stores.models.roles import Role
from stores.services.exports.ledger import LEDGER_TABLES
from tests import cast
from tests.stores.ledger_orders import (
    CANCELLED,
    DELIVERY,
    PRICE,
    PROFIT,
    RETURNED,
    kettle,
    reckon_all,
    sell,
)
from users.models import User

pytestmark = pytest.mark.django_db
PROFITS, RETURNS = "/api/order-profits/", "/api/returns/"


@pytest.fixture
def product(store: Store) -> Product:
    return kettle(store)


@pytest.fixture
def packer(store: Store) -> APIClient:
    person = cast.person("berik@example.kz", "Берік")
    Membership.everything.create(store=store, user=person, role=Role.PACKER)
    return cast.signed_in(person)


def of_store(store: Store, what: str) -> str:
    return f"/api/stores/{store.pk}/{what}/"


def days_ago(days: int) -> Any:
    return timezone.now() - timedelta(days=days)


def test_an_order_tells_expected_charged_and_the_difference(api: APIClient, product: Product) -> None:
    order = sell(product, delivery_cost_for_seller=1_507)
    reckon_all()
    told = api.get(f"{PROFITS}{order.pk}/").json()
    assert (told["delivery_expected"], told["delivery_charged"], told["overcharge"]) == (DELIVERY, 1_507, 232)
    assert (told["profit"], told["expected_profit"], told["missing"]) == (PROFIT - 232, PROFIT, "")
    (line,) = told["lines"]
    assert (line["amount"], line["commission"], line["purchase"], line["profit"]) == (PRICE, 1_875, 9_500, 1_518)


def test_what_is_not_known_is_null_with_its_code(api: APIClient, product: Product) -> None:
    order = sell(product)
    OrderItem.everything.update(unit_cost=None)
    reckon_all()
    told = api.get(f"{PROFITS}{order.pk}/").json()
    assert (told["profit"], told["missing"], told["lines"][0]["purchase"]) == (None, "purchase_cost", None)


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({}, [2, 1, 0]),
        ({"fate": "returned"}, [1]),
        ({"is_loss": "true"}, [1]),
        ({"is_known": "false"}, [2]),
        ({"missing": "purchase_cost"}, [2]),
        ({"until": "2000-01-01"}, []),
    ],
)
def test_profits_are_found(api: APIClient, product: Product, query: dict[str, str], places: list[int]) -> None:
    orders = [
        sell(product, placed_at=days_ago(3)),
        sell(product, placed_at=days_ago(2), **RETURNED),
        sell(product, placed_at=days_ago(1)),
    ]
    OrderItem.everything.filter(order=orders[2]).update(unit_cost=None)
    reckon_all()
    found = [row["id"] for row in api.get(PROFITS, query).json()["results"]]
    assert found == [orders[place].pk for place in places]


def test_a_packer_sees_no_profit_and_no_cost(packer: APIClient, product: Product) -> None:
    order = sell(product, **RETURNED)
    reckon_all()
    assert packer.get(PROFITS).json()["results"] == []
    assert packer.get(f"{PROFITS}{order.pk}/").status_code == 404
    assert packer.get(of_store(product.store, "statistics")).status_code == 404
    (row,) = packer.get(RETURNS).json()["results"]
    assert (row["amount"], row["at_stake"]) == (PRICE, None)


def test_a_return_is_closed_once(packer: APIClient, api: APIClient, product: Product) -> None:
    order = sell(product, **RETURNED)
    reckon_all()
    (row,) = api.get(RETURNS, {"is_closed": "false"}).json()["results"]
    assert (row["id"], row["code"], row["days"], row["at_stake"], row["outcome"]) == (
        *(order.pk, order.code, 0),
        *(9_500, None),
    )
    answer = packer.post(f"{RETURNS}{order.pk}/close/", {"outcome": "sellable"})
    assert (answer.status_code, answer.json()["outcome"], answer.json()["said_by"]) == (200, "sellable", "Берік")
    again = api.post(f"{RETURNS}{order.pk}/close/", {"outcome": "missing"})
    assert (again.status_code, again.json()["code"]) == (422, "return_closed")
    assert ReturnOutcome.everything.get().outcome == "sellable"
    assert api.get(RETURNS, {"is_closed": "false"}).json()["results"] == []


@pytest.mark.parametrize("said", [{}, {"outcome": "eaten"}, {"outcome": "damaged", "note": "x"}])
def test_what_is_no_outcome_is_not_taken(api: APIClient, product: Product, said: dict[str, str]) -> None:
    order = sell(product, **RETURNED)
    reckon_all()
    assert api.post(f"{RETURNS}{order.pk}/close/", said).status_code == 400
    assert not ReturnOutcome.everything.exists()


def test_statistics_by_day_city_and_product(api: APIClient, product: Product) -> None:
    lamp = kettle(product.store, "SKU-2")
    today = timezone.localdate()
    sell(product, quantity=2)
    sell(product, **CANCELLED)
    sell(lamp, placed_at=days_ago(1), **RETURNED)
    far = sell(lamp, placed_at=days_ago(1))
    Order.everything.filter(pk=far.pk).update(sales_point=product.store.sales_points.get(code="PP2"))
    OrderItem.everything.filter(order=far).update(unit_cost=None)
    reckon_all()

    by_day = api.get(of_store(product.store, "statistics"), {"since": str(today - timedelta(days=1))}).json()
    assert [(row["key"], row["figures"]["orders"], row["figures"]["revenue"]) for row in by_day["rows"]] == [
        (str(today - timedelta(days=1)), 2, PRICE),
        (str(today), 2, 2 * PRICE),
    ]
    # Two kettles at once: one parcel of 4 kg, so its delivery is paid once.
    profit = 2 * PROFIT + DELIVERY
    assert by_day["total"] == {
        "orders": 4,
        "pieces": 3,
        "revenue": 3 * PRICE,
        "known_profit": profit - 150 - DELIVERY,
        "unknown": 1,
        "cancelled": 1,
        "returned": 1,
    }
    by_city = api.get(of_store(product.store, "statistics"), {"by": "city"}).json()
    assert [(row["key"], row["figures"]["orders"]) for row in by_city["rows"]] == [(cast.ALMATY, 3), (cast.ASTANA, 1)]
    by_product = api.get(of_store(product.store, "statistics"), {"by": "product"}).json()
    assert [(row["key"], row["figures"]["pieces"], row["figures"]["known_profit"]) for row in by_product["rows"]] == [
        ("SKU-1", 2, profit),
        ("SKU-2", 1, -150 - DELIVERY),
    ]
    assert by_product["left_out"] == 0


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"since": "2026-02-01", "until": "2026-01-01"}, 422),
        ({"since": "2020-01-01", "until": "2026-01-01"}, 422),
        ({"since": "yesterday"}, 400),
        ({"by": "buyer"}, 400),
        ({"unheard": "of"}, 400),
    ],
)
def test_a_period_is_a_year_at_most(api: APIClient, store: Store, query: dict[str, str], status: int) -> None:
    assert api.get(of_store(store, "statistics"), query).status_code == status


def test_charges_that_the_table_does_not_say_are_listed(api: APIClient, product: Product) -> None:
    charges = (DELIVERY + 300, DELIVERY + 940, DELIVERY - 100, DELIVERY + 4, DELIVERY)
    orders = [sell(product, delivery_cost_for_seller=charge) for charge in charges]
    sell(product, delivery_mode="DELIVERY_PICKUP", delivery_cost_for_seller=895)
    reckon_all()
    told = api.get(of_store(product.store, "delivery-differences")).json()
    accounts = told.pop("accounts")
    assert told == {"over": 2, "over_tenge": 1_240, "under": 1, "under_tenge": 100, "unknown": 1}
    assert [row["id"] for row in accounts] == [orders[1].pk, orders[0].pk, orders[2].pk]


def test_quality_is_told_as_budgets(api: APIClient, product: Product) -> None:
    for _ in range(49):
        sell(product)
    sell(product, **CANCELLED, cancellation_reason="MERCHANT_OUT_OF_STOCK")
    told = {row["indicator"]: row for row in api.get(of_store(product.store, "quality")).json()}
    assert list(told) == ["cancels", "late_handovers", "returns", "rating"]
    cancels = told["cancels"]
    assert (cancels["bad"], cancels["of"], cancels["value"]) == (1, 50, "0.0200")
    assert (cancels["limit"], cancels["days"], cancels["level"], cancels["left"]) == ("0.0300", 30, "near", 0)
    assert (told["rating"]["value"], told["rating"]["level"]) == (None, "fine")


def test_unknown_costs_are_filled_in_over_the_api(api: APIClient, product: Product) -> None:
    sell(product)
    OrderItem.everything.update(unit_cost=None)
    assert api.get(of_store(product.store, "unknown-costs")).json() == {"lines": 1, "orders": 0}
    assert api.post(of_store(product.store, "unknown-costs/fill")).json() == {"lines": 1, "orders": 0}
    assert OrderItem.everything.get().unit_cost == 9_500


# --- Files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("table", list(LEDGER_TABLES))
def test_no_buyer_leaves_in_a_file(api: APIClient, product: Product, table: str, form: str) -> None:
    order = sell(product, **RETURNED)
    buyer = Client.everything.create(
        store=product.store, marketplace_id="B1", first_name="Айдар", last_name="Омаров", phone="7015550123"
    )
    Order.everything.filter(pk=order.pk).update(client=buyer, raw={"phone": "7015550123"})
    reckon_all()
    file = api.get(of_store(product.store, "ledger-export"), {"table": table, "form": form})
    assert file.status_code == 200
    content = b"".join(file.streaming_content)
    assert content[:2] == (b"PK" if form == "xlsx" else "\ufeff".encode()[:2])
    for private in ("7015550123", "Айдар", "Омаров"):
        assert private.encode() not in content


def csv_of(api: APIClient, store: Store, table: str) -> list[list[str]]:
    file = api.get(of_store(store, "ledger-export"), {"table": table}, headers={"Accept-Language": "en"})
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
    return [line.split(";") for line in lines]


def test_a_file_tells_the_same_figures(api: APIClient, product: Product) -> None:
    order = sell(product, delivery_cost_for_seller=1_507)
    reckon_all()
    _titles, row = csv_of(api, product.store, "order-profits")
    assert row[1] == order.code
    assert row[3:] == ["sold", "1", "15000", "1275", "1507", "232", "1518", ""]
    _titles, row = csv_of(api, product.store, "profit-by-product")
    assert row == ["SKU-1", product.model, "1", "1", "15000", "1518", "0", "0", "0"]


def test_what_a_spreadsheet_would_run_is_made_harmless(api: APIClient, product: Product) -> None:
    sell(product)
    Product.everything.update(model="=HYPERLINK(1)")
    OrderItem.everything.update(sku="@SUM(1)")
    reckon_all()
    _titles, row = csv_of(api, product.store, "profit-by-product")
    assert row[0] == "'@SUM(1)"


def test_files_are_for_who_may_export(product: Product, assistant: User) -> None:
    address = of_store(product.store, "ledger-export")
    assert cast.signed_in(assistant).get(address, {"table": "profit-by-day"}).status_code == 404
