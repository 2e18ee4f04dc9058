"""
The life of an order as a table: its stages, what follows what, and what a seller may do in each.

Pure: no clock, no rows, no marketplace. States may be skipped and may arrive late, so a stage follows another when
there is a way from it, however many steps are missing.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from stores.models import Order, OrderAction

State, Status = Order.State, Order.Status
Verb = OrderAction.Kind


class Described(Protocol):
    """An order in the marketplace's words: as we have it, or as an answer tells it."""

    @property
    def state(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def is_preorder(self) -> bool: ...
    @property
    def is_assembled(self) -> bool: ...
    @property
    def handed_over_at(self) -> datetime | None: ...


class Stage(StrEnum):
    """Where an order stands, from its state, status and delivery together."""

    NEW = "new"
    SIGNING = "signing"
    AWAITED = "awaited"
    PACKING = "packing"
    PACKED = "packed"
    CARRIED = "carried"
    READY = "ready"
    DELIVERING = "delivering"
    COMING_BACK = "coming_back"
    RETURNING = "returning"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    UNKNOWN = "unknown"


# By status alone, whatever the tray.
_BY_STATUS: dict[str, Stage] = {
    Status.COMPLETED: Stage.COMPLETED,
    Status.CANCELLING: Stage.COMING_BACK,
    Status.CANCELLED: Stage.CANCELLED,
    Status.KASPI_DELIVERY_RETURN_REQUESTED: Stage.RETURNING,
    Status.RETURN_ACCEPTED_BY_MERCHANT: Stage.RETURNING,
    Status.RETURNED: Stage.RETURNED,
}
# Paid or accepted: by the tray.
_WAITING: dict[str, Stage] = {State.NEW: Stage.NEW, State.SIGN_REQUIRED: Stage.SIGNING}
_ACCEPTED: dict[str, Stage] = {
    State.SIGN_REQUIRED: Stage.SIGNING,
    State.PICKUP: Stage.READY,
    State.DELIVERY: Stage.DELIVERING,
    State.KASPI_DELIVERY: Stage.PACKING,
}

_HANDLED = frozenset({Stage.AWAITED, Stage.PACKING, Stage.READY, Stage.DELIVERING})

# What follows at once. Where signing stands in the chain is not documented: before or after acceptance.
NEXT: dict[Stage, frozenset[Stage]] = {
    Stage.NEW: _HANDLED | {Stage.SIGNING, Stage.CANCELLED},
    Stage.SIGNING: _HANDLED | {Stage.NEW, Stage.CANCELLED},
    Stage.AWAITED: frozenset({Stage.PACKING, Stage.READY, Stage.DELIVERING, Stage.CANCELLED}),
    Stage.PACKING: frozenset({Stage.PACKED, Stage.CANCELLED}),
    Stage.PACKED: frozenset({Stage.CARRIED, Stage.CANCELLED}),
    Stage.CARRIED: frozenset({Stage.COMPLETED, Stage.COMING_BACK}),
    Stage.READY: frozenset({Stage.COMPLETED, Stage.CANCELLED}),
    Stage.DELIVERING: frozenset({Stage.COMPLETED, Stage.COMING_BACK, Stage.CANCELLED}),
    Stage.COMING_BACK: frozenset({Stage.CANCELLED}),
    Stage.COMPLETED: frozenset({Stage.RETURNING}),
    Stage.RETURNING: frozenset({Stage.RETURNED}),
    Stage.CANCELLED: frozenset(),
    Stage.RETURNED: frozenset(),
    Stage.UNKNOWN: frozenset(),
}

NOT_ACCEPTED = frozenset({Stage.NEW, Stage.SIGNING})
_BEFORE_HANDOVER = frozenset(
    {Stage.NEW, Stage.SIGNING, Stage.AWAITED, Stage.PACKING, Stage.PACKED, Stage.READY, Stage.DELIVERING}
)
_AT_HAND = _BEFORE_HANDOVER - NOT_ACCEPTED

MAY: dict[Verb, frozenset[Stage]] = {
    Verb.ACCEPT: frozenset({Stage.NEW}),
    Verb.CANCEL: _BEFORE_HANDOVER | {Stage.CARRIED},
    Verb.REDUCE: _BEFORE_HANDOVER,
    Verb.WEIGH: _BEFORE_HANDOVER,
    Verb.ASSEMBLE: frozenset({Stage.PACKING, Stage.PACKED}),
    Verb.SEND_CODE: frozenset({Stage.READY, Stage.DELIVERING}),
    Verb.ISSUE: frozenset({Stage.READY, Stage.DELIVERING}),
    Verb.IMEI: _AT_HAND,
    Verb.ARRIVE: frozenset({Stage.AWAITED}),
    Verb.TAKE_BACK: frozenset({Stage.COMING_BACK, Stage.RETURNING}),
}

OVER = frozenset({Stage.COMPLETED, Stage.CANCELLED, Stage.RETURNED})


def stage_of(order: Described) -> Stage:
    """The stage that the marketplace's words mean; UNKNOWN for words, or pairs of them, that nobody has described."""
    if order.status == Status.APPROVED_BY_BANK:
        return _WAITING.get(order.state, Stage.UNKNOWN)
    if order.status != Status.ACCEPTED_BY_MERCHANT:
        return _BY_STATUS.get(order.status, Stage.UNKNOWN)
    stage = _ACCEPTED.get(order.state, Stage.UNKNOWN)
    if stage is Stage.PACKING and order.handed_over_at is not None:
        return Stage.CARRIED
    if stage in _HANDLED and order.is_preorder and not order.is_assembled:
        return Stage.AWAITED
    return Stage.PACKED if stage is Stage.PACKING and order.is_assembled else stage


def may_follow(before: Stage, after: Stage) -> bool:
    """
    Whether `after` can come of `before`: the same, or reached over any number of steps.

    Nothing is known to follow what is not understood, nor to lead there: those need evidence.
    """
    return before is after or after in _REACHABLE[before]


def verbs_in(stage: Stage) -> frozenset[Verb]:
    """What a seller may do."""
    return frozenset(verb for verb, stages in MAY.items() if stage in stages)


def _reachable(stage: Stage) -> frozenset[Stage]:
    reached: set[Stage] = set()
    ahead = set(NEXT[stage])
    while ahead:
        following = ahead.pop()
        reached.add(following)
        ahead |= NEXT[following] - reached
    return frozenset(reached)


_REACHABLE = {stage: _reachable(stage) for stage in Stage}
