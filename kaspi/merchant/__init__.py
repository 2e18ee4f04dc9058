"""What only a seller may ask of the marketplace: the official API, with his token."""

from kaspi.merchant.api import MediaType, MerchantApi
from kaspi.merchant.order_types import Customer, MerchantOrder, OrderEntry, OrderPage, Reduction, UnreadOrder
from kaspi.merchant.orders import LONGEST_COMMENT, LONGEST_PERIOD, CancelReason, OrdersApi, OrderTitle, Tray
from kaspi.merchant.token import Token

__all__ = [
    "LONGEST_COMMENT",
    "LONGEST_PERIOD",
    "CancelReason",
    "Customer",
    "MediaType",
    "MerchantApi",
    "MerchantOrder",
    "OrderEntry",
    "OrderPage",
    "OrderTitle",
    "OrdersApi",
    "Reduction",
    "Token",
    "Tray",
    "UnreadOrder",
]
