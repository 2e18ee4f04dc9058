"""
The price list: the XML file that the marketplace pulls from the seller about once an hour.

Format: the partner guide (pages q3251 and q3348) and `kaspishopping.xsd`. The guide's own examples carry
`preOrder` and `stockCount`, which the XSD does not declare and the loader takes; so do we.
"""

from kaspi.price_list.lines import (
    PriceListLine,
    PriceListLines,
    parse_price_list_line,
    read_price_list_line,
    read_price_list_lines,
)
from kaspi.price_list.pattern import OfferPattern, Place
from kaspi.price_list.reader import PriceList, read_price_list
from kaspi.price_list.types import Availability, CityPrice, PriceListHeader, PriceListOffer
from kaspi.price_list.writer import PRICE_LIST_TAIL, render_head, render_offer, write_price_list

__all__ = [
    "PRICE_LIST_TAIL",
    "Availability",
    "CityPrice",
    "OfferPattern",
    "Place",
    "PriceList",
    "PriceListHeader",
    "PriceListLine",
    "PriceListLines",
    "PriceListOffer",
    "parse_price_list_line",
    "read_price_list",
    "read_price_list_line",
    "read_price_list_lines",
    "render_head",
    "render_offer",
    "write_price_list",
]
