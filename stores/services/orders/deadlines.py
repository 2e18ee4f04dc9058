"""
What is to be done with an order next, and by when: the marketplace's clocks as a table.

Pure: no clock, no rows. The limits are those of the marketplace's guide to handling orders (2025–2026). Where it says
a span but not from when, or "working hours" but nobody has told the point's, the sooner end is taken: an alarm that
comes too early costs a look, one that comes too late costs the order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from stores.models import Order
from stores.services.orders.lifecycle import Stage, stage_of
from stores.services.orders.working_time import (
    ALMATY,
    Hours,
    after_working_time,
    at_hour,
    days_later,
    end_of_working_day,
    working_time,
)

Duty, Status = Order.Duty, Order.Status

ACCEPTANCE = timedelta(hours=3)
"""Working hours in which a new order has to be accepted."""

EXPRESS_ACCEPTANCE = timedelta(minutes=60)
"""Time in which a new Express order has to be accepted, by day and by night."""

PREORDER_DAYS = 30
RESERVATION_WORKING_DAYS = 3
RETURN_WORKING_DAYS = 3
RETURN_DAYS_AT_DROP_OFF = 3
LIES_AT_DROP_OFF_DAYS = 30
# Parcels of orders placed before this hour are handed over until the first of these on the planned day, others later.
EARLY_ORDERS_BEFORE, EARLY_HANDOVER, LATE_HANDOVER = 12, 16, 20

_DUTIES: Mapping[Stage, Order.Duty] = {
    Stage.NEW: Duty.ACCEPT,
    Stage.AWAITED: Duty.ARRIVE,
    Stage.PACKING: Duty.ASSEMBLE,
    Stage.PACKED: Duty.HAND_OVER,
    Stage.READY: Duty.HAND_OUT,
    Stage.DELIVERING: Duty.DELIVER,
    Stage.COMING_BACK: Duty.TAKE_BACK,
    Stage.RETURNING: Duty.TAKE_BACK,
}

# How long before its end a deadline is told the second time; never more than a quarter of all its time.
_SOON: Mapping[Order.Duty, timedelta] = {
    Duty.ACCEPT: timedelta(minutes=30),
    Duty.ARRIVE: timedelta(days=1),
    Duty.ASSEMBLE: timedelta(hours=1),
    Duty.HAND_OVER: timedelta(hours=1),
    Duty.HAND_OUT: timedelta(hours=3),
    Duty.DELIVER: timedelta(hours=2),
    Duty.DECIDE: timedelta(hours=5),
    Duty.TAKE_BACK: timedelta(days=1),
}


class NoEnd(StrEnum):
    """Why there is no end."""

    NOTHING_TO_DO = "nothing_to_do"
    NOT_TOLD = "not_told"
    ON_ITS_WAY = "on_its_way"


@dataclass(frozen=True)
class Deadline:
    """
    What is to be done (None: nothing), since when and until when. Where there is no end, `why` says why.

    `halfway` and `soon` are when somebody is reminded: while the point is open, where its hours are known.
    """

    duty: Order.Duty | None
    starts: datetime | None = None
    ends: datetime | None = None
    halfway: datetime | None = None
    soon: datetime | None = None
    why: NoEnd | None = None


def duty_of(order: Order) -> Order.Duty | None:
    """What the seller has to do with the order next; None: nothing."""
    if order.status == Status.KASPI_DELIVERY_RETURN_REQUESTED:
        return Duty.DECIDE
    return _DUTIES.get(stage_of(order))


def deadline_of(order: Order, since: datetime, hours: Hours) -> Deadline:
    """The clock that runs for the order. `since`: when its duty was first seen; `hours`: of its sales point."""
    duty = duty_of(order)
    if duty is None:
        return Deadline(None, why=NoEnd.NOTHING_TO_DO)
    starts = (order.approved_at or order.placed_at) if duty is Duty.ACCEPT else since
    ends = _end_of(order, duty, starts, hours)
    if ends is None:
        return Deadline(duty, starts, why=NoEnd.ON_ITS_WAY if duty is Duty.TAKE_BACK else NoEnd.NOT_TOLD)
    # Couriers of Express orders come by night too.
    halfway, soon = _reminders(starts, ends, _SOON[duty], None if order.is_express else hours)
    return Deadline(duty, starts, ends, halfway, soon)


def _end_of(order: Order, duty: Order.Duty, starts: datetime, hours: Hours) -> datetime | None:
    match duty:
        case Duty.ACCEPT if order.is_express:
            return starts + EXPRESS_ACCEPTANCE
        case Duty.ACCEPT:
            return after_working_time(starts, ACCEPTANCE, hours)
        case Duty.ARRIVE:
            latest = days_later(order.placed_at, PREORDER_DAYS)
            return min(order.reserved_until or latest, latest)
        case Duty.ASSEMBLE | Duty.HAND_OVER:
            return _handover_end(order)
        case Duty.HAND_OUT:
            return order.reserved_until or end_of_working_day(starts, RESERVATION_WORKING_DAYS, hours)
        case Duty.DELIVER:
            return order.planned_delivery_at
        case Duty.DECIDE if order.is_kaspi_delivery:
            return days_later(starts, RETURN_DAYS_AT_DROP_OFF)
        case Duty.DECIDE:
            return end_of_working_day(starts, RETURN_WORKING_DAYS, hours)
    return days_later(starts, LIES_AT_DROP_OFF_DAYS) if order.is_back_at_warehouse else None


def _handover_end(order: Order) -> datetime | None:
    """As the marketplace planned it. Where it names the day only, the end of that day's window."""
    planned = order.handover_planned_at
    if planned is None or at_hour(planned, 0) != planned:
        return planned
    is_early = order.placed_at.astimezone(ALMATY).hour < EARLY_ORDERS_BEFORE
    return at_hour(planned, EARLY_HANDOVER if is_early else LATE_HANDOVER)


def _reminders(starts: datetime, ends: datetime, before: timedelta, hours: Hours) -> tuple[datetime, datetime]:
    """When half of the time is over, and when little of it is left."""
    total = working_time(starts, ends, hours)
    if not total:
        hours, total = None, working_time(starts, ends, None)
    soon = total - min(before, total / 4)
    return after_working_time(starts, total / 2, hours), after_working_time(starts, soon, hours)
