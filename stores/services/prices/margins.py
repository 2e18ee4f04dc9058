"""
The margin a seller wants of a product, and what follows from it: the floor, the prices to keep out of.

Everything is computed from the fees of today, so a floor that is derived moves with them; nothing of it is stored.

A buyer anywhere in the country may order at the price of a city, so what a price earns is judged by the dearer of the
two deliveries that every seller offers. Express is left out: who offers it chooses it, and its fee is another's.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from pricing.economics import (
    Bounds,
    Economics,
    EconomicsError,
    MissingRate,
    TargetOutOfReach,
    Zone,
    code_of,
    zones_to_avoid,
)
from stores.models import CityPrice, Product
from stores.models.fields import MIN_PRICE
from stores.services.prices.profit import MOST_CALCULATORS, Missing, economics_of

# Where any order may have to be sent.
ZONES = (Zone.CITY, Zone.COUNTRY)


@dataclass(frozen=True, slots=True)
class Margins:
    """
    What today's fees say of the prices of a product, in tenge, wherever in the country it is sent.

    `floor`: the lowest price that earns the wanted margin; None where none is wanted. `break_even`: the lowest that
    loses nothing; None where all of them lose. `zones`: prices that no rule should ask. `missing`: the code of what is
    not known, as `Profit` has it, or `out_of_reach` for a margin that no price earns; all else is empty then.
    """

    floor: int | None = None
    break_even: int | None = None
    zones: tuple[Bounds, ...] = ()
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Earnings:
    """
    A price of a product, as the seller sees it: what it earns, in tenge and as a share, and where that begins.

    `profit` and `margin` are those of an order within the city, `profit_elsewhere` of one sent to another city.
    """

    margin_floor: int | None
    break_even: int | None
    profit: int | None
    profit_elsewhere: int | None
    margin: Decimal | None
    missing: str


def margins_of(product: Product) -> Margins:
    """The margins of the product by the fees of today, where it is sent to the dearer zone."""
    try:
        of_zones = [_margins(economics_of(product, zone), product.least_margin) for zone in ZONES]
    except Missing as missing:
        return Margins(missing=missing.code)
    unknown = next((margins for margins in of_zones if margins.missing), None)
    return unknown or max(of_zones, key=_dearness)


def _dearness(margins: Margins) -> tuple[int, float]:
    """Where the margin begins, then where the loss ends: a price that loses everywhere ends it nowhere."""
    return margins.floor or 0, math.inf if margins.break_even is None else margins.break_even


def earnings_of(row: CityPrice) -> Earnings:
    """What the price of the row earns, in an order of its own."""
    margins = margins_of(row.product)
    try:
        near, far = economics_of(row.product), economics_of(row.product, Zone.COUNTRY)
        profit, elsewhere, margin = near.profit(row.price), far.profit(row.price), share_of(near, row.price)
    except (Missing, MissingRate) as error:
        missing = error.code if isinstance(error, Missing) else code_of(error)
        return Earnings(margins.floor, margins.break_even, None, None, None, missing)
    return Earnings(margins.floor, margins.break_even, profit, elsewhere, margin, margins.missing)


def share_of(economics: Economics, price: int) -> Decimal:
    """The margin of the price as people read it: four decimal places. Raises MissingRate."""
    return economics.margin(price).quantize(Decimal("0.0001"))


def is_margin_unknown(product: Product) -> bool:
    """Whether the seller wants a margin and nobody can say which prices earn it: then no rule may price the product."""
    return product.least_margin is not None and margins_of(product).missing != ""


def floor_of(row: CityPrice) -> int | None:
    """The floor for rules: the typed one or the one that the wanted margin gives; of both, the higher."""
    floors = (row.floor, margins_of(row.product).floor)
    return max((floor for floor in floors if floor is not None), default=None)


def does_earn_margin(product: Product, price: object) -> bool | None:
    """
    Whether the price earns what the seller wants wherever it is sent; True where he wants nothing, None where it cannot
    be known.
    """
    if product.least_margin is None:
        return True
    if type(price) is not int:
        return None
    try:
        return all(economics_of(product, zone).margin(price) >= product.least_margin for zone in ZONES)
    except (Missing, MissingRate):
        return None


@lru_cache(maxsize=MOST_CALCULATORS)
def _margins(economics: Economics, least_margin: Decimal | None) -> Margins:
    try:
        # Nothing is sold for less than the lowest price that is touched at all.
        floor = None if least_margin is None else max(economics.floor_for_margin(least_margin), MIN_PRICE)
        return Margins(floor, _break_even(economics), zones_to_avoid(economics, least_margin))
    except EconomicsError as error:
        return Margins(missing=code_of(error))


def _break_even(economics: Economics) -> int | None:
    try:
        return economics.break_even().price
    except TargetOutOfReach:
        return None
