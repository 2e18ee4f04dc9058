"""Stores: opened, given a price-list address of their own, switched between modes."""

import secrets
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from stores.models import (
    AcceptanceRules,
    CityPrice,
    Membership,
    MerchantToken,
    PriceListPull,
    Product,
    Store,
)
from stores.services import access
from stores.services.market.watch import look_soon
from stores.services.orders.actions import end_planned
from stores.services.prices.automated import automated_prices, markets_of
from stores.services.prices.price_list import files, versions
from stores.services.prices.price_list.access import follow_access
from stores.services.prices.price_list.pulls import last_pulled
from stores.services.prices.price_list.stale_offers import mark_stale
from stores.services.prices.restore import take_back_paused
from stores.services.prices.switches import set_mode
from stores.services.subscription.limits import Limit, payer_of, require_room
from stores.services.subscription.settling import settle
from stores.services.transactions import in_transaction


@dataclass(frozen=True)
class PriceListAddress:
    """Where the marketplace fetches a store's price list. The password is known at this moment only."""

    url: str
    login: str
    password: str


@in_transaction
def open_store(name: str, merchant_id: str, owner: Any) -> Store:
    """
    A new store. It starts in watch mode: it shows what it would do, and changes nothing.

    Raises Refusal (`tariff_limit`).
    """
    require_room(owner, Limit.STORES)
    store = Store.everything.create(name=name, merchant_id=merchant_id)
    Membership.everything.create(store=store, user=owner, role=Membership.Role.OWNER)
    return store


@in_transaction
def renew_price_list_access(store: Store) -> PriceListAddress:
    """A new login and password for the price list; the old ones stop working at once."""
    password = secrets.token_urlsafe(24)
    store.price_list_login = f"kaspi-{secrets.token_hex(4)}"
    store.price_list_password_hash = files.hash_password(password)
    store.save(update_fields=["price_list_login", "price_list_password_hash"])
    transaction.on_commit(partial(follow_access, store.pk))
    return PriceListAddress(price_list_url(store), store.price_list_login, password)


@in_transaction
def give_price_list_access(store: Store, actor: Any) -> PriceListAddress:
    """Like `renew_price_list_access`, at a person's wish. Raises Forbidden."""
    store = Store.everything.select_for_update().get(pk=store.pk)
    access.require(actor, store, access.Action.CHANGE_STORE)
    return renew_price_list_access(store)


@dataclass(frozen=True)
class PriceList:
    """A store's price list as its people see it; address and login are empty for who may not change the store."""

    store: int
    url: str
    login: str
    served: int | None
    pulled: PriceListPull | None
    kept: list[int]


def price_list_of(store: Store, person: Any) -> PriceList:
    """Where it is fetched, which version is served, which one the marketplace has, which can be looked into."""
    may_know = access.Action.CHANGE_STORE in access.allowed(person, store)
    return PriceList(
        store=store.pk,
        url=price_list_url(store) if may_know else "",
        login=store.price_list_login if may_know else "",
        served=versions.served_number(store),
        pulled=last_pulled(store),
        kept=[version.number for version in versions.kept_versions(store)],
    )


def price_list_url(store: Store) -> str:
    """The secret address of the store's price list."""
    return settings.PUBLIC_URL + reverse("price-list", args=[store.price_list_key])


@in_transaction
def close_store(store: Store, actor: Any) -> None:
    """
    End the work for a store: its prices stop, its price list is served no more, its markets are looked at for others
    only, its orders are neither read nor handled, its API token is gone, and nobody belongs to it.

    What happened stays on record for the service desk. Raises Forbidden.
    """
    store = Store.everything.select_for_update().get(pk=store.pk)
    access.require(actor, store, access.Action.CHANGE_STORE)
    set_mode(store, Store.Mode.PAUSED)
    store.closed_at = timezone.now()
    store.price_list_login = store.price_list_password_hash = ""
    store.save(update_fields=["closed_at", "price_list_login", "price_list_password_hash"])
    CityPrice.everything.filter(product__in=Product.everything.filter(store=store)).update(market=None)
    MerchantToken.everything.filter(store=store).delete()
    AcceptanceRules.everything.filter(store=store).update(is_on=False)
    end_planned(store)
    store.memberships.all().delete()
    store.invitations.all().delete()
    transaction.on_commit(partial(files.remove_access, files.folder_of(store.price_list_key)))


@in_transaction
def change_store(store: Store, values: dict[str, Any], actor: Any) -> Store:
    """
    Rename the store or switch its mode; who may change its prices may stop them all. Raises Forbidden.

    In a new mode prices are decided anew: their markets are looked at as soon as the pace allows. What rules wanted
    before a pause does not go out after it. No mode is refused for the tariff's sake: of too many products that have a
    strategy the newest are not repriced.
    """
    store = Store.everything.select_for_update().get(pk=store.pk)
    is_stop = values == {"mode": Store.Mode.PAUSED}
    access.require(actor, store, access.Action.CHANGE_PRICES if is_stop else access.Action.CHANGE_STORE)
    mode = values.get("mode", store.mode)
    if mode not in (store.mode, Store.Mode.PAUSED):
        transaction.on_commit(partial(_look_soon, store.pk))
        # Robust: another store of the payer that cannot be settled now is the sweep's to mend.
        transaction.on_commit(partial(settle, payer_of(store)), robust=True)
    if store.mode == Store.Mode.PAUSED != mode:
        take_back_paused(store, actor)
    set_mode(store, mode)
    store.name = values.get("name", store.name)
    store.save(update_fields=["name"])
    mark_stale(store.pk)
    return store


def _look_soon(store_id: int) -> None:
    look_soon(markets_of(automated_prices().filter(product__store=store_id)))
