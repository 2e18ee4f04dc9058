"""
From the API's JSON to orders.

Source: https://guide.kaspi.kz/partner/ru/shop/api/orders. Absent and null mean the same; money comes as floats and is
rounded to whole tenge (only goods sold by weight have a fraction); phones may be masked by zeros.

An order is not lost for a fact that it can be handled without: such a field is None where it does not fit.
"""

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from kaspi.answers import decode
from kaspi.errors import MalformedAnswer
from kaspi.merchant.order_types import Customer, MerchantOrder, OrderEntry, OrderPage, UnreadOrder

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PHONE = re.compile(r"(?!0{10})[0-9]{10}")
_CARD = re.compile(r"[0-9]{1,20}")
_FIELD_PATH = re.compile(r" - at `(?:key in )?\$?(?P<path>[^`]*)`$")

Word = Annotated[str, Meta(min_length=1, max_length=40)]
Code = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[0-9A-Za-z_-]+$")]
Identity = Annotated[str, Meta(min_length=1, max_length=64)]
Mode = Annotated[str, Meta(max_length=40)]
# Until the year 2100; seconds instead of milliseconds would be January 1970. Whole, but some write ".0" behind it.
Milliseconds = Annotated[float, Meta(ge=946_684_800_000, le=4_102_444_800_000)]
Tenge = Annotated[float, Meta(ge=0, le=2_000_000_000)]
Months = Annotated[float, Meta(ge=0, le=600)]
# A fact as it came, which must not take its order with it: `_fitting` reads it.
Loose = object


class _WireCustomer(Struct, rename="camel"):
    id: Annotated[str, Meta(max_length=64)] | None = None
    first_name: str | None = None
    last_name: str | None = None
    cell_phone: str | None = None


class _WireKaspiDelivery(Struct, rename="camel"):
    waybill: Annotated[str, Meta(max_length=500)] | None = None
    waybill_number: Annotated[str, Meta(max_length=64)] | None = None
    courier_transmission_planning_date: Loose = None
    courier_transmission_date: Loose = None
    express: bool | None = None
    returned_to_warehouse: bool | None = None


class _WireOrderFields(Struct, rename="camel"):
    code: Code
    state: Word
    status: Word
    creation_date: Milliseconds
    total_price: Tenge
    approved_by_bank_date: Loose = None
    planned_delivery_date: Loose = None
    reservation_date: Loose = None
    completion_date: Loose = None
    delivery_cost: Loose = None
    delivery_cost_for_seller: Loose = None
    payment_mode: Mode | None = None
    credit_term: Loose = None
    signature_required: bool | None = None
    delivery_mode: Mode | None = None
    is_kaspi_delivery: bool | None = None
    pre_order: bool | None = None
    assembled: bool | None = None
    is_imei_required: bool | None = None
    pickup_point_id: str | None = None
    cancellation_reason: Annotated[str, Meta(max_length=60)] | None = None
    customer: Loose = None
    kaspi_delivery: _WireKaspiDelivery | None = None


class _WireIdentity(Struct):
    id: Identity


class _WireRelation(Struct):
    data: _WireIdentity | None = None


class _WireRelations(Struct):
    data: list[_WireIdentity] | None = None


class _WireOrderRelations(Struct):
    entries: _WireRelations | None = None


class _WireOrder(Struct):
    id: Identity
    attributes: _WireOrderFields
    relationships: _WireOrderRelations | None = None


class _WireOffer(Struct, rename="camel"):
    code: Annotated[str, Meta(max_length=64)]
    name: Annotated[str, Meta(max_length=1024)] | None = None
    is_imei_required: bool | None = None


class _WireCategory(Struct):
    code: Annotated[str, Meta(max_length=512)] | None = None


class _WireEntryFields(Struct, rename="camel"):
    entry_number: Annotated[int, Meta(ge=0, le=10_000)]
    quantity: Annotated[int, Meta(ge=0, le=1_000_000)]
    base_price: Tenge
    total_price: Tenge
    offer: _WireOffer
    unit_type: Mode | None = None
    weight: float | None = None
    is_imei_required: bool | None = None
    category: _WireCategory | None = None


class _WireEntryRelations(Struct):
    product: _WireRelation | None = None


class _WireEntry(Struct):
    id: Identity
    attributes: _WireEntryFields
    relationships: _WireEntryRelations | None = None


class _WireMeta(Struct, rename="camel"):
    page_count: Annotated[int, Meta(ge=0)]
    total_count: Annotated[int, Meta(ge=0)]


class _WirePage(Struct):
    data: list[msgspec.Raw]
    meta: _WireMeta
    included: list[msgspec.Raw] | None = None


class _WireEntries(Struct):
    data: list[msgspec.Raw]


class _WireKind(Struct):
    type: str


class _WireCode(Struct):
    """All that is looked for in an order that cannot be understood."""

    attributes: dict[str, msgspec.Raw]


class _WireDone(Struct):
    """A write was understood. What it echoes is not compared: the guide and the specification differ."""

    data: dict[str, msgspec.Raw]


class _WireOperationFields(Struct):
    status: Word


class _WireOperationData(Struct):
    attributes: _WireOperationFields


class _WireOperation(Struct):
    data: _WireOperationData


_PAGE = msgspec.json.Decoder(_WirePage)
_ENTRIES = msgspec.json.Decoder(_WireEntries)
_ORDER = msgspec.json.Decoder(_WireOrder)
_ENTRY = msgspec.json.Decoder(_WireEntry)
_KIND = msgspec.json.Decoder(_WireKind)
_CODE = msgspec.json.Decoder(_WireCode)
_DONE = msgspec.json.Decoder(_WireDone)
_OPERATION = msgspec.json.Decoder(_WireOperation)
_OPERATIONS = msgspec.json.Decoder(_WireOperationFields)

# One L and two are both in use.
_FINAL = frozenset({"SUCCESSFUL", "SUCCESSFULL"})
_UNDER_WAY = "INPROGRESS"

Answer = TypeVar("Answer")
Entries = dict[str, OrderEntry]


def read_page(body: bytes, read_at: datetime, merchant_id: str = "") -> OrderPage:
    """
    A page of the merchant's orders. One that cannot be understood does not take the others with it: it is told of in
    `unread`.

    Raises MalformedAnswer, without the body: it names buyers.
    """
    page = _decode(body, _PAGE)
    entries = _entries_by_id(page.included or [])
    orders: list[MerchantOrder] = []
    unread: list[UnreadOrder] = []
    for raw in page.data:
        try:
            orders.append(_order(raw, entries, merchant_id))
        except (msgspec.DecodeError, OverflowError) as error:
            unread.append(_unread(raw, error))
    return OrderPage(tuple(orders), tuple(unread), page.meta.page_count, page.meta.total_count, read_at)


def read_entries(body: bytes) -> tuple[OrderEntry, ...]:
    """The lines of an order. Raises MalformedAnswer."""
    try:
        return tuple(_entry(raw) for raw in _decode(body, _ENTRIES).data)
    except msgspec.DecodeError as error:
        raise MalformedAnswer(str(error), "$.data") from error


def check_done(body: bytes) -> None:
    """Raises MalformedAnswer where a write was not answered as one that was done."""
    _decode(body, _DONE)


def is_reduction_final(body: bytes) -> bool:
    """Whether a line was reduced at once; False: it is under way. Raises MalformedAnswer."""
    return _is_final(_decode(body, _OPERATION).data.attributes.status)


def are_reductions_final(body: bytes) -> bool:
    """Whether several lines of an order were reduced at once; False: they are under way. Raises MalformedAnswer."""
    return _is_final(_decode(body, _OPERATIONS).status)


def encode_id(plain: str) -> str:
    """The marketplace's id of what `plain` names: base64 without padding."""
    return base64.b64encode(plain.encode()).decode().rstrip("=")


def decode_id(identity: str) -> str:
    """What an id names, padded or not; empty for what is no id."""
    try:
        return base64.b64decode(identity + "=" * (-len(identity) % 4), validate=True).decode()
    except ValueError:
        return ""


def milliseconds(moment: datetime) -> int:
    """A moment (aware) as the API writes it."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _decode(body: bytes, decoder: msgspec.json.Decoder[Answer]) -> Answer:
    try:
        return decode(body, decoder)
    except MalformedAnswer as error:
        raise MalformedAnswer(error.what, error.path) from error


def _is_final(status: str) -> bool:
    if status not in _FINAL and status != _UNDER_WAY:
        raise MalformedAnswer(f"status {status!r}", "$.status")
    return status in _FINAL


def _entries_by_id(included: list[msgspec.Raw]) -> Entries:
    """The lines among what came along; one that cannot be understood is left out, and its order has no lines then."""
    entries: Entries = {}
    for raw in included:
        try:
            if _KIND.decode(raw).type == "orderentries":
                entry = _entry(raw)
                entries[entry.entry_id] = entry
        except msgspec.DecodeError:
            continue
    return entries


def _order(raw: msgspec.Raw, included: Entries, merchant_id: str) -> MerchantOrder:
    order = _ORDER.decode(raw)
    told = order.attributes
    carried = told.kaspi_delivery or _WireKaspiDelivery()
    return MerchantOrder(
        order_id=order.id.rstrip("="),
        code=told.code,
        state=told.state,
        status=told.status,
        placed_at=_required_moment(told.creation_date),
        approved_at=_moment(told.approved_by_bank_date),
        planned_delivery_at=_moment(told.planned_delivery_date),
        reserved_until=_moment(told.reservation_date),
        completed_at=_moment(told.completion_date),
        handover_planned_at=_moment(carried.courier_transmission_planning_date),
        handed_over_at=_moment(carried.courier_transmission_date),
        total_price=round(told.total_price),
        delivery_cost=_tenge(told.delivery_cost),
        delivery_cost_for_seller=_tenge(told.delivery_cost_for_seller),
        payment_mode=told.payment_mode or "",
        credit_months=int(_fitting(told.credit_term, Months) or 0),
        signature_required=told.signature_required or False,
        delivery_mode=told.delivery_mode or "",
        is_kaspi_delivery=told.is_kaspi_delivery or False,
        is_express=carried.express or False,
        is_preorder=told.pre_order or False,
        is_assembled=told.assembled or False,
        is_back_at_warehouse=carried.returned_to_warehouse or False,
        needs_imei=told.is_imei_required or False,
        point_code=_point_code(told.pickup_point_id or "", merchant_id),
        waybill_url=carried.waybill or "",
        waybill_number=carried.waybill_number or "",
        cancellation_reason=told.cancellation_reason or "",
        customer=_customer(told.customer),
        entries=_entries_of(order, included),
        raw=bytes(raw),
    )


def _point_code(identity: str, merchant_id: str) -> str:
    """The point behind the merchant; points that a seller has named himself may have any name."""
    mine = f"{merchant_id}_"
    return identity.removeprefix(mine) if identity.startswith(mine) else identity.rpartition("_")[2]


def _entries_of(order: _WireOrder, included: Entries) -> tuple[OrderEntry, ...] | None:
    """The order's lines if every one of them came along: a part of a list is not the list."""
    relation = None if order.relationships is None else order.relationships.entries
    named = None if relation is None else relation.data
    if named is None or any(entry.id.rstrip("=") not in included for entry in named):
        return None
    return tuple(included[entry.id.rstrip("=")] for entry in named)


def _entry(raw: msgspec.Raw) -> OrderEntry:
    entry = _ENTRY.decode(raw)
    told = entry.attributes
    relation = None if entry.relationships is None else entry.relationships.product
    product = None if relation is None else relation.data
    return OrderEntry(
        entry_id=entry.id.rstrip("="),
        number=told.entry_number,
        sku=told.offer.code,
        name=told.offer.name or "",
        card_id="" if product is None else _card_number(product.id),
        category_code=(told.category.code or "") if told.category else "",
        quantity=told.quantity,
        base_price=round(told.base_price),
        total_price=round(told.total_price),
        unit_type=told.unit_type or "PIECES",
        weight_g=told.weight or 0.0,
        needs_imei=told.is_imei_required or told.offer.is_imei_required or False,
    )


def _card_number(identity: str) -> str:
    """The number of a card; empty for what is none."""
    number = decode_id(identity)
    return number if _CARD.fullmatch(number) else ""


def _customer(told: Loose) -> Customer | None:
    """The buyer, if he can be told from others."""
    customer: _WireCustomer | None = _fitting(told, _WireCustomer)
    if customer is None or not customer.id:
        return None
    phone = customer.cell_phone or ""
    return Customer(
        customer_id=customer.id.rstrip("="),
        first_name=customer.first_name or "",
        last_name=customer.last_name or "",
        phone=phone if _PHONE.fullmatch(phone) else "",
    )


def _unread(raw: msgspec.Raw, error: Exception) -> UnreadOrder:
    text = str(error)
    found = _FIELD_PATH.search(text)
    what, path = (text[: found.start()], f"${found['path']}") if found else (text, "$")
    return UnreadOrder(_code_of(raw), what, path)


def _code_of(raw: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(_CODE.decode(raw).attributes["code"], type=Code)
    except (msgspec.DecodeError, KeyError):
        return ""


def _required_moment(told: float) -> datetime:
    return _EPOCH + timedelta(milliseconds=int(told))


def _moment(told: Loose) -> datetime | None:
    fitting: float | None = _fitting(told, Milliseconds)
    return None if fitting is None else _required_moment(fitting)


def _tenge(told: Loose) -> int | None:
    fitting: float | None = _fitting(told, Tenge)
    return None if fitting is None else round(fitting)


def _fitting(told: Loose, kind: Any) -> Any:
    """What was told as this kind of fact; None where it is none."""
    try:
        return msgspec.convert(told, kind)
    except msgspec.ValidationError:
        return None
