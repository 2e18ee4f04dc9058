"""
The wire to Kaspi.kz: its public storefront, its official API for sellers, and the price list it pulls from a seller.

    async with AiohttpTransport() as transport:
        storefront = Storefront("https://kaspi.kz", transport, clock=lambda: datetime.now(UTC))
        card = await storefront.offers("800100500", "750000000")

This package knows no framework, no settings and no environment, keeps nothing, and never retries. What goes
wrong is one of the errors drawn in `kaspi.errors`. Import from here: the modules inside may move.
"""

from kaspi.answers import why_unaccepted
from kaspi.cities import CITIES, City, city
from kaspi.errors import (
    Blocked,
    InvalidOffer,
    InvalidPriceList,
    KaspiError,
    MalformedAnswer,
    MalformedPriceList,
    PartialAnswer,
    PriceListError,
    Refused,
    Throttled,
    TokenRejected,
    Unavailable,
    UnknownCity,
)
from kaspi.merchant import (
    LONGEST_COMMENT,
    LONGEST_PERIOD,
    CancelReason,
    Customer,
    MediaType,
    MerchantApi,
    MerchantOrder,
    OrderEntry,
    OrderPage,
    OrdersApi,
    OrderTitle,
    Reduction,
    Token,
    Tray,
    UnreadOrder,
)
from kaspi.price_list import (
    Availability,
    CityPrice,
    PriceList,
    PriceListHeader,
    PriceListOffer,
    lint_price_list,
    read_price_list,
    write_price_list,
)
from kaspi.storefront import Storefront
from kaspi.transport import AiohttpTransport, Request, Response, Timeouts, Transport
from kaspi.types import CardOffers, ListedCard, ListedPage, Offer

__all__ = [
    "CITIES",
    "LONGEST_COMMENT",
    "LONGEST_PERIOD",
    "AiohttpTransport",
    "Availability",
    "Blocked",
    "CancelReason",
    "CardOffers",
    "City",
    "CityPrice",
    "Customer",
    "InvalidOffer",
    "InvalidPriceList",
    "KaspiError",
    "ListedCard",
    "ListedPage",
    "MalformedAnswer",
    "MalformedPriceList",
    "MediaType",
    "MerchantApi",
    "MerchantOrder",
    "Offer",
    "OrderEntry",
    "OrderPage",
    "OrderTitle",
    "OrdersApi",
    "PartialAnswer",
    "PriceList",
    "PriceListError",
    "PriceListHeader",
    "PriceListOffer",
    "Reduction",
    "Refused",
    "Request",
    "Response",
    "Storefront",
    "Throttled",
    "Timeouts",
    "Token",
    "TokenRejected",
    "Transport",
    "Tray",
    "Unavailable",
    "UnknownCity",
    "UnreadOrder",
    "city",
    "lint_price_list",
    "read_price_list",
    "why_unaccepted",
    "write_price_list",
]
