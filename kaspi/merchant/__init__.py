"""What only a seller may ask of the marketplace: the official API, with his token."""

from kaspi.merchant.api import MediaType, MerchantApi
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
from kaspi.merchant.token import Token

__all__ = [
    "AttributeType",
    "CardAttribute",
    "CardCategory",
    "CardImport",
    "CardImportResult",
    "CardResult",
    "CardsApi",
    "ChoiceOfValue",
    "FilledAttribute",
    "MediaType",
    "MerchantApi",
    "NewCard",
    "Token",
    "is_image_address",
]
