"""Stocks, their rules, and the rules of acceptance, as programs reach them."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from stores.models import AcceptanceDecision, AcceptanceRules, Availability, Order, OrderItem, Store
from stores.services.stock.following import follow_orders
from tests import cast

pytestmark = pytest.mark.django_db

ENGLISH = {"Accept-Language": "en"}


def ordered(store: Store, quantity: int = 2) -> Order:
    """A new order of a product of which there are five, followed by the stock."""
    product = cast.product(store)
    order = Order.everything.create(
        store=store,
        code="880000001",
        marketplace_id="O1",
        sales_point=store.sales_points.get(code="PP1"),
        state="NEW",
        status="APPROVED_BY_BANK",
        total_price=20_000,
        placed_at=timezone.now(),
        stock_due_at=timezone.now(),
    )
    OrderItem.everything.create(
        order=order,
        entry_number=0,
        product=product,
        sku=product.sku,
        name="Kettle",
        quantity=quantity,
        base_price=10_000,
        total_price=20_000,
    )
    follow_orders()
    return order


def read(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def test_a_stock_and_what_moved_it(api: APIClient, store: Store) -> None:
    order = ordered(store)
    (told,) = api.get("/api/stock/").json()["results"]
    assert (told["sku"], told["point"], told["stock_count"], told["counted_stock"], told["doubt"]) == (
        "SKU-1",
        "PP1",
        3,
        5,
        "",
    )
    (movement,) = api.get(f"/api/stock/{told['id']}/movements/").json()["results"]
    assert (movement["code"], movement["kind"], movement["change"], movement["stock_after"]) == (
        order.code,
        "reserved",
        -2,
        3,
    )
    assert movement["is_counted_in"] is False
    assert api.post(f"/api/stock/{told['id']}/count/", {"stock": 7}, format="json").json()["stock_count"] == 7
    (movement,) = api.get(f"/api/stock/{told['id']}/movements/").json()["results"]
    assert movement["is_counted_in"] is True


def test_doubtful_stocks_are_found_and_confirmed(api: APIClient, store: Store) -> None:
    ordered(store, quantity=6)
    (told,) = api.get("/api/stock/?is_doubtful=true").json()["results"]
    assert (told["stock_count"], told["doubt"]) == (0, "exceeded")
    path = f"/api/stores/{store.pk}/confirm-stocks/"
    seen = {name: told[name] for name in ("id", "stock_count", "counted_at", "doubt")}
    moved = api.post(path, {"stocks": [seen | {"stock_count": 1}]}, format="json").json()
    assert moved == {"confirmed": 0, "moved": [told]}
    others = seen | {"id": 999_999}
    assert api.post(path, {"stocks": [seen, others]}, format="json").json() == {"confirmed": 1, "moved": []}
    assert api.get("/api/stock/?is_doubtful=true").json()["results"] == []


def test_a_stock_is_confirmed_only_with_what_was_read_of_it(api: APIClient, store: Store) -> None:
    ordered(store, quantity=6)
    there = Availability.everything.get()
    for stocks in ([there.pk], [{"id": there.pk}], [{"id": there.pk, "stock_count": 0}], []):
        answer = api.post(f"/api/stores/{store.pk}/confirm-stocks/", {"stocks": stocks}, format="json")
        assert answer.status_code == 400
    assert Availability.everything.get().doubt == "exceeded"


@pytest.mark.parametrize("stock", [-1, "7", 1.5, None, True])
def test_a_count_is_a_whole_number(stock: object, api: APIClient, store: Store) -> None:
    ordered(store)
    there = Availability.everything.get()
    assert api.post(f"/api/stock/{there.pk}/count/", {"stock": stock}, format="json").status_code == 400
    assert Availability.everything.get().stock_count == 3


def test_the_rules_of_stock(api: APIClient, store: Store) -> None:
    path = f"/api/stores/{store.pk}/stock-rules/"
    before = {"follows_orders": True, "hides_gone": False, "doubted_after_days": 30, "version": 1}
    assert api.get(path).json() == before
    wanted = {"hides_gone": True, "doubted_after_days": None}
    changed = api.patch(path, wanted, format="json", headers=read(1)).json()
    assert changed == before | wanted | {"version": 2} == api.get(path).json()
    assert api.patch(path, {"doubted_after_days": 0}, format="json", headers=read(2)).status_code == 400
    assert api.patch(path, {"hide_gone": False}, format="json", headers=read(2)).status_code == 400
    assert api.get(path).json() == changed


def test_the_rules_of_acceptance(api: APIClient, store: Store) -> None:
    path = f"/api/stores/{store.pk}/acceptance-rules/"
    off = {
        "is_on": False,
        "least_margin": None,
        "most_total": None,
        "hours": None,
        "takes_express": False,
        "takes_preorders": False,
        "version": 1,
    }
    assert api.get(path).json() == off
    wanted = {"is_on": True, "least_margin": "0.08", "most_total": 50_000, "hours": {"mon": ["09:00", "18:00"]}}
    on = off | wanted | {"version": 2}
    assert api.patch(path, wanted, format="json", headers=read(1)).json() == on
    backwards = {"hours": {"mon": ["18:00", "09:00"]}}
    assert api.patch(path, backwards, format="json", headers=read(2)).json()["code"] == "bad_hours"
    assert api.patch(path, {"least_margin": "1.5"}, format="json", headers=read(2)).status_code == 400
    assert api.get(path).json() == on


@pytest.mark.parametrize(("name", "switch"), [("acceptance-rules", "is_on"), ("stock-rules", "hides_gone")])
def test_rules_are_changed_only_as_they_were_read(name: str, switch: str, api: APIClient, store: Store) -> None:
    path = f"/api/stores/{store.pk}/{name}/"
    assert api.patch(path, {switch: True}, format="json").status_code == 428
    assert api.get(path).json()["version"] == 1
    assert api.patch(path, {switch: True}, format="json", headers=read(1)).json()["version"] == 2
    assert api.patch(path, {switch: False}, format="json", headers=read(2)).json()[switch] is False
    stale = api.patch(path, {switch: True}, format="json", headers=read(2))
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert api.get(path).json()[switch] is False


def test_the_preview_changes_nothing(api: APIClient, store: Store) -> None:
    order = ordered(store)
    path = f"/api/stores/{store.pk}/acceptance-preview/"
    told = api.post(path, {"most_total": 19_999}, format="json", headers=ENGLISH).json()
    (sample,) = told.pop("samples")
    assert told == {
        "orders": 1,
        "accepted": 0,
        "unknown_stock": 0,
        "reasons": {"over_total": 1},
        "is_cut": False,
    }
    assert (sample["code"], sample["reasons"]) == (
        order.code,
        [{"code": "over_total", "message": "It comes to 20\u202f000 ₸, more than 19\u202f999 ₸."}],
    )
    assert not AcceptanceRules.everything.exists()


def test_an_order_says_why_it_was_not_accepted(api: APIClient, store: Store) -> None:
    order = ordered(store)
    assert api.get(f"/api/orders/{order.pk}/").json()["acceptance"] is None
    AcceptanceDecision.everything.create(
        store=store,
        order=order,
        is_accepted=False,
        reasons=[{"code": "express"}],
        rules_version=1,
        decided_at=timezone.now(),
    )
    told = api.get(f"/api/orders/{order.pk}/", headers=ENGLISH).json()["acceptance"]
    assert (told["is_accepted"], told["reasons"]) == (
        False,
        [{"code": "express", "message": "Express orders are left to people."}],
    )
