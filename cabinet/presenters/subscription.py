"""A person's plan: what there is room for, what comes next, what other plans cost today; and what every page says."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from landing.models import Tariff
from stores.models import Store
from stores.services.subscription.limits import Room, payer_of, stores_paid_by, usage_of
from stores.services.subscription.settling import RUNNING, SERVED_FOR
from users.models import UserPurchase, UserTariff
from users.payments.base import Detail, OnlineProvider, Provider
from users.payments.registry import provider_of, ready_providers
from users.services.billing.purchases import Change, Quote, offers, open_purchase
from users.services.billing.subscriptions import Waiting, free_tariff, subscription_of, waiting_for

State = UserTariff.State
# Of a trial's end every page tells in its last days.
TOLD_BEFORE = timedelta(days=3)


@dataclass(frozen=True)
class Usage:
    """One limit of the plan: how much of it is used."""

    room: Room

    @property
    def percent(self) -> int:
        """How full it is, at most 100."""
        return min(100, 100 * self.room.used // self.room.most) if self.room.most else 100 * bool(self.room.used)


@dataclass(frozen=True)
class Offer:
    """
    A plan on offer. `quotes`: what a month and a year of it cost the person today; none where it is not sold.

    `short`: of what the person has more than this plan has room for. Nothing of it would be lost.
    """

    tariff: Tariff
    quotes: list[Quote]
    short: list[Room]
    is_present: bool

    @property
    def is_free(self) -> bool:
        return self.tariff.price_month == 0 and self.tariff.price_year == 0


class Plan:
    """The page of a person's plan."""

    def __init__(self, person: Any) -> None:
        self.person = person
        self.subscription = subscription_of(person)

    @property
    def sentence(self) -> str:
        """What the person has, until when."""
        if self.subscription is None:
            return _("You have not chosen a plan yet, and nothing limits you until then.")
        facts = {"tariff": self.subscription.tariff, "day": day(self.subscription.ends_at)}
        return _SENTENCES[State(self.subscription.state), self.subscription.ends_at is not None]() % facts

    @property
    def is_paused(self) -> bool:
        return self.subscription is not None and self.subscription.state == State.PAUSED

    @property
    def runs_out(self) -> bool:
        """Whether it runs, and ends some day."""
        plan = self.subscription
        return plan is not None and plan.state in RUNNING and plan.ends_at is not None

    @cached_property
    def usage(self) -> list[Usage]:
        """Each limit."""
        return [Usage(room) for room in usage_of(self.person)]

    @cached_property
    def waiting(self) -> list[Waiting]:
        """What comes after the present plan, in order."""
        return waiting_for(self.person)

    @property
    def may_keep_present(self) -> bool:
        """Whether the free plan waits because the person has chosen it, so that the choice can be taken back."""
        plan = self.subscription
        is_paid_for = plan is not None and plan.state == State.ACTIVE and plan.ends_at is not None
        return is_paid_for and any(each.tariff.price_month == 0 for each in self.waiting)

    @cached_property
    def order(self) -> UserPurchase | None:
        """What was ordered and waits to be paid."""
        return open_purchase(self.person)

    @cached_property
    def providers(self) -> list[Provider]:
        """The ways to pay that there are here."""
        return ready_providers()

    @cached_property
    def offers(self) -> list[Offer]:
        """All plans on sale, and the present one though it be sold no more."""
        present = self.subscription.tariff if self.subscription else None
        quotes: defaultdict[int, list[Quote]] = defaultdict(list)
        for quote in offers(self.person):
            quotes[quote.tariff.pk].append(quote)
        shown = [each for each in Tariff.objects.all() if each.is_visible or each.pk in quotes or each == present]
        return [Offer(each, quotes[each.pk], self._short(each), is_present=each == present) for each in shown]

    @cached_property
    def free(self) -> Tariff | None:
        """The plan that costs nothing, if one is offered."""
        return free_tariff()

    def _short(self, tariff: Tariff) -> list[Room]:
        return [each.room for each in self.usage if each.room.used > getattr(tariff, each.room.limit.column)]


@dataclass(frozen=True)
class PlanOrder:
    """An order of a plan, and how it is paid."""

    purchase: UserPurchase

    @cached_property
    def provider(self) -> Provider | None:
        """The way to pay it; None once it does not wait for a payment, or where that way is offered no more."""
        is_open = self.purchase.state == UserPurchase.State.CREATED
        return provider_of(self.purchase.provider) if is_open else None

    @property
    def is_paid_elsewhere(self) -> bool:
        """Whether a service's own page takes the payment."""
        return isinstance(self.provider, OnlineProvider)

    @property
    def details(self) -> Sequence[Detail]:
        """To whom an invoice is paid."""
        if self.provider is None or self.is_paid_elsewhere:
            return ()
        return self.provider.next_step(self.purchase).details


_SENTENCES = {
    (State.TRIAL, True): lambda: _("You try the plan “%(tariff)s” until %(day)s, free of charge."),
    (State.ACTIVE, True): lambda: _("The plan “%(tariff)s” until %(day)s."),
    (State.ACTIVE, False): lambda: _("The plan “%(tariff)s”, for as long as you like."),
    (State.GRACE, True): lambda: _("The plan “%(tariff)s” ended on %(day)s."),
    (State.EXPIRED, True): lambda: _("The plan “%(tariff)s” ended on %(day)s."),
    (State.PAUSED, True): lambda: _("The plan “%(tariff)s” is paused. What is left of it waits until you resume it."),
}
_SENTENCES[State.PAUSED, False] = _SENTENCES[State.PAUSED, True]


def when(offered: Quote) -> str:
    """From when, until when."""
    return _WHEN[offered.change]() % {"from": day(offered.starts_at), "until": day(offered.ends_at)}


_WHEN = {
    Change.NEW: lambda: _("From now until %(until)s."),
    Change.PROLONG: lambda: _("Goes on until %(until)s."),
    Change.UP: lambda: _("At once, until %(until)s."),
    Change.DOWN: lambda: _("After the present plan: from %(from)s until %(until)s."),
}


def day(moment: datetime | None) -> str:
    """`23.11.2026`, the day in Almaty; nothing for no end."""
    return "" if moment is None else date_format(timezone.localtime(moment), "d.m.Y")


# --- On every page ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Notice:
    """What is to be known of a plan that ends, or has ended. `is_own`: the reader can choose another one."""

    text: str
    is_urgent: bool = False
    is_own: bool = True


def notice_of(person: Any, store: Store | None) -> Notice | None:
    """
    What this person's own pages say of the plan, or a store's: of the plan that pays for it, where it is this person's.
    None where all is well.
    """
    if not settings.BILLING:
        return None
    is_own = store is None or payer_of(store) == person
    plan = subscription_of(person) if is_own else None
    if plan is not None and (notice := _NOTICES[State(plan.state)](plan)):
        return notice
    if store is not None and store.frozen_at is not None:
        return Notice(
            _("The plan of the store's owner does not run: rules leave the prices where they are."), is_own=False
        )
    return None


def _of_trial(plan: UserTariff) -> Notice | None:
    now = timezone.now()
    if plan.ends_at is None or plan.ends_at - now > TOLD_BEFORE:
        return None
    days = max(0, (timezone.localtime(plan.ends_at).date() - timezone.localtime(now).date()).days)
    if not days:
        return Notice(_("The trial ends today. Choose how to go on."))
    text = ngettext(
        "The trial ends in %(count)s day. Choose how to go on.",
        "The trial ends in %(count)s days. Choose how to go on.",
        days,
    )
    return Notice(text % {"count": days})


def _of_end(plan: UserTariff) -> Notice:
    facts = list(stores_paid_by(plan.user).values_list("subscription_ended_at", "list_ended_at"))
    if facts and all(list_ended_at for _ended_at, list_ended_at in facts):
        text = _("The plan has ended: prices stay where they are, and the marketplace gets no price list any more.")
        return Notice(f"{text} {_('Nothing is deleted: with a plan all of it goes on.')}", is_urgent=True)
    ended_at = min(_known(ended_at for ended_at, _list_ended_at in facts), default=plan.ends_at or timezone.now())
    text = _(
        "The plan has ended, day %(day)s of %(days)s: prices stay where they are, and the price list is served until "
        "%(until)s."
    )
    days = min((timezone.now() - ended_at).days + 1, SERVED_FOR.days)
    return Notice(text % {"day": days, "days": SERVED_FOR.days, "until": day(ended_at + SERVED_FOR)}, is_urgent=True)


def _known(moments: Iterable[datetime | None]) -> Iterable[datetime]:
    return (moment for moment in moments if moment is not None)


_NOTICES = {
    State.TRIAL: _of_trial,
    State.ACTIVE: lambda plan: None,
    State.GRACE: _of_end,
    State.EXPIRED: _of_end,
    State.PAUSED: lambda plan: Notice(
        _("The plan is paused: prices stay where they are, and the price list is served.")
    ),
}
