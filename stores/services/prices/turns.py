"""
Prices that waited for a place in the change budget get their turn.

Nothing that was decided before leaves: each is decided anew, from the market as it was last seen and by the wishes of
now, and goes through the gateway like every price. There the store is locked, and the gate asks who goes first; so two
workers at it, or one that dies half-way, spend no place twice and lose none.
"""

from stores.models import PriceTurn, Store
from stores.services.market.watch import look_within
from stores.services.prices.budget import budget_of
from stores.services.prices.decide import decide_prices
from stores.services.prices.gateway import PORTION
from stores.services.prices.queue import could_go_now, queue_of


def find_waiting_stores() -> list[int]:
    """Stores in which a price waits for its turn."""
    return list(PriceTurn.everything.order_by("store").values_list("store", flat=True).distinct())


def give_turns(store_id: int) -> int:
    """Decide those anew for whom there is a place now, at most PORTION; returns how many intents were recorded."""
    budget = budget_of(Store.everything.get(pk=store_id))
    # Prices under their floor may use the reserve, the others may not.
    queue = queue_of(store_id) if budget.free_for_rules else queue_of(store_id).filter(is_correction=True)
    places = min(budget.free_for_rules or budget.free, PORTION)
    first = queue[:places].values_list("city_price", "city_price__market")
    ready = list(queue.filter(could_go_now())[:places].values_list("city_price", flat=True))
    look_within([market for city_price, market in first if market is not None and city_price not in ready])
    return decide_prices(ready)
