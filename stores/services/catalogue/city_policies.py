"""
What moves the price in one city (its own strategy, plan and step), taken back as a person's edits of it are.

Only the page and the API of one product change it, so a batch has it of few products; each is put back by itself.
"""

from collections.abc import Iterator, MutableMapping, Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from stores.models import CatalogueBatch, CatalogueChange, CityPrice, Product
from stores.services.announcements import announce_prices
from stores.services.catalogue.plan import Refused, changed_since
from stores.services.errors import Refusal
from stores.services.market.watch import look_within
from stores.services.prices.pricing_edit import POLICY, change_city_policy
from stores.services.prices.proposals import withdraw_of_products
from stores.services.product_history import editable_facts, record_in


def put_policies_back(
    batch: CatalogueBatch, undoing: CatalogueBatch, left: MutableMapping[str, list[Refused]]
) -> set[int]:
    """
    Put back what the batch changed of them and nobody has changed since, as part of `undoing`; what stays is `left`.

    Returns the ids of the products. The caller holds the lock of the store.
    """
    of_cities = CatalogueChange.everything.filter(batch=batch, product__isnull=False, field__in=POLICY)
    in_order = of_cities.exclude(city_id="").select_related("product").order_by("product", "city_id")
    back = set()
    for product, changes in groupby(in_order, attrgetter("product")):
        before = editable_facts(product.pk)
        refused = list(_put_back(product, list(changes)))
        if refused:
            left[product.sku].extend(refused)
        if editable_facts(product.pk) != before:
            record_in(undoing, product, before)
            _after_change(product)
            back.add(product.pk)
    return back


def _put_back(product: Product, changes: Sequence[CatalogueChange]) -> Iterator[Refused]:
    """A city goes back as a whole or not at all."""
    rows = {row.city_id: row for row in CityPrice.everything.filter(product=product)}
    for city_id, group in groupby(changes, attrgetter("city_id")):
        of_city, row = list(group), rows.get(city_id)
        if row is None or any(getattr(row, change.field) != change.new for change in of_city):
            yield from map(changed_since, of_city)
            continue
        wanted = {change.field: change.old for change in of_city}
        try:
            change_city_policy(row, {"strategy": ""} if wanted.get("strategy") == "" else wanted)
        except Refusal as refusal:
            yield Refused("strategy", refusal.code, str(refusal.message), city_id)


def _after_change(product: Product) -> None:
    """As after a person's edit: what was proposed before is withdrawn, and decided anew."""
    Product.everything.filter(pk=product.pk).update(version=F("version") + 1, updated_at=timezone.now())
    withdraw_of_products([product.pk])
    announce_prices(product.store_id, [product.pk])
    markets = CityPrice.everything.filter(product=product, market__isnull=False).values_list("market", flat=True)
    transaction.on_commit(partial(look_within, list(markets)))
