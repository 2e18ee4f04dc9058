"""What a change of price is expected to earn, so that of many the best leaves first."""

from stores.models import CityPrice
from stores.services.market.policy.value import USUAL_MARGIN, USUAL_SALES_A_DAY
from stores.services.prices.profit import profits_of

HALF_HOURS_A_DAY = 48
# A week without a sale tells less than a week with one: such a product is taken to sell a piece in two weeks.
FEWEST_SOLD_A_WEEK = 0.5


def worth_of(row: CityPrice, price: int, sold_in_week: int | None) -> float:
    """
    Tenge that half an hour with this price earns more than with the present one, as far as one can tell; at least 0.

    `sold_in_week`: pieces, None where nobody knows, and what is usual stands in. `row` is read with product and store.
    """
    return _gain_of_piece(row, price) * _pieces_in_half_hour(sold_in_week)


def _gain_of_piece(row: CityPrice, price: int) -> float:
    """
    A rise earns the difference with each piece. A cut is made so that buyers do not go to a rival: it earns the whole
    profit of a piece. Where the profit is not known, the difference of the prices and a usual margin stand in.
    """
    before, after = (profit.tenge for profit in profits_of(row.product, [row.price, price]))
    if price < row.price:
        return USUAL_MARGIN if after is None else max(after, 0)
    if before is None or after is None:
        return price - row.price
    return max(after - before, 0)


def _pieces_in_half_hour(sold_in_week: int | None) -> float:
    a_day = USUAL_SALES_A_DAY if sold_in_week is None else max(sold_in_week, FEWEST_SOLD_A_WEEK) / 7
    return a_day / HALF_HOURS_A_DAY
