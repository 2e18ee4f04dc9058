"""A store and the merchants it meets on its cards: who they are to it, how they behave, who is new."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from stores.models import (
    CardMarket,
    CityPrice,
    Competitor,
    CompetitorProduct,
    CompetitorProductMonitoring,
    CompetitorStore,
    Notification,
    Store,
)
from stores.services import access
from stores.services.market.behaviour import Behaviour, Event, learn
from stores.services.notifications import notify
from stores.services.rows import batched
from stores.services.transactions import in_transaction

CHANGEABLE = ("stance", "notes", "contact")
# Behaviour is learnt from so many days, each store once in so many hours.
WINDOW = timedelta(days=14)
LEARN_EVERY = timedelta(hours=24)
MARKETS_A_PAGE = 200


@dataclass(frozen=True)
class Newcomer:
    """An offer that was not on the card at the last look. `is_first_picture`: there was no last look."""

    market_id: int
    competitor_store_id: int
    merchant_id: str
    name: str
    price: int
    is_first_picture: bool


def meet(newcomers: Sequence[Newcomer]) -> None:
    """
    Give each store on these markets a stance to each newcomer, and tell it who is new on its cards.

    Runs in the transaction that records them. Own, partner and ignored merchants are nobody's news, and neither is
    the first picture of a market.
    """
    if not newcomers:
        return
    sellers = _sellers({newcomer.market_id for newcomer in newcomers})
    pairs = [(newcomer, price) for newcomer in newcomers for price in sellers[newcomer.market_id]]
    met = [(newcomer, price) for newcomer, price in pairs if newcomer.merchant_id != price.product.store.merchant_id]
    Competitor.everything.bulk_create(
        [
            Competitor(store_id=price.product.store_id, competitor_store_id=newcomer.competitor_store_id)
            for newcomer, price in met
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
    news = [(newcomer, price) for newcomer, price in met if not newcomer.is_first_picture]
    not_rivals = _not_rivals(news)
    for newcomer, price in news:
        if (price.product.store_id, newcomer.competitor_store_id) not in not_rivals:
            _tell(newcomer, price)


def change_rival(rival: Competitor, values: dict[str, Any], actor: Any) -> Competitor:
    """Change what a merchant is to the store, the notes about him, his contact. Raises Forbidden."""
    access.require(actor, rival.store, access.Action.CHANGE_PRICES)
    changed = {name: values[name] for name in CHANGEABLE if name in values}
    Competitor.everything.filter(pk=rival.pk).update(**changed)
    return Competitor.everything.select_related("competitor_store").get(pk=rival.pk)


def learn_due_rivals(limit: int = 20) -> int:
    """Learn the rivals of stores whose knowledge is a day old, the oldest first; returns how many stores."""
    now = timezone.now()
    is_due = Q(rivals_learnt_at__isnull=True) | Q(rivals_learnt_at__lt=now - LEARN_EVERY)
    due = Store.everything.filter(is_due).order_by(F("rivals_learnt_at").asc(nulls_first=True), "pk")[:limit]
    for store in due:
        seen = store.rivals_learnt_at
        # Of two workers, the one that moves the moment does the work; it is done again tomorrow if he dies.
        if Store.everything.filter(pk=store.pk, rivals_learnt_at=seen).update(rivals_learnt_at=now):
            learn_rivals(store)
    return len(due)


def learn_rivals(store: Store) -> int:
    """Write what the last weeks say of each merchant on the store's markets; returns how many."""
    now = timezone.now()
    learnt = learn(_cards(store, now - WINDOW), now.timestamp())
    cities = _cities(store)
    _write(store, learnt, cities)
    return len(learnt)


def _sellers(market_ids: Iterable[int]) -> dict[int, list[CityPrice]]:
    """Market → the prices of all stores in it."""
    sellers: defaultdict[int, list[CityPrice]] = defaultdict(list)
    for price in CityPrice.everything.filter(market__in=market_ids).select_related("product__store").order_by("pk"):
        if price.market_id is not None:
            sellers[price.market_id].append(price)
    return sellers


def _not_rivals(news: Sequence[tuple[Newcomer, CityPrice]]) -> set[tuple[int, int]]:
    """(store, merchant row) pairs that are no rivals."""
    stances = Competitor.everything.filter(
        store__in={price.product.store_id for _, price in news},
        competitor_store__in={newcomer.competitor_store_id for newcomer, _ in news},
    )
    not_rivals = stances.filter(stance__in=Competitor.NOT_RIVALS)
    return set(not_rivals.values_list("store_id", "competitor_store_id"))


def _tell(newcomer: Newcomer, price: CityPrice) -> None:
    """Once a day for a merchant on a card; at once where the seller says that the card is his alone."""
    product = price.product
    notify(
        product.store_id,
        Notification.Kind.STUCK_ON if product.is_exclusive else Notification.Kind.NEW_RIVAL,
        event=f"came:{newcomer.market_id}:{newcomer.competitor_store_id}:{timezone.localdate()}",
        product_id=product.pk,
        facts={
            "sku": product.sku,
            "city_id": price.city_id,
            "merchant": newcomer.name,
            "rival_price": newcomer.price,
        },
    )


def _cards(store: Store, since: datetime) -> Iterable[list[Event]]:
    """
    The events of each of the store's markets since then, market by market, in order of time.

    A page of markets at a time: MariaDB's client would hold the whole of one long answer in memory.
    """
    market_ids = list(CardMarket.objects.for_store(store).order_by("pk").values_list("pk", flat=True))
    columns = ("market_id", "competitor_store_id", "seen_at", "price_after")
    for page in batched(market_ids, MARKETS_A_PAGE):
        rows = CompetitorProductMonitoring.objects.filter(market__in=page, seen_at__gte=since)
        ordered = rows.order_by("market_id", "pk").values_list(*columns)
        for _market, of_market in groupby(ordered, key=itemgetter(0)):
            yield [
                Event(merchant, seen_at.timestamp(), timezone.localtime(seen_at).hour, price)
                for _, merchant, seen_at, price in of_market
            ]


def _cities(store: Store) -> dict[int, list[str]]:
    """Merchant → the cities in which he stands on the store's cards now."""
    offers = CompetitorProduct.objects.filter(market__in=CardMarket.objects.for_store(store).values("pk"))
    pairs = offers.order_by("competitor_store_id", "market__city_id").values_list(
        "competitor_store_id", "market__city_id"
    )
    cities: defaultdict[int, list[str]] = defaultdict(list)
    for merchant, city_id in pairs.distinct():
        cities[merchant].append(city_id)
    return cities


@in_transaction
def _write(store: Store, learnt: Mapping[int, Behaviour], cities: Mapping[int, list[str]]) -> None:
    strangers = CompetitorStore.objects.filter(pk__in={*learnt, *cities}).exclude(merchant_id=store.merchant_id)
    Competitor.everything.bulk_create(
        [Competitor(store=store, competitor_store=merchant) for merchant in strangers.order_by("pk")],
        ignore_conflicts=True,
        batch_size=1000,
    )
    rows = list(Competitor.everything.filter(store=store))
    for row in rows:
        behaviour = learnt.get(row.competitor_store_id)
        row.is_bot = behaviour.is_bot if behaviour else None
        row.behaviour = {
            **(asdict(behaviour) if behaviour else {}),
            "cities": cities.get(row.competitor_store_id, []),
        }
    Competitor.everything.bulk_update(rows, ["behaviour", "is_bot"], batch_size=500)
