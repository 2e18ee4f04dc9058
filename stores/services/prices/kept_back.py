"""
What a hold of a whole store, or of everything, kept back.

Rules do not hold by themselves then: they decide, and the gate says no. When such a hold ends, those prices are decided
anew; else the price of a quiet card would wait for its next look for hours.
"""

from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef

from stores.models import ProductPriceUpdate, Store
from stores.services.market.watch import look_soon
from stores.services.prices.gate import Hold


def look_again(*hold_codes: Hold, store: Store | None = None) -> None:
    """
    After the commit, look again at markets whose price was last held by a rule for one of these codes.

    In one store, or in all.
    """
    transaction.on_commit(partial(_look_again, hold_codes, store))


def _look_again(hold_codes: tuple[Hold, ...], store: Store | None) -> None:
    held = ProductPriceUpdate.everything.filter(
        state=ProductPriceUpdate.State.HELD, hold_code__in=hold_codes, actor=None, city_price__market__isnull=False
    )
    if store is not None:
        held = held.filter(store=store)
    later = ProductPriceUpdate.everything.filter(city_price=OuterRef("city_price"), pk__gt=OuterRef("pk"))
    look_soon(held.exclude(Exists(later)).order_by().values_list("city_price__market", flat=True))
