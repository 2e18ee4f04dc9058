"""What a market is worth to a store: how much it hurts to be late there."""

from dataclasses import dataclass

from stores.services.market.policy.numbers import checked

# A position that sells so often and earns so much (tenge a piece) has the weight 1, like one of which nothing is known.
USUAL_SALES_A_DAY = 0.5
USUAL_MARGIN = 3_000.0
LOWEST_VALUE, HIGHEST_VALUE = 0.1, 10.0
# Goods that cannot be sold now still want a price for the day they are back.
OUT_OF_STOCK = 0.1

# Who stands second or third is a tenge from the top, and whoever is first has it to lose.
NEAR_THE_TOP = 3
FAR_BELOW = 10
PLACE_NEAR_THE_TOP, PLACE_BETWEEN, PLACE_FAR_BELOW = 1.5, 1.0, 0.5


@dataclass(frozen=True, slots=True)
class Position:
    """
    A store's product in a market. None is "unknown" and changes nothing.

    `stock` and `sales_a_day` in pieces, `margin` in tenge a piece at the present price, `place` among the offers.
    """

    stock: int | None = None
    sales_a_day: float | None = None
    margin: float | None = None
    place: int | None = None


def value_of(position: Position) -> float:
    """The weight of a position, between LOWEST_VALUE and HIGHEST_VALUE. Raises ValueError for NaN."""
    sales = _against(USUAL_SALES_A_DAY, position.sales_a_day)
    margin = _against(USUAL_MARGIN, position.margin)
    value = sales * margin * _of_place(position.place) * _of_stock(position.stock)
    return min(max(value, LOWEST_VALUE), HIGHEST_VALUE)


def _against(usual: float, known: float | None) -> float:
    return 1.0 if known is None else max(checked("a position's number", known), 0.0) / usual


def _of_place(place: int | None) -> float:
    if place is None:
        return 1.0
    if place <= NEAR_THE_TOP:
        return PLACE_NEAR_THE_TOP
    return PLACE_BETWEEN if place < FAR_BELOW else PLACE_FAR_BELOW


def _of_stock(stock: int | None) -> float:
    return 1.0 if stock is None or stock > 0 else OUT_OF_STOCK
