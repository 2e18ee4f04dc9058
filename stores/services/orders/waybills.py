"""The labels of parcels, fetched from the marketplace and put together for the printer."""

import logging
from collections.abc import Sequence
from enum import StrEnum
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from pypdf import PageObject, PdfReader, PdfWriter, Transformation
from pypdf.errors import PyPdfError

import kaspi
from stores.models import Order, Store
from stores.services import access
from stores.services.errors import Refusal
from stores.services.merchant.asking import CANNOT_ASK, ask
from stores.services.rows import batched

log = logging.getLogger(__name__)

# Orders whose labels are fetched by one request of a person.
MOST_AT_ONCE = 100
# An A4 in points, and how many labels stand on it: two in a row, two rows.
A4_WIDTH, A4_HEIGHT = 595, 842
COLUMNS, ROWS = 2, 2
# A label is printed at least this large, in points: 105 × 74 mm.
MARGIN = 6


class Layout(StrEnum):
    """One label a page, as it comes; or four on each A4."""

    LABEL = "label"
    A4 = "a4"


def print_waybills(store: Store, orders: Sequence[Order], layout: Layout, actor: Any) -> bytes:
    """
    One PDF with the labels of these orders of the store, in their order.

    Raises Forbidden, NoToken, and Refusal: `no_waybill` (names the orders that have none yet), `waybill_gone` (names
    those whose label the marketplace does not give), `marketplace_silent`.
    """
    access.require(actor, store, access.Action.HANDLE_ORDERS)
    without = [order.code for order in orders if not order.waybill_url]
    if without:
        text = _("These orders have no waybill yet: %(codes)s. It appears minutes after assembling.")
        raise Refusal("no_waybill", text % {"codes": ", ".join(without)})
    files = _fetch(store, orders)
    gone = [order.code for order, labels in zip(orders, files, strict=True) if not labels]
    if gone:
        text = _("The marketplace gives no waybill for these orders: %(codes)s. Print the others without them.")
        raise Refusal("waybill_gone", text % {"codes": ", ".join(gone)})
    labels = [label for labels in files for label in labels]
    return _written(labels if layout is Layout.LABEL else _sheets(labels))


def _fetch(store: Store, orders: Sequence[Order]) -> list[list[PageObject]]:
    """The labels of each of the orders; none where the marketplace has none for it."""

    async def fetch(api: kaspi.MerchantApi) -> list[list[PageObject]]:
        return [await _fetch_one(kaspi.OrdersApi(api), order) for order in orders]

    try:
        return ask(store, fetch)
    except CANNOT_ASK as error:
        text = _("The marketplace does not give the waybills now. Try again in a minute.")
        raise Refusal("marketplace_silent", text) from error


async def _fetch_one(api: kaspi.OrdersApi, order: Order) -> list[PageObject]:
    try:
        return list(PdfReader(BytesIO(await api.waybill(order.waybill_url))).pages)
    except kaspi.TokenRejected:
        raise
    except (kaspi.Refused, kaspi.MalformedAnswer, PyPdfError) as error:
        log.warning("the waybill of order %s: %s", order.code, error)
        return []


def _sheets(labels: Sequence[PageObject]) -> list[PageObject]:
    return [_sheet(some) for some in batched(labels, COLUMNS * ROWS)]


def _sheet(labels: Sequence[PageObject]) -> PageObject:
    """Up to four labels on an A4, from the top left, each as large as its quarter allows."""
    sheet = PageObject.create_blank_page(width=A4_WIDTH, height=A4_HEIGHT)
    width, height = A4_WIDTH / COLUMNS, A4_HEIGHT / ROWS
    for index, label in enumerate(labels):
        row, column = divmod(index, COLUMNS)
        box = label.mediabox
        scale = min((width - 2 * MARGIN) / box.width, (height - 2 * MARGIN) / box.height)
        left = column * width + MARGIN
        top = A4_HEIGHT - row * height - MARGIN
        move = Transformation().translate(-box.left, -box.bottom).scale(scale)
        sheet.merge_transformed_page(label, move.translate(left, top - box.height * scale))
    return sheet


def _written(pages: Sequence[PageObject]) -> bytes:
    writer = PdfWriter()
    for page in pages:
        writer.add_page(page)
    file = BytesIO()
    writer.write(file)
    return file.getvalue()
