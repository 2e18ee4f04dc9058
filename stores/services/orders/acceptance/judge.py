"""Why an order is not accepted by itself: all reasons, so that a person sees what it would take."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from pricing.economics import Zone
from stores.models import AcceptanceRules, Availability, Order, OrderItem, StockMovement
from stores.services.orders.acceptance.reasons import Code, Reason
from stores.services.prices.profit import profit_of
from stores.services.sales_points import WEEKDAYS
from stores.services.stock.promised import held

CITY_MODES = frozenset({"DELIVERY_LOCAL", "DELIVERY_PICKUP"})


@dataclass(frozen=True)
class Line:
    """A line, the stock it takes from at the order's point (None: not known), and what it did to stocks so far."""

    item: OrderItem
    stock: Availability | None
    movements: Sequence[StockMovement]

    def holds_all(self) -> bool:
        """Whether it has taken all its pieces from the stock as it was counted last: no other line has these."""
        if self.stock is None:
            return False
        there = [movement for movement in self.movements if movement.availability_id == self.stock.pk]
        return held(there, self.stock.counted_at) >= self.item.quantity


def read_lines(orders: Collection[Order]) -> dict[int, list[Line]]:
    """The lines of each of the orders, by its id, with their stocks; three queries for all of them."""
    points = {order.pk: order.sales_point_id for order in orders}
    items = list(OrderItem.everything.filter(order__in=points, quantity__gt=0).select_related("product__store"))
    movements: defaultdict[int, list[StockMovement]] = defaultdict(list)
    for movement in StockMovement.everything.filter(order_item__in=items):
        movements[movement.order_item_id].append(movement)
    products, of_points = {item.product_id for item in items}, set(points.values())
    stocks = {
        (stock.product_id, stock.sales_point_id): stock
        for stock in Availability.everything.filter(product__in=products - {None}, sales_point__in=of_points - {None})
    }
    lines: dict[int, list[Line]] = {order_id: [] for order_id in points}
    for item in sorted(items, key=lambda item: item.entry_number):
        place = (item.product_id or 0, points[item.order_id] or 0)
        lines[item.order_id].append(Line(item, stocks.get(place), movements[item.pk]))
    return lines


def why_not(order: Order, lines: Sequence[Line], rules: AcceptanceRules, moment: datetime) -> list[Reason]:
    """The order's own reasons not to be accepted at that moment (UTC); none: it may be."""
    return [
        *([Reason(Code.STATE_DOUBTED)] if order.doubted_stage else []),
        *order_reasons(order, rules, moment),
        *([] if lines else [Reason(Code.NO_LINES)]),
        *(reason for line in lines for reason in _stock_reasons(line)),
        *(reason for line in lines for reason in margin_reasons(order, line.item, rules)),
    ]


def order_reasons(order: Order, rules: AcceptanceRules, moment: datetime) -> Iterator[Reason]:
    """What speaks against the order as a whole."""
    if not is_within_hours(rules, moment):
        yield Reason(Code.OUT_OF_HOURS)
    if order.is_express and not rules.takes_express:
        yield Reason(Code.EXPRESS)
    if order.is_preorder and not rules.takes_preorders:
        yield Reason(Code.PREORDER)
    if rules.most_total is not None and order.total_price > rules.most_total:
        yield Reason(Code.OVER_TOTAL, {"total": order.total_price, "most": rules.most_total})


def is_within_hours(rules: AcceptanceRules, moment: datetime) -> bool:
    """Whether orders are accepted at that moment, by the clock of Almaty; the end is not within."""
    if not rules.hours:
        return True
    local = timezone.localtime(moment)
    day = rules.hours.get(WEEKDAYS[local.weekday()])
    return day is not None and day[0] <= local.strftime("%H:%M") < day[1]


def margin_reasons(order: Order, item: OrderItem, rules: AcceptanceRules) -> Iterator[Reason]:
    """What a line earns at its own price, by the fees of today and as an order of its own."""
    if rules.least_margin is None:
        return
    margin = _margin(order, item)
    if margin is None:
        yield Reason(Code.MARGIN_UNKNOWN, {"sku": item.sku})
    elif margin < rules.least_margin:
        yield Reason(Code.MARGIN_LOW, {"sku": item.sku})


def _stock_reasons(line: Line) -> Iterator[Reason]:
    """The pieces are there when the line holds all of them, of a stock that is counted and believed."""
    facts, stock = {"sku": line.item.sku}, line.stock
    if line.item.product_id is None or stock is None:
        yield Reason(Code.UNKNOWN_PRODUCT, facts)
    elif stock.stock_count is None or not line.movements:
        yield Reason(Code.NOT_COUNTED, facts)
    elif stock.doubt:
        yield Reason(Code.STOCK_DOUBTED, facts)
    elif not line.holds_all():
        yield Reason(Code.STOCK_SHORT, facts)


def _margin(order: Order, item: OrderItem) -> Decimal | None:
    if item.product is None or not item.base_price:
        return None
    profit = profit_of(item.product, item.base_price, _zone(order)).tenge
    return None if profit is None else Decimal(profit) / item.base_price


def _zone(order: Order) -> Zone:
    """How the parcel travels. Where that is not told, the dearer way."""
    if order.is_express:
        return Zone.EXPRESS
    return Zone.CITY if order.delivery_mode in CITY_MODES else Zone.COUNTRY
