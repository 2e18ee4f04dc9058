"""
Prices of big changes leave when there is room for them, each judged anew when its turn comes.

The line stands still while the store or everything is stopped and while another build is put to work, and passes over
paused products. A fifth of what the marketplace takes is left to corrections, as rules leave it.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence

from celery.exceptions import SoftTimeLimitExceeded

from stores.models import CatalogueBatch, Notification, Store, WaitingPrice
from stores.services import access
from stores.services.catalogue.apply import Applied, carry_out
from stores.services.catalogue.changes import EMPTY, CityChange, Number, ProductChange
from stores.services.catalogue.plan import Refused, Terms
from stores.services.notifications import notify
from stores.services.prices.budget import budget_of
from stores.services.prices.gate import Hold
from stores.services.prices.switches import read_switches
from stores.services.prices.waiting_prices import end_wait, waiting_prices_of
from stores.services.transactions import in_transaction

log = logging.getLogger(__name__)

# With these a price that waited goes on waiting.
REASONS_THAT_PASS = frozenset({Hold.BUDGET_SPENT, Hold.STOPPED, Hold.OTHER_BUILD})
# Why prices are forgotten whose person has left: no code of the gate.
NOT_ALLOWED = "not_allowed"
# How many products a message names.
MOST_NAMED = 5


def send_all_waiting() -> None:
    """Let the prices of all stores leave whose turn it is. What fails at one store keeps no other from its turn."""
    stores = WaitingPrice.everything.order_by("store").values_list("store", flat=True).distinct()
    for store_id in list(stores):
        try:
            send_waiting(store_id)
        except SoftTimeLimitExceeded:  # Of the whole round: who is left has his turn in the next one.
            raise
        except Exception:  # Whatever it is: the other sellers are not to wait for its repair.
            log.exception("the prices that wait in store %s cannot be sent", store_id)


@in_transaction
def send_waiting(store_id: int) -> int:
    """Let the prices leave whose turn it is, each as part of the batch it was wanted in; returns how many."""
    return sum([_send(batch, rows) for batch, rows in _take_next(store_id).items()])


def _take_next(store_id: int) -> dict[CatalogueBatch, list[WaitingPrice]]:
    """Take the prices whose turn it is out of the line, by batch; none while nothing may leave. Locks the store."""
    store = Store.everything.select_for_update().get(pk=store_id)
    switches = read_switches(store)
    if switches.is_stopped or not switches.is_recorded_build:
        return {}
    ready = waiting_prices_of(store).select_related("batch__actor", "batch__store", "city_price__product")
    taken: defaultdict[CatalogueBatch, list[WaitingPrice]] = defaultdict(list)
    for row in ready[: budget_of(store).free_for_rules]:
        taken[row.batch].append(row)
    end_wait(row.city_price_id for rows in taken.values() for row in rows)
    return dict(taken)


def _send(batch: CatalogueBatch, taken: Sequence[WaitingPrice]) -> int:
    if not _may_still_change(batch):
        _forget_all(batch, taken)
        return 0
    # The products were counted when the change was made.
    applied = Applied(batch, reasons_to_wait=REASONS_THAT_PASS)
    carry_out(applied, _changes(taken), Terms(is_confirmed=True))
    forgotten = applied.refused | applied.held
    _notify_of_forgotten(taken, forgotten)
    return sum(row.city_price.product.sku not in forgotten for row in taken) - applied.prices_waiting


def _may_still_change(batch: CatalogueBatch) -> bool:
    return batch.actor is not None and access.Action.CHANGE_PRICES in access.allowed(batch.actor, batch.store)


def _changes(taken: Sequence[WaitingPrice]) -> list[ProductChange]:
    """The wishes of these rows, one a product."""
    cities: defaultdict[str, dict[str, CityChange]] = defaultdict(dict)
    for row in taken:
        change = CityChange(row.price, _limit(row.floor), _limit(row.ceiling))
        cities[row.city_price.product.sku][row.city_price.city_id] = change
    return [ProductChange(sku, cities=wanted) for sku, wanted in cities.items()]


def _limit(value: int | None) -> Number:
    return EMPTY if value is None else value


# --- Forgetting -------------------------------------------------------------------------------------------------------


def _forget_all(batch: CatalogueBatch, taken: Sequence[WaitingPrice]) -> None:
    """Nobody may ask for the prices of this batch any more: those just taken, and those that still wait."""
    rest = WaitingPrice.everything.filter(batch=batch)
    skus = [row.city_price.product.sku for row in taken]
    skus.extend(rest.order_by("pk").values_list("city_price__product__sku", flat=True))
    rest.delete()
    _notify(taken, list(dict.fromkeys(skus)), NOT_ALLOWED)


def _notify_of_forgotten(taken: Sequence[WaitingPrice], forgotten: Mapping[str, Sequence[Refused]]) -> None:
    """Tell the seller which products (SKU → why) keep the prices that they have."""
    by_code: defaultdict[str, list[str]] = defaultdict(list)
    for sku, reasons in forgotten.items():
        by_code[reasons[0].code].append(sku)
    for code, skus in by_code.items():
        _notify(taken, skus, code)


def _notify(taken: Sequence[WaitingPrice], skus: Sequence[str], code: str) -> None:
    """One message; the first that was taken names the event, for a row stands in the line once."""
    first = taken[0]
    notify(
        first.store_id,
        Notification.Kind.PRICES_FORGOTTEN,
        event=f"forgotten:{first.pk}:{code}",
        facts={"since": first.created_at.isoformat(), "count": len(skus), "skus": skus[:MOST_NAMED], "code": code},
    )
