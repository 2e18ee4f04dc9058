"""A store's prices as a whole: its alarms and its price lists."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cabinet.presenters.notifications import Message, tell, urgent
from stores.models import PriceListPull, PriceListVersion, PricingRule, Store
from stores.services.cities import city_name
from stores.services.messages import why_refused
from stores.services.prices.explain import why_held
from stores.services.prices.price_list.pulls import CARRIED
from stores.services.prices.restore import Restoration, preview
from stores.services.prices.targets import AsOf, BeforeList, Carried, Target, WithoutRule

MOST_ALARMS = 20
LAST_VERSIONS = 10
MOST_SHOWN = 200
# Moments that are asked for most, in hours ago.
HOURS_AGO = (1, 3, 12, 24)


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
    """What was asked for in words, which prices would go back: the first of them, and how many there are."""

    title: str
    prices: list[Returning]
    going: int
    staying: int
    unshown: int


def alarms_of(store: Store) -> list[Message]:
    """The newest urgent messages that nobody has read."""
    return tell(urgent(store)[:MOST_ALARMS])


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


def restoration_of(store: Store, target: Target) -> RestorationPreview:
    """What going back would do. Raises Refusal for what the store does not have."""
    prices = preview(store, target)
    stay = sum(bool(price.hold_code) for price in prices)
    return RestorationPreview(
        title=_title(target),
        prices=[
            Returning(price, city_name(price.city_id), why_held(price.hold_code) if price.hold_code else "")
            for price in prices[:MOST_SHOWN]
        ],
        going=len(prices) - stay,
        staying=stay,
        unshown=max(len(prices) - MOST_SHOWN, 0),
    )


def paused_of(store: Store) -> RestorationPreview | None:
    """What a paused store puts back when its prices go on; None where they go on."""
    return restoration_of(store, Carried()) if store.mode == Store.Mode.PAUSED else None


def rules_of(store: Store) -> list[PricingRule]:
    """The store's own rules."""
    return list(PricingRule.objects.for_store(store).order_by("name", "pk"))


def _title(target: Target) -> str:
    match target:
        case AsOf(moment):
            return _("As of %(moment)s") % {"moment": date_format(timezone.localtime(moment), "d.m.Y H:i")}
        case BeforeList(number):
            return _("Before price list %(number)s") % {"number": number}
        case WithoutRule():
            return _("Without this rule, which is switched off")
        case Carried():
            return _("What goes back when prices go on")
        case _:
            return _("The last confirmed prices")


def moments() -> list[tuple[int, datetime]]:
    """Hours ago, and the moment."""
    now = timezone.now()
    return [(hours, now - timedelta(hours=hours)) for hours in HOURS_AGO]
