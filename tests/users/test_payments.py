"""What payment services tell us: any order, any number of times, the same end; and what is not believed."""

from itertools import permutations
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django.fixtures import Settings

from tests.users.billing import (
    SECRET,
    Clock,
    buy,
    call,
    failed,
    fields_of,
    ledger,
    order,
    refunded,
    stands,
    tariff,
)
from users.models import AccessEntry, PaymentEvent, User, UserPurchase
from users.payments.tiptoppay import SIGNATURE, sign
from users.services.billing import purchases
from users.services.billing.subscriptions import extend, subscription_of

pytestmark = pytest.mark.django_db


def order_by_card(user: User, code: str = "solo") -> UserPurchase:
    return order(user, code, provider="tiptoppay")


def what_is(purchase: UserPurchase) -> tuple[Any, ...]:
    """All that a purchase and its person have come to."""
    purchase.refresh_from_db()
    return (purchase.state, purchase.attention, purchase.access_until, stands(purchase.user), ledger(purchase.user))


def end_of(purchase: UserPurchase, calls: list[tuple[str, dict[str, str]]]) -> tuple[Any, ...]:
    """Where these calls lead; nothing of it stays."""
    with transaction.atomic():
        for topic, fields in calls:
            assert call(topic, fields).status_code == 200
        end = what_is(purchase)
        transaction.set_rollback(True)
    return end


HISTORIES = {
    "paid": [("pay", 1)],
    "refused, then paid": [("fail", 1), ("pay", 2)],
    "paid and paid back": [("fail", 1), ("pay", 2), ("refund", 3)],
    "refused twice": [("fail", 1), ("fail", 2)],
    "less was paid": [("fail", 1), ("less", 2)],
    "less was paid, and paid back": [("less", 2), ("refund_less", 3)],
    "less, then all": [("less", 1), ("pay", 2)],
    "in dollars": [("dollars", 2)],
    "a part was paid back": [("pay", 2), ("part", 3)],
    "paid back in two parts": [("pay", 2), ("part", 3), ("other_part", 4)],
}
ENDS = {
    "paid": ("paid", ""),
    "refused, then paid": ("paid", ""),
    "paid and paid back": ("refunded", ""),
    "refused twice": ("refused", ""),
    "less was paid": ("held", "amount_differs"),
    "less was paid, and paid back": ("refused", ""),
    "less, then all": ("paid", "amount_differs"),
    "in dollars": ("held", "currency_differs"),
    "a part was paid back": ("paid", "partly_refunded"),
    "paid back in two parts": ("refunded", ""),
}


def call_for(purchase: UserPurchase, event: str, number: int) -> tuple[str, dict[str, str]]:
    return {
        "pay": ("pay", fields_of(purchase, number)),
        "less": ("pay", fields_of(purchase, number, Amount="9899.99")),
        "dollars": ("pay", fields_of(purchase, number, Currency="USD")),
        "fail": ("fail", failed(purchase, number)),
        "refund": ("refund", refunded(purchase, number, of=2)),
        "refund_less": ("refund", refunded(purchase, number, of=2, Amount="9899.99")),
        "part": ("refund", refunded(purchase, number, of=2, Amount="4000.00")),
        "other_part": ("refund", refunded(purchase, number, of=2, Amount="5900.00")),
    }[event]


@pytest.mark.parametrize("history", list(HISTORIES))
def test_events_in_any_order_and_twice_lead_to_one_end(buyer: User, history: str) -> None:
    purchase = order_by_card(buyer)
    calls = [call_for(purchase, event, number) for event, number in HISTORIES[history]]
    orders = sorted(set(permutations([*range(len(calls))] * 2)))
    ends = [end_of(purchase, [calls[index] for index in indexes]) for indexes in orders]
    assert ends[0][:2] == ENDS[history]
    assert [end for end in ends if end != ends[0]] == []


def test_a_payment_by_card_gives_what_was_ordered(buyer: User) -> None:
    purchase = order_by_card(buyer)
    assert call("pay", fields_of(purchase, 17)).json() == {"code": 0}
    purchase.refresh_from_db()
    assert (purchase.state, purchase.provider_payment_id, stands(buyer)[:2]) == ("paid", "17", ("solo", "active"))
    assert PaymentEvent.objects.get().event_id == "pay:17"


def test_a_card_payment_beside_a_transfer_is_looked_at_and_its_money_back_takes_nothing(buyer: User) -> None:
    purchase = order_by_card(buyer)
    purchases.confirm(purchase, receipt_number="R-1")
    call("pay", fields_of(purchase, 1))
    assert what_is(purchase)[:2] == ("paid", "paid_twice")
    call("refund", refunded(purchase, 2, of=1))
    assert what_is(purchase)[:2] == ("paid", "")
    assert stands(buyer)[:2] == ("solo", "active")


def test_a_second_payment_gives_nothing_more_and_is_looked_at(buyer: User) -> None:
    purchase = order_by_card(buyer)
    call("pay", fields_of(purchase, 1))
    call("pay", fields_of(purchase, 2))
    assert what_is(purchase)[:2] == ("paid", "paid_twice")
    assert AccessEntry.objects.count() == 1
    call("refund", refunded(purchase, 3, of=2))
    assert what_is(purchase)[:2] == ("paid", "")


def test_money_that_comes_after_the_order_was_closed_buys_what_was_ordered(buyer: User, clock: Clock) -> None:
    purchase = order_by_card(buyer)
    clock.forward(days=3)
    purchases.cancel(purchase)
    call("pay", fields_of(purchase, 1))
    assert what_is(purchase)[:2] == ("paid", "")


def test_a_credit_that_was_used_meanwhile_holds_the_payment(buyer: User) -> None:
    buy(buyer, "solo")
    purchase = order_by_card(buyer, "shop")
    extend(buyer, 5, by=buyer, note="kindness")
    before = stands(buyer)
    call("pay", fields_of(purchase, 1))
    assert what_is(purchase)[:2] == ("held", "plan_changed")
    assert stands(buyer) == before
    confirmed = purchases.confirm(purchase, by=buyer)
    assert (confirmed.state, confirmed.attention, stands(buyer)[0]) == ("paid", "", "shop")


@pytest.mark.parametrize("topics", [["pay", "refund"], ["refund", "pay"]])
def test_a_held_payment_that_goes_back_is_refused_in_either_order(buyer: User, topics: list[str]) -> None:
    buy(buyer, "solo")
    purchase = order_by_card(buyer, "shop")
    extend(buyer, 5, by=buyer, note="kindness")
    before = stands(buyer)
    for topic in topics:
        call(topic, fields_of(purchase, 1) if topic == "pay" else refunded(purchase, 2, of=1))
    assert what_is(purchase)[:2] == ("refused", "")
    assert stands(buyer) == before


def test_money_back_of_what_pays_for_a_later_purchase_takes_no_access_and_is_looked_at(buyer: User) -> None:
    small = order_by_card(buyer)
    call("pay", fields_of(small, 1))
    buy(buyer, "shop")
    before = ledger(buyer)
    call("refund", refunded(small, 2, of=1))
    assert what_is(small)[:2] == ("paid", "rest_credited")
    assert ledger(buyer) == before


# --- What is not believed -------------------------------------------------------------------------------------------


def refusals(purchase: UserPurchase) -> dict[str, tuple[str, dict[str, str], int]]:
    paid = fields_of(purchase, 1)
    return {
        "older than a week": ("pay", paid | {"DateTime": "2026-03-03 06:59:59"}, 403),
        "of the future": ("pay", paid | {"DateTime": "2026-03-10 07:05:01"}, 403),
        "the call before a payment": ("pay", {name: paid[name] for name in paid if name != "GatewayName"}, 400),
        "authorized only": ("pay", paid | {"Status": "Authorized"}, 400),
        "a refusal as a payment": ("pay", failed(purchase, 1), 400),
        "a payment as a refund": ("refund", paid, 400),
        "another topic": ("check", paid, 400),
        "no amount": ("pay", {name: paid[name] for name in paid if name != "Amount"}, 400),
        "not a number": ("pay", paid | {"Amount": "NaN"}, 400),
        "below zero": ("pay", paid | {"Amount": "-1.00"}, 400),
        "a part of a tiyn": ("pay", paid | {"Amount": "9900.001"}, 400),
        "another time": ("pay", paid | {"DateTime": "10.03.2026"}, 400),
        "no transaction": ("pay", paid | {"TransactionId": "1; DROP"}, 400),
    }


@pytest.mark.parametrize("case", list(refusals(UserPurchase(pk=1, amount=1))))
def test_a_call_is_refused_and_leaves_nothing(buyer: User, case: str) -> None:
    purchase = order_by_card(buyer)
    topic, fields, status = refusals(purchase)[case]
    assert call(topic, fields).status_code == status
    assert what_is(purchase) == ("created", "", None, None, [])
    assert not PaymentEvent.objects.exists()


@pytest.mark.parametrize(
    "signature", ["", "x", "ы", sign(b"another body", SECRET)], ids=["none", "nonsense", "not ascii", "of another body"]
)
def test_a_wrong_signature_is_not_believed(buyer: User, signature: str) -> None:
    purchase = order_by_card(buyer)
    body = "&".join(f"{name}={value}" for name, value in fields_of(purchase, 1).items())
    answer = Client().generic(
        "POST",
        "/api/payments/tiptoppay/pay/",
        body,
        "application/x-www-form-urlencoded",
        headers={SIGNATURE: signature},
    )
    assert answer.status_code == 403
    assert what_is(purchase)[0] == "created"
    assert not PaymentEvent.objects.exists()


def test_without_a_secret_nobody_is_believed(buyer: User, billing: Settings) -> None:
    purchase = order_by_card(buyer)
    billing.TIPTOPPAY_SECRET = ""
    assert call("pay", fields_of(purchase, 1), secret="").status_code == 404
    assert what_is(purchase)[0] == "created"


@pytest.mark.parametrize("provider", ["invoice", "sandbox", "nobody"])
def test_who_is_no_service_here_is_not_heard(buyer: User, provider: str) -> None:
    purchase = order(buyer, provider=provider)
    assert call("pay", fields_of(purchase, 1), provider=provider).status_code == 404
    assert what_is(purchase)[0] == "created"


def test_a_field_that_is_there_twice_is_not_understood(buyer: User) -> None:
    body = "&".join(f"{name}={value}" for name, value in fields_of(order_by_card(buyer), 1).items()) + "&Amount=1.00"
    answer = Client().generic(
        "POST",
        "/api/payments/tiptoppay/pay/",
        body,
        "application/x-www-form-urlencoded",
        headers={SIGNATURE: sign(body.encode(), SECRET)},
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("number", ["KB-999999", "", "another shop's", "KB-0000011"])
def test_a_payment_that_is_none_of_ours_is_written_down_and_does_nothing(buyer: User, number: str) -> None:
    purchase = order_by_card(buyer)
    if number == "KB-0000011":
        number = purchase.number + "1"
    assert call("pay", fields_of(purchase, 1, InvoiceId=number)).json() == {"code": 0}
    assert PaymentEvent.objects.get().purchase is None
    assert what_is(purchase)[0] == "created"


def test_a_service_cannot_confirm_what_is_paid_elsewhere(buyer: User) -> None:
    purchase = order(buyer, provider="invoice")
    assert call("pay", fields_of(purchase, 1)).json() == {"code": 0}
    assert what_is(purchase)[0] == "created"
    assert subscription_of(buyer) is None


def test_a_tariff_that_costs_more_since_is_had_for_the_price_that_was_named(buyer: User) -> None:
    purchase = order_by_card(buyer)
    dearer = tariff("solo")
    dearer.price_month = 14_900
    dearer.save()
    call("pay", fields_of(purchase, 1))
    assert what_is(purchase)[:2] == ("paid", "")
