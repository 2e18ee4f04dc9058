"""What only a seller may ask of the marketplace: the official API, with his token."""

from kaspi.merchant.api import (
    MediaType,
    MerchantApi,
    why_not_answered,
)
from kaspi.merchant.cards import (
    AttributeType,
    CardAttribute,
    CardCategory,
    CardImport,
    CardImportResult,
    CardResult,
    CardsApi,
    ChoiceOfValue,
    FilledAttribute,
    NewCard,
    is_image_address,
)
from kaspi.merchant.order_types import (
    Customer,
    MerchantOrder,
    OrderEntry,
    OrderPage,
    Reduction,
    UnreadOrder,
)
from kaspi.merchant.orders import (
    LONGEST_COMMENT,
    LONGEST_PERIOD,
    CancelReason,
    OrdersApi,
    OrderTitle,
    Tray,
)
from kaspi.merchant.token import (
    Token,
)

__all__ = [
    "LONGEST_COMMENT",
    "LONGEST_PERIOD",
    "AttributeType",
    "CancelReason",
    "CardAttribute",
    "CardCategory",
    "CardImport",
    "CardImportResult",
    "CardResult",
    "CardsApi",
    "ChoiceOfValue",
    "Customer",
    "FilledAttribute",
    "MediaType",
    "MerchantApi",
    "MerchantOrder",
    "NewCard",
    "OrderEntry",
    "OrderPage",
    "OrderTitle",
    "OrdersApi",
    "Reduction",
    "Token",
    "Tray",
    "UnreadOrder",
    "is_image_address",
    "why_not_answered",
]
