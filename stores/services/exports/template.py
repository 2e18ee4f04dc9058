"""
The price list in the marketplace's own spreadsheet, for an upload by hand.

First sheet only, and its columns are fixed: SKU, model, brand, price, PP1 to PP5, preorder (partner guide, q3348). So
it exists for stores with points of these names alone, one price for all cities and one pre-order for all points
where it is on sale.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

import kaspi
from stores.services.errors import Refusal

POINTS = ("PP1", "PP2", "PP3", "PP4", "PP5")
COLUMNS = ("SKU", "model", "brand", "price", *POINTS, "preorder")
BLANKS = str.maketrans("\t\r\n", "   ")


def template_rows(path: Path) -> Iterator[tuple[Any, ...]]:
    """
    The offers of a price list as rows of the template. Raises Refusal (`no_template`), naming the article, where the
    template cannot say what the list says.
    """
    with path.open("rb") as file:
        for _start, line in kaspi.read_price_list_lines(file).lines:
            yield _row(line)


def _row(line: kaspi.PriceListLine) -> tuple[Any, ...]:
    if not line.points.keys() <= set(POINTS):
        raise _no_template(line.sku, _("it lies at a point other than PP1 to PP5"))
    prices = set(line.city_prices.values())
    if len(prices) > 1:
        raise _no_template(line.sku, _("its price is not the same in all cities"))
    # Where it is not on sale nobody orders it ahead; where it is on sale nowhere the list has them all the same.
    points = list(line.points.values())
    on_sale = [each for each in points if each.available] or points
    preorders = {each.preorder_days for each in on_sale}
    if len(preorders) > 1:
        raise _no_template(line.sku, _("its pre-order is not the same at all points"))
    there = (_count(line.points[code]) if code in line.points else None for code in POINTS)
    return (line.sku, _plain(line.model), _plain(line.brand or ""), *prices, *there, *preorders)


def _count(point: kaspi.Availability) -> int | str:
    if not point.available:
        return "no"
    return "yes" if point.stock_count is None else point.stock_count


def _plain(text: str) -> str:
    """Tabs and line ends have no place in a cell of the template."""
    return text.translate(BLANKS)


def _no_template(sku: str, why: str) -> Refusal:
    text = _("The marketplace's spreadsheet cannot hold this price list: %(sku)s – %(why)s. Take the XML instead.")
    return Refusal("no_template", text % {"sku": sku, "why": why})
