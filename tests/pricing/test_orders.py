"""What orders earn: the sums that a seller would do by hand, and what holds for every order."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.economics import Fate, FeeTable, SoldLine, SoldOrder, Zone, account_of, unknown_account
from tests.pricing.rates import DELIVERY, SHARES

FEES = FeeTable.on("2026-03-01", SHARES, DELIVERY)
# The worked example: bought for 9,500, packed for 150, 2 kg, sent within the city.
LINE = SoldLine(amount=15_000, quantity=1, purchase=9_500, packaging=150, weight_g=2_000, commission="general")
ORDER = SoldOrder(
    fate=Fate.SOLD, lines=(LINE,), regime="simplified-almaty", is_carried=True, zone=Zone.CITY, charged=None
)


def order(*lines: SoldLine, **changes: Any) -> SoldOrder:
    return dataclasses.replace(ORDER, **({"lines": lines} if lines else {}), **changes)


def line(**changes: Any) -> SoldLine:
    return dataclasses.replace(LINE, **changes)


def test_the_worked_example_line_by_line() -> None:
    told = account_of(ORDER, FEES)
    (of_line,) = told.lines
    assert dataclasses.asdict(of_line) == {
        "purchase": 9_500,
        "packaging": 150,
        "commission": 1_875,
        "tax": 450,
        "bonus": 0,
        "delivery": 1_275,
        "returns_reserve": 0,
        "profit": 1_750,
        "missing": "",
    }
    assert (told.profit, told.missing, told.delivery_expected, told.overcharge) == (1_750, "", 1_275, None)


@pytest.mark.parametrize(
    ("case", "sold", "profit", "expected", "overcharge"),
    [
        ("charged as expected", order(charged=1_275), 1_750, 1_275, 0),
        ("charged more: the charge counts", order(charged=1_507), 1_518, 1_275, 232),
        ("charged less", order(charged=1_000), 2_025, 1_275, -275),
        ("charged, and not delivered yet", order(fate=Fate.OPEN, charged=1_507), 1_518, 1_275, None),
        ("sent across the country", order(zone=Zone.COUNTRY), 1_518, 1_507, None),
        ("carried by the seller", order(is_carried=False, zone=None), 3_025, 0, None),
        ("cancelled before it left", order(fate=Fate.CANCELLED, charged=1_275), 0, 0, None),
        ("not taken: the wrapping is gone", order(fate=Fate.REFUSED, charged=1_275), -150, 0, None),
        ("not taken, and broken", order(fate=Fate.REFUSED, charged=1_275, is_lost=True), -9_650, 0, None),
        ("returned: the way there is paid", order(fate=Fate.RETURNED, charged=1_275), -1_425, 1_275, 0),
        ("returned, and never seen again", order(fate=Fate.RETURNED, is_lost=True), -10_925, 1_275, None),
    ],
)
def test_what_became_of_it_decides_what_counts(
    case: str, sold: SoldOrder, profit: int, expected: int, overcharge: int | None
) -> None:
    told = account_of(sold, FEES)
    assert (told.profit, told.delivery_expected, told.overcharge) == (profit, expected, overcharge), case


@pytest.mark.parametrize(
    ("sold", "missing", "expected_missing"),
    [
        (order(line(purchase=None)), "purchase_cost", ""),
        (order(line(packaging=None)), "purchase_cost", ""),
        (order(line(commission=None)), "category", ""),
        (order(line(commission="unheard of")), "commission", ""),
        (order(regime=""), "tax_regime", ""),
        (order(regime="retail"), "turnover_tax", ""),
        (order(line(weight_g=None)), "weight", "weight"),
        (order(zone=None), "zone", "zone"),
        # What was charged is known, whatever the tables say.
        (order(line(weight_g=None), charged=1_275), "", "weight"),
        (order(zone=None, charged=1_275), "", "zone"),
        # Nothing of it was sold.
        (order(line(purchase=None), fate=Fate.CANCELLED), "", ""),
        (order(line(commission=None), fate=Fate.RETURNED), "", ""),
        (SoldOrder(fate=Fate.OPEN, lines=(), regime="", is_carried=False, zone=None, charged=None), "lines", ""),
    ],
)
def test_what_is_not_known_is_named_and_never_nothing(sold: SoldOrder, missing: str, expected_missing: str) -> None:
    told = account_of(sold, FEES)
    assert (told.missing, told.expected_missing) == (missing, expected_missing)
    assert (told.profit is None) == bool(missing)
    assert (told.delivery_expected is None) == bool(expected_missing)


def test_no_rate_of_the_day_is_no_profit() -> None:
    told = account_of(ORDER, FeeTable.on("2024-03-01", SHARES, DELIVERY))
    assert (told.profit, told.missing, told.expected_missing) == (None, "commission", "delivery")


def test_by_tables_that_contradict_themselves_only_what_needs_no_fee_is_known() -> None:
    assert unknown_account(ORDER, "overlapping_rates").missing == "overlapping_rates"
    assert unknown_account(ORDER, "overlapping_rates").profit is None
    assert unknown_account(order(fate=Fate.CANCELLED), "overlapping_rates").profit == 0
    assert unknown_account(order(fate=Fate.REFUSED), "overlapping_rates").profit == -150


def test_the_parcel_is_charged_once_on_the_total_and_shared_by_the_amounts() -> None:
    """Two cheap lines are one dear order: 6,000 together, so 699 and VAT, not twice 199."""
    told = account_of(order(line(amount=4_000), line(amount=2_000)), FEES)
    assert [each.delivery for each in told.lines] == [541, 270]
    assert told.delivery_expected == 811


def test_a_line_that_was_cancelled_costs_nothing() -> None:
    gone = line(amount=0, quantity=0, purchase=None, commission=None, weight_g=None)
    assert account_of(order(LINE, gone), FEES).profit == account_of(ORDER, FEES).profit


lines = st.builds(
    SoldLine,
    amount=st.integers(1, 300_000),
    quantity=st.integers(1, 5),
    purchase=st.integers(0, 200_000),
    packaging=st.integers(0, 1_000),
    weight_g=st.integers(1, 40_000),
    commission=st.sampled_from(["general", "food", "accessories"]),
)
orders = st.builds(
    SoldOrder,
    fate=st.sampled_from(list(Fate)),
    lines=st.lists(lines, min_size=1, max_size=5).map(tuple),
    regime=st.sampled_from(["simplified", "simplified-almaty"]),
    is_carried=st.booleans(),
    zone=st.sampled_from(list(Zone)),
    charged=st.none() | st.integers(0, 20_000),
    is_lost=st.booleans(),
)


@given(orders)
def test_the_lines_add_up_to_the_order(sold: SoldOrder) -> None:
    told = account_of(sold, FEES)
    assert told.profit == sum(each.profit or 0 for each in told.lines)
    delivery = sum(each.delivery or 0 for each in told.lines)
    earning = sold.fate in (Fate.OPEN, Fate.SOLD)
    if sold.is_carried and (earning or sold.fate is Fate.RETURNED):
        assert delivery == (told.delivery_expected if sold.charged is None else sold.charged)
    else:
        assert delivery == 0


@given(orders)
def test_every_tenge_of_a_line_has_a_name(sold: SoldOrder) -> None:
    earning = sold.fate in (Fate.OPEN, Fate.SOLD)
    for each, sold_line in zip(account_of(sold, FEES).lines, sold.lines, strict=True):
        told = dataclasses.asdict(each)
        del told["missing"]
        assert sum(told.values()) == (sold_line.amount if earning else 0)
