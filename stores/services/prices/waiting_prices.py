"""
Prices that people want and that wait until the marketplace takes more, as the gateway knows them.

Who changes the price or its limits later ends the wait; what a rule does, does not. `catalogue/sending.py` sends them.
"""

from collections.abc import Iterable

from django.db.models import QuerySet

from stores.models import CityPrice, Store, WaitingPrice
from stores.services.prices.corridor import nearest


def waits_for_person(row: CityPrice) -> bool:
    """Whether a price waits here with limits that the present one lies outside of. `row` has its `waiting_price`."""
    wanted: WaitingPrice | None = getattr(row, "waiting_price", None)
    return wanted is not None and nearest(row.price, wanted.floor, wanted.ceiling) != row.price


def waiting_prices_of(store: Store) -> QuerySet[WaitingPrice]:
    """The prices of the store that wait, who came first before the others."""
    return WaitingPrice.everything.filter(store=store).order_by("pk")


def end_wait(city_price_ids: Iterable[int]) -> None:
    """A person has decided on these prices or limits anew. The caller holds the lock of the store."""
    WaitingPrice.everything.filter(city_price__in=list(city_price_ids)).delete()
