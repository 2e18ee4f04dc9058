"""
What payment services tell us: each event is written down once, and the purchase becomes what all of them say together.

They come in any order and any number of times. So a purchase never follows the last event, but the whole set.
"""

import logging
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from users.models import PaymentEvent, UserPurchase
from users.models.billing import NUMBER_PREFIX
from users.payments.base import CURRENCY, Event
from users.services.billing.ledger import lock_person
from users.services.billing.purchases import MAY_BE_PAID, Attention, State, confirm, hold, refund, refuse
from users.services.errors import Refusal
from users.services.transactions import in_transaction

log = logging.getLogger(__name__)

Kind = PaymentEvent.Kind
# What events alone say; the other reasons to look at a purchase stay until a person has looked.
FROM_EVENTS = {
    "",
    Attention.AMOUNT_DIFFERS,
    Attention.CURRENCY_DIFFERS,
    Attention.PAID_TWICE,
    Attention.PARTLY_REFUNDED,
}


@dataclass(frozen=True)
class Money:
    """What the events of a purchase say, each payment and each refund counted once."""

    right: tuple[PaymentEvent, ...]  # paid as agreed
    wrong: tuple[PaymentEvent, ...]  # paid otherwise
    paid_back: dict[str, Decimal]  # by payment
    has_failed: bool

    def is_back(self, payment: PaymentEvent) -> bool:
        return self.paid_back.get(payment.payment_id, Decimal(0)) >= payment.amount

    @property
    def kept(self) -> list[PaymentEvent]:
        """The payments as agreed that were not paid back."""
        return [payment for payment in self.right if not self.is_back(payment)]

    @property
    def kept_wrong(self) -> list[PaymentEvent]:
        return [payment for payment in self.wrong if not self.is_back(payment)]


@in_transaction
def take_in(provider: str, event: Event) -> UserPurchase | None:
    """
    Believe an event that was checked. Answers the purchase it is about; None for a payment that is none of ours.

    The same event again changes nothing.
    """
    purchase = _purchase_of(provider, event)
    if purchase is not None:
        lock_person(purchase.user_id)
    if PaymentEvent.objects.filter(provider=provider, event_id=event.event_id).exists():
        return purchase
    _write_down(provider, event, purchase)
    if purchase is None:
        log.warning("%s tells of payment %s, which is none of ours", provider, event.payment_id)
        return None
    settle(purchase)
    return purchase


def settle(purchase: UserPurchase) -> None:
    """Let the purchase be what its events say together. Its person's row must be held."""
    purchase.refresh_from_db()
    money = _read(purchase)
    if purchase.state in MAY_BE_PAID:
        _settle_unpaid(purchase, money)
    elif purchase.state == State.PAID and not money.kept and _was_paid_by(purchase, money.right):
        _refund(purchase)
    _look_at(purchase, money)


def _settle_unpaid(purchase: UserPurchase, money: Money) -> None:
    if money.right:
        payment = (money.kept or list(money.right))[0]
        confirmed = confirm(purchase, payment_id=payment.payment_id)
        if not money.kept and confirmed.state == State.PAID:
            _refund(purchase)
        elif not money.kept:
            refuse(purchase)
    elif money.kept_wrong:
        hold(purchase, _attention(purchase, money))
    elif money.wrong or (money.has_failed and purchase.state == State.CREATED):
        refuse(purchase)


def _was_paid_by(purchase: UserPurchase, payments: Iterable[PaymentEvent]) -> bool:
    """Whether it was one of these that paid, and not a transfer that the service desk confirmed."""
    return purchase.provider_payment_id in {payment.payment_id for payment in payments}


def _refund(purchase: UserPurchase) -> None:
    try:
        refund(purchase)
    except Refusal as refusal:
        log.warning("Purchase %s was paid back, but its access stays: %s", purchase.number, refusal.code)
        hold(purchase, Attention.REST_CREDITED)


def _look_at(purchase: UserPurchase, money: Money) -> None:
    """Say whether a person must look at it."""
    purchase.refresh_from_db()
    attention = _attention(purchase, money)
    if purchase.attention in FROM_EVENTS and purchase.attention != attention:
        purchase.attention = attention
        purchase.save(update_fields=["attention"])


def _attention(purchase: UserPurchase, money: Money) -> str:
    if any(payment.currency != CURRENCY for payment in money.kept_wrong):
        return Attention.CURRENCY_DIFFERS
    if money.kept_wrong:
        return Attention.AMOUNT_DIFFERS
    counted = [payment for payment in money.kept if payment.payment_id == purchase.provider_payment_id]
    is_over = counted or purchase.state in (State.PAID, State.REFUNDED)
    if len(money.kept) > len(counted) and is_over:
        return Attention.PAID_TWICE
    if purchase.state == State.PAID and any(payment.payment_id in money.paid_back for payment in counted):
        return Attention.PARTLY_REFUNDED
    return ""


def _read(purchase: UserPurchase) -> Money:
    told = PaymentEvent.objects.filter(provider=purchase.provider).order_by("payment_id", "pk")
    payments = list(told.filter(purchase=purchase, kind=Kind.PAID))
    ids = [payment.payment_id for payment in payments]
    refunds = told.filter(kind=Kind.REFUNDED).filter(Q(purchase=purchase) | Q(payment_id__in=ids))
    paid_back: defaultdict[str, Decimal] = defaultdict(Decimal)
    for each in refunds:
        paid_back[each.payment_id] += each.amount
    return Money(
        right=tuple(payment for payment in payments if _is_right(payment, purchase)),
        wrong=tuple(payment for payment in payments if not _is_right(payment, purchase)),
        paid_back=dict(paid_back),
        has_failed=told.filter(purchase=purchase, kind=Kind.FAILED).exists(),
    )


def _is_right(payment: PaymentEvent, purchase: UserPurchase) -> bool:
    return payment.currency == CURRENCY and payment.amount == purchase.amount


def _purchase_of(provider: str, event: Event) -> UserPurchase | None:
    """By its number; a refund also by the payment that it pays back."""
    number = re.fullmatch(rf"{NUMBER_PREFIX}(\d{{6,18}})", event.number, re.ASCII)
    if number is not None:
        return UserPurchase.objects.filter(pk=int(number[1]), provider=provider).first()
    known = PaymentEvent.objects.filter(provider=provider, payment_id=event.payment_id, purchase__isnull=False)
    payment = known.select_related("purchase").first()
    return payment.purchase if payment else None


def _write_down(provider: str, event: Event, purchase: UserPurchase | None) -> None:
    PaymentEvent.objects.create(
        provider=provider,
        event_id=event.event_id,
        kind=event.kind,
        purchase=purchase,
        payment_id=event.payment_id,
        amount=event.amount,
        currency=event.currency,
        happened_at=event.happened_at,
    )
