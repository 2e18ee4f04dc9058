"""
The price list: the XML file that the marketplace pulls from the seller about once an hour.

Format: the partner guide (pages q3251 and q3348) and `kaspishopping.xsd`. The guide's own examples carry
`preOrder` and `stockCount`, which the XSD does not declare and the loader takes; so do we.
"""

from kaspi.price_list.lint import lint_price_list
from kaspi.price_list.reader import PriceList, read_price_list
from kaspi.price_list.types import Availability, CityPrice, PriceListHeader, PriceListOffer
from kaspi.price_list.writer import write_price_list

__all__ = [
    "Availability",
    "CityPrice",
    "PriceList",
    "PriceListHeader",
    "PriceListOffer",
    "lint_price_list",
    "read_price_list",
    "write_price_list",
]
