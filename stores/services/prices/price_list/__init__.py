"""A store's whole range as the marketplace wants it, written anew only where something has changed."""

from stores.services.prices.price_list.index import OfferIndex
from stores.services.prices.price_list.write import Former, write_price_list

__all__ = ["Former", "OfferIndex", "write_price_list"]
