"""
A payment service for development: a page of ours where one says what happens, and real signed calls to our own door.

It speaks as TipTop Pay does, with a key of its own, so that what is tried here is what runs there.
"""

import time
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from users.models import UserPurchase
from users.payments.base import CURRENCY, NextStep, Unavailable
from users.payments.tiptoppay import SIGNATURE, TipTopPay, sign


class Happening(StrEnum):
    """What may happen at the service, good and bad."""

    PAY = "pay"
    REFUSE = "refuse"
    REFUND = "refund"
    PAY_LESS = "pay_less"
    PAY_DOLLARS = "pay_dollars"


class Sandbox(TipTopPay):
    code = "sandbox"
    name = _("Test payment, without money")
    oldest = timedelta(minutes=5)

    def is_ready(self) -> bool:
        return bool(settings.PAYMENT_SANDBOX)

    @property
    def secret(self) -> str:
        return salted_hmac("users.payments.sandbox", "key", algorithm="sha256").hexdigest()

    def next_step(self, purchase: UserPurchase) -> NextStep:
        return NextStep(url=settings.PUBLIC_URL + reverse("payment-sandbox", args=[purchase.pk]))


def now() -> datetime:
    """This moment: the service has a clock of its own."""
    return datetime.now(UTC)


def call_of(purchase: UserPurchase, happening: Happening) -> tuple[str, dict[str, str]]:
    """The topic and the fields of the call that the service makes when this happens."""
    fields = {
        "TransactionId": str(time.time_ns() // 1000),
        "Amount": f"{purchase.amount - (happening is Happening.PAY_LESS)}.00",
        "Currency": "USD" if happening is Happening.PAY_DOLLARS else CURRENCY,
        "DateTime": f"{now():%Y-%m-%d %H:%M:%S}",
        "TestMode": "1",
        "InvoiceId": purchase.number,
        "OperationType": "Payment",
    }
    if happening is Happening.REFUSE:
        return "fail", fields | {"Reason": "InsufficientFunds", "ReasonCode": "5051"}
    if happening is Happening.REFUND:
        paid = {"PaymentTransactionId": purchase.provider_payment_id or "0"}
        return "refund", fields | paid | {"OperationType": "Refund"}
    return "pay", fields | {"Status": "Completed", "GatewayName": "Sandbox"}


def deliver(topic: str, fields: dict[str, str]) -> None:
    """Call our own door as a service does. Raises Unavailable when it does not take the call."""
    body = urlencode(fields).encode()
    address = settings.PUBLIC_URL + reverse("payment-callback", args=[Sandbox.code, topic])
    headers = {SIGNATURE: sign(body, Sandbox().secret), "Content-Type": "application/x-www-form-urlencoded"}
    call = Request(address, data=body, headers=headers)  # noqa: S310 -- PUBLIC_URL is http or https
    try:
        with urlopen(call, timeout=10):  # noqa: S310 -- as above
            pass
    except (URLError, TimeoutError) as error:
        raise Unavailable(f"Our own door did not take the call: {error}") from error
