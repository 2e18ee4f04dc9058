"""`/api/account/plan/` and `/api/account/purchases/`: a person's own plan and payments."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from landing.models import Tariff
from stores.models import Store
from stores.models.roles import SCOPES, Role
from stores.services import teams
from stores.services.tokens import issue_token
from tests import cast
from users.models import AccessEntry, User, UserPurchase
from users.services.billing import purchases, subscriptions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def billing(settings: Settings) -> None:
    settings.BILLING = True
    settings.PAYEE = settings.PAYEE | {"name": "ТОО Күнбағыс Сервис", "iban": "KZ86125KZT5004100100"}


@pytest.fixture
def wish() -> dict[str, object]:
    return {"tariff": "solo", "period": "month", "provider": "invoice", "expected_amount": 9_900}


def test_who_has_no_plan_sees_what_there_is(api: APIClient) -> None:
    plan = api.get("/api/account/plan/").json()
    assert (plan["subscription"], plan["waiting"], plan["open_purchase"]) == (None, [], None)
    assert [(offer["tariff"], offer["period"], offer["amount"]) for offer in plan["offers"]] == [
        *[("solo", "month", 9_900), ("solo", "year", 99_000), ("shop", "month", 19_900), ("shop", "year", 199_000)],
        *[("chain", "month", 39_900), ("chain", "year", 399_000)],
    ]
    assert [provider["code"] for provider in plan["providers"]] == ["invoice"]
    assert plan["usage"] == [
        {"limit": "product", "used": 0, "most": None},
        {"limit": "store", "used": 0, "most": None},
        {"limit": "staff", "used": 0, "most": None},
    ]


def test_the_plan_says_how_much_of_it_is_used(api: APIClient, store: Store, seller: User, settings: Settings) -> None:
    settings.BILLING = True
    cast.product(store)
    cast.subscription(seller, code="solo")
    teams.invite(store, "a@example.kz", Role.PACKER, seller)
    usage = api.get("/api/account/plan/").json()["usage"]
    assert [(each["limit"], each["used"], each["most"]) for each in usage] == [
        ("product", 1, 300),
        ("store", 1, 1),
        ("staff", 1, 1),
    ]


def test_what_a_limit_refuses_says_so(api: APIClient, store: Store, seller: User, settings: Settings) -> None:
    cast.subscription(seller)
    wanted = {"store": store.pk, "email": "a@example.kz", "role": "packer"}
    answer = api.post("/api/invitations/", wanted, HTTP_ACCEPT_LANGUAGE="en")
    assert (answer.status_code, answer.json()["code"]) == (422, "tariff_limit")
    assert "at most 0; this would make 1. The plan “Start” has room for 1." in answer.content.decode()
    assert not store.invitations.exists()


def test_a_plan_is_ordered_and_paid_by_invoice(api: APIClient, seller: User, wish: dict[str, object]) -> None:
    ordered = api.post("/api/account/purchases/", wish)
    assert (ordered.status_code, ordered.json()["state"], ordered.json()["amount"]) == (201, "created", 9_900)
    address = f"/api/account/purchases/{ordered.json()['id']}/"
    told = {
        line["name"]: line["value"] for line in api.post(f"{address}pay/", HTTP_ACCEPT_LANGUAGE="en").json()["details"]
    }
    assert told["Account (IBAN)"] == "KZ86125KZT5004100100"
    assert ordered.json()["number"] in told["Purpose of payment"]
    purchases.confirm(UserPurchase.objects.get(), by=seller, receipt_number="R-1")
    plan = api.get("/api/account/plan/").json()
    assert (plan["subscription"]["tariff"]["code"], plan["subscription"]["state"]) == ("solo", "active")
    upgrade = next(offer for offer in plan["offers"] if offer["tariff"] == "shop" and offer["period"] == "month")
    assert (upgrade["change"], upgrade["price"] - upgrade["credit"]) == ("up", upgrade["amount"])
    assert api.get(address).json()["receipt_number"] == "R-1"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"expected_amount": 9_899}, 422, "price_changed"),
        ({"tariff": "free"}, 422, "not_sold"),
        ({"tariff": "nothing"}, 400, "invalid"),
        ({"period": "week"}, 400, "invalid"),
        ({"provider": "sandbox"}, 400, "invalid"),
        ({"expected_amount": "9 900"}, 400, "invalid"),
        ({"amount": 1}, 400, "invalid"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_an_order_is_refused(
    api: APIClient, wish: dict[str, object], change: dict[str, object], status: int, code: str
) -> None:
    answer = api.post("/api/account/purchases/", wish | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not UserPurchase.objects.exists()


def test_of_two_changes_one_wins_and_the_other_is_told(api: APIClient, wish: dict[str, object]) -> None:
    assert api.post("/api/account/purchases/", wish).status_code == 201
    other = api.post("/api/account/purchases/", wish | {"tariff": "shop", "expected_amount": 19_900})
    assert (other.status_code, other.json()["code"]) == (422, "order_open")
    assert UserPurchase.objects.count() == 1


def test_an_order_is_cancelled_once(api: APIClient, wish: dict[str, object]) -> None:
    address = f"/api/account/purchases/{api.post('/api/account/purchases/', wish).json()['id']}/"
    assert api.delete(address).status_code == 204
    assert (api.delete(address).json()["code"], api.post(f"{address}pay/").json()["code"]) == ("not_open", "not_open")
    assert UserPurchase.objects.get().state == "refused"


def test_the_free_plan_is_chosen_and_taken_back(api: APIClient, seller: User) -> None:
    purchases.confirm(purchases.request_purchase(seller, Tariff.objects.get(code="solo"), "month", "invoice"))
    assert api.post("/api/account/plan/free/").json()["tariff"]["code"] == "solo"
    assert [each["tariff"]["code"] for each in api.get("/api/account/plan/").json()["waiting"]] == ["free"]
    assert api.post("/api/account/plan/free/").json()["code"] == "is_chosen"
    assert api.delete("/api/account/plan/free/").status_code == 204
    assert subscriptions.waiting_for(seller) == []


@pytest.mark.parametrize("path", ["plan/", "purchases/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_api_token_sees_and_buys_nothing(seller: User, wish: dict[str, object], path: str, method: str) -> None:
    secret = issue_token(seller, "script", list(SCOPES), timezone.now() + timedelta(days=1)).secret
    ask = getattr(Client(headers={"Authorization": f"Bearer {secret}"}), method)
    assert ask(f"/api/account/{path}", wish, content_type="application/json").status_code == 401
    assert not UserPurchase.objects.exists()


def test_orders_are_throttled_and_looks_are_not(api: APIClient, wish: dict[str, object]) -> None:
    answers = [api.post("/api/account/purchases/", wish).status_code for _ in range(21)]
    assert (answers[:20], answers[20]) == ([201] * 20, 429)
    assert api.get("/api/account/purchases/").status_code == 200


def test_a_strangers_purchase_is_not_there(api: APIClient, stranger: User, wish: dict[str, object]) -> None:
    theirs = purchases.request_purchase(stranger, Tariff.objects.get(code="solo"), "month", "invoice")
    address = f"/api/account/purchases/{theirs.pk}/"
    answers = [api.get(address), api.delete(address), api.post(f"{address}pay/")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert api.get("/api/account/purchases/").json()["results"] == []
    theirs.refresh_from_db()
    assert theirs.state == "created"


def test_where_nobody_is_billed_there_is_no_plan(api: APIClient, wish: dict[str, object], settings: Settings) -> None:
    settings.BILLING = False
    answers = [api.get(path) for path in ("/api/account/plan/", "/api/account/purchases/")]
    answers += [api.post("/api/account/plan/free/"), api.post("/api/account/purchases/", wish)]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert not UserPurchase.objects.exists()
    assert not AccessEntry.objects.exists()
