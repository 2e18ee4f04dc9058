"""
Unit economics: what one unit earns at a price, from which price on it loses nothing, and which prices are foolish.

Pure and exact. Money is whole tenge, rates are Decimal shares that hold from a day to a day and come from outside; a
rate that is missing for a day is an error, never a default. Build a `FeeTable` for a day, `Economics` for a unit, and
ask:

    fees = FeeTable.on("2026-03-01", share_rows, delivery_rows)
    economics = Economics.for_unit(Unit(cost=9_500, packaging=150, ...), fees)
    economics.profit(15_000), economics.break_even().price, economics.dead_zones()
"""

from pricing.economics.answers import BandBreakEven, BreakEven, CostSheet, DeadZone, PriceRange
from pricing.economics.calculator import Economics
from pricing.economics.days import Day
from pricing.economics.errors import BadRate, EconomicsError, MissingRate, OverlappingRates, TargetOutOfReach, code_of
from pricing.economics.fees import FeeTable
from pricing.economics.orders import Fate, LineAccount, OrderAccount, SoldLine, SoldOrder, account_of, unknown_account
from pricing.economics.rates import DeliveryRow, RateName, ShareRow, Zone, row_on, rows_on
from pricing.economics.unit import Unit
from pricing.economics.zones import Bounds, zones_to_avoid

__all__ = [
    "BadRate",
    "BandBreakEven",
    "Bounds",
    "BreakEven",
    "CostSheet",
    "Day",
    "DeadZone",
    "DeliveryRow",
    "Economics",
    "EconomicsError",
    "Fate",
    "FeeTable",
    "LineAccount",
    "MissingRate",
    "OrderAccount",
    "OverlappingRates",
    "PriceRange",
    "RateName",
    "ShareRow",
    "SoldLine",
    "SoldOrder",
    "TargetOutOfReach",
    "Unit",
    "Zone",
    "account_of",
    "code_of",
    "row_on",
    "rows_on",
    "unknown_account",
    "zones_to_avoid",
]
