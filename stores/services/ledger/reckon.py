"""
The accounts of orders: due when an order was read anew, when costs were filled in, when the fee tables changed.

An order that is due says so itself (`reckoned_at`). Its account is written with the order locked, as whoever changes
the order does, so an account is never older than what it was reckoned from.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.db import DataError, IntegrityError
from django.db.models import Max, Q
from django.utils import timezone

from pricing import economics
from pricing.economics import DeliveryRow, EconomicsError, FeeTable, ShareRow, SoldLine, SoldOrder, Zone, code_of
from stores.models import (
    FeeCategory,
    FeeDelivery,
    FeeShare,
    Order,
    OrderAccount,
    OrderAccountLine,
    OrderItem,
    ReturnOutcome,
    SalesPoint,
)
from stores.services.ledger.returns import follow_returns
from stores.services.orders.lifecycle import Stage, stage_of
from stores.services.prices.fee_rows import read_delivery_rows, read_share_rows
from stores.services.transactions import in_transaction

log = logging.getLogger(__name__)

AT_ONCE = 200
# So many rounds one call goes on; whoever called rings again when there may be more.
ROUNDS = 20

# Where no stage is named, the order is on its way.
FATES: Mapping[Stage, economics.Fate] = {
    Stage.COMPLETED: economics.Fate.SOLD,
    Stage.CANCELLED: economics.Fate.CANCELLED,
    Stage.COMING_BACK: economics.Fate.REFUSED,
    Stage.RETURNING: economics.Fate.RETURNED,
    Stage.RETURNED: economics.Fate.RETURNED,
}
# How a parcel of the marketplace travels. Whether one to a parcel locker leaves the city, the order does not tell.
ZONES: Mapping[str, Zone] = {
    "DELIVERY_LOCAL": Zone.CITY,
    "DELIVERY_REGIONAL_TODOOR": Zone.COUNTRY,
    "DELIVERY_REGIONAL_PICKUP": Zone.COUNTRY,
}

Row = TypeVar("Row", OrderItem, ReturnOutcome)


@dataclass(frozen=True)
class Fees:
    """All fees of all days, as they were read at one moment; and the tables of the days that were asked for."""

    read_at: datetime
    shares: Sequence[ShareRow]
    delivery: Sequence[DeliveryRow]
    commission_keys: Mapping[str, str]
    days: dict[date, FeeTable | str]

    def on(self, day: date) -> FeeTable | str:
        """The table of a day, or the code of why there is none."""
        if day not in self.days:
            self.days[day] = self._table(day)
        return self.days[day]

    def _table(self, day: date) -> FeeTable | str:
        try:
            return FeeTable.on(day.isoformat(), self.shares, self.delivery)
        except EconomicsError as error:
            log.exception("no order of %s can be reckoned", day)
            return code_of(error)


def reckon_due() -> bool:
    """Reckon the orders that are due, the oldest wish first; whether there may be more."""
    fees = read_fees()
    for _round in range(ROUNDS):
        ids = _due()
        if not ids:
            return False
        _reckon_all(ids, fees)
    return True


def _reckon_all(ids: Sequence[int], fees: Fees) -> None:
    """An order that the tables cannot hold does not keep the others from being reckoned: it waits until it changes."""
    try:
        reckon(ids, fees)
    except (DataError, IntegrityError):
        if len(ids) > 1:
            for pk in ids:
                _reckon_all([pk], fees)
        else:
            log.exception("order %s cannot be reckoned", ids[0])
            Order.everything.filter(pk__in=ids).update(reckoned_at=fees.read_at)


def read_fees() -> Fees:
    """The fee tables as they are now."""
    return Fees(
        read_at=timezone.now(),
        shares=read_share_rows(),
        delivery=read_delivery_rows(),
        commission_keys=dict(FeeCategory.objects.values_list("category_code", "commission_key")),
        days={},
    )


@in_transaction
def reckon(ids: Iterable[int], fees: Fees) -> None:
    """Write the accounts of these orders anew, but for those that somebody has reckoned by newer fees meanwhile."""
    is_due = Q(reckoned_at=None) | Q(reckoned_at__lt=fees.read_at)
    due = Order.everything.select_for_update().filter(is_due, pk__in=list(ids))
    orders = list(due.defer("raw", "waybill_url").order_by("pk"))
    items = _by_order(OrderItem.everything.filter(order__in=orders).select_related("product").order_by("pk"))
    outcomes = _by_order(ReturnOutcome.everything.filter(order__in=orders))
    cities = dict(SalesPoint.everything.filter(orders__in=orders).values_list("pk", "city_id"))
    keys = fees.commission_keys
    sold = {order.pk: _sold(order, items[order.pk], outcomes[order.pk], keys) for order in orders}
    accounts, lines = [], []
    for order in orders:
        account, of_items = _account(order, sold[order.pk], items[order.pk], fees)
        account.city_id = cities.get(order.sales_point_id or 0, "")
        accounts.append(account)
        lines += of_items
    follow_returns(sold, orders)
    OrderAccount.everything.filter(order__in=orders).delete()
    OrderAccount.everything.bulk_create(accounts)
    OrderAccountLine.everything.bulk_create(lines)
    Order.everything.filter(pk__in=[order.pk for order in orders]).update(reckoned_at=fees.read_at)


def fate_of(order: Order) -> economics.Fate:
    """What became of the order. One that was cancelled after its goods had left is to come back."""
    fate = FATES.get(stage_of(order), economics.Fate.OPEN)
    if fate is economics.Fate.CANCELLED and (order.handed_over_at is not None or order.has_left):
        return economics.Fate.REFUSED
    return fate


def zone_of(order: Order) -> Zone | None:
    """How the order's parcel travels, where it tells."""
    return Zone.EXPRESS if order.is_express else ZONES.get(order.delivery_mode)


def _due() -> list[int]:
    """Orders that were never reckoned as they are, then those that older fees were used for."""
    ids = Order.everything.order_by("reckoned_at", "pk").values_list("pk", flat=True)
    changed_at = _fees_changed_at()
    new = list(ids.filter(reckoned_at=None)[:AT_ONCE])
    if new or changed_at is None:
        return new
    return list(ids.filter(reckoned_at__lt=changed_at)[:AT_ONCE])


def _fees_changed_at() -> datetime | None:
    seen = [model.objects.aggregate(last=Max("updated_at"))["last"] for model in (FeeShare, FeeDelivery, FeeCategory)]
    return max((moment for moment in seen if moment is not None), default=None)


def _by_order(rows: Iterable[Row]) -> "defaultdict[int, list[Row]]":
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.order_id].append(row)
    return found


def _sold(
    order: Order, items: Sequence[OrderItem], outcomes: Sequence[ReturnOutcome], keys: Mapping[str, str]
) -> SoldOrder:
    return SoldOrder(
        fate=fate_of(order),
        lines=tuple(_sold_line(item, keys) for item in items),
        regime=order.tax_regime,
        is_carried=order.is_kaspi_delivery,
        zone=zone_of(order),
        charged=order.delivery_cost_for_seller,
        is_lost=any(each.outcome in ReturnOutcome.LOST for each in outcomes),
    )


def _sold_line(item: OrderItem, keys: Mapping[str, str]) -> SoldLine:
    """What is sold by weight has no cost of a piece."""
    is_piece = item.unit_type == OrderItem.PIECES
    category = item.category_code or ("" if item.product is None else item.product.category_code)
    return SoldLine(
        amount=item.total_price,
        quantity=item.quantity,
        purchase=item.unit_cost if is_piece else None,
        packaging=item.unit_packaging if is_piece else None,
        weight_g=item.unit_weight_g if is_piece else round(item.weight_g) or None,
        commission=keys.get(category),
    )


def _account(
    order: Order, sold: SoldOrder, items: Sequence[OrderItem], fees: Fees
) -> tuple[OrderAccount, list[OrderAccountLine]]:
    day = timezone.localdate(order.placed_at)
    table = fees.on(day)
    told = economics.unknown_account(sold, table) if isinstance(table, str) else economics.account_of(sold, table)
    same = {"store_id": order.store_id, "day": day, "fate": sold.fate.value}
    account = OrderAccount(
        order=order,
        placed_at=order.placed_at,
        units=sum(line.quantity for line in sold.lines),
        amount=sold.total,
        delivery_expected=told.delivery_expected,
        delivery_charged=sold.charged if sold.is_carried else None,
        expected_missing=told.expected_missing,
        overcharge=told.overcharge,
        profit=told.profit,
        missing=told.missing,
        **same,
    )
    return account, list(_lines(account, items, told, same))


def _lines(
    account: OrderAccount, items: Sequence[OrderItem], told: economics.OrderAccount, same: Mapping[str, object]
) -> Iterator[OrderAccountLine]:
    for item, line in zip(items, told.lines, strict=True):
        yield OrderAccountLine(
            item=item,
            account=account,
            product_id=item.product_id,
            sku=item.sku,
            quantity=item.quantity,
            amount=item.total_price,
            purchase=line.purchase,
            packaging=line.packaging,
            commission=line.commission,
            tax=line.tax,
            bonus=line.bonus,
            delivery=line.delivery,
            returns_reserve=line.returns_reserve,
            profit=line.profit,
            missing=line.missing,
            **same,
        )
