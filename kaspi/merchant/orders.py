"""
The official API's orders: read page by page, and moved along by the seller's verbs.

Source: https://guide.kaspi.kz/partner/ru/shop/api/orders. A write that raised Unavailable (but not Throttled), Blocked
or MalformedAnswer may have had its effect: read the order before anything else. What the answer to a write echoes is
not compared, for the guide and the specification differ: whoever wants to know reads the order.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from kaspi.errors import MalformedAnswer
from kaspi.merchant.api import MediaType, MerchantApi
from kaspi.merchant.order_types import MerchantOrder, OrderEntry, OrderPage, Reduction
from kaspi.merchant.order_wire import (
    are_reductions_final,
    check_done,
    encode_id,
    is_reduction_final,
    milliseconds,
    read_entries,
    read_page,
)

PAGE_SIZE = 100
"""Orders a page: the most that the guide allows."""

LONGEST_PERIOD = timedelta(days=14)
LONGEST_COMMENT = 1000

ORDERS = "/v2/orders"
_NOTHING: Mapping[str, str] = {}


class Tray(StrEnum):
    """Where an order lies; a list is asked for tray by tray."""

    NEW = "NEW"
    SIGN_REQUIRED = "SIGN_REQUIRED"
    PICKUP = "PICKUP"
    DELIVERY = "DELIVERY"
    KASPI_DELIVERY = "KASPI_DELIVERY"
    ARCHIVE = "ARCHIVE"


class CancelReason(StrEnum):
    """Why a seller cancels; PRODUCT_UNDERWEIGHT is for lines only."""

    MERCHANT_OUT_OF_STOCK = "MERCHANT_OUT_OF_STOCK"
    BUYER_NOT_REACHABLE = "BUYER_NOT_REACHABLE"
    BUYER_CANCELLATION_BY_MERCHANT = "BUYER_CANCELLATION_BY_MERCHANT"
    PRODUCT_UNDERWEIGHT = "PRODUCT_UNDERWEIGHT"


class OrderTitle(StrEnum):
    """Refusals of issuing, as `Refused.title` has them."""

    WRONG_CODE = "Security code is not valid. And the order cannot be completed without it"
    CANCELLED = "Order is cancelled, so it can't be completed."
    COMPLETED = "Order already has been completed, so it can't be completed again."
    UNSIGNED = "Order is not may complete allowed"


class OrdersApi:
    """Calls about orders. Each is one request, and raises what `MerchantApi` raises."""

    def __init__(self, api: MerchantApi) -> None:
        self._api = api

    async def page(  # noqa: PLR0913 - the parameters of the list
        self, tray: Tray, since: datetime, until: datetime, number: int, *, read_at: datetime, size: int = PAGE_SIZE
    ) -> OrderPage:
        """
        A page (from 0) of the orders in a tray that were placed from `since` to `until` (aware, at most 14 days),
        with their lines. The order of a list is not documented, and pages shift while orders leave the tray: only a
        list whose pages agree about `total_count` and hold that many different orders is whole.

        Raises ValueError for a period or a size that would be refused.
        """
        if not timedelta(0) <= until - since <= LONGEST_PERIOD:
            raise ValueError(f"the period is {until - since}, expected at most {LONGEST_PERIOD.days} days")
        if not 1 <= size <= PAGE_SIZE:
            raise ValueError(f"size is {size!r}, expected 1..{PAGE_SIZE}")
        query = {
            "page[number]": str(number),
            "page[size]": str(size),
            "filter[orders][state]": tray,
            "filter[orders][creationDate][$ge]": str(milliseconds(since)),
            "filter[orders][creationDate][$le]": str(milliseconds(until)),
            "include[orders]": "entries",
        }
        return read_page(await self._api.get(ORDERS, query), read_at, self._api.merchant_id)

    async def by_code(self, code: str, *, read_at: datetime) -> MerchantOrder | None:
        """
        The order of that number, or None where the marketplace knows none. Its lines may be missing: ask `entries`.

        Raises MalformedAnswer also for an order that cannot be understood, or for another one.
        """
        query = {"filter[orders][code]": code, "include[orders]": "entries"}
        page = read_page(await self._api.get(ORDERS, query), read_at, self._api.merchant_id)
        for unread in page.unread:
            raise MalformedAnswer(unread.what, unread.path)
        if any(order.code != code for order in page.orders) or len(page.orders) > 1:
            raise MalformedAnswer(f"{len(page.orders)} orders, or another one", "$.data")
        return page.orders[0] if page.orders else None

    async def entries(self, order_id: str) -> tuple[OrderEntry, ...]:
        """The lines of an order."""
        return read_entries(await self._api.get(f"{ORDERS}/{order_id}/entries"))

    async def accept(self, code: str) -> None:
        """Take a new order: the goods are there and will be handed over in time."""
        await self._change(code, "ACCEPTED_BY_MERCHANT")

    async def cancel(self, code: str, reason: CancelReason, comment: str = "") -> None:
        """Give the whole order up. `comment` has at most 1000 characters."""
        attributes = {"cancellationReason": str(reason)}
        if comment:
            attributes["cancellationComment"] = comment
        await self._change(code, "CANCELLED", attributes)

    async def send_code(self, code: str) -> None:
        """Have four digits sent to the buyer, who shows them when he gets the goods."""
        await self._change(code, "COMPLETED", headers={"X-Security-Code": "", "X-Send-Code": "true"})

    async def issue(self, code: str, security_code: str) -> None:
        """The buyer has the goods and showed the code. Raises Refused with one of OrderTitle."""
        if not security_code:
            raise ValueError("an empty security code would send another one to the buyer")
        await self._change(code, "COMPLETED", headers={"X-Security-Code": security_code, "X-Send-Code": "true"})

    async def assemble(self, code: str, parcels: int) -> None:
        """So many parcels are packed. The waybill appears on the order seconds to minutes later."""
        await self._change(code, "ASSEMBLE", {"numberOfSpace": str(parcels)})

    async def arrive(self, code: str) -> None:
        """The goods of a pre-order came to the warehouse."""
        await self._change(code, "ARRIVED")

    async def take_back(self, code: str) -> None:
        """What was refused or returned is back with the seller."""
        await self._change(code, "ARRIVED_BACKWARD")

    async def reduce_entry(self, reduction: Reduction) -> bool:
        """Leave fewer pieces in a line; True when that is done, False while it is under way."""
        body = _entry_operation(
            "orderEntryCancelOperation",
            reduction.entry_id,
            {"notes": reduction.notes, "remainedQuantity": reduction.remaining, "reason": reduction.reason},
        )
        return is_reduction_final(await self._api.post("/v2/orderEntryCancelOperation", body))

    async def reduce_entries(self, code: str, reductions: Iterable[Reduction]) -> bool:
        """Leave fewer pieces or less weight in several lines at once; True when that is done."""
        body = msgspec.json.encode([_reduced(reduction) for reduction in reductions])
        path = f"/orderPartialCancel/{encode_id(code)}"
        return are_reductions_final(await self._api.put(path, body, accept=MediaType.JSON, content_type=MediaType.JSON))

    async def register_imeis(self, entry_id: str, units: Sequence[Sequence[str]]) -> None:
        """Tell the numbers of phones, one list for each unit of the line. The answer's shape is not known."""
        items = {"items": [{"imei": list(numbers)} for numbers in units]}
        body = _entry_operation("orderEntryImeiOperation", entry_id, items)
        await self._api.post("/v2/orderEntryImeiOperation", body)

    async def waybill(self, url: str) -> bytes:
        """The PDF that an order's `waybill_url` names. Raises MalformedAnswer for anything else."""
        file = await self._api.file(url)
        if not file.startswith(b"%PDF-"):
            raise MalformedAnswer("no PDF", body=file)
        return file

    async def _change(
        self, code: str, status: str, attributes: Mapping[str, str] = _NOTHING, headers: Mapping[str, str] = _NOTHING
    ) -> None:
        data = {"type": "orders", "id": encode_id(code), "attributes": {"code": code, "status": status, **attributes}}
        check_done(await self._api.post(ORDERS, msgspec.json.encode({"data": data}), headers=headers))


def _entry_operation(kind: str, entry_id: str, attributes: dict[str, Any]) -> bytes:
    relation = {"entry": {"data": {"type": "orderentries", "id": entry_id}}}
    return msgspec.json.encode({"data": {"type": kind, "attributes": attributes, "relationships": relation}})


def _reduced(reduction: Reduction) -> dict[str, Any]:
    row = {
        "entry": {"id": reduction.entry_id},
        "remainedQuantity": reduction.remaining,
        "reason": reduction.reason,
        "notes": reduction.notes,
    }
    weight = reduction.remaining_weight_g
    return row if weight is None else row | {"remainedWeight": weight}
