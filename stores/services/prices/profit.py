"""
What a product earns at a price, by the fees of the day; in numbers and codes.

The fees are read once per process. At most once a minute the process asks whether the tables have changed: a row saved
or deleted is seen by the next question after that, and so is a new day.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from django.db.models import Count, Max
from django.utils import timezone

from pricing.economics import (
    CostSheet,
    Economics,
    EconomicsError,
    FeeTable,
    MissingRate,
    Unit,
    Zone,
    code_of,
)
from stores.models import FeeCategory, FeeDelivery, FeeShare, Product
from stores.services.prices.fee_rows import read_delivery_rows, read_share_rows

log = logging.getLogger(__name__)

CHECK_SECONDS = 60.0
# How many products' calculators a process keeps; one is a kilobyte or two.
MOST_CALCULATORS = 8192
# The lines of a cost sheet as they are stored and shown.
LINES = ("price", "purchase", "packaging", "commission", "delivery", "tax", "bonus", "returns_reserve", "profit")

# How many rows each table has, and when one was last saved.
Stamp: TypeAlias = tuple[tuple[int, datetime | None], ...]


@dataclass(frozen=True, slots=True)
class Profit:
    """
    What one unit earns, in tenge, negative for a loss; or None, and the code of what is `missing` to say it. `sheet`
    has all its lines.

    The codes: `purchase_cost`, `weight`, `category` (none, or one whose commission is not in the tables) and
    `tax_regime` are facts of the product and its store; `commission`, `delivery`, `vat`, `turnover_tax`, `returned` and
    `bonus` are rates that nobody has entered for the day; `overlapping_rates` and `bad_rate` are tables that contradict
    themselves.
    """

    tenge: int | None
    missing: str = ""
    sheet: CostSheet | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Fees:
    """The fees of one day. `table` is None where the rows contradict each other; `fault` is the code then."""

    table: FeeTable | None
    commission_keys: Mapping[str, str]
    fault: str = ""


class CalculatorFacts(NamedTuple):
    """What a product's calculator depends on, besides the fees; quick to compare."""

    purchase_cost: int | None
    packaging_cost: int
    category_code: str
    weight_g: int | None
    zone: Zone
    tax_regime: str


class Missing(Exception):  # noqa: N818 -- named for what happened
    """The profit cannot be said for want of `code`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def profit_of(product: Product, price: int, zone: Zone = Zone.CITY) -> Profit:
    """What one unit of the product earns at the price, sent to that zone in an order of its own."""
    return profits_of(product, [price], zone)[0]


def profits_of(product: Product, prices: Sequence[int], zone: Zone = Zone.CITY) -> list[Profit]:
    """Like `profit_of`, for several prices by one calculator."""
    try:
        economics = economics_of(product, zone)
    except Missing as missing:
        return [Profit(None, missing.code) for _price in prices]
    return [_profit_at(economics, price) for price in prices]


def profit_change(product: Product, old_price: int, new_price: int) -> dict[str, Any]:
    """
    What a change of price does to the profit, as it is stored with the change.

    `old`, `new`: tenge, or None with the code of what is `missing`. `lines`: each price by lines, as a cost sheet has
    them, or None. `codes`: the (rate, row) pairs that were used. `day`: whose fees they are.
    """
    profits = dict(zip(("old", "new"), profits_of(product, [old_price, new_price]), strict=True))
    sheets = {name: profit.sheet for name, profit in profits.items()}
    codes = {code for sheet in sheets.values() if sheet is not None for code in sheet.codes}
    return {
        **{name: profit.tenge for name, profit in profits.items()},
        "missing": profits["new"].missing or profits["old"].missing,
        "lines": {name: None if sheet is None else lines_of(sheet) for name, sheet in sheets.items()},
        "codes": sorted([str(rate), code] for rate, code in codes),
        "day": timezone.localdate().isoformat(),
    }


def lines_of(sheet: CostSheet) -> dict[str, int]:
    """Where the price goes, in tenge, as it is stored and shown."""
    return {line: getattr(sheet, line) for line in LINES}


def forget_fees() -> None:
    """The next question reads the tables again."""
    for cached in (_stamp_of, _fees_of, _economics):
        cached.cache_clear()


def economics_of(product: Product, zone: Zone = Zone.CITY) -> Economics:
    """
    The calculator of the product by the fees of today in Almaty; the same one until its facts or the fees change.

    Raises Missing.
    """
    day, stamp = timezone.localdate(), _stamp_of(int(time.monotonic() // CHECK_SECONDS))
    facts = CalculatorFacts(
        product.purchase_cost,
        product.packaging_cost,
        product.category_code,
        product.weight_g,
        zone,
        product.store.tax_regime,
    )
    return _economics(facts, day, stamp)


@lru_cache(maxsize=MOST_CALCULATORS)
def _economics(facts: CalculatorFacts, day: date, stamp: Stamp) -> Economics:
    fees = _fees_of(day, stamp)
    unit = _unit_of(facts, fees)
    if fees.table is None:
        raise Missing(fees.fault)
    try:
        return Economics.for_unit(unit, fees.table)
    except EconomicsError as error:
        raise Missing(code_of(error)) from error


def _unit_of(facts: CalculatorFacts, fees: Fees) -> Unit:
    """Raises Missing for a fact that nobody has told us; none is guessed."""
    if facts.purchase_cost is None:
        raise Missing("purchase_cost")
    if not facts.weight_g:
        raise Missing("weight")
    if facts.category_code not in fees.commission_keys:
        raise Missing("category")
    if not facts.tax_regime:
        raise Missing("tax_regime")
    return Unit(
        cost=facts.purchase_cost,
        packaging=facts.packaging_cost,
        category=fees.commission_keys[facts.category_code],
        weight_g=facts.weight_g,
        zone=facts.zone,
        regime=facts.tax_regime,
    )


def _profit_at(economics: Economics, price: int) -> Profit:
    try:
        sheet = economics.costs(price)
    except MissingRate as error:
        return Profit(None, code_of(error))
    return Profit(sheet.profit, sheet=sheet)


@lru_cache(maxsize=1)
def _stamp_of(minute: int) -> Stamp:
    """What changes with every change of the tables; read once in that minute of the process."""
    seen = (
        model.objects.aggregate(rows=Count("pk"), changed=Max("updated_at"))
        for model in (FeeShare, FeeDelivery, FeeCategory)
    )
    return tuple((row["rows"], row["changed"]) for row in seen)


@lru_cache(maxsize=1)
def _fees_of(day: date, stamp: Stamp) -> Fees:
    """The tables as they are now. Rows that contradict each other are told in the log, and earn nobody a number."""
    commission_keys = dict(FeeCategory.objects.values_list("category_code", "commission_key"))
    try:
        table = FeeTable.on(day.isoformat(), read_share_rows(), read_delivery_rows())
    except EconomicsError as error:
        log.exception("no profit can be told by the fees of %s", day)
        return Fees(None, commission_keys, code_of(error))
    return Fees(table, commission_keys)
