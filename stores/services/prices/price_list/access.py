"""Who may fetch a store's price list, and whether it is served at all: written down where the door finds it."""

from stores.models import Store
from stores.services.prices.price_list import files
from stores.services.transactions import in_transaction


@in_transaction
def follow_access(store_id: int) -> None:
    """
    Let the file say what the store's row says now.

    The row is held while the file is written: of two writers the later one knows what the other has committed.
    """
    write_access_of(Store.everything.select_for_update().get(pk=store_id))


def write_access_of(store: Store) -> None:
    """Like `follow_access`, by whoever holds the row. Without access, or after closing, a store has no such file."""
    if store.price_list_login:
        files.write_access(files.folder_of(store.price_list_key), files.access_of(store))
