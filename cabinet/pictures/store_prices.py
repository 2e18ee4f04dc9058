"""A store's prices as a whole: its alarms and its price lists."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from stores.models import Notification, PriceListPull, PriceListVersion, Store
from stores.services.cities import city_name
from stores.services.messages import text_of, why_refused
from stores.services.prices.explain import why_held
from stores.services.prices.pulls import CARRIED
from stores.services.prices.undo import Restoration, prices_as_of

MOST_ALARMS = 20
LAST_VERSIONS = 10
MOST_SHOWN = 200
# Moments that are asked for most, in hours ago.
HOURS_AGO = (1, 3, 12, 24)


@dataclass(frozen=True)
class Alarm:
    """An urgent message that nobody has read."""

    notification: Notification
    text: str


@dataclass(frozen=True)
class Version:
    """A price list: when it was last fetched (None: never), whether it is the served one, or why it was refused."""

    version: PriceListVersion
    pulled_at: datetime | None
    is_live: bool
    refusal: str


@dataclass(frozen=True)
class Returning:
    """One price that was another, and why it cannot go back, if so."""

    price: Restoration
    city: str
    why_not: str


@dataclass(frozen=True)
class RestorationPreview:
    """Which prices would go back to those of the moment: the first of them, and how many there are."""

    moment: datetime
    prices: list[Returning]
    going: int
    staying: int
    unshown: int


def alarms_of(store: Store) -> list[Alarm]:
    """The newest urgent messages that nobody has read."""
    unread = Notification.objects.for_store(store).filter(read_at=None, severity=Notification.Severity.URGENT)
    newest = unread.select_related("product").order_by("-pk")[:MOST_ALARMS]
    return [Alarm(notification, text_of(notification)) for notification in newest]


def versions_of(store: Store) -> list[Version]:
    """The last price lists, newest first: two queries."""
    versions = list(PriceListVersion.objects.for_store(store).order_by("-number")[:LAST_VERSIONS])
    pulls = PriceListPull.objects.for_store(store).filter(
        version_number__in=[version.number for version in versions], status__in=CARRIED
    )
    pulled = dict(pulls.values_list("version_number").annotate(last=Max("pulled_at")))
    live = max((version.number for version in versions if version.refusal is None), default=None)
    return [
        Version(
            version=version,
            pulled_at=pulled.get(version.number),
            is_live=version.number == live,
            refusal="" if version.refusal is None else why_refused(version.refusal | {"number": version.number}),
        )
        for version in versions
    ]


def restoration_of(store: Store, moment: datetime) -> RestorationPreview:
    """What going back to the moment would do."""
    prices = prices_as_of(store, moment)
    stay = sum(bool(price.hold_code) for price in prices)
    return RestorationPreview(
        moment=moment,
        prices=[
            Returning(price, city_name(price.city_id), why_held(price.hold_code) if price.hold_code else "")
            for price in prices[:MOST_SHOWN]
        ],
        going=len(prices) - stay,
        staying=stay,
        unshown=max(len(prices) - MOST_SHOWN, 0),
    )


def moments() -> list[tuple[int, datetime]]:
    """Hours ago, and the moment."""
    now = timezone.now()
    return [(hours, now - timedelta(hours=hours)) for hours in HOURS_AGO]
