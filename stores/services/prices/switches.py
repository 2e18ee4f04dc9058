"""Everything that can say "stopped", read in the transaction that sends; and the switches of a store and a product."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from stores.models import BreakerTrip, PriceStop, Product, Store
from stores.services.alarms import has_unread_alarm
from stores.services.prices.gate import Hold
from stores.services.prices.kept_back import look_again
from stores.services.product_history import Source, editable_facts, record_edit
from stores.services.releases import read_fence
from stores.services.transactions import in_transaction


@dataclass(frozen=True)
class Switches:
    """
    What holds the prices of a whole store, as it stands now.

    `is_stopped`: the store or everything. `is_recorded_build`: this process may send at all. `is_engine_accepted`: its
    rules may. `has_unread_alarm`: nobody has read what may be wrong.
    """

    is_stopped: bool
    is_recorded_build: bool
    is_engine_accepted: bool
    has_unread_alarm: bool


def read_switches(store: Store) -> Switches:
    """The switches of a store, whose row the caller has just read under its lock."""
    fence = read_fence()
    return Switches(
        is_stopped=is_stopped(store),
        is_recorded_build=fence.is_recorded_build,
        is_engine_accepted=fence.is_engine_accepted,
        has_unread_alarm=has_unread_alarm(store),
    )


def is_stopped(store: Store) -> bool:
    """Whether the store, as just read, is paused, or everything is stopped."""
    return store.mode == Store.Mode.PAUSED or PriceStop.objects.exists()


def is_from_backup() -> bool:
    """
    Whether the data came back from a backup, and nobody has looked at them yet.

    Then the stock is of the past as well, and so is what was about to leave: nothing of it may.
    """
    return PriceStop.objects.filter(code=BreakerTrip.Code.FROM_BACKUP).exists()


def notice_of_stop() -> str:
    """What to say of a price that is put back while everything is stopped; empty while nothing is."""
    if not PriceStop.objects.exists():
        return ""
    return _("All prices are stopped now. What was put back goes out as soon as the stop is released.")


@in_transaction
def release_stops(stops: QuerySet[PriceStop]) -> None:
    """These stops are over; without any left, prices leave again, and what they kept back is decided anew."""
    stops.delete()
    look_again(Hold.STOPPED)


def set_mode(store: Store, mode: str) -> None:
    """The store goes on in this mode; the one it has changes nothing. The caller holds its lock."""
    if store.mode != mode:
        store.mode, store.mode_changed_at = mode, timezone.now()
        store.save(update_fields=["mode", "mode_changed_at"])


def pause_product(product_id: int) -> None:
    """Rules leave the product alone until a person resumes it. The caller holds the lock of its store."""
    product, before = Product.everything.get(pk=product_id), editable_facts(product_id)
    product.is_paused = True
    product.version += 1
    product.save(update_fields=["is_paused", "version", "updated_at"])
    record_edit(product, before, None, Source.PROGRAM)
