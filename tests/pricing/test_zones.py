"""Prices that no rule should ask: dead zones, joined with the holes of a wanted margin."""

from decimal import Decimal
from itertools import pairwise
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.economics import BandBreakEven, Economics, FeeTable, TargetOutOfReach, Unit, Zone, zones_to_avoid
from pricing.economics.zones import Bounds, _holes, _join
from tests.pricing.rates import DELIVERY, SHARES

FEES = FeeTable.on("2026-03-01", SHARES, DELIVERY)


def economics(cost: int, packaging: int = 0) -> Economics:
    unit = Unit(
        cost=cost, packaging=packaging, category="general", weight_g=2_000, zone=Zone.CITY, regime="simplified-almaty"
    )
    return Economics.for_unit(unit, FEES)


def test_without_a_wanted_margin_they_are_the_dead_zones() -> None:
    assert zones_to_avoid(economics(6_500)) == tuple(zone.bounds for zone in economics(6_500).dead_zones())


def test_a_hole_of_the_margin_is_joined_with_the_dead_zone_in_it() -> None:
    kettle = economics(6_500)
    assert kettle.dead_zones()[-1].bounds == (10_000, 10_548, 9_999)
    assert kettle.ranges_for_margin(Decimal("0.08"))[-1].start == 10_164
    assert zones_to_avoid(kettle, Decimal("0.08"))[-1] == (10_000, 10_548, 9_999)
    assert kettle.ranges_for_margin(Decimal("0.113"))[-1].start == 10_622
    assert zones_to_avoid(kettle, Decimal("0.113"))[-1] == (10_000, 10_621, 9_999)


@pytest.mark.parametrize(
    ("zones", "joined"),
    [
        ([], []),
        ([(10, 20, 9)], [(10, 20, 9)]),
        ([(22, 30, 21), (10, 20, 9)], [(10, 20, 9), (22, 30, 21)]),
        ([(10, 20, 9), (21, 30, 15)], [(10, 30, 9)]),
        ([(10, 30, 9), (12, 20, 11)], [(10, 30, 9)]),
        ([(10, 20, 8), (10, 30, 5)], [(10, 30, 5)]),
        ([(10, 30, 8), (10, 20, 5)], [(10, 30, 5)]),
        ([(10, 20, 9), (15, 25, 14), (26, 30, 25)], [(10, 30, 9)]),
    ],
)
def test_zones_that_meet_become_one(zones: list[Bounds], joined: list[Bounds]) -> None:
    assert _join(zones) == joined


def test_a_hole_lies_between_prices_that_earn_the_margin() -> None:
    ranges = [SimpleNamespace(start=100, end=199), SimpleNamespace(start=250, end=300), SimpleNamespace(start=302)]
    kettle = cast("Economics", SimpleNamespace(ranges_for_margin=lambda least: ranges))
    assert list(_holes(kettle, Decimal("0.08"))) == [(200, 249, 199), (301, 301, 300)]


def test_a_margin_out_of_reach_is_no_zone() -> None:
    with pytest.raises(TargetOutOfReach):
        zones_to_avoid(economics(6_500), Decimal("0.9"))


def test_each_band_has_a_break_even_of_its_own_or_none() -> None:
    assert economics(9_500, 150).break_even_by_band() == (
        BandBreakEven(start=1, end=999, delivery=57, price=None),
        BandBreakEven(start=1_000, end=2_999, delivery=173, price=None),
        BandBreakEven(start=3_000, end=4_999, delivery=231, price=None),
        BandBreakEven(start=5_000, end=9_999, delivery=811, price=None),
        BandBreakEven(start=10_000, end=None, delivery=1_275, price=12_929),
    )
    assert economics(4_000).break_even_by_band()[2:4] == (
        BandBreakEven(start=3_000, end=4_999, delivery=231, price=None),
        BandBreakEven(start=5_000, end=9_999, delivery=811, price=5_694),
    )


costs = st.integers(0, 30_000)
shares = st.decimals(0, Decimal("0.5"), places=3)


@given(costs, shares, st.integers(100, 60_000))
def test_outside_of_the_zones_and_above_the_floor_every_price_earns_the_margin(
    cost: int, share: Decimal, price: int
) -> None:
    kettle = economics(cost)
    is_avoided = any(start <= price <= end for start, end, _ in zones_to_avoid(kettle, share))
    if price >= kettle.floor_for_margin(share) and not is_avoided:
        assert kettle.margin(price) >= share


@given(costs, shares)
def test_the_better_price_lies_in_no_zone_and_earns_the_margin(cost: int, share: Decimal) -> None:
    kettle = economics(cost)
    floor = kettle.floor_for_margin(share)
    zones = zones_to_avoid(kettle, share)
    for start, end, better in zones:
        assert better < start <= end
        assert not any(first <= better <= last for first, last, _ in zones)
        if start > floor:
            assert kettle.margin(better) >= share


@given(costs, shares)
def test_the_zones_are_sorted_and_do_not_touch(cost: int, share: Decimal) -> None:
    zones = zones_to_avoid(economics(cost), share)
    assert all(one[1] + 1 < other[0] for one, other in pairwise(zones))
