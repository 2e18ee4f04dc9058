"""
What a way to pay is, and what an online service may tell us.

PaymentError
├── Untrusted      the signature is wrong, or it is too old: nothing is believed
├── NotUnderstood  signed, and in a shape we do not know: tell a developer
└── Unavailable    the service, or the road to it: try later
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from users.models import PaymentEvent, UserPurchase

CURRENCY = "KZT"


class PaymentError(Exception):
    pass


class Untrusted(PaymentError):  # noqa: N818 -- an error is named for what happened
    pass


class NotUnderstood(PaymentError):  # noqa: N818
    pass


class Unavailable(PaymentError):  # noqa: N818
    pass


@dataclass(frozen=True)
class Detail:
    """A line of what to pay and to whom."""

    name: Any
    value: str


@dataclass(frozen=True)
class NextStep:
    """What the payer does next: goes to an address, or pays to these details."""

    url: str = ""
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True)
class Event:
    """What a service told us, signature and age checked. Amounts are in the payment's currency, as told."""

    event_id: str
    kind: PaymentEvent.Kind
    number: str  # our purchase, as we named it; empty when the service did not say
    payment_id: str
    amount: Decimal
    currency: str  # empty when the service did not say, as for refunds
    happened_at: datetime


class Provider(ABC):
    """A way to pay. `code` stands in purchases for ever; `name` is read by people."""

    code: str
    name: Any

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether this installation is set up for it."""

    @abstractmethod
    def next_step(self, purchase: UserPurchase) -> NextStep:
        """What the payer of an open purchase does now. Raises Unavailable."""


class OnlineProvider(Provider):
    """A service that tells us what was paid, in calls that it signs."""

    @abstractmethod
    def read(self, topic: str, body: bytes, headers: Mapping[str, str], now: datetime) -> Event:
        """What a call says; `topic` is the last part of the address called. Raises Untrusted, NotUnderstood."""
