"""The last proof: the storefront shows the price that we meant. And what is said when it does not come."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from stores.models import (
    Availability,
    CityPrice,
    CompetitorProduct,
    Notification,
    PathStep,
    PriceStop,
    ProductPriceUpdate,
    Store,
)
from stores.services import health
from stores.services.announcements import announce_prices
from stores.services.market.watch import look_within
from stores.services.notifications import Event, notify_all
from stores.services.prices.situation import shown_price
from stores.services.transactions import in_transaction

State = ProductPriceUpdate.State
# The marketplace comes about once an hour, and shows a pulled price within minutes; after so long something is wrong.
PULLED_WITHIN = timedelta(hours=3)
SEEN_WITHIN = timedelta(minutes=90)
# An approved price is in the list within seconds, unless its builders are broken.
PUBLISHED_WITHIN = timedelta(minutes=10)
# Nobody says that a price does not show before somebody has looked for it.
LOOKED_FOR_WITHIN = timedelta(minutes=45)
# What is older was alarmed before. Its cause may go on all the same.
ALARMS_LOOK_BACK = timedelta(days=1)
SKUS_NAMED = 5


def confirm_seen(rows: Iterable[CityPrice], offers: Mapping[int, Sequence[CompetitorProduct]]) -> int:
    """Note which pulled prices the storefront now shows; returns how many."""
    shown: defaultdict[int, dict[int, tuple[int, datetime]]] = defaultdict(dict)
    for row in rows:
        market = row.market
        if market is None or market.looked_at is None:
            continue
        price = shown_price(row, offers[market.pk])
        if price is not None:
            shown[row.product.store_id][row.pk] = price, market.looked_at
    count = sum(_confirm(store_id, pictures) for store_id, pictures in sorted(shown.items()))
    if count:
        health.finished(PathStep.Name.SEEN)
    return count


@in_transaction
def _confirm(store_id: int, shown: Mapping[int, tuple[int, datetime]]) -> int:
    """One store's prices that arrived; older ones that were pulled and never seen are overtaken."""
    pulled = ProductPriceUpdate.everything.filter(store=store_id, city_price__in=list(shown), state=State.PULLED)
    if not pulled.exists():
        return 0
    # The store first, as the gateway locks.
    Store.everything.select_for_update().get(pk=store_id)
    waiting = list(pulled.order_by("pk"))
    arrived = {update.city_price_id: update for update in waiting if _has_arrived(update, *shown[update.city_price_id])}
    overtaken = [
        update.pk
        for update in waiting
        if update.city_price_id in arrived and update.pk < arrived[update.city_price_id].pk
    ]
    ids = [update.pk for update in arrived.values()]
    ProductPriceUpdate.everything.filter(pk__in=ids).update(state=State.SEEN, seen_at=timezone.now())
    ProductPriceUpdate.everything.filter(pk__in=overtaken).update(state=State.SUPERSEDED)
    announce_prices(store_id, [update.product_id for update in arrived.values()])
    return len(ids)


def _has_arrived(update: ProductPriceUpdate, price: int, looked_at: datetime) -> bool:
    """Only a picture that is newer than the pull proves anything: the price may have been the same before."""
    return update.new_price == price and update.pulled_at is not None and update.pulled_at <= looked_at


def unseen() -> QuerySet[ProductPriceUpdate]:
    """
    Prices that were fetched and are not on the storefront in time: a look after that time did not show them.

    A price that nobody could see is none of them: without a card that we watch, or not on sale in its city. Nor is one
    of two articles of the store on one card, which shows one price of a merchant: nobody can tell whose.
    """
    twins = CityPrice.everything.filter(
        market=OuterRef("city_price__market"), product__store=OuterRef("store")
    ).exclude(pk=OuterRef("city_price"))
    on_sale = Availability.everything.filter(
        product=OuterRef("product"),
        is_available=True,
        sales_point__is_open=True,
        sales_point__city_id=OuterRef("city_id"),
    )
    pulled = ProductPriceUpdate.everything.filter(state=State.PULLED, pulled_at__lt=timezone.now() - SEEN_WITHIN)
    looked_since = Q(city_price__market__looked_at__gte=F("pulled_at") + SEEN_WITHIN)
    return pulled.filter(looked_since, Exists(on_sale), ~Exists(twins))


def unpulled() -> QuerySet[ProductPriceUpdate]:
    """Prices that stand in a price list which the marketplace does not fetch in time, though it is served."""
    late = timezone.now() - PULLED_WITHIN
    served = ProductPriceUpdate.everything.filter(store__list_ended_at=None)
    return served.filter(state=State.PUBLISHED, published_at__lt=late)


def unpublished() -> QuerySet[ProductPriceUpdate]:
    """Prices that may leave and get into no price list, though nothing stops it."""
    late = timezone.now() - PUBLISHED_WITHIN
    has_had_time = Q(store__mode_changed_at__isnull=True) | Q(store__mode_changed_at__lt=late)
    approved = ProductPriceUpdate.everything.filter(state=State.APPROVED, approved_at__lt=late)
    return approved.filter(has_had_time, ~Exists(PriceStop.objects.all())).exclude(store__mode=Store.Mode.PAUSED)


def look_for_unseen() -> None:
    """Have the markets looked at now in which a fetched price should show by now and nobody has looked since."""
    now = timezone.now()
    waiting = ProductPriceUpdate.everything.filter(
        state=State.PULLED,
        pulled_at__range=(now - SEEN_WITHIN, now - LOOKED_FOR_WITHIN),
        city_price__market__looked_at__lt=F("pulled_at") + LOOKED_FOR_WITHIN,
    )
    look_within(list(waiting.values_list("city_price__market", flat=True)))


def alarm_unseen() -> None:
    """One urgent message for each price list of which prices are not on the storefront in time."""
    lately = unseen().filter(pulled_at__gt=timezone.now() - ALARMS_LOOK_BACK)
    skus: defaultdict[tuple[int, int | None], list[str]] = defaultdict(list)
    for store_id, number, sku in lately.order_by("pk").values_list("store_id", "price_list_number", "product__sku"):
        skus[store_id, number].append(sku)
    events = [
        Event(store_id, f"unseen:{number}", {"count": len(unseen_skus), "skus": unseen_skus[:SKUS_NAMED]})
        for (store_id, number), unseen_skus in skus.items()
    ]
    notify_all(Notification.Kind.NOT_SEEN, events)


def alarm_unpulled() -> None:
    """One urgent message a day for each store whose price list the marketplace does not fetch."""
    since = unpulled().values_list("store_id").annotate(since=Min("published_at"))
    events = [_daily("unpulled", store_id, at) for store_id, at in since]
    notify_all(Notification.Kind.NOT_PULLED, events)


def alarm_unpublished() -> None:
    """One urgent message a day for each store of which prices get into no price list, and one each time anew."""
    waiting = unpublished().values_list("store_id", "store__published_at").annotate(since=Min("approved_at"))
    events = [
        _daily(f"unpublished:{run_of(published_at)}", store_id, since) for store_id, published_at, since in waiting
    ]
    notify_all(Notification.Kind.NOT_PUBLISHED, events)


def run_of(published_at: datetime | None) -> str:
    """
    Names the period since a store's last published list, so that an alarm in a new period is told again.
    """
    return "" if published_at is None else published_at.isoformat()


def _daily(name: str, store_id: int, since: datetime) -> Event:
    return Event(store_id, f"{name}:{timezone.localdate()}", {"since": since.isoformat(timespec="seconds")})
