"""
What becomes of the stores when a subscription ends, goes on, or has less room than before.

Every few minutes each store is brought into line with the subscription of its payer, and so is it at once when that
changes. While the subscription rests, rules move nothing and prices stay where they are; people may still set, correct
and undo them. The price list is served for two weeks more, with four warnings. Nothing is deleted: when the
subscription runs again, the prices are looked at anew, and the rules go on by themselves.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import chain

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from stores.models import CardMarket, Membership, Notification, Store
from stores.models.roles import Role
from stores.services.market.watch import look_soon
from stores.services.notifications import notify
from stores.services.prices.automated import automated_prices, markets_of
from stores.services.prices.price_list.access import follow_access, write_access_of
from stores.services.subscription.limits import payer_of, repriced_prices
from stores.services.transactions import in_transaction
from users.models import User, UserTariff
from users.services import letters

log = logging.getLogger(__name__)

State = UserTariff.State
# By its state and not by the clock: a clock that jumps ends no subscription.
RUNNING = (State.TRIAL, State.ACTIVE)
# After so many days without a subscription the payer is warned; the day it ended is day 0.
WARNED_ON = (0, 3, 7, 13)
SERVED_FOR = timedelta(days=14)
# The last warning comes at least so long before the end, also after an outage of ours.
WARNED_BEFORE = timedelta(days=1)
# What a store's row says while its subscription rests.
OF_REST = ("frozen_for", "frozen_at", "subscription_ended_at", "list_ended_at")


def settle(payer: User | None = None) -> None:
    """
    Bring this person's stores into line with his subscription, or all stores with all subscriptions.

    What fails at one store keeps no other from it. Raises ExceptionGroup at the end, with what failed.
    """
    payers = _payers(payer)
    subscriptions = _subscriptions(payers.values())
    bounds = _bounds(payers, subscriptions)
    failed = []
    for store in Store.everything.filter(pk__in=list(payers)).order_by("pk"):
        user_id = payers[store.pk]
        try:
            _settle_store(store, subscriptions.get(user_id), bounds.get(user_id))
        except SoftTimeLimitExceeded:  # Of the whole round: what is left is settled in the next one.
            raise
        except Exception as error:  # Whatever it is: the other sellers are not to wait for its repair.
            log.exception("store %s cannot be brought into line with its subscription", store.pk)
            failed.append(error)
    if failed:
        raise ExceptionGroup("stores that could not be brought into line with their subscriptions", failed)


def _settle_store(store: Store, subscription: UserTariff | None, newest: int | None) -> None:
    _bound(store, newest)
    if store.frozen_at is not None or not _is_running(subscription):
        _follow(store.pk)


def _is_running(subscription: UserTariff | None) -> bool:
    """Whether rules may move prices; so they may where nobody is limited."""
    return subscription is None or subscription.state in RUNNING


def _payers(payer: User | None) -> dict[int, int]:
    """Store → the person whose subscription counts there: the owner who has belonged to it longest."""
    owners = Membership.everything.filter(role=Role.OWNER).order_by("-pk")
    if payer is not None:
        of_payer = Membership.everything.filter(role=Role.OWNER, user=payer).values("store")
        owners = owners.filter(store__in=of_payer)
    first = dict(owners.values_list("store", "user"))
    return {store: user for store, user in first.items() if payer is None or user == payer.pk}


def _subscriptions(user_ids: Iterable[int]) -> dict[int, UserTariff]:
    """Person → what limits him; absent for who is not limited."""
    if not settings.BILLING:
        return {}
    current = UserTariff.objects.current().filter(user__in=set(user_ids)).select_related("tariff")
    return {subscription.user_id: subscription for subscription in current}


# --- More products than there is room for -----------------------------------------------------------------------------


def _bounds(payers: Mapping[int, int], subscriptions: Mapping[int, UserTariff]) -> dict[int, int]:
    """Person → the newest product that there is room for; absent where there is room for all."""
    stores: defaultdict[int, list[int]] = defaultdict(list)
    for store_id, user_id in payers.items():
        if user_id in subscriptions:
            stores[user_id].append(store_id)
    repriced = repriced_prices().filter(product__store__in=[*chain(*stores.values())]).order_by()
    counts: Counter[int] = Counter()
    for store_id, count in repriced.values_list("product__store").annotate(count=Count("product", distinct=True)):
        counts[payers[store_id]] += count
    return {
        user_id: newest
        for user_id, subscription in subscriptions.items()
        if counts[user_id] > subscription.tariff.product_limit
        and (newest := _newest_within(stores[user_id], subscription.tariff.product_limit)) is not None
    }


def _newest_within(store_ids: list[int], most: int) -> int | None:
    """
    The last of so many repriced products, the oldest first; 0 for none, None where there are fewer by now. What was
    there first goes on.
    """
    if not most:
        return 0
    products = repriced_prices().filter(product__store__in=store_ids).order_by("product").values_list("product")
    last = products.distinct()[most - 1 : most].first()
    return None if last is None else last[0]


def _bound(store: Store, newest: int | None) -> None:
    before = store.repriced_up_to
    if before == newest:
        return
    Store.everything.filter(pk=store.pk, repriced_up_to=before).update(repriced_up_to=newest)
    if before is not None:
        # What there is room for again does not wait for the next look that is due.
        look_soon(markets_of(automated_prices().filter(product__store=store.pk, product__gt=before)))


# --- Resting, and going on --------------------------------------------------------------------------------------------


@in_transaction
def _follow(store_id: int) -> None:
    """Judged anew while the store is held: who pays for it, and what he has, may be others since it was read."""
    store = Store.everything.select_for_update().get(pk=store_id)
    payer = payer_of(store)
    if payer is None:
        return
    subscription = _subscriptions([payer.pk]).get(payer.pk)
    if subscription is None or _is_running(subscription):
        _go_on(store)
    else:
        _rest(store, payer, has_ended=subscription.state != State.PAUSED)


def _go_on(store: Store) -> None:
    """Prices are looked at anew before any of them moves: no look of before is decided again."""
    if store.frozen_at is None:
        return
    has_slept = store.list_ended_at is not None
    _forget_rest(store)
    store.save(update_fields=OF_REST)
    # Before the commit: should that fail, the list is served while the row says it is not, which harms nobody.
    write_access_of(store)
    transaction.on_commit(partial(_look_anew, store.pk, has_slept=has_slept))


def _look_anew(store_id: int, *, has_slept: bool) -> None:
    """`has_slept`: the list had ended, and so nobody looked for this store's sake."""
    if has_slept:
        look_soon(CardMarket.objects.for_store(store_id).values_list("pk", flat=True))
    else:
        look_soon(markets_of(automated_prices().filter(product__store=store_id)))


def _rest(store: Store, payer: User, *, has_ended: bool) -> None:
    """Rules move nothing; where the subscription has ended rather than been paused, the two weeks are counted."""
    now = timezone.now()
    was_served = store.list_ended_at is None
    if store.frozen_for_id not in (None, payer.pk):
        # What another had of the two weeks, and was warned of, is not this one's.
        _forget_rest(store)
    store.frozen_for = payer
    store.frozen_at = store.frozen_at or now
    store.subscription_ended_at = (store.subscription_ended_at or now) if has_ended else None
    if not has_ended:
        store.list_ended_at = None
    store.save(update_fields=OF_REST)
    if not was_served and store.list_ended_at is None:
        write_access_of(store)
        transaction.on_commit(partial(_look_anew, store.pk, has_slept=True))
    if store.subscription_ended_at is not None:
        _warn(store, payer, store.subscription_ended_at, now)
        _end_list_in_time(store, store.subscription_ended_at, now)


def _forget_rest(store: Store) -> None:
    store.frozen_for = store.frozen_at = store.subscription_ended_at = store.list_ended_at = None


def _warn(store: Store, payer: User, ended_at: datetime, now: datetime) -> None:
    """
    The warning that is due, once: to the store's people, and by letter to who pays, one for all his stores.

    After an outage of ours only the newest: it says all.
    """
    # A clock that was put back is no reason to warn of nothing.
    days = max(0, (now - ended_at).days)
    day = max(day for day in WARNED_ON if day <= days)
    until = max(ended_at + SERVED_FOR, now + WARNED_BEFORE)
    facts = {"until": until.isoformat(timespec="seconds")}
    notify(store.pk, Notification.Kind.SUBSCRIPTION_ENDED, event=_event(ended_at, day), facts=facts)
    letters.write_of_end(payer, f"{ended_at:%Y-%m-%d}:{day}", until)


def _end_list_in_time(store: Store, ended_at: datetime, now: datetime) -> None:
    """After two weeks, and not before the last warning is a day old, the price list is not served any more."""
    last_warning = Notification.everything.filter(
        store=store, event=_event(ended_at, WARNED_ON[-1]), created_at__lte=now - WARNED_BEFORE
    )
    if store.list_ended_at is None and now >= ended_at + SERVED_FOR and last_warning.exists():
        store.list_ended_at = now
        store.save(update_fields=["list_ended_at"])
        # After the commit: a list that is served a little longer harms nobody. Read anew: it may have been paid since.
        transaction.on_commit(partial(follow_access, store.pk))


def _event(ended_at: datetime, day: int) -> str:
    return f"subscription_ended:{ended_at.isoformat(timespec='seconds')}:{day}"
