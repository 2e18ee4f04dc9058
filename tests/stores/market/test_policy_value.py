"""What a market is worth to a store."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stores.services.market.policy import Position, value_of

numbers = st.none() | st.floats(-1e12, 1e12)
positions = st.builds(
    Position, st.none() | st.integers(-10, 10**9), numbers, numbers, st.none() | st.integers(0, 10**6)
)


@pytest.mark.parametrize(
    ("case", "position", "value"),
    [
        ("nothing is known", Position(), 1.0),
        ("the usual", Position(stock=5, sales_a_day=0.5, margin=3_000), 1.0),
        ("sells twice as often", Position(sales_a_day=1.0), 2.0),
        ("earns half as much", Position(margin=1_500), 0.5),
        ("both", Position(sales_a_day=1.0, margin=1_500), 1.0),
        ("first, with it to lose", Position(place=1), 1.5),
        ("a tenge from the top", Position(place=3), 1.5),
        ("in between", Position(place=4), 1.0),
        ("far below", Position(place=10), 0.5),
        ("cannot be sold now", Position(stock=0), 0.1),
        ("earns nothing", Position(margin=0), 0.1),
        ("a loss", Position(margin=-500), 0.1),
        ("never sold", Position(sales_a_day=0), 0.1),
        ("the hit of the year", Position(sales_a_day=500, margin=50_000), 10.0),
    ],
)
def test_value(case: str, position: Position, value: float) -> None:
    assert value_of(position) == pytest.approx(value), case


@given(positions)
def test_whatever_the_numbers_a_value_is_between_a_tenth_and_ten(position: Position) -> None:
    assert 0.1 <= value_of(position) <= 10


@given(positions, st.floats(0, 1e9), st.floats(0, 1e9))
def test_more_sales_are_never_worth_less(position: Position, few: float, more: float) -> None:
    few, more = sorted((few, more))
    of = [Position(position.stock, sales, position.margin, position.place) for sales in (few, more)]
    assert value_of(of[0]) <= value_of(of[1])


@pytest.mark.parametrize(
    "position", [Position(sales_a_day=math.nan), Position(margin=math.nan), Position(margin=math.inf)]
)
def test_what_is_no_number_is_refused(position: Position) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        value_of(position)
