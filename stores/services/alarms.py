"""What is said without being asked when the path stands still, and what becomes of it when nobody listens."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from stores.models import CityPrice, Notification, PathStep, Store
from stores.services import health
from stores.services.fee_gaps import log_gaps_daily
from stores.services.notifications import notify
from stores.services.orders.readings import alarm_silent
from stores.services.prices.seen import (
    alarm_unpublished,
    alarm_unpulled,
    alarm_unseen,
    look_for_unseen,
    unpublished,
    unpulled,
    unseen,
)

Kind = Notification.Kind
# What the list says or what buyers see may not be what we mean: our own checker refused the list, it cannot be written,
# prices get into none, the marketplace does not fetch it, or shows something else. Not among them: BLIND, for without
# fresh offers rules hold by themselves; and the messages of a pause, for that has stopped prices already.
ALARMS_THAT_ACT = (Kind.PRICE_LIST_REFUSED, Kind.NOT_WRITTEN, Kind.NOT_PUBLISHED, Kind.NOT_PULLED, Kind.NOT_SEEN)
UNREAD_FOR = timedelta(minutes=15)


def raise_alarms() -> None:
    """Say where we are blind, which prices did not arrive, and which fees run out; each such event once."""
    alarm_blind()
    alarm_silent()
    alarm_unpublished()
    alarm_unpulled()
    look_for_unseen()
    alarm_unseen()
    log_gaps_daily()


def alarm_blind() -> None:
    """One urgent message a store when the storefront has not answered for too long. Its prices hold meanwhile."""
    step = PathStep.objects.filter(name=PathStep.Name.LOOKED).first()
    looked_at = step.finished_at if step else None
    if not health.is_blind(looked_at):
        return
    since = "" if looked_at is None else looked_at.isoformat(timespec="seconds")
    has_markets = Exists(CityPrice.everything.filter(product__store=OuterRef("pk"), market__isnull=False))
    for store_id in Store.everything.filter(has_markets, list_ended_at=None).values_list("pk", flat=True):
        notify(store_id, Kind.BLIND, event=f"blind:{since}", facts={"since": since})


def has_unread_alarm(store: Store) -> bool:
    """
    Whether an alarm about the store's prices has waited too long for a reader, and its cause goes on.

    The cause goes on as long as what was told of is so, however long ago that was: an old message about something that
    ended by itself holds nothing. `store` as just read.
    """
    waiting = Notification.everything.filter(
        store=store, kind__in=ALARMS_THAT_ACT, read_at=None, created_at__lt=timezone.now() - UNREAD_FOR
    )
    return waiting.filter(_cause_goes_on(store)).exists()


def _cause_goes_on(store: Store) -> Q:
    causes = {Kind.NOT_SEEN: unseen(), Kind.NOT_PULLED: unpulled(), Kind.NOT_PUBLISHED: unpublished()}
    # Until a list is finished again, whatever the checker says of it.
    goes_on = Q(kind=Kind.NOT_WRITTEN, created_at__gt=store.built_at) if store.built_at else Q(kind=Kind.NOT_WRITTEN)
    if store.is_list_refused:
        goes_on |= Q(kind=Kind.PRICE_LIST_REFUSED)
    for kind, updates in causes.items():
        goes_on |= Q(Exists(updates.filter(store=store)), kind=kind)
    return goes_on
