"""A store's whole range as the marketplace wants it, written anew only where something has changed."""

from stores.services.prices.price_list.index import IndexReader
from stores.services.prices.price_list.write import Former, write_price_list

__all__ = ["Former", "IndexReader", "write_price_list"]
