"""A person's plan and payments, seen and changed: what there is room for, what it costs today, what every page says."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from html import unescape
from http import HTTPStatus

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from landing.models import Tariff
from stores.models import Membership, Store
from stores.models.roles import Role
from stores.services.subscription.settling import settle
from tests import cast
from users.models import User, UserPurchase, UserTariff
from users.services.billing import purchases, subscriptions

pytestmark = pytest.mark.django_db
PLAN = "/cabinet/plan/"
PAYMENTS = "/cabinet/payments/"
NOON = datetime(2026, 3, 10, 7, tzinfo=UTC)
QueryCount = Callable[[int], AbstractContextManager[object]]


@pytest.fixture(autouse=True)
def billing(settings: Settings) -> None:
    settings.BILLING = True
    settings.PAYEE = {
        **dict.fromkeys(("bin", "bank", "bic", "kbe", "knp", "kaspi"), ""),
        "name": "ТОО «Күнбағыс Софт»",
        "iban": "KZ86125KZT5004100100",
    }


@pytest.fixture(autouse=True)
def in_english(seller: User, browser_of_seller: Client) -> None:
    browser_of_seller.cookies["django_language"] = "en"


class Clock:
    """The product's time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOON
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def text_of(client: Client, address: str = PLAN) -> str:
    """What the page says, without markup and with single blanks."""
    answer = client.get(address)
    assert answer.status_code == HTTPStatus.OK
    main = answer.content.decode().split("<main>")[1]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def tariff(code: str) -> Tariff:
    return Tariff.objects.get(code=code)


def buy(person: User, code: str, period: str = "month") -> UserPurchase:
    return purchases.confirm(purchases.request_purchase(person, tariff(code), period, "invoice"))


def order(client: Client, code: str, amount: int, period: str = "month") -> str:
    """Order as the page's form does; answers with the address that follows."""
    wanted = {"tariff": code, "period": period, "expected_amount": amount, "provider": "invoice"}
    answer = client.post(reverse("cabinet:order-plan"), wanted)
    assert answer.status_code == HTTPStatus.FOUND
    return str(answer.headers["Location"])


# --- What there is ----------------------------------------------------------------------------------------------------


def test_the_plan_says_what_one_has_what_is_used_and_what_comes_next(
    browser_of_seller: Client, store: Store, seller: User, clock: Clock
) -> None:
    cast.product(store)
    subscriptions.begin(seller)
    said = text_of(browser_of_seller)
    assert "You try the plan “Shop” until 24.03.2026, free of charge." in said
    assert "Repriced products 1 of 2000" in said
    assert "Stores 1 of 2" in said
    assert "People besides the owner 0 of 4" in said
    assert "from 24.03.2026 Free" in said


def test_who_never_chose_a_plan_is_told_so(browser_of_seller: Client, store: Store) -> None:
    said = text_of(browser_of_seller)
    assert "You have not chosen a plan yet, and nothing limits you until then." in said
    assert "Repriced products 0 " in said


def test_what_is_over_a_limit_is_said_to_stay(browser_of_seller: Client, store: Store, seller: User) -> None:
    for number in range(3):
        cast.product(store, f"SKU-{number}")
    cast.subscription(seller, code="solo", product_limit=2)
    said = text_of(browser_of_seller)
    newest = "The newest of them are not repriced. They keep their prices and strategies."
    assert f"Repriced products 3 of 2 {newest}" in said


def test_a_smaller_plan_says_what_would_not_fit(browser_of_seller: Client, store: Store, seller: User) -> None:
    Tariff.objects.filter(code="free").update(product_limit=0)
    cast.product(store)
    cast.subscription(seller, code="shop")
    said = text_of(browser_of_seller)
    assert said.count("Repriced products: you have 1. The newest of them would not be repriced.") == 1


def test_each_plan_says_what_it_costs_today(browser_of_seller: Client, seller: User, clock: Clock) -> None:
    buy(seller, "solo")
    clock.forward(days=15)
    said = text_of(browser_of_seller)
    larger = next(each for each in purchases.offers(seller) if (each.tariff.code, each.period) == ("shop", "month"))
    assert 0 < larger.credit < 9_900
    assert "9 900 ₸ a month Goes on until 10.05.2026." in said
    assert "19 900 ₸ a month At once, until 25.04.2026." in said
    assert f"Order for {larger.amount // 1000} {larger.amount % 1000:03} ₸" in said


@pytest.mark.parametrize(("address", "queries"), [(PLAN, 18), (PAYMENTS, 4)])
def test_more_stores_people_and_payments_cost_no_more_queries(
    browser_of_seller: Client,
    store: Store,
    seller: User,
    assistant: User,
    django_assert_num_queries: QueryCount,
    address: str,
    queries: int,
) -> None:
    buy(seller, "chain")
    cast.product(store)
    with django_assert_num_queries(queries):
        browser_of_seller.get(address)
    buy(seller, "chain")
    second = cast.store(seller, "30125008", "Second")
    Membership.everything.create(store=second, user=assistant, role=Role.VIEWER)
    cast.product(second)
    with django_assert_num_queries(queries):
        browser_of_seller.get(address)


# --- Changed ----------------------------------------------------------------------------------------------------------


def test_a_plan_is_ordered_paid_to_the_details_and_there(
    browser_of_seller: Client, store: Store, seller: User, clock: Clock
) -> None:
    address = order(browser_of_seller, "solo", 9_900)
    purchase = UserPurchase.objects.get()
    assert address == f"/cabinet/payments/{purchase.pk}/"
    said = text_of(browser_of_seller, address)
    assert "Account (IBAN) KZ86125KZT5004100100" in said
    assert "ТОО «Күнбағыс Софт»" in said
    assert f"Order {purchase.number}" in said
    assert f"Order {purchase.number}: “Start”, 9 900 ₸, waits to be paid." in text_of(browser_of_seller)
    purchases.confirm(purchase, receipt_number="R-1")
    said = text_of(browser_of_seller, address)
    assert "Receipt R-1" in said
    assert "Access 10.03.2026 – 10.04.2026" in said
    assert "KZ86125KZT5004100100" not in said
    assert "The plan “Start” until 10.04.2026." in text_of(browser_of_seller)


def test_who_works_in_anothers_store_is_told_of_his_own_plan_on_his_own_pages_only(
    seller: User, assistant: User, store: Store, clock: Clock
) -> None:
    buy(seller, "shop")
    subscriptions.begin(assistant)
    clock.forward(days=13)
    browser = Client()
    browser.cookies["django_language"] = "en"
    browser.force_login(assistant)
    trial = "The trial ends in 1 day. Choose how to go on."
    assert trial in text_of(browser, "/cabinet/account/")
    assert trial not in text_of(browser, f"/cabinet/stores/{store.pk}/")


def test_at_another_price_than_was_shown_nothing_is_ordered(browser_of_seller: Client, seller: User) -> None:
    assert order(browser_of_seller, "solo", 9_800) == PLAN
    assert not UserPurchase.objects.exists()
    assert "It costs 9900 ₸ now, another amount than you were shown. Look again." in text_of(browser_of_seller)


@pytest.mark.parametrize(
    "wrong", [{"tariff": "gold"}, {"period": "day"}, {"expected_amount": "-1"}, {"provider": "nobody"}], ids=str
)
def test_what_no_form_of_ours_sends_orders_nothing(browser_of_seller: Client, wrong: dict[str, str]) -> None:
    wanted = {"tariff": "solo", "period": "month", "expected_amount": "9900", "provider": "invoice"} | wrong
    assert browser_of_seller.post(reverse("cabinet:order-plan"), wanted).status_code == HTTPStatus.NOT_FOUND
    assert not UserPurchase.objects.exists()


def test_the_free_plan_is_chosen_and_the_choice_taken_back(
    browser_of_seller: Client, seller: User, clock: Clock
) -> None:
    buy(seller, "solo")
    browser_of_seller.post(reverse("cabinet:choose-free-plan"))
    said = text_of(browser_of_seller)
    assert "The free plan is chosen." in said
    assert "from 10.04.2026 Free" in said
    browser_of_seller.post(reverse("cabinet:keep-plan"))
    said = text_of(browser_of_seller)
    assert "The plan stays as it is." in said
    assert "Nothing is chosen for afterwards." in said
    assert subscriptions.waiting_for(seller) == []


def test_a_plan_that_the_service_desk_paused_is_resumed(browser_of_seller: Client, seller: User, clock: Clock) -> None:
    buy(seller, "solo")
    subscriptions.pause(seller)
    said = text_of(browser_of_seller)
    assert "The plan “Start” is paused. What is left of it waits until you resume it." in said
    assert "The plan is paused: prices stay where they are, and the price list is served." in said
    clock.forward(days=5)
    browser_of_seller.post(reverse("cabinet:resume-plan"))
    assert "The plan “Start” until 15.04.2026." in text_of(browser_of_seller)


def test_what_cannot_be_done_is_said(browser_of_seller: Client, seller: User) -> None:
    browser_of_seller.post(reverse("cabinet:resume-plan"))
    assert "The plan is not paused." in text_of(browser_of_seller)


# --- Payments ---------------------------------------------------------------------------------------------------------


def test_payments_are_listed_the_newest_first(browser_of_seller: Client, seller: User, clock: Clock) -> None:
    first = buy(seller, "solo")
    clock.forward(days=1)
    second = purchases.request_purchase(seller, tariff("solo"), "year", "invoice")
    said = text_of(browser_of_seller, PAYMENTS)
    assert said.index(second.number) < said.index(first.number)
    assert "99 000 ₸" in said


def test_an_order_is_cancelled_by_whose_it_is(browser_of_seller: Client, seller: User) -> None:
    purchase = purchases.request_purchase(seller, tariff("solo"), "month", "invoice")
    browser_of_seller.post(reverse("cabinet:cancel-payment", args=[purchase.pk]))
    assert UserPurchase.objects.get().state == "refused"
    assert f"Order {purchase.number} is cancelled." in text_of(browser_of_seller)


def test_a_paid_order_is_not_cancelled(browser_of_seller: Client, seller: User) -> None:
    purchase = buy(seller, "solo")
    browser_of_seller.post(reverse("cabinet:cancel-payment", args=[purchase.pk]))
    assert UserPurchase.objects.get().state == "paid"
    assert "This order does not wait for a payment." in text_of(browser_of_seller)


def test_money_that_came_otherwise_is_said_to_be_looked_at(browser_of_seller: Client, seller: User) -> None:
    purchase = purchases.request_purchase(seller, tariff("solo"), "month", "invoice")
    purchases.hold(purchase, UserPurchase.Attention.AMOUNT_DIFFERS)
    said = text_of(browser_of_seller, f"{PAYMENTS}{purchase.pk}/")
    assert "Your money has come, but not as agreed. The service desk is looking at it" in said


def test_what_a_service_takes_is_paid_there(browser_of_seller: Client, seller: User, settings: Settings) -> None:
    settings.PAYMENT_SANDBOX = True
    purchase = purchases.request_purchase(seller, tariff("solo"), "month", "sandbox")
    assert "Pay 9 900 ₸" in text_of(browser_of_seller, f"{PAYMENTS}{purchase.pk}/")
    answer = browser_of_seller.post(reverse("cabinet:pay-payment", args=[purchase.pk]))
    service = f"{settings.PUBLIC_URL}/cabinet/payments/sandbox/{purchase.pk}/"
    assert f'<a class="primary" href="{service}">To the payment page</a>' in answer.content.decode()


def test_a_way_to_pay_that_is_gone_is_said(browser_of_seller: Client, seller: User, settings: Settings) -> None:
    purchase = purchases.request_purchase(seller, tariff("solo"), "month", "sandbox")
    said = "This way to pay is not offered any more. Cancel the order and choose another."
    assert said in text_of(browser_of_seller, f"{PAYMENTS}{purchase.pk}/")
    browser_of_seller.post(reverse("cabinet:pay-payment", args=[purchase.pk]))
    assert text_of(browser_of_seller, f"{PAYMENTS}{purchase.pk}/").count(said) == 2


@pytest.mark.parametrize("name", ["payment", "pay-payment", "cancel-payment"])
def test_a_strangers_order_is_not_there(browser_of_seller: Client, stranger: User, name: str) -> None:
    purchase = purchases.request_purchase(stranger, tariff("solo"), "month", "invoice")
    address = reverse(f"cabinet:{name}", args=[purchase.pk])
    send = browser_of_seller.get if name == "payment" else browser_of_seller.post
    assert send(address).status_code == HTTPStatus.NOT_FOUND
    assert UserPurchase.objects.get().state == "created"
    assert purchase.number not in text_of(browser_of_seller, PAYMENTS)


OF_BILLING = ["plan", "order-plan", "choose-free-plan", "keep-plan", "resume-plan", "payments"]


@pytest.mark.parametrize("name", OF_BILLING)
def test_where_nobody_is_billed_there_are_no_such_pages(
    browser_of_seller: Client, settings: Settings, name: str
) -> None:
    settings.BILLING = False
    address = reverse(f"cabinet:{name}")
    answers = {browser_of_seller.get(address).status_code, browser_of_seller.post(address).status_code}
    assert answers == {HTTPStatus.NOT_FOUND}
    assert PLAN not in browser_of_seller.get("/cabinet/account/").content.decode()


def test_a_visitor_signs_in_first(client: Client) -> None:
    assert client.get(PLAN).headers["Location"] == f"/cabinet/login/?next={PLAN}"


# --- What every page says ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "days", "said"),
    [
        ("long before", 10.9, ""),
        ("three days before", 11, "The trial ends in 3 days. Choose how to go on."),
        ("the day before", 13, "The trial ends in 1 day. Choose how to go on."),
        ("the last day", 13.9, "The trial ends today. Choose how to go on."),
    ],
)
def test_the_last_days_of_a_trial_are_counted(
    browser_of_seller: Client, store: Store, seller: User, clock: Clock, case: str, days: float, said: str
) -> None:
    subscriptions.begin(seller)
    clock.forward(days=days)
    shown = text_of(browser_of_seller, "/cabinet/account/")
    assert (said in shown) if said else ("The trial ends" not in shown), case


@pytest.mark.parametrize(
    ("case", "days", "said"),
    [
        ("the first day", 0, "day 1 of 14: prices stay where they are, and the price list is served until 24.03.2026."),
        ("the last day", 13.5, "day 14 of 14: prices stay where they are, and the price list is served"),
        ("afterwards", 15, "prices stay where they are, and the marketplace gets no price list any more."),
    ],
)
def test_after_the_end_the_days_are_counted(
    browser_of_seller: Client, store: Store, seller: User, clock: Clock, case: str, days: float, said: str
) -> None:
    cast.subscription(seller, UserTariff.State.GRACE, "solo")
    settle()
    clock.forward(days=min(days, 13))
    settle()
    clock.forward(days=days - min(days, 13))
    settle()
    assert f"The plan has ended{',' if days < 14 else ':'} {said}" in text_of(browser_of_seller, "/cabinet/account/"), (
        case
    )


def test_who_works_in_the_store_of_another_is_told_why_prices_rest(
    store: Store, seller: User, assistant: User, browser_of_seller: Client
) -> None:
    cast.subscription(seller, UserTariff.State.EXPIRED, "solo")
    settle()
    client = Client()
    client.force_login(assistant)
    client.cookies["django_language"] = "en"
    told = "The plan of the store's owner does not run: rules leave the prices where they are."
    assert told in text_of(client, f"/cabinet/stores/{store.pk}/")
    assert told not in text_of(client, "/cabinet/account/")


def test_a_running_plan_is_not_talked_about(browser_of_seller: Client, store: Store, seller: User) -> None:
    cast.subscription(seller, code="solo")
    assert PLAN not in browser_of_seller.get(f"/cabinet/stores/{store.pk}/").content.decode()


def test_an_owner_who_came_later_is_told_of_the_payers_plan(store: Store, seller: User, stranger: User) -> None:
    Membership.everything.create(store=store, user=stranger, role=Role.OWNER)
    cast.subscription(seller, UserTariff.State.EXPIRED, "solo")
    settle()
    client = Client()
    client.force_login(stranger)
    client.cookies["django_language"] = "en"
    assert "The plan of the store's owner does not run" in text_of(client, f"/cabinet/stores/{store.pk}/")
