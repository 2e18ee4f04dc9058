"""
The wire to Kaspi.kz: its public storefront, its official API for sellers, and the price list it pulls from a seller.

    async with AiohttpTransport() as transport:
        storefront = Storefront("https://kaspi.kz", transport, clock=lambda: datetime.now(UTC))
        card = await storefront.offers("800100500", "750000000")

This package knows no framework, no settings and no environment, keeps nothing, and never retries. What goes
wrong is one of the errors drawn in `kaspi.errors`. Import from here: the modules inside may move.
"""

import typing

from kaspi.answers import (
    why_unaccepted,
)
from kaspi.cities import (
    CITIES,
    City,
    city,
)
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
    AttributeType,
    CancelReason,
    CardAttribute,
    CardCategory,
    CardImport,
    CardImportResult,
    CardResult,
    CardsApi,
    ChoiceOfValue,
    Customer,
    FilledAttribute,
    MediaType,
    MerchantApi,
    MerchantOrder,
    NewCard,
    OrderEntry,
    OrderPage,
    OrdersApi,
    OrderTitle,
    Reduction,
    Token,
    Tray,
    UnreadOrder,
    is_image_address,
    why_not_answered,
)
from kaspi.price_list import (
    PRICE_LIST_TAIL,
    Availability,
    CityPrice,
    OfferPattern,
    Place,
    PriceList,
    PriceListHeader,
    PriceListLine,
    PriceListLines,
    PriceListOffer,
    parse_price_list_line,
    read_price_list,
    read_price_list_line,
    read_price_list_lines,
    render_head,
    render_offer,
    write_price_list,
)
from kaspi.storefront import (
    Storefront,
)
from kaspi.transport import (
    Request,
    Response,
    Transport,
)
from kaspi.types import (
    CardOffers,
    ListedCard,
    ListedPage,
    Offer,
)

if typing.TYPE_CHECKING:
    from kaspi.network import AiohttpTransport, Timeouts

__all__ = [
    "CITIES",
    "LONGEST_COMMENT",
    "LONGEST_PERIOD",
    "PRICE_LIST_TAIL",
    "AiohttpTransport",
    "AttributeType",
    "Availability",
    "Blocked",
    "CancelReason",
    "CardAttribute",
    "CardCategory",
    "CardImport",
    "CardImportResult",
    "CardOffers",
    "CardResult",
    "CardsApi",
    "ChoiceOfValue",
    "City",
    "CityPrice",
    "Customer",
    "FilledAttribute",
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
    "NewCard",
    "Offer",
    "OfferPattern",
    "OrderEntry",
    "OrderPage",
    "OrderTitle",
    "OrdersApi",
    "PartialAnswer",
    "Place",
    "PriceList",
    "PriceListError",
    "PriceListHeader",
    "PriceListLine",
    "PriceListLines",
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
    "is_image_address",
    "parse_price_list_line",
    "read_price_list",
    "read_price_list_line",
    "read_price_list_lines",
    "render_head",
    "render_offer",
    "why_not_answered",
    "why_unaccepted",
    "write_price_list",
]

_OF_NETWORK = frozenset({"AiohttpTransport", "Timeouts"})


def __getattr__(name: str) -> typing.Any:
    """The real network is loaded by those who use it. Raises AttributeError."""
    if name not in _OF_NETWORK:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from kaspi import network  # noqa: PLC0415

    return getattr(network, name)
