"""
A database that came back from a backup knows nothing of what left since.

Its floors, its stock and its plans are of the past, and the marketplace is not. So it starts stopped, looks up what it
was about to do, and waits for a person.
"""

from stores.models import BreakerTrip, Store
from stores.services.cards.sending import doubt_waiting
from stores.services.orders.actions import doubt_planned
from stores.services.prices.breakers import Verdict, stop_everything
from stores.services.prices.price_list.stale_offers import mark_stale
from stores.services.transactions import in_transaction


@in_transaction
def hold_restored() -> None:
    """
    Let nothing leave before a person has deleted the stop; every store is told. Twice changes nothing more.

    Actions on orders and new cards that were about to leave are not sent: whether they left is looked up. Price lists
    are served as they lie on the disk, and are due once the stop is deleted: they may say what the rows no longer do.
    """
    stop_everything(Verdict(BreakerTrip.Code.FROM_BACKUP, {}))
    doubt_planned()
    doubt_waiting()
    for store_id in Store.everything.values_list("pk", flat=True):
        mark_stale(store_id)
