"""A store's whole range as the marketplace wants it, written anew only where something has changed."""

from stores.services.prices.price_list.index import Basis, Former, IndexReader
from stores.services.prices.price_list.write import write_price_list

__all__ = ["Basis", "Former", "IndexReader", "write_price_list"]
