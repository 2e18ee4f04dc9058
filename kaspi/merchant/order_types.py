"""What the official API tells of orders: immutable facts, whole tenge, UTC."""

from datetime import datetime

from msgspec import Struct


class Customer(Struct, frozen=True):
    """
    Who bought, for this order only. `customer_id` is the marketplace's id of the person; `phone` is ten digits without
    +7, empty where the marketplace masks it. Printed, it shows nothing of the person.
    """

    customer_id: str
    first_name: str
    last_name: str
    phone: str

    def __repr__(self) -> str:
        return "Customer(…)"


class OrderEntry(Struct, frozen=True):
    """
    A line of an order. `sku` is the seller's own article; `card_id` the number of the card, empty where it was not
    told. `weight_g` counts for goods sold by weight (`unit_type` other than `PIECES`) only.
    """

    entry_id: str
    number: int
    sku: str
    name: str
    card_id: str
    category_code: str
    quantity: int
    base_price: int
    total_price: int
    unit_type: str
    weight_g: float
    needs_imei: bool


class MerchantOrder(Struct, frozen=True):
    """
    An order as the marketplace has it.

    `state` is the tray it lies in, `status` what happened to it; both are the marketplace's own words, also ones that
    are not known here. Costs are tenge with VAT; moments are aware UTC. `point_code` is the seller's point (`PP1`),
    `reserved_until` until when goods are kept for who collects them, for a pre-order when they arrive. `needs_imei`
    tells of some line, not of which. `entries` is None where the answer did not bring them. `raw` is the JSON of the
    resource, buyer included.
    """

    order_id: str
    code: str
    state: str
    status: str
    placed_at: datetime
    approved_at: datetime | None
    planned_delivery_at: datetime | None
    reserved_until: datetime | None
    completed_at: datetime | None
    handover_planned_at: datetime | None
    handed_over_at: datetime | None
    total_price: int
    delivery_cost: int | None
    delivery_cost_for_seller: int | None
    payment_mode: str
    credit_months: int
    signature_required: bool
    delivery_mode: str
    is_kaspi_delivery: bool
    is_express: bool
    is_preorder: bool
    is_assembled: bool
    is_back_at_warehouse: bool
    needs_imei: bool
    point_code: str
    waybill_url: str
    waybill_number: str
    cancellation_reason: str
    customer: Customer | None
    entries: tuple[OrderEntry, ...] | None
    raw: bytes

    def __repr__(self) -> str:
        return f"MerchantOrder({self.code}, {self.state}, {self.status})"


class UnreadOrder(Struct, frozen=True):
    """An order of a list that could not be understood: `what` is wrong at `path`. `code` may be empty."""

    code: str
    what: str
    path: str


class OrderPage(Struct, frozen=True):
    """One page of a list of orders. `read_at` (aware UTC) is the moment before it was asked for."""

    orders: tuple[MerchantOrder, ...]
    unread: tuple[UnreadOrder, ...]
    page_count: int
    total_count: int
    read_at: datetime


class Reduction(Struct, frozen=True):
    """What stays of a line: pieces, and grams for goods sold by weight. `remaining` 0 removes it."""

    entry_id: str
    remaining: int
    reason: str
    notes: str = ""
    remaining_weight_g: int | None = None
