"""The sums that sellers do by hand, as tables, and what holds for all rates, costs and prices."""

import dataclasses
import pickle
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pricing.economics import (
    BadRate,
    DeadZone,
    DeliveryRow,
    Economics,
    EconomicsError,
    FeeTable,
    MissingRate,
    OverlappingRates,
    PriceRange,
    RateName,
    ShareRow,
    TargetOutOfReach,
    Unit,
    Zone,
    row_on,
    rows_on,
)
from pricing.economics.days import ordinal
from tests.pricing.rates import DELIVERY, SHARES, SOURCES

DAY = "2026-03-01"
FEES = FeeTable.on(DAY, SHARES, DELIVERY)
KETTLE = Unit(cost=9_500, packaging=150, category="general", weight_g=2_000, zone=Zone.CITY, regime="simplified-almaty")
TO_THE_COUNTRY = dataclasses.replace(KETTLE, zone=Zone.COUNTRY)


def economics(fees: FeeTable = FEES, **changes: Any) -> Economics:
    return Economics.for_unit(dataclasses.replace(KETTLE, **changes), fees)


def fees_with(**shares: str) -> FeeTable:
    """The fees of the day with other shares, by the code of their rate."""
    changed = [
        dataclasses.replace(row, share=Decimal(shares[row.rate])) if row.rate in shares else row for row in SHARES
    ]
    return FeeTable.on(DAY, changed, DELIVERY)


# The worked example


@pytest.mark.parametrize(
    ("price", "commission", "delivery", "tax", "profit", "per_cent"),
    [
        (15_000, 1_875, 1_275, 450, 1_750, "11.7"),
        (14_300, 1_788, 1_275, 429, 1_159, "8.1"),
        (13_500, 1_688, 1_275, 405, 483, "3.6"),
        (12_929, 1_616, 1_275, 388, 0, "0.0"),
        (12_000, 1_500, 1_275, 360, -785, "-6.5"),
    ],
)
def test_where_the_price_of_a_kettle_goes(
    price: int, commission: int, delivery: int, tax: int, profit: int, per_cent: str
) -> None:
    kettle = economics()
    sheet = kettle.costs(price)
    assert (sheet.commission, sheet.delivery, sheet.tax, sheet.profit) == (commission, delivery, tax, profit)
    assert (sheet.price, sheet.purchase, sheet.packaging, sheet.bonus, sheet.returns_reserve) == (
        price,
        9_500,
        150,
        0,
        0,
    )
    assert (kettle.profit(price), type(kettle.profit(price))) == (profit, int)
    assert round(kettle.margin(price) * 100, 1) == Decimal(per_cent)


def test_lines_are_rounded_for_themselves_and_the_profit_once() -> None:
    assert exact_profit(economics(), 14_300) == Decimal("1158.66")
    assert economics().costs(14_300).rounding == -1
    assert economics().costs(15_000).rounding == 0


def test_a_sheet_names_the_rows_it_was_made_with() -> None:
    codes = economics().costs(15_000).codes
    assert dict(codes) == {
        RateName.COMMISSION: "commission-2026-general",
        RateName.DELIVERY: "delivery-2026",
        RateName.VAT: "vat-2026",
        RateName.TURNOVER_TAX: "simplified-almaty",
        RateName.RETURNED: "no-returns",
        RateName.BONUS: "no-bonus",
    }
    assert {code for _, code in codes} <= set(SOURCES)


def test_bonus_and_returns_are_paid_from_the_price() -> None:
    generous = economics(fees_with(bonus="0.05", returned="0.06"))
    sheet = generous.costs(15_000)
    # Six of a hundred parcels come back: 6 % of the 1 274.84 that each of them costs.
    assert (sheet.bonus, sheet.returns_reserve) == (750, 76)
    assert exact_profit(generous, 15_000) == Decimal("1750.16") - 750 - Decimal("76.4904")


@pytest.mark.parametrize(
    ("story", "unit", "price"),
    [("in the city", KETTLE, 12_929), ("across the country", TO_THE_COUNTRY, 13_204)],
)
def test_the_break_even_depends_on_where_the_buyer_is(story: str, unit: Unit, price: int) -> None:
    break_even = Economics.for_unit(unit, FEES).break_even()
    assert (break_even.price, break_even.ranges) == (price, (PriceRange(price, None),)), story


def test_across_the_country_it_earns_232_less() -> None:
    across = Economics.for_unit(TO_THE_COUNTRY, FEES)
    assert economics().profit(15_000) - across.profit(15_000) == 232


@pytest.mark.parametrize(
    ("day", "price", "zone", "charged"),
    [
        ("2025-04-15", 5_990, Zone.COUNTRY, 895),
        ("2025-12-31", 21_399, Zone.CITY, 1_231),
        ("2026-01-01", 17_490, Zone.COUNTRY, 1_507),
    ],
)
def test_delivery_is_what_the_marketplace_charged(day: str, price: int, zone: Zone, charged: int) -> None:
    assert FeeTable.on(day, SHARES, DELIVERY).delivery_fee(price, 2_000, zone) == charged


@pytest.mark.parametrize(
    ("price", "weight_g", "zone", "without_vat"),
    [
        (999, 2_000, Zone.CITY, 49),
        (1_000, 2_000, Zone.CITY, 149),
        (4_999, 200_000, Zone.EXPRESS, 199),
        (5_000, 2_000, Zone.CITY, 699),
        (9_999, 2_000, Zone.EXPRESS, 799),
        (10_000, 5_000, Zone.CITY, 1_099),
        (10_000, 5_001, Zone.CITY, 1_349),
        (10_000, 15_000, Zone.COUNTRY, 1_699),
        (10_000, 15_001, Zone.COUNTRY, 3_599),
        (1_000_000, 100_001, Zone.EXPRESS, 8_449),
    ],
)
def test_the_edges_of_the_delivery_bands(price: int, weight_g: int, zone: Zone, without_vat: int) -> None:
    fee = FEES.delivery_fee(price, weight_g, zone)
    assert fee == floor(Fraction(without_vat) * Fraction(116, 100) + Fraction(1, 2))
    assert economics(weight_g=weight_g, zone=zone).delivery_fee(price) == fee


# Dead zones


@pytest.mark.parametrize(
    ("cost", "zone"),
    [
        (
            6_500,
            DeadZone(start=10_000, end=10_539, better_price=9_990, better_profit=981, start_profit=525, end_profit=981),
        ),
        (
            3_000,
            DeadZone(start=5_000, end=5_676, better_price=4_990, better_profit=836, start_profit=264, end_profit=835),
        ),
    ],
)
def test_the_dead_zone_above_a_round_price(cost: int, zone: DeadZone) -> None:
    assert zone in economics(cost=cost).dead_zones(below=10)


@pytest.mark.parametrize(
    ("cost", "price", "profit"),
    [
        (6_500, 9_990, 981),
        (6_500, 10_010, 534),
        (6_500, 10_540, 981),
        (3_000, 4_990, 836),
        (3_000, 5_010, 273),
        (3_000, 5_677, 836),
    ],
)
def test_just_above_an_edge_a_higher_price_earns_less(cost: int, price: int, profit: int) -> None:
    assert economics(cost=cost).profit(price) == profit


def test_from_the_last_tenge_below_the_edge_the_zones_are_a_little_longer() -> None:
    assert [zone.bounds for zone in economics(cost=6_500).dead_zones()] == [
        (1_000, 1_136, 999),
        (3_000, 3_067, 2_999),
        (5_000, 5_685, 4_999),
        (10_000, 10_548, 9_999),
    ]


def test_a_band_that_is_dead_as_a_whole_makes_one_zone_with_the_next() -> None:
    rows = [delivery(1, 999, 0), delivery(1_000, 1_099, 500), delivery(1_100, None, 600)]
    # 84.5 % of a tenge is kept: 580 and 696 tenge of delivery weigh as much as 687 and 824 tenge of price.
    assert [zone.bounds for zone in economics(table(rows)).dead_zones()] == [(1_000, 1_822, 999)]


def test_there_is_no_zone_where_delivery_gets_cheaper() -> None:
    assert economics(table([delivery(1, 999, 500), delivery(1_000, None, 0)])).dead_zones() == ()


@pytest.mark.parametrize("below", [0, -1])
def test_a_price_below_an_edge_is_below_it(below: int) -> None:
    with pytest.raises(ValueError, match="at least one tenge below"):
        economics().dead_zones(below)


# Floors


def test_a_loss_can_come_back_above_an_edge() -> None:
    cheap = economics(cost=7_200).break_even()
    assert cheap.ranges == (PriceRange(9_658, 9_999), PriceRange(10_207, None))
    assert cheap.price == 9_658
    assert 9_999 in cheap.ranges[0]
    assert 10_000 not in cheap.ranges[0]
    assert 1_000_000 in cheap.ranges[1]


@pytest.mark.parametrize(
    ("share", "price"),
    [("0", 12_929), ("0.036", 13_505), ("0.08", 14_281), ("0.5", 31_667), ("0.844", 10_924_840)],
)
def test_a_floor_from_a_margin(share: str, price: int) -> None:
    kettle = economics()
    assert kettle.floor_for_margin(Decimal(share)) == price
    assert kettle.margin(price) >= Decimal(share) > kettle.margin(price - 1)


@pytest.mark.parametrize(
    ("tenge", "price"), [(0, 12_929), (1_750, 15_000), (1_751, 15_001), (-5_656, 5_687), (-5_657, 4_999), (-12_930, 1)]
)
def test_a_floor_from_a_profit(tenge: int, price: int) -> None:
    assert economics().ranges_for_profit(tenge)[0].start == price


def test_what_the_shares_do_not_leave_cannot_be_earned() -> None:
    with pytest.raises(TargetOutOfReach, match=r"^no price with a known delivery fee earns that much$"):
        economics().floor_for_margin(Decimal("0.845"))


def test_all_that_is_kept_is_earned_when_nothing_is_spent() -> None:
    gift = economics(table([delivery(1, None, 0)]), cost=0, packaging=0)
    assert gift.floor_for_margin(Decimal("0.845")) == 1
    with pytest.raises(TargetOutOfReach):
        gift.floor_for_margin(Decimal("0.845001"))


def test_nothing_is_promised_above_the_last_known_price() -> None:
    known = economics(table([delivery(1, 10_000, 0)]))
    with pytest.raises(TargetOutOfReach):
        known.break_even()


# Rates: missing, overlapping, impossible


def table(rows: list[DeliveryRow]) -> FeeTable:
    return FeeTable.on(DAY, SHARES, rows)


def delivery(price_from: int, price_to: int | None, fee: int, **changes: Any) -> DeliveryRow:
    row = DeliveryRow(
        zone=Zone.CITY,
        price_from=price_from,
        price_to=price_to,
        weight_from_g=1,
        weight_to_g=None,
        fee=fee,
        code=f"from {price_from}",
        valid_from="2026-01-01",
    )
    return dataclasses.replace(row, **changes)


def share(**changes: Any) -> ShareRow:
    row = ShareRow(rate=RateName.VAT, share=Decimal("0.16"), code="vat", valid_from="2026-01-01")
    return dataclasses.replace(row, **changes)


@pytest.mark.parametrize(
    ("story", "day", "changes", "rate", "key"),
    [
        ("a category without a commission", DAY, {"category": "cars"}, RateName.COMMISSION, "cars"),
        ("a regime that has ended", DAY, {"regime": "retail"}, RateName.TURNOVER_TAX, "retail"),
        ("no commission is known before 2026", "2025-06-01", {"regime": "retail"}, RateName.COMMISSION, "general"),
    ],
)
def test_a_missing_rate_says_which(story: str, day: str, changes: dict[str, Any], rate: RateName, key: str) -> None:
    fees = FeeTable.on(day, SHARES, DELIVERY)
    with pytest.raises(MissingRate) as missing:
        economics(fees, **changes)
    assert (missing.value.rate, missing.value.key, missing.value.day) == (rate, key, day), story


@pytest.mark.parametrize("rate", [RateName.VAT, RateName.RETURNED, RateName.BONUS])
def test_no_rate_is_zero_by_default(rate: RateName) -> None:
    fees = FeeTable.on(DAY, [row for row in SHARES if row.rate != rate], DELIVERY)
    with pytest.raises(MissingRate) as missing:
        economics(fees)
    assert (missing.value.rate, missing.value.key) == (rate, "")


def test_a_zone_without_a_tariff_is_missing() -> None:
    with pytest.raises(MissingRate) as missing:
        economics(table([delivery(1, None, 100)]), zone=Zone.EXPRESS)
    assert missing.value.args == (RateName.DELIVERY, "express, 2000 g", DAY)


PATCHY = [delivery(1_000, 1_999, 100), delivery(3_000, 3_999, 1_000)]


@pytest.mark.parametrize("price", [-5, 0, 999, 2_000, 2_999, 4_000])
@pytest.mark.parametrize(
    "ask",
    [
        Economics.profit,
        Economics.margin,
        Economics.costs,
        Economics.delivery_fee,
        Economics.returns_reserve,
        lambda patchy, price: patchy.fees.delivery_fee(price, 2_000, Zone.CITY),
    ],
)
def test_between_the_bands_nothing_is_known(ask: Any, price: int) -> None:
    with pytest.raises(MissingRate) as missing:
        ask(economics(table(PATCHY)), price)
    assert missing.value.args == (RateName.DELIVERY, f"city, 2000 g, {price} tenge", DAY)
    assert (missing.value.rate, missing.value.key, missing.value.day) == missing.value.args


def test_a_zone_begins_where_a_fee_is_known_again() -> None:
    assert [zone.bounds for zone in economics(table(PATCHY)).dead_zones()] == [(3_000, 3_234, 1_999)]


@pytest.mark.parametrize("price", [True, 9_999.0, "9999", None, Decimal(9_999)])
def test_a_price_is_an_int(price: Any) -> None:
    kettle = economics()
    for ask in (kettle.profit, kettle.margin, kettle.costs, kettle.delivery_fee, kettle.ranges_for_profit):
        with pytest.raises(TypeError):
            ask(price)
    with pytest.raises(TypeError, match=r"^a price is a whole number, not "):
        FEES.delivery_fee(price, 2_000, Zone.CITY)
    with pytest.raises(TypeError, match=r"^a weight is a whole number, not "):
        FEES.delivery_rows(price, Zone.CITY)


def test_the_smallest_unit() -> None:
    feather = economics(cost=0, packaging=0, weight_g=1)
    assert feather.profit(15_000) == economics().profit(15_000) + 9_650


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("cost", -1, ValueError),
        ("cost", 9_500.5, TypeError),
        ("packaging", True, TypeError),
        ("packaging", None, TypeError),
        ("weight_g", 0, ValueError),
        ("weight_g", "2000", TypeError),
    ],
)
def test_a_unit_is_made_of_whole_numbers(field: str, value: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=field):
        dataclasses.replace(KETTLE, **{field: value})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        *(
            (wrong, f"a share is a finite Decimal, not {wrong!r}")
            for wrong in (0.125, 0, "0.1", None, Decimal("NaN"), Decimal("Infinity"))
        ),
        (Decimal(1), "a share lies between 0 and 1: 1"),
        (Decimal("-0.01"), "a share lies between 0 and 1: -0.01"),
        (Decimal("0.0000001"), "a share has at most 6 decimal places: 1E-7"),
    ],
)
def test_a_share_that_cannot_be(wrong: Any, said: str) -> None:
    for ask in (lambda: share(share=wrong), lambda: economics().floor_for_margin(wrong)):
        with pytest.raises(BadRate) as refused:
            ask()
        assert str(refused.value) == said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fee": -1}, "a whole number from 0 was expected, not -1"),
        ({"fee": 99.5}, "a whole number from 0 was expected, not 99.5"),
        ({"fee": True}, "a whole number from 0 was expected, not True"),
        ({"price_from": 0}, "a whole number from 1 was expected, not 0"),
        ({"price_from": 5_000, "price_to": 4_999}, "a whole number from 5000 was expected, not 4999"),
        ({"weight_from_g": 0}, "a whole number from 1 was expected, not 0"),
        ({"weight_to_g": 0}, "a whole number from 1 was expected, not 0"),
        ({"valid_from": "2026-02-30"}, "no such day: 2026-02-30"),
        ({"valid_from": "1.1.2026"}, "neither an ISO date nor an ordinal: '1.1.2026'"),
        ({"valid_from": None}, "neither an ISO date nor an ordinal: None"),
        ({"valid_to": "2025-12-31"}, "a row cannot end on 2025-12-31 and begin on 2026-01-01"),
        ({"valid_to": "soon"}, "neither an ISO date nor an ordinal: 'soon'"),
    ],
)
def test_a_delivery_row_that_cannot_be(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRate) as refused:
        dataclasses.replace(delivery(1, None, 100), **changes)
    assert str(refused.value) == said


def test_a_share_row_cannot_end_before_it_begins() -> None:
    with pytest.raises(BadRate, match="cannot end on 2025-12-31"):
        share(valid_to="2025-12-31")


def test_shares_that_eat_the_price_are_refused() -> None:
    with pytest.raises(BadRate, match=r"^commission, tax and bonus leave nothing of the price$"):
        economics(fees_with(commission="0.5", turnover_tax="0.3", bonus="0.2"))


def test_the_smallest_share_that_is_left_is_enough() -> None:
    frugal = economics(fees_with(commission="0.5", turnover_tax="0.3", bonus="0.199999"))
    assert frugal.break_even().price == 10_924_840_000


TURN_OF_THE_YEAR = (
    share(share=Decimal("0.12"), code="old", valid_from="2009-01-01", valid_to="2025-12-31"),
    share(code="new", valid_from="2026-01-01"),
)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        ("2009-01-01", "old"),
        ("2025-12-31", "old"),
        ("2026-01-01", "new"),
        ("2039-07-15", "new"),
        (date(2025, 12, 31).toordinal(), "old"),
        (date(2026, 1, 1).toordinal(), "new"),
    ],
)
def test_the_row_that_holds_on_a_day(day: int | str, code: str) -> None:
    assert row_on(TURN_OF_THE_YEAR, day, RateName.VAT).code == code


def test_a_day_in_a_gap_has_no_rate() -> None:
    gap = (share(valid_from="2025-01-01", valid_to="2025-06-30"), share(valid_from="2025-07-02"))
    with pytest.raises(MissingRate) as missing:
        row_on(gap, "2025-07-01", RateName.VAT)
    assert str(missing.value) == "no vat for '' on 2025-07-01"


def test_a_day_with_two_rows_has_no_rate_either() -> None:
    overlap = (share(code="b"), share(code="a", valid_from="2026-03-01", valid_to="2026-03-01"), share(code="b2"))
    with pytest.raises(OverlappingRates) as overlapping:
        row_on(overlap, DAY, RateName.VAT)
    assert overlapping.value.codes == ("a", "b", "b2")
    assert overlapping.value.args == (RateName.VAT, "", DAY, ("a", "b", "b2"))
    assert str(overlapping.value) == "several rows of vat for '' on 2026-03-01: a, b, b2"


def test_a_table_refuses_overlapping_shares() -> None:
    with pytest.raises(OverlappingRates) as overlapping:
        FeeTable.on(DAY, [*SHARES, share(code="vat again")], DELIVERY)
    assert (overlapping.value.rate, overlapping.value.codes) == (RateName.VAT, ("vat again", "vat-2026"))


@pytest.mark.parametrize(
    ("story", "one", "other", "do_overlap"),
    [
        ("neighbours in price", delivery(1, 999, 1), delivery(1_000, None, 2), False),
        ("one common tenge", delivery(1, 1_000, 1), delivery(1_000, None, 2), True),
        ("one inside the other", delivery(1, None, 1), delivery(500, 600, 2), True),
        ("the other way round", delivery(500, 600, 2), delivery(1, None, 1), True),
        ("another zone", delivery(1, None, 1), delivery(1, None, 2, zone=Zone.COUNTRY), False),
        ("neighbours in weight", delivery(1, None, 1, weight_to_g=500), delivery(1, None, 2, weight_from_g=501), False),
        (
            "neighbours in weight, the heavier first",
            delivery(1, None, 1, weight_from_g=501),
            delivery(1, None, 2, weight_to_g=500),
            False,
        ),
        ("one common gram", delivery(1, None, 1, weight_to_g=500), delivery(1, None, 2, weight_from_g=500), True),
        (
            "last year's",
            delivery(1, None, 1, valid_from="2025-01-01", valid_to="2025-12-31"),
            delivery(1, None, 2),
            False,
        ),
    ],
)
def test_a_table_refuses_overlapping_delivery(
    story: str, one: DeliveryRow, other: DeliveryRow, do_overlap: bool
) -> None:
    if not do_overlap:
        assert other in table([one, other]).delivery, story
        return
    with pytest.raises(OverlappingRates) as overlapping:
        table([one, other])
    assert overlapping.value.args == (RateName.DELIVERY, one.zone, DAY, tuple(sorted((one.code, other.code)))), story


def test_a_table_holds_nothing_of_another_day() -> None:
    with pytest.raises(MissingRate) as missing:
        FeeTable(day="2025-06-01", shares=(share(rate=RateName.COMMISSION, key="food"),), delivery=())
    assert missing.value.args == (RateName.COMMISSION, "food", "2025-06-01")
    with pytest.raises(MissingRate) as missing:
        FeeTable(day="2025-06-01", shares=(), delivery=(delivery(1, None, 1),))
    assert missing.value.args == (RateName.DELIVERY, "from 1", "2025-06-01")


def test_the_rows_of_a_day_keep_their_order() -> None:
    assert [row.code for row in rows_on(TURN_OF_THE_YEAR, "2026-05-05")] == ["new"]
    assert len(rows_on(DELIVERY, DAY)) == 30


@given(st.dates())
@example(date(1, 1, 1))
@example(date(2000, 2, 29))
@example(date(2024, 12, 31))
def test_ordinals_are_those_of_the_calendar(day: date) -> None:
    assert ordinal(day.isoformat()) == ordinal(day.toordinal()) == day.toordinal()


@pytest.mark.parametrize(
    "day",
    [
        "",
        "2026-1-1",
        "2026-00-10",
        "2026-13-01",
        "2026-04-31",
        "2025-02-29",
        "1900-02-29",
        "0000-01-01",
        "2026-01-01T00",
    ],
)
def test_what_is_no_day(day: str) -> None:
    with pytest.raises(ValueError, match=r"no such day|neither an ISO date"):
        ordinal(day)


@pytest.mark.parametrize("day", [True, 1.0, None])
def test_what_is_no_day_by_type(day: Any) -> None:
    with pytest.raises(ValueError, match="neither"):
        ordinal(day)


def test_tables_calculators_and_errors_survive_a_task_queue() -> None:
    kettle = economics()
    assert pickle.loads(pickle.dumps(kettle)) == kettle  # noqa: S301 - our own bytes
    for error in (MissingRate("vat", "", DAY), OverlappingRates("vat", "", DAY, ("a", "b"))):
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
        assert (str(copy), vars(copy)) == (str(error), vars(error))
        assert isinstance(copy, EconomicsError)


def test_another_decimal_context_changes_nothing() -> None:
    usual = (economics().margin(14_300), economics().floor_for_margin(Decimal("0.08")))
    with localcontext(prec=2):
        narrow = economics()
        assert (narrow.margin(14_300), narrow.floor_for_margin(Decimal("0.08"))) == usual
        assert FEES.delivery_fee(17_490, 2_000, Zone.COUNTRY) == 1_507


# What holds whatever the rates

small_shares = st.decimals(0, Decimal("0.3"), places=6)
prices = st.integers(1, 300_000)


@st.composite
def price_bands(draw: st.DrawFn) -> list[DeliveryRow]:
    """Bands that follow one another from 1 tenge up, of any width and fee."""
    edges = sorted(draw(st.sets(st.integers(2, 20_000), max_size=6)))
    fees = draw(st.lists(st.integers(0, 5_000), min_size=len(edges) + 1, max_size=len(edges) + 1))
    lasts = [*(edge - 1 for edge in edges), None]
    return [delivery(first, last, fee) for first, last, fee in zip([1, *edges], lasts, fees, strict=True)]


@st.composite
def calculators(draw: st.DrawFn) -> Economics:
    shares = [dataclasses.replace(row, share=draw(small_shares)) for row in FEES.shares]
    fees = FeeTable(day=DAY, shares=tuple(shares), delivery=tuple(draw(st.permutations(draw(price_bands())))))
    return economics(fees, cost=draw(st.integers(0, 100_000)), packaging=draw(st.integers(0, 1_000)))


def exact_profit(calculator: Economics, price: int) -> Fraction:
    """The formula as it is written, in exact fractions and from the rows alone."""
    unit, fees = calculator.unit, calculator.fees

    def part(rate: RateName, key: str = "") -> Fraction:
        return next(Fraction(row.share) for row in fees.shares if (row.rate, row.key) == (rate, key))

    row = next(row for row in fees.delivery if row.price_from <= price <= (row.price_to or price))
    parcel = row.fee * (1 + part(RateName.VAT)) * (1 + part(RateName.RETURNED))
    of_price = (
        part(RateName.COMMISSION, unit.category) + part(RateName.TURNOVER_TAX, unit.regime) + part(RateName.BONUS)
    )
    return price - price * of_price - parcel - unit.cost - unit.packaging


@given(calculators(), prices)
@example(economics(), 14_300)
def test_the_integers_are_the_formula(calculator: Economics, price: int) -> None:
    exact = exact_profit(calculator, price)
    assert calculator.profit(price) == floor(exact + Fraction(1, 2))
    assert abs(Fraction(calculator.margin(price)) - exact / price) < Fraction(1, 10**40)


@given(calculators(), prices)
def test_a_sheet_adds_up_to_a_few_tenge(calculator: Economics, price: int) -> None:
    sheet = calculator.costs(price)
    assert abs(sheet.rounding) <= 3
    assert sheet.profit == calculator.profit(price)


@given(calculators())
def test_at_break_even_nothing_is_lost_and_a_tenge_below_something_is(calculator: Economics) -> None:
    break_even = calculator.break_even()
    starts = [band.start for band in calculator.bands]
    for earning in break_even.ranges:
        assert exact_profit(calculator, earning.start) >= 0
        if earning.start not in starts:
            assert exact_profit(calculator, earning.start - 1) < 0


@given(calculators(), prices, st.integers(-1_000, 50_000))
def test_the_ranges_hold_exactly_the_prices_that_earn_enough(calculator: Economics, price: int, target: int) -> None:
    ranges = calculator.ranges_for_profit(target)
    assert any(price in earning for earning in ranges) == (exact_profit(calculator, price) >= target)
    for lower, higher in pairwise(ranges):
        assert lower.end + 1 < higher.start


@given(calculators(), prices, st.decimals(0, Decimal("0.9"), places=4))
def test_a_floor_for_a_margin_reaches_it(calculator: Economics, price: int, share: Decimal) -> None:
    try:
        ranges = calculator.ranges_for_margin(share)
    except TargetOutOfReach:
        assert exact_profit(calculator, price) < Fraction(share) * price
        return
    assert any(price in earning for earning in ranges) == (exact_profit(calculator, price) >= Fraction(share) * price)
    floor_price = calculator.floor_for_margin(share)
    assert calculator.margin(floor_price) >= share
    assert floor_price == ranges[0].start


@given(calculators(), st.integers(0, 50_000))
@example(economics(cost=7_200), 0)
def test_above_a_floor_only_dead_prices_earn_less(calculator: Economics, target: int) -> None:
    zones = calculator.dead_zones()
    for lower, higher in pairwise(calculator.ranges_for_profit(target)):
        for price in (lower.end + 1, (lower.end + higher.start) // 2, higher.start - 1):
            assert any(price in zone for zone in zones)


@given(calculators(), st.integers(1, 50))
def test_every_price_of_a_dead_zone_earns_no_more_than_the_better_one(calculator: Economics, below: int) -> None:
    end = 0
    for zone in calculator.dead_zones(below):
        assert end < zone.start <= zone.end
        assert zone.better_price < zone.start
        end = zone.end
        best = exact_profit(calculator, zone.better_price)
        edges = {zone.start, (zone.start + zone.end) // 2, zone.end}
        inner = {band.end for band in calculator.bands if band.end is not None and band.end in zone}
        assert all(exact_profit(calculator, price) <= best for price in edges | inner)
        assert zone.better_profit >= max(zone.start_profit, zone.end_profit)


@given(calculators(), prices, st.integers(1, 50))
def test_outside_of_dead_zones_a_price_earns_more_than_all_ends_below(
    calculator: Economics, price: int, below: int
) -> None:
    assume(not any(price in zone for zone in calculator.dead_zones(below)))
    passed = [band for band in calculator.bands if band.end is not None and band.end < price]
    ends = [max(band.start, band.end + 1 - below) for band in passed]
    assert all(exact_profit(calculator, price) > exact_profit(calculator, end) for end in ends)


@given(calculators(), prices, st.integers(1, 10_000))
def test_a_dearer_purchase_earns_less_and_needs_more(calculator: Economics, price: int, rise: int) -> None:
    dearer_unit = dataclasses.replace(calculator.unit, cost=calculator.unit.cost + rise)
    dearer = Economics.for_unit(dearer_unit, calculator.fees)
    assert dearer.profit(price) == calculator.profit(price) - rise
    assert dearer.break_even().price >= calculator.break_even().price
    assert [zone.bounds for zone in dearer.dead_zones()] == [zone.bounds for zone in calculator.dead_zones()]
