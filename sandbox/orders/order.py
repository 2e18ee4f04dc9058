"""An order, its lines, its buyer, and what chance has in store for it. Moments are seconds since 1970, UTC."""

import base64
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.cards import Card


class State(StrEnum):
    """The tray an order lies in."""

    NEW = "NEW"
    SIGN_REQUIRED = "SIGN_REQUIRED"
    PICKUP = "PICKUP"
    DELIVERY = "DELIVERY"
    KASPI_DELIVERY = "KASPI_DELIVERY"
    ARCHIVE = "ARCHIVE"


class Status(StrEnum):
    """What happened to an order."""

    APPROVED_BY_BANK = "APPROVED_BY_BANK"
    ACCEPTED = "ACCEPTED_BY_MERCHANT"
    COMPLETED = "COMPLETED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    RETURN_REQUESTED = "KASPI_DELIVERY_RETURN_REQUESTED"
    RETURN_ACCEPTED = "RETURN_ACCEPTED_BY_MERCHANT"
    RETURNED = "RETURNED"


class Mode(StrEnum):
    """How the goods travel."""

    PICKUP = "DELIVERY_PICKUP"
    LOCAL = "DELIVERY_LOCAL"
    REGIONAL_TODOOR = "DELIVERY_REGIONAL_TODOOR"
    REGIONAL_PICKUP = "DELIVERY_REGIONAL_PICKUP"


class Reason(StrEnum):
    """Why an order, or a line of it, was cancelled."""

    MERCHANT_OUT_OF_STOCK = "MERCHANT_OUT_OF_STOCK"
    BUYER_NOT_REACHABLE = "BUYER_NOT_REACHABLE"
    BUYER_CANCELLATION_BY_MERCHANT = "BUYER_CANCELLATION_BY_MERCHANT"
    PRODUCT_UNDERWEIGHT = "PRODUCT_UNDERWEIGHT"
    BUYER_CANCELLATION_HIMSELF = "BUYER_CANCELLATION_HIMSELF"
    BUYER_CANCELLATION_BY_COURIER = "BUYER_CANCELLATION_BY_COURIER"
    TIMEOUT_BUYER_PICKUP = "TIMEOUT_BUYER_PICKUP"
    TIMEOUT_BUYER_SIGNATURE = "TIMEOUT_BUYER_SIGNATURE"
    TIMEOUT_MERCHANT_DELIVERY = "TIMEOUT_MERCHANT_DELIVERY"


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who bought. `phone` is ten digits without +7; a masked one is not told."""

    first_name: str
    last_name: str
    phone: str
    is_masked: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    """A house in a town, as couriers need it."""

    town: str
    street: str
    house: str
    apartment: str | None
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the goods reach the buyer: `address` is None where he comes for them himself."""

    mode: Mode
    by_kaspi: bool
    express: bool = False
    address: Address | None = None

    @property
    def tray(self) -> State:
        """Where the order lies once it is accepted."""
        if self.by_kaspi:
            return State.KASPI_DELIVERY
        return State.PICKUP if self.mode is Mode.PICKUP else State.DELIVERY


@dataclass(frozen=True, slots=True)
class Payment:
    """Paid at once, or on credit over so many months with papers that may have to be signed."""

    credit_months: int = 0
    signature_required: bool = False


@dataclass(frozen=True, slots=True)
class Fate:
    """
    What people and machines will do with the order, in seconds from the moment that makes it possible.

    `changes_mind`: from the order; `signs`: from acceptance; `waybill`: from assembling; `hands_over`: from the planned
    hand-over; `travels`: from the hand-over; `asks_return`: from completion. None: never. `refuses` tells that the
    parcel comes back. `slow_cancel`: a line's cancellation takes a while.
    """

    changes_mind: float | None = None
    signs: float | None = 0.0
    waybill: float = 60.0
    hands_over: float = 3600.0
    travels: float = 86_400.0
    refuses: bool = False
    asks_return: float | None = None
    slow_cancel: bool = False


@dataclass(slots=True)
class Entry:
    """
    A line. `price` is tenge per unit; `weight` and `least_weight`, which is the least that may be told, are grams and
    count for goods sold by weight only.
    """

    number: int
    sku: str
    card: Card
    quantity: int
    price: int
    unit_type: str = "PIECES"
    weight: float = 0.0
    least_weight: float = 0.0
    needs_imei: bool = False
    imeis: list[list[str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.price * self.quantity


@dataclass(slots=True)
class Order:
    """
    One order. `turn` counts its stages: what was planned in an earlier one does not happen any more.

    `done` lists what the seller's calls have brought about, in order: a verb stands there once for each effect.
    """

    code: str
    merchant_id: str
    city_id: str
    point: str
    buyer: Buyer
    entries: list[Entry]
    delivery: Delivery
    payment: Payment
    fate: Fate
    placed_at: float
    planned_delivery_at: float
    handover_planned_at: float
    is_preorder: bool = False
    awaits_goods: bool = False
    state: State = State.NEW
    status: Status = Status.APPROVED_BY_BANK
    changed_at: float = 0.0
    reserved_until: float | None = None
    completed_at: float | None = None
    assembled: bool = False
    spaces: int = 0
    waybill_number: str | None = None
    handed_over_at: float | None = None
    is_back: bool = False
    reason: Reason | None = None
    comment: str = ""
    security_code: str | None = None
    turn: int = 0
    done: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(entry.total for entry in self.entries)

    @property
    def weight_g(self) -> int:
        return sum(entry.card.weight_g * entry.quantity for entry in self.entries)

    @property
    def is_over(self) -> bool:
        return self.status in {Status.CANCELLED, Status.COMPLETED, Status.RETURNED}


def encode_id(plain: str) -> str:
    """Return the id of a resource: base64 without padding."""
    return base64.b64encode(plain.encode()).decode().rstrip("=")


def decode_id(text: str) -> str | None:
    """Return what an id stands for, padded or not; None where it is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode()
    except ValueError:
        return None
