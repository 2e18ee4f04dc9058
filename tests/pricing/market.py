"""A market for tests of the engine: we ask 10,000 on a card, the corridor is 9,000 to 12,000."""

import dataclasses
from collections.abc import Iterable
from typing import Any

from pricing import Limits, Offer, Plan, Situation, make_strategy

ME = "me"
MONDAY_NOON = 12 * 60
MONDAY_NIGHT = 3 * 60
SATURDAY_NOON = 5 * 24 * 60 + 12 * 60
AT_10_000 = ((10_000, 10_539, 9_999),)
AT_5_000 = ((5_000, 5_676, 4_999),)


def situation(
    rivals: dict[str, int] | Iterable[Offer], *, price: int = 10_000, shown: int | None = None, **told: Any
) -> Situation:
    """Rivals are merchant → price, or offers; `told` is anything else that a situation takes."""
    others = [Offer(name, asked) for name, asked in rivals.items()] if isinstance(rivals, dict) else rivals
    bare = Situation(price, Limits(9_000, 12_000), ME, (Offer(ME, shown or price), *others))
    return dataclasses.replace(bare, **told)


def plan(name: str = "undercut", parameters: dict[str, int] | None = None, **rest: Any) -> Plan:
    """A plan with the strategy of this name."""
    return Plan(strategy=make_strategy(name, **(parameters or {})), **rest)
