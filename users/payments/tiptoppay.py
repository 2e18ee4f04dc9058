"""
TipTop Pay, cards in tenge; in Kazakhstan it was CloudPayments until 2024, and still speaks its language.

The payer goes to a page of theirs, made by `POST /orders/create`. What was paid they tell us at
`/api/payments/tiptoppay/<topic>/`, signed with the account's secret: base64(HMAC-SHA256(body)) in the header
`Content-HMAC`. https://developers.tiptoppay.kz
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl, urljoin

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from users.models import PaymentEvent, UserPurchase
from users.payments.base import CURRENCY, Event, NextStep, NotUnderstood, OnlineProvider, Unavailable, Untrusted

SIGNATURE = "Content-HMAC"
# Seconds.
LONGEST_CALL = 10.0
LONGEST_CONNECT = 3.0
MOST_BYTES = 64_000
MOST_URL = 300
# They repeat a call that was not answered, for days, and with the time of the payment, not of the call.
OLDEST = timedelta(days=7)
AHEAD = timedelta(minutes=5)
KINDS = {
    "pay": PaymentEvent.Kind.PAID,
    "fail": PaymentEvent.Kind.FAILED,
    "refund": PaymentEvent.Kind.REFUNDED,
}
# What each call must say besides its address, so that none is taken for another. The call before a payment looks like
# the one after it; only this one names the bank.
NAMES_BANK = "GatewayName"
SAYS = {
    PaymentEvent.Kind.PAID: {"Status": "Completed", "OperationType": "Payment"},
    PaymentEvent.Kind.FAILED: {"OperationType": "Payment"},
    PaymentEvent.Kind.REFUNDED: {"OperationType": "Refund"},
}


class TipTopPay(OnlineProvider):
    code = "tiptoppay"
    name = _("Bank card")
    oldest = OLDEST

    def is_ready(self) -> bool:
        return bool(settings.TIPTOPPAY_PUBLIC_ID and self.secret)

    @property
    def secret(self) -> str:
        return str(settings.TIPTOPPAY_SECRET)

    def next_step(self, purchase: UserPurchase) -> NextStep:
        if not purchase.payment_url:
            purchase.payment_url = asyncio.run(self._create_order(purchase))
            purchase.save(update_fields=["payment_url"])
        return NextStep(url=purchase.payment_url)

    def read(self, topic: str, body: bytes, headers: Mapping[str, str], now: datetime) -> Event:
        if not is_signed(body, headers.get(SIGNATURE, ""), self.secret):
            raise Untrusted("The signature is wrong.")
        event = read_event(topic, read_form(body))
        if not now - self.oldest <= event.happened_at <= now + AHEAD:
            raise Untrusted(f"It is of {event.happened_at:%Y-%m-%d %H:%M} UTC.")
        return event

    async def _create_order(self, purchase: UserPurchase) -> str:
        """The address of a page where this purchase is paid. Raises Unavailable."""
        import aiohttp  # noqa: PLC0415 -- in the one process in a thousand that sells a subscription

        back = settings.PUBLIC_URL + reverse("cabinet:payment", args=[purchase.pk])
        order = {
            "Amount": purchase.amount,
            "Currency": CURRENCY,
            "InvoiceId": purchase.number,
            "AccountId": str(purchase.user_id),
            "Description": str(_("Subscription, order %(number)s") % {"number": purchase.number}),
            "SuccessRedirectUrl": back,
            "FailRedirectUrl": back,
        }
        headers = {
            "Authorization": aiohttp.encode_basic_auth(settings.TIPTOPPAY_PUBLIC_ID, self.secret),
            # Asked again within an hour, they answer with the order that is there.
            "X-Request-ID": f"{purchase.number}-{purchase.created_at:%Y%m%d%H%M%S}",
        }
        timeout = aiohttp.ClientTimeout(total=LONGEST_CALL, connect=LONGEST_CONNECT)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
                session.post(
                    urljoin(settings.TIPTOPPAY_URL, "/orders/create"), json=order, allow_redirects=False
                ) as answer,
            ):
                return read_order(await answer.content.read(MOST_BYTES))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"No order page: {type(error).__name__}") from error


def sign(body: bytes, secret: str) -> str:
    """The signature of a call with this body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether it is the secret's; never for an empty secret."""
    return bool(secret) and hmac.compare_digest(sign(body, secret).encode(), signature.encode())


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a call. Raises NotUnderstood, also for a field that is there twice."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=200)
    except ValueError as error:
        raise NotUnderstood(str(error)) from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise NotUnderstood("A field is there twice.")
    return form


def read_event(topic: str, form: Mapping[str, str]) -> Event:
    """What the fields of a call say. Raises NotUnderstood."""
    try:
        kind = KINDS[topic]
        if any(form.get(name) != said for name, said in SAYS[kind].items()):
            raise NotUnderstood(f"This is no call of {topic}.")
        if kind is PaymentEvent.Kind.PAID and NAMES_BANK not in form:
            raise NotUnderstood("This is the call before a payment.")
        is_refund = kind is PaymentEvent.Kind.REFUNDED
        return Event(
            event_id=f"{topic}:{_number(form, 'TransactionId')}",
            kind=kind,
            number=form.get("InvoiceId", ""),
            payment_id=_number(form, "PaymentTransactionId" if is_refund else "TransactionId"),
            amount=_amount(form["Amount"]),
            currency=form.get("Currency", ""),
            happened_at=datetime.strptime(form["DateTime"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC),
        )
    except (KeyError, ValueError, InvalidOperation) as error:
        raise NotUnderstood(f"{type(error).__name__}: {error}") from None


def read_order(body: bytes) -> str:
    """The address of the order's page. Raises Unavailable when there is none."""
    try:
        told: Any = json.loads(body)
        url = told["Model"]["Url"]
    except (ValueError, KeyError, TypeError):
        raise Unavailable("No order page: another answer than we know") from None
    if not isinstance(url, str) or not url.startswith("https://") or len(url) > MOST_URL:
        raise Unavailable("No order page: its address is not one")
    return url


def _number(form: Mapping[str, str], name: str) -> str:
    value = form[name]
    if not (value.isascii() and value.isdigit() and len(value) <= 20):
        raise NotUnderstood(f"{name} is no number.")
    return value


def _amount(text: str) -> Decimal:
    amount = Decimal(text)
    if not amount.is_finite() or not 0 <= amount < 10**12 or amount != amount.quantize(Decimal("0.01")):
        raise NotUnderstood("Amount is no amount.")
    return amount
