"""Trial, free plan, purchases and pauses as stories, with the ledger that they leave."""

from datetime import timedelta

import pytest

from tests.users.billing import NOON, Clock, buy, day, ledger, refusal, stands, tariff
from users.models import AccessEntry, User, UserPurchase, UserTariff
from users.services.billing import purchases, subscriptions

pytestmark = pytest.mark.django_db


def test_who_begins_tries_the_recommended_plan_and_has_the_free_one_afterwards(buyer: User, clock: Clock) -> None:
    subscriptions.begin(buyer)
    subscriptions.begin(buyer)
    assert stands(buyer) == ("shop", "trial", day(3, 24))
    clock.forward(days=14)
    assert subscriptions.sweep() == 1
    assert stands(buyer) == ("free", "active", None)
    assert subscriptions.sweep() == 0
    assert UserTariff.objects.for_user(buyer).count() == 2


def test_a_payment_gives_a_month(buyer: User, clock: Clock) -> None:
    purchase = purchases.request_purchase(buyer, tariff("solo"), "month", "invoice", expected_amount=9_900)
    assert (purchase.state, purchase.amount, stands(buyer)) == ("created", 9_900, None)
    paid = purchases.confirm(purchase, receipt_number="R-1")
    assert (paid.state, paid.paid_at, paid.access_from, paid.access_until) == ("paid", NOON, NOON, day(4, 10))
    assert purchases.confirm(purchase, receipt_number="R-1") == paid
    assert stands(buyer) == ("solo", "active", day(4, 10))
    assert [(row.why, row.amount) for row in AccessEntry.objects.for_user(buyer)] == [("purchase", 9_900)]
    clock.forward(days=31)
    assert (subscriptions.sweep(), stands(buyer)) == (1, ("solo", "grace", day(4, 10)))
    clock.forward(days=14)
    assert (subscriptions.sweep(), stands(buyer)) == (1, ("solo", "expired", day(4, 10)))


def test_a_larger_plan_comes_at_once_and_the_rest_of_the_smaller_one_is_credited(buyer: User, clock: Clock) -> None:
    buy(buyer, "solo")
    clock.forward(days=15.5)  # half of 31 days
    told = purchases.quote(buyer, tariff("shop"), "month")
    assert (told.change, told.price, told.credit, told.amount) == ("up", 19_900, 4_950, 14_950)
    bought = buy(buyer, "shop")
    assert (bought.amount, bought.credit, stands(buyer)[0]) == (14_950, 4_950, "shop")
    assert sum(row.amount for row in AccessEntry.objects.for_user(buyer)) == 9_900 + 14_950


def test_the_example_of_the_documentation(buyer: User, clock: Clock) -> None:
    small = buy(buyer, "solo")
    clock.forward(days=15)
    large = buy(buyer, "shop")
    assert (large.credit, large.amount, stands(buyer)) == (5_110, 14_790, ("shop", "active", day(4, 25)))
    assert ledger(buyer) == [
        ("solo", "paid", "purchase", day(3, 10), day(4, 10), 9_900, small.pk),
        ("solo", "paid", "upgrade", day(3, 25), day(4, 10), -5_110, small.pk),
        ("shop", "paid", "upgrade", day(3, 25), day(4, 25), 19_900, large.pk),
    ]
    clock.forward(days=7)
    purchases.refund(large)
    assert stands(buyer) == ("solo", "active", day(4, 10))


def test_a_smaller_plan_comes_when_the_larger_one_has_ended(buyer: User, clock: Clock) -> None:
    buy(buyer, "shop")
    bought = buy(buyer, "solo")
    assert (bought.access_from, stands(buyer)) == (day(4, 10), ("shop", "active", day(4, 10)))
    assert [(each.tariff.code, each.starts_at) for each in subscriptions.waiting_for(buyer)] == [("solo", day(4, 10))]
    clock.forward(days=31)
    subscriptions.sweep()
    assert stands(buyer) == ("solo", "active", day(5, 10))


def test_a_refund_takes_back_what_is_left_and_what_it_had_replaced_comes_back(buyer: User, clock: Clock) -> None:
    buy(buyer, "solo")
    clock.forward(days=10)
    larger = buy(buyer, "shop")
    clock.forward(days=10)
    assert purchases.refund(larger).state == "refunded"
    assert stands(buyer) == ("solo", "active", day(4, 10))
    assert purchases.refund(larger).state == "refunded"


def test_what_waits_moves_up_when_what_is_before_it_is_refunded(buyer: User, clock: Clock) -> None:
    first, _second = buy(buyer, "shop"), buy(buyer, "shop")
    assert stands(buyer) == ("shop", "active", day(5, 10))
    clock.forward(days=1)
    purchases.refund(first)
    assert stands(buyer) == ("shop", "active", day(4, 10))


def test_a_purchase_whose_rest_was_credited_is_not_refunded_before_the_other(buyer: User) -> None:
    small, large = buy(buyer, "solo"), buy(buyer, "shop")
    assert refusal(purchases.refund, small) == "rest_credited"
    purchases.refund(large)
    assert purchases.refund(small).state == "refunded"


def test_a_pause_keeps_what_was_left(buyer: User, clock: Clock) -> None:
    buy(buyer, "shop")
    clock.forward(days=1)
    subscriptions.pause(buyer)
    assert stands(buyer) == ("shop", "paused", day(3, 11))
    clock.forward(days=100)
    assert subscriptions.sweep() == 0
    subscriptions.resume(buyer)
    assert stands(buyer) == ("shop", "active", clock.now + timedelta(days=30))


def test_one_order_at_a_time(buyer: User) -> None:
    first = purchases.request_purchase(buyer, tariff("solo"), "month", "invoice")
    assert purchases.request_purchase(buyer, tariff("solo"), "month", "invoice") == first
    assert refusal(purchases.request_purchase, buyer, tariff("shop"), "month", "invoice") == "order_open"
    purchases.refuse(first)
    assert refusal(purchases.request_purchase, buyer, tariff("shop"), "month", "invoice", expected_amount=1) == (
        "price_changed"
    )
    assert UserPurchase.objects.count() == 1
