"""Which orders of a list are shown, and how they are sorted."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Q, QuerySet

from stores.models import Order, Store
from stores.services.keyset import Sorting, sorting_named

Duty = Order.Duty

SORTINGS = {"placed": Sorting("placed_at"), "deadline": Sorting("next_deadline_at")}
FIRST_SORTING = "-placed"


class Desk(StrEnum):
    """The heaps in which a day's orders lie: by what is to be done with them."""

    ACCEPT = "accept"
    ASSEMBLE = "assemble"
    HAND_OVER = "hand_over"
    RETURNS = "returns"
    ALL = "all"


DUTIES: Mapping[Desk, frozenset[Duty]] = {
    Desk.ACCEPT: frozenset({Duty.ACCEPT}),
    Desk.ASSEMBLE: frozenset({Duty.ARRIVE, Duty.ASSEMBLE}),
    Desk.HAND_OVER: frozenset({Duty.HAND_OVER, Duty.HAND_OUT, Duty.DELIVER}),
    Desk.RETURNS: frozenset({Duty.DECIDE, Duty.TAKE_BACK}),
}


@dataclass(frozen=True)
class Wanted:
    """
    What is looked for; what is empty does not narrow. `search`: how the number begins. `point_id`: of a sales point.
    """

    desk: Desk = Desk.ALL
    search: str = ""
    point_id: int | None = None
    is_express: bool = False
    is_kaspi_delivery: bool | None = None


def sorting_of(desk: Desk) -> Sorting:
    """What is to be done: what ends first, first. All orders: the newest first."""
    return sorting_named(SORTINGS, FIRST_SORTING if desk is Desk.ALL else "deadline")


def find(orders: "QuerySet[Order]", wanted: Wanted) -> "QuerySet[Order]":
    """Those among the orders."""
    conditions = Q()
    if wanted.desk is not Desk.ALL:
        conditions &= Q(duty__in=DUTIES[wanted.desk])
    if wanted.search:
        conditions &= Q(code__startswith=wanted.search)
    if wanted.point_id is not None:
        conditions &= Q(sales_point=wanted.point_id)
    if wanted.is_express:
        conditions &= Q(is_express=True)
    if wanted.is_kaspi_delivery is not None:
        conditions &= Q(is_kaspi_delivery=wanted.is_kaspi_delivery)
    return orders.filter(conditions)


def count_desks(store: Store) -> dict[Desk, int]:
    """How many orders lie in each heap but the last; one query."""
    rows = Order.objects.for_store(store).exclude(duty="").values_list("duty").annotate(Count("pk")).order_by()
    by_duty: dict[str, int] = dict(rows)
    return {desk: sum(by_duty.get(duty, 0) for duty in duties) for desk, duties in DUTIES.items()}
