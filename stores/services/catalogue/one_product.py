"""One product, added or edited by a person: all of it or nothing."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from msgspec.structs import replace as replace_fields

from stores.models import CatalogueBatch, Product, Store
from stores.services.catalogue.apply import apply_changes
from stores.services.catalogue.changes import ProductChange
from stores.services.catalogue.plan import AS_TOLD, Refused, Terms
from stores.services.errors import Refusal, StaleEdit
from stores.services.prices.pricing_edit import PricingEdit, edit_pricing
from stores.services.transactions import in_transaction


@in_transaction
def add_product(
    store: Store, wanted: ProductChange, actor: Any, source: CatalogueBatch.Source, terms: Terms = AS_TOLD
) -> Product:
    """
    A new product of the store.

    Raises Forbidden, and Refusal: `sku_taken`, or what `plan_changes` refuses.
    """
    store = Store.everything.select_for_update().get(pk=store.pk)
    if Product.everything.filter(store=store, sku=wanted.sku).exists():
        text = _("The store has a product with this SKU. Edit that one.")
        raise Refusal("sku_taken", text, {"sku": [text]})
    _apply(store, wanted, actor, source, terms)
    return Product.everything.get(store=store, sku=wanted.sku)


@in_transaction
def change_product(product: Product, facts: ProductChange | None, edit: PricingEdit, actor: Any) -> None:
    """
    Change facts of a product, and what decides its price, together.

    Raises Forbidden, StaleEdit, and Refusal: what `plan_changes` or `edit_pricing` refuse.
    """
    if facts is not None:
        is_confirmed = "purchase_cost" in edit.confirm and edit.confirm["purchase_cost"] == facts.purchase_cost
        wanted = replace_fields(facts, version=edit.version)
        _apply(product.store, wanted, actor, edit.source, Terms(is_confirmed=is_confirmed))
        edit = replace(edit, version=edit.version + 1)
    if edit.values or facts is None:
        edit_pricing(product, edit, actor)


def _apply(store: Store, wanted: ProductChange, actor: Any, source: CatalogueBatch.Source, terms: Terms) -> None:
    applied = apply_changes(store, [wanted], actor, source, terms)
    if refused := applied.refused.get(wanted.sku):
        raise _refusal(refused)
    if applied.unchanged and wanted.version is not None:
        # What is sent along is an edit of this version all the same.
        Product.everything.filter(store=store, sku=wanted.sku).update(version=wanted.version + 1)


def _refusal(refused: list[Refused]) -> Refusal:
    """All reasons in one: the first says the code, each is told at its field."""
    fields: dict[str, list[str]] = {}
    for each in refused:
        place = each.city_id or each.point_code
        name = ".".join(part for part in (each.field, place) if part)
        fields.setdefault(name or "sku", []).append(each.message)
    first = refused[0]
    kind = StaleEdit if first.code == "stale" else Refusal
    return kind(first.code, first.message, fields)
