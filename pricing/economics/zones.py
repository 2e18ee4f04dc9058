"""Prices that no rule should ask, because a lower one earns more or because they do not earn what is wanted."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias

from pricing.economics.calculator import Economics

# From, to (both inside), and the better price below.
Bounds: TypeAlias = tuple[int, int, int]


def zones_to_avoid(economics: Economics, least_margin: Decimal | None = None) -> tuple[Bounds, ...]:
    """
    The dead zones, joined with the holes that a wanted margin leaves above its lowest price.

    The zones are sorted and do not touch; a better price lies in none of them, and earns the margin wherever the zone
    begins above the margin's lowest price. Raises TargetOutOfReach.
    """
    dead = [zone.bounds for zone in economics.dead_zones()]
    holes = [] if least_margin is None else _holes(economics, least_margin)
    return tuple(_join([*dead, *holes]))


def _holes(economics: Economics, least_margin: Decimal) -> Iterator[Bounds]:
    for below, above in pairwise(economics.ranges_for_margin(least_margin)):
        if below.end is not None:
            yield below.end + 1, above.start - 1, below.end


def _join(zones: Iterable[Bounds]) -> list[Bounds]:
    """
    Zones that meet become one, with the better price of the lowest.

    That price is outside of all of them. It earns the margin: a dead zone's better price earns no less than any price
    of the zone, and is lower. Of two zones from one price on, the lower better price is the dead zone's.
    """
    joined: list[Bounds] = []
    for start, end, better in sorted(zones, key=lambda zone: (zone[0], zone[2])):
        if joined and start <= joined[-1][1] + 1:
            first, last, best = joined.pop()
            joined.append((first, max(last, end), best))
        else:
            joined.append((start, end, better))
    return joined
