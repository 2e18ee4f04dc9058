"""
The unit that is sold, and its costs in parts of a tenge.

A tenge has `scale` parts, chosen for the rates at hand so that every amount is a whole number of them: integers, and
yet exact.
"""

from dataclasses import dataclass
from decimal import Decimal
from math import lcm

from pricing.economics.answers import PriceRange
from pricing.economics.errors import BadRate
from pricing.economics.fees import FeeTable
from pricing.economics.rates import DeliveryRow, RateName, ShareRow, Zone
from pricing.economics.whole import check_int, up


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """
    One unit to sell: purchase cost and packaging in tenge, weight in grams, category of the commission, zone that the
    parcel goes to, tax regime of the seller.

    A floor assumes an order of one unit: the fee is charged on the order, so that is the worst case.
    """

    cost: int
    packaging: int
    category: str
    weight_g: int
    zone: Zone
    regime: str

    def __post_init__(self) -> None:
        for name, least in (("cost", 0), ("packaging", 0), ("weight_g", 1)):
            check_int(getattr(self, name), name)
            if getattr(self, name) < least:
                raise ValueError(f"{name} is at least {least}, not {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares of one price, in parts: of each tenge `scale` parts, `kept` are left after the others."""

    scale: int
    commission: int
    tax: int
    bonus: int
    kept: int


@dataclass(frozen=True, slots=True)
class Band:
    """Prices with one delivery fee. `delivery` (VAT included), `reserve` and `fixed` (all costs) are in parts."""

    start: int
    end: int | None
    delivery: int
    reserve: int
    fixed: int
    code: str

    def reaching(self, slope: int, needed: int) -> PriceRange | None:
        """The prices of this band for which slope x price is at least `needed`, which is not below 0 or `slope` is."""
        if slope * self.start >= needed:
            return PriceRange(self.start, self.end)
        if slope <= 0:
            return None
        first = up(needed, slope)
        return PriceRange(first, self.end) if self.end is None or first <= self.end else None


def share_rows(unit: Unit, fees: FeeTable) -> dict[RateName, ShareRow]:
    return {
        RateName.COMMISSION: fees.share(RateName.COMMISSION, unit.category),
        RateName.TURNOVER_TAX: fees.share(RateName.TURNOVER_TAX, unit.regime),
        RateName.VAT: fees.share(RateName.VAT),
        RateName.RETURNED: fees.share(RateName.RETURNED),
        RateName.BONUS: fees.share(RateName.BONUS),
    }


def scale_shares(rows: dict[RateName, ShareRow]) -> Shares:
    """Into parts so fine that every amount is a whole number of them."""
    wholes = {rate: row.share.as_integer_ratio()[1] for rate, row in rows.items()}
    vat_of_returns = wholes.pop(RateName.VAT) * wholes.pop(RateName.RETURNED)
    scale = lcm(vat_of_returns, *wholes.values())
    commission, tax, bonus = (
        _times(rows[rate].share, scale) for rate in (RateName.COMMISSION, RateName.TURNOVER_TAX, RateName.BONUS)
    )
    kept = scale - commission - tax - bonus
    if kept <= 0:
        raise BadRate("commission, tax and bonus leave nothing of the price")
    return Shares(scale, commission, tax, bonus, kept)


def scale_band(row: DeliveryRow, unit: Unit, rows: dict[RateName, ShareRow], scale: int) -> Band:
    fee = row.fee * scale
    delivery = fee + _times(rows[RateName.VAT].share, fee)
    reserve = _times(rows[RateName.RETURNED].share, delivery)
    fixed = (unit.cost + unit.packaging) * scale + delivery + reserve
    return Band(row.price_from, row.price_to, delivery, reserve, fixed, row.code)


def _times(share: Decimal, parts: int) -> int:
    """Exact: the scale was chosen so that nothing is left over."""
    part, whole = share.as_integer_ratio()
    return parts * part // whole
