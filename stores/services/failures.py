"""What failed, for the service desk: each way in which work goes wrong is one query over the rows that tell of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Model, Q, QuerySet
from django.utils import timezone

from stores.models import (
    BreakerTrip,
    CardBatch,
    CardMarket,
    MerchantToken,
    Notification,
    OrderAction,
    OrderReading,
    PriceListVersion,
    ProductPriceUpdate,
    ProductUpload,
    TaskFailure,
)
from stores.services.health import BLIND_AFTER
from stores.services.prices.seen import unpublished, unpulled, unseen
from users.models import Letter, UserPurchase

# A worker that fails each second may not fill the disk.
TASKS_KEPT = 1_000
# A message is told within seconds, unless nobody tells.
TOLD_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Failed:
    """How many rows, in how many stores, and when the latest was (UTC; None without rows)."""

    rows: int
    stores: int
    latest: datetime | None


def note_failed_task(task: str, error: BaseException) -> None:
    """Write down that a task ended with this error, and forget the oldest ones."""
    noted = TaskFailure.objects.create(task=task[:200], error=type(error).__name__[:200])
    TaskFailure.objects.filter(pk__lte=noted.pk - TASKS_KEPT).delete()


def refused_lists(since: datetime) -> Failed:
    """Price lists that our own checker kept from going live."""
    return _failed(PriceListVersion.everything.filter(refusal__isnull=False, created_at__gte=since), "created_at")


def unpublished_prices(since: datetime) -> Failed:
    """Prices that should be in a price list by now, since whenever."""
    return _failed(unpublished(), "approved_at")


def unpulled_prices(since: datetime) -> Failed:
    """Prices in lists that the marketplace does not come for, since whenever."""
    return _failed(unpulled(), "published_at")


def unseen_prices(since: datetime) -> Failed:
    """Prices that the storefront does not show, since whenever."""
    return _failed(unseen(), "pulled_at")


def held_prices(since: datetime) -> Failed:
    """Prices that the gate keeps for a person."""
    held = ProductPriceUpdate.everything.filter(state=ProductPriceUpdate.State.HELD, created_at__gte=since)
    return _failed(held, "created_at")


def tripped_breakers(since: datetime) -> Failed:
    """Pauses that no person asked for."""
    return _failed(BreakerTrip.everything.filter(tripped_at__gte=since), "tripped_at")


def blind_markets(since: datetime) -> Failed:
    """Cards in a city that nobody has seen in time: there prices hold. `latest`: when one of them was last seen."""
    is_missed = Q(failures__gt=0) | Q(next_look_at__lt=timezone.now() - BLIND_AFTER)
    markets = CardMarket.objects.needed().filter(is_missed)
    return _failed(markets, "looked_at", "city_prices__product__store")


def refused_tokens(since: datetime) -> Failed:
    """API tokens that the marketplace does not take, since whenever."""
    return _failed(MerchantToken.everything.filter(state=MerchantToken.State.REFUSED), "checked_at")


def unread_orders(since: datetime) -> Failed:
    """Trays that could not be read when they were last tried, or not every order. `latest`: when one was last read."""
    return _failed(OrderReading.everything.filter(Q(failures__gt=0) | Q(unread__gt=0)), "finished_at")


def unclear_actions(since: datetime) -> Failed:
    """Things done to orders of which nobody knows what came."""
    unclear = OrderAction.everything.filter(state=OrderAction.State.UNCLEAR, finished_at__gte=since)
    return _failed(unclear, "finished_at")


def refused_actions(since: datetime) -> Failed:
    """Things to be done to orders that were refused or had no effect."""
    states = (OrderAction.State.REFUSED, OrderAction.State.NOT_DONE)
    return _failed(OrderAction.everything.filter(state__in=states, finished_at__gte=since), "finished_at")


def held_payments(since: datetime) -> Failed:
    """Money that came, or went back, otherwise than agreed: a person of the service desk decides. No store's."""
    return _failed(UserPurchase.objects.exclude(attention=""), "created_at", store=None)


def refused_uploads(since: datetime) -> Failed:
    """Sellers' files of which nothing was used."""
    refused = ProductUpload.everything.filter(state=ProductUpload.State.REFUSED, created_at__gte=since)
    return _failed(refused, "created_at")


def unsure_cards(since: datetime) -> Failed:
    """Batches of new cards that the marketplace may have or not, since whenever."""
    return _failed(CardBatch.everything.filter(state=CardBatch.State.UNSURE), "sent_at")


def untold_messages(since: datetime) -> Failed:
    """Messages that wait too long to be told."""
    states = (Notification.Delivery.WAITING, Notification.Delivery.SENDING)
    late = timezone.now() - TOLD_WITHIN
    return _failed(Notification.everything.filter(delivery__in=states, created_at__lt=late), "created_at")


def unsent_letters(since: datetime) -> Failed:
    """Letters about payments and plans that no server has taken in time. No store's."""
    written = (since, timezone.now() - TOLD_WITHIN)
    unsent = Letter.objects.filter(sent_at=None, user__is_active=True, created_at__range=written)
    return _failed(unsent, "created_at", store=None)


def failed_tasks(since: datetime) -> Failed:
    """Work of the background that ended with an error; no store's alone."""
    return _failed(TaskFailure.objects.filter(failed_at__gte=since), "failed_at", store=None)


def _failed(rows: QuerySet[Model], at: str, store: str | None = "store") -> Failed:
    counts = {"stores": Count(store, distinct=True)} if store else {}
    told = rows.order_by().aggregate(rows=Count("pk", distinct=True), latest=Max(at), **counts)
    return Failed(rows=told["rows"], stores=told.get("stores", 0), latest=told["latest"])
