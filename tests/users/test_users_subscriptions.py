"""Trial, free plan, purchases and pauses as stories, with the ledger that they leave."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from landing.models import Tariff
from users.models import AccessEntry, User, UserPurchase, UserTariff
from users.services.billing import purchases, subscriptions
from users.services.errors import Refusal

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 10, 7, tzinfo=UTC)


class Clock:
    """The time that services see."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


@pytest.fixture
def anna(clock: Clock, settings: Settings) -> User:
    settings.BILLING = True
    return User.objects.create_user("anna@example.kz")


def tariff(code: str) -> Tariff:
    return Tariff.objects.get(code=code)


def stands(user: User) -> tuple[str, str, datetime | None] | None:
    subscription = subscriptions.subscription_of(user)
    return subscription and (subscription.tariff.code, subscription.state, subscription.ends_at)


def buy(user: User, code: str, period: str = "month") -> UserPurchase:
    return purchases.confirm(purchases.request_purchase(user, tariff(code), period, "invoice"))


def refusal(work, *args, **kwargs) -> str:
    with pytest.raises(Refusal) as refused:
        work(*args, **kwargs)
    return refused.value.code


def day(month: int, of: int) -> datetime:
    return datetime(2026, month, of, 7, tzinfo=UTC)


def test_who_begins_tries_the_recommended_plan_and_has_the_free_one_afterwards(anna: User, clock: Clock) -> None:
    subscriptions.begin(anna)
    subscriptions.begin(anna)
    assert stands(anna) == ("shop", "trial", day(3, 24))
    clock.forward(days=14)
    assert subscriptions.sweep() == 1
    assert stands(anna) == ("free", "active", None)
    assert subscriptions.sweep() == 0
    assert UserTariff.objects.for_user(anna).count() == 2


def test_a_payment_gives_a_month(anna: User, clock: Clock) -> None:
    purchase = purchases.request_purchase(anna, tariff("solo"), "month", "invoice", expected_amount=9_900)
    assert (purchase.state, purchase.amount, stands(anna)) == ("created", 9_900, None)
    paid = purchases.confirm(purchase, receipt_number="R-1")
    assert (paid.state, paid.paid_at, paid.access_from, paid.access_until) == ("paid", NOON, NOON, day(4, 10))
    assert purchases.confirm(purchase, receipt_number="R-1") == paid
    assert stands(anna) == ("solo", "active", day(4, 10))
    assert [(row.why, row.amount) for row in AccessEntry.objects.for_user(anna)] == [("purchase", 9_900)]
    clock.forward(days=31)
    assert (subscriptions.sweep(), stands(anna)) == (1, ("solo", "grace", day(4, 10)))
    clock.forward(days=14)
    assert (subscriptions.sweep(), stands(anna)) == (1, ("solo", "expired", day(4, 10)))


def test_a_larger_plan_comes_at_once_and_the_rest_of_the_smaller_one_is_credited(anna: User, clock: Clock) -> None:
    buy(anna, "solo")
    clock.forward(days=15.5)  # half of 31 days
    told = purchases.quote(anna, tariff("shop"), "month")
    assert (told.change, told.price, told.credit, told.amount) == ("up", 19_900, 4_950, 14_950)
    bought = buy(anna, "shop")
    assert (bought.amount, bought.credit, stands(anna)[0]) == (14_950, 4_950, "shop")
    assert sum(row.amount for row in AccessEntry.objects.for_user(anna)) == 9_900 + 14_950


def test_a_smaller_plan_comes_when_the_larger_one_has_ended(anna: User, clock: Clock) -> None:
    buy(anna, "shop")
    bought = buy(anna, "solo")
    assert (bought.access_from, stands(anna)) == (day(4, 10), ("shop", "active", day(4, 10)))
    assert [each.tariff_id for each in subscriptions.waiting_for(anna)] == [tariff("solo").pk]
    clock.forward(days=31)
    subscriptions.sweep()
    assert stands(anna) == ("solo", "active", day(5, 10))


def test_a_refund_takes_back_what_is_left_and_what_it_had_replaced_comes_back(anna: User, clock: Clock) -> None:
    buy(anna, "solo")
    clock.forward(days=10)
    larger = buy(anna, "shop")
    clock.forward(days=10)
    assert purchases.refund(larger).state == "refunded"
    assert stands(anna) == ("solo", "active", day(4, 10))
    assert purchases.refund(larger).state == "refunded"


def test_what_waits_moves_up_when_what_is_before_it_is_refunded(anna: User, clock: Clock) -> None:
    first, _second = buy(anna, "shop"), buy(anna, "shop")
    assert stands(anna) == ("shop", "active", day(5, 10))
    clock.forward(days=1)
    purchases.refund(first)
    assert stands(anna) == ("shop", "active", day(4, 10))


def test_a_purchase_whose_rest_was_credited_is_not_refunded_before_the_other(anna: User) -> None:
    small, large = buy(anna, "solo"), buy(anna, "shop")
    assert refusal(purchases.refund, small) == "rest_credited"
    purchases.refund(large)
    assert purchases.refund(small).state == "refunded"


def test_a_pause_keeps_what_was_left(anna: User, clock: Clock) -> None:
    buy(anna, "shop")
    clock.forward(days=1)
    subscriptions.pause(anna)
    assert stands(anna) == ("shop", "paused", day(3, 11))
    clock.forward(days=100)
    assert subscriptions.sweep() == 0
    subscriptions.resume(anna)
    assert stands(anna) == ("shop", "active", clock.now + timedelta(days=30))


def test_one_order_at_a_time(anna: User) -> None:
    first = purchases.request_purchase(anna, tariff("solo"), "month", "invoice")
    assert purchases.request_purchase(anna, tariff("solo"), "month", "invoice") == first
    assert refusal(purchases.request_purchase, anna, tariff("shop"), "month", "invoice") == "order_open"
    purchases.refuse(first)
    assert refusal(purchases.request_purchase, anna, tariff("shop"), "month", "invoice", expected_amount=1) == (
        "price_changed"
    )
    assert UserPurchase.objects.count() == 1
