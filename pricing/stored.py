"""
Plans and situations as plain data, kept with the decisions they led to, and read back years later.

Only what differs from the default is written: a stored situation is as small as it was simple, and a default that
changes needs a new version. Version 1 had no version key, and knew undercutting only.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from enum import Enum
from typing import Any

from pricing.hours import Hours, Slot
from pricing.plan import Answer, Conditions, LowStock, Plan, SlowSales, Truce
from pricing.strategies import Strategy, make_strategy

STORED_VERSION = 2
READABLE_VERSIONS = frozenset({1, STORED_VERSION})


class UnknownVersionError(ValueError):
    """It was stored by a newer engine, or by none."""


def check_version(version: object) -> None:
    """Raises UnknownVersionError for what this engine cannot read."""
    if version not in READABLE_VERSIONS:
        raise UnknownVersionError(f"situations of version {version!r} cannot be read")


def write_plan(plan: Plan) -> dict[str, Any]:
    """A plan as plain data, fit for JSON; `read_plan` makes an equal plan of it."""
    return plain_fields(plan)


def read_plan(stored: Mapping[str, Any]) -> Plan:
    """A plan from plain data; raises KeyError for an unknown strategy, TypeError or ValueError for unfit parameters."""
    return Plan(**{name: READERS[name](value) if name in READERS else value for name, value in stored.items()})


def plain_fields(value: Any) -> dict[str, Any]:
    """The fields of a dataclass that differ from their defaults, and the name of a strategy."""
    told = {"name": value.name} if isinstance(value, Strategy) else {}
    for each in fields(value):
        held = getattr(value, each.name)
        if each.default is MISSING or held != each.default:
            told[each.name] = _plain(held)
    return told


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return plain_fields(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.value if isinstance(value, Enum) else value


def _read_strategy(stored: Mapping[str, Any]) -> Strategy:
    return make_strategy(**stored)


def _read_hours(stored: Iterable[Mapping[str, Any]]) -> tuple[Hours, ...]:
    return tuple(Hours(**hours) for hours in stored)


def _read_schedule(stored: Iterable[Mapping[str, Any]]) -> tuple[Slot, ...]:
    return tuple(Slot(Hours(**slot["hours"]), _read_strategy(slot["strategy"])) for slot in stored)


def _read_truce(stored: Mapping[str, Any]) -> Truce:
    told = dict(stored)
    told["sleep_hours"] = _read_hours(told.get("sleep_hours", ()))
    told["answer"] = Answer(told.get("answer", Answer.HOLD))
    return Truce(**told)


READERS: Mapping[str, Callable[[Any], Any]] = {
    "strategy": _read_strategy,
    "after_hours": _read_strategy,
    "conditions": lambda stored: Conditions(**stored),
    "schedule": _read_schedule,
    "working_hours": _read_hours,
    "quiet_hours": _read_hours,
    "low_stock": lambda stored: LowStock(**stored),
    "slow_sales": lambda stored: SlowSales(**stored),
    "truce": _read_truce,
}
