"""What only a seller may ask of the marketplace: the official API, with his token."""

from kaspi.merchant.api import MediaType, MerchantApi
from kaspi.merchant.token import Token

__all__ = ["MediaType", "MerchantApi", "Token"]
