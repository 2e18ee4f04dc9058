"""Clock, tariffs and calls for the tests of plans and payments."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client

from landing.models import Tariff
from users.models import AccessEntry, User, UserPurchase, UserTariff
from users.payments.tiptoppay import SIGNATURE, sign
from users.services.billing import purchases, subscriptions
from users.services.billing.ledger import read_account, standing_of
from users.services.errors import Refusal

NOON = datetime(2026, 3, 10, 7, tzinfo=UTC)
SECRET = "a secret of TipTop Pay"


class Clock:
    """The time that services see."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


def tariff(code: str) -> Tariff:
    return Tariff.objects.get(code=code)


def stands(user: User) -> tuple[str, str, datetime | None] | None:
    """Tariff, state and end of the subscription that counts."""
    subscription = subscriptions.subscription_of(user)
    return subscription and (subscription.tariff.code, subscription.state, subscription.ends_at)


def order(user: User, code: str = "solo", period: str = "month", provider: str = "invoice") -> UserPurchase:
    return purchases.request_purchase(user, tariff(code), period, provider)


def buy(user: User, code: str, period: str = "month") -> UserPurchase:
    return purchases.confirm(order(user, code, period))


def refusal(work: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refusal) as refused:
        work(*args, **kwargs)
    return refused.value.code


def day(month: int, of: int) -> datetime:
    return datetime(2026, month, of, 7, tzinfo=UTC)


def ledger(user: User) -> list[tuple[Any, ...]]:
    """All that the ledger says, but when it was written."""
    rows = AccessEntry.objects.for_user(user)
    return list(rows.values_list("tariff__code", "source", "why", "starts_at", "ends_at", "amount", "purchase"))


def assert_follows(user: User, now: datetime) -> None:
    """The subscription is what the ledger and the clock say."""
    account = read_account(user)
    follows, there = standing_of(account, now), UserTariff.objects.for_user(user).current().first()
    assert (follows is None) == (there is None)
    if follows is not None:
        assert (there.tariff_id, there.state) == (follows.tariff_id, follows.state)
        assert (there.starts_at, there.ends_at) == (follows.starts_at, follows.ends_at)


def fields_of(purchase: UserPurchase, transaction: int, **changes: str) -> dict[str, str]:
    """What TipTop Pay says when this purchase was paid."""
    return {
        "TransactionId": str(transaction),
        "Amount": f"{purchase.amount}.00",
        "Currency": "KZT",
        "DateTime": "2026-03-10 07:00:00",
        "TestMode": "0",
        "InvoiceId": purchase.number,
        "OperationType": "Payment",
        "Status": "Completed",
        "GatewayName": "Bank",
    } | changes


def failed(purchase: UserPurchase, transaction: int) -> dict[str, str]:
    fields = fields_of(purchase, transaction, Reason="InsufficientFunds", ReasonCode="5051")
    return {name: value for name, value in fields.items() if name not in ("Status", "GatewayName")}


def refunded(purchase: UserPurchase, transaction: int, of: int, **changes: str) -> dict[str, str]:
    """They say neither the currency nor our number."""
    fields = fields_of(purchase, transaction, PaymentTransactionId=str(of), OperationType="Refund")
    kept = {name: value for name, value in fields.items() if name not in ("Currency", "InvoiceId", "Status")}
    return kept | changes


def call(topic: str, fields: dict[str, str], secret: str = SECRET, provider: str = "tiptoppay") -> HttpResponse:
    body = urlencode(fields).encode()
    return Client().post(
        f"/api/payments/{provider}/{topic}/",
        body,
        content_type="application/x-www-form-urlencoded",
        headers={SIGNATURE: sign(body, secret)},
    )
