"""
Purchases: what a plan costs a person now, the order of it, and what becomes of the money.

    created ──▶ paid ──▶ refunded
       │  ╲      ▲
       ▼   ▼     │
    refused  held       money came, but not as agreed: a person of the service desk decides

A purchase that was refused may still be paid: money that comes as it was agreed always buys what was agreed.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from landing.models import Tariff
from users.models import Letter, User, UserPurchase
from users.services import letters
from users.services.billing import timeline as spans
from users.services.billing.calendar import add_months
from users.services.billing.ledger import (
    Account,
    Cause,
    Why,
    is_credited,
    lock_person,
    read_account,
    taken_for,
    write,
)
from users.services.billing.subscriptions import awake, subscription_of
from users.services.billing.timeline import Source, Span, Timeline
from users.services.errors import Refusal
from users.services.transactions import in_transaction

Attention = UserPurchase.Attention
Period = UserPurchase.Period
State = UserPurchase.State

MONTHS = {Period.MONTH: 1, Period.YEAR: 12}
# So long an unpaid purchase stands, and a credit that was named is kept.
OPEN_DAYS = 7
MAY_BE_PAID = (State.CREATED, State.REFUSED, State.HELD)


class Change(StrEnum):
    """What a purchase does to the plan."""

    NEW = "new"  # there is none that was paid for
    PROLONG = "prolong"  # the same one, longer
    UP = "up"  # a larger one, at once; the rest of the present one is credited
    DOWN = "down"  # a smaller one, when the present one has ended


@dataclass(frozen=True)
class Quote:
    """What a period of a tariff costs a person now, and when it would be his. `amount` is what he pays."""

    tariff: Tariff
    period: str
    change: Change
    price: int
    credit: int
    starts_at: datetime
    ends_at: datetime

    @property
    def amount(self) -> int:
        return max(0, self.price - self.credit)


def quote(user: Any, tariff: Tariff, period: str) -> Quote:
    """What it would cost now. Raises Refusal for a tariff that is not sold to this person."""
    now = timezone.now()
    account = _awakened(read_account(user), now)
    return _quote(account, tariff, period, now, _present(account.timeline, now))


def offers(user: Any) -> list[Quote]:
    """What each tariff that is sold to this person would cost now, by month and by year."""
    now = timezone.now()
    account = _awakened(read_account(user), now)
    present = _present(account.timeline, now)
    kept = _kept(account.timeline, now)
    tariffs = [tariff for tariff in Tariff.objects.all() if tariff.is_visible or tariff.pk in kept]
    return [
        _quote(account, tariff, period, now, present)
        for tariff in tariffs
        for period in MONTHS
        if _tariff_price(tariff, period)
    ]


@in_transaction
def request_purchase(
    user: Any, tariff: Tariff, period: str, provider: str, *, expected_amount: int | None = None
) -> UserPurchase:
    """
    Order a period of a tariff. One that the credit pays for whole is the person's at once.

    Asking again for what is ordered already answers with that order. Raises Refusal: the tariff is not sold to this
    person, another order is open, or it costs another amount than the person was told.
    """
    account = read_account(lock_person(user.pk))
    now = timezone.now()
    would = _awakened(account, now)
    wanted = _quote(would, tariff, period, now, _present(would.timeline, now))
    waiting = open_purchase(account.user)
    if waiting is not None:
        asked = (tariff.pk, period, provider, waiting.amount if expected_amount is None else expected_amount)
        return _same(waiting, asked)
    if expected_amount is not None and expected_amount != wanted.amount:
        text = _("It costs %(amount)s ₸ now, another amount than you were shown. Look again.")
        raise Refusal("price_changed", text % {"amount": wanted.amount})
    purchase = UserPurchase.objects.create(
        user=account.user,
        tariff=tariff,
        period=period,
        amount=wanted.amount,
        credit=wanted.price - wanted.amount,
        quoted_at_entry=account.last_entry,
        provider=provider,
        created_at=now,
    )
    return confirm(purchase) if purchase.amount == 0 else purchase


def open_purchase(user: Any) -> UserPurchase | None:
    """The person's purchase that waits to be paid."""
    return UserPurchase.objects.for_user(user).filter(state=State.CREATED).select_related("tariff").first()


@in_transaction
def confirm(
    purchase: UserPurchase,
    *,
    by: User | None = None,
    receipt_number: str = "",
    payment_id: str | None = None,
    note: str = "",
) -> UserPurchase:
    """
    It was paid: give the access. Again it changes nothing.

    A purchase whose credit was used up meanwhile is held instead, unless a person (`by`) confirms what was held. Raises
    Refusal for one that was refunded.
    """
    account = read_account(lock_person(purchase.user_id))
    purchase = _fresh(purchase)
    now = timezone.now()
    if purchase.state == State.PAID:
        return purchase
    if purchase.state not in MAY_BE_PAID:
        raise Refusal("is_refunded", _("This purchase was paid back. Order it anew."))
    is_decided = by is not None and purchase.state == State.HELD
    _note_payment(purchase, by, receipt_number, payment_id, note)
    if not is_decided and _is_stale(purchase, account, now):
        return _hold(purchase, Attention.PLAN_CHANGED)
    return _grant(purchase, account, now)


@in_transaction
def confirm_as_seen(
    purchase: UserPurchase, state: str, *, by: User, receipt_number: str, note: str = ""
) -> UserPurchase:
    """
    The service desk confirms a purchase that it was shown in this state: only what it saw to be held is given for that.

    Raises Refusal where it is in another state by now, and as `confirm` does.
    """
    lock_person(purchase.user_id)
    purchase = _fresh(purchase)
    if purchase.state != state:
        text = _("It is “%(state)s” now, another state than you were shown. Look at it again.")
        raise Refusal("state_changed", text % {"state": purchase.get_state_display()})
    return confirm(purchase, by=by, receipt_number=receipt_number, note=note)


@in_transaction
def refuse(purchase: UserPurchase, *, by: User | None = None, note: str = "") -> UserPurchase:
    """It is not paid, or the money of a held one went back. Again it changes nothing. Raises Refusal for a paid one."""
    lock_person(purchase.user_id)
    purchase = _fresh(purchase)
    if purchase.state not in MAY_BE_PAID:
        raise Refusal("is_paid", _("This purchase is paid. Refund it instead."))
    if purchase.state != State.REFUSED:
        letters.write_of_purchase(purchase, Letter.Kind.PAYMENT_REFUSED)
    return _refuse(purchase, by, note)


@in_transaction
def cancel(purchase: UserPurchase) -> UserPurchase:
    """Its person does not want it any more. Raises Refusal when money has come, or it was cancelled before."""
    lock_person(purchase.user_id)
    if _fresh(purchase).state != State.CREATED:
        raise Refusal("not_open", _("This order does not wait for a payment."))
    return _refuse(_fresh(purchase))


@in_transaction
def refund(purchase: UserPurchase, *, by: User | None = None, note: str = "") -> UserPurchase:
    """
    The money went back: take back what is left of the access that it bought. Again it changes nothing.

    Raises Refusal for one that is not paid, and while its rest pays for a later purchase.
    """
    account = read_account(lock_person(purchase.user_id))
    purchase = _fresh(purchase)
    now = timezone.now()
    if purchase.state == State.REFUNDED:
        return purchase
    if purchase.state != State.PAID:
        raise Refusal("not_paid", _("This purchase is not paid, so there is nothing to pay back."))
    if is_credited(purchase):
        raise Refusal("rest_credited", _("What was left of it pays for a later purchase. Refund that one first."))
    _take_back(purchase, account, Cause(Why.REFUND, purchase, by, note), now)
    purchase.state = State.REFUNDED
    purchase.refunded_at = now
    _decided(purchase, by, note)
    purchase.save()
    letters.write_of_purchase(purchase, Letter.Kind.PAYMENT_REFUNDED)
    return purchase


@in_transaction
def hold(purchase: UserPurchase, attention: str) -> UserPurchase:
    """Money came, but not as agreed: a person decides. One that is paid keeps its access, and is looked at."""
    lock_person(purchase.user_id)
    return _hold(_fresh(purchase), attention)


@in_transaction
def settle(purchase: UserPurchase, *, by: User, note: str) -> UserPurchase:
    """
    A person of the service desk has seen to what was odd about a payment: it need not be looked at any more.

    Again it changes nothing. Raises Refusal for a held one, which is confirmed or refused instead.
    """
    lock_person(purchase.user_id)
    purchase = _fresh(purchase)
    if purchase.state == State.HELD:
        raise Refusal("is_held", _("This purchase is held. Confirm or refuse it."))
    purchase.attention = ""
    _decided(purchase, by, note)
    purchase.save()
    return purchase


def close_unpaid() -> int:
    """Refuse the purchases that nobody paid in time. Answers how many."""
    long_ago = timezone.now() - timedelta(days=OPEN_DAYS)
    stale = UserPurchase.objects.filter(state=State.CREATED, created_at__lt=long_ago)
    return sum(_close(purchase) for purchase in stale.order_by("user_id", "pk"))


@in_transaction
def _close(purchase: UserPurchase) -> bool:
    lock_person(purchase.user_id)
    return bool(UserPurchase.objects.filter(pk=purchase.pk, state=State.CREATED).update(state=State.REFUSED))


def _quote(account: Account, tariff: Tariff, period: str, now: datetime, present: Tariff | None) -> Quote:
    price = _price(account.timeline, tariff, period, now)
    change = _change(present, tariff)
    credited = spans.credit(account.timeline, now) if change is Change.UP else 0
    bought = _bought(tariff, period, _begins(account.timeline, change, now), price, max(price, credited))
    return Quote(tariff, period, change, price, min(price, credited), bought.starts_at, bought.ends_at or now)


def _price(timeline: Timeline, tariff: Tariff, period: str, now: datetime) -> int:
    """Raises Refusal for what is not sold to this person."""
    price = _tariff_price(tariff, period)
    if not price or not (tariff.is_visible or tariff.pk in _kept(timeline, now)):
        raise Refusal("not_sold", _("This plan is not sold for this period."))
    return price


def _kept(timeline: Timeline, now: datetime) -> set[int]:
    """The tariffs that the person has or had until lately: hidden ones stay with those who have them."""
    lately = now - timedelta(days=spans.GRACE_DAYS)
    return {span.tariff_id for span in timeline if span.lasts_beyond(lately)}


def _tariff_price(tariff: Tariff, period: str) -> int:
    """0 for a period that there is not."""
    return {Period.MONTH.value: tariff.price_month, Period.YEAR.value: tariff.price_year}.get(period, 0)


def _present(timeline: Timeline, now: datetime) -> Tariff | None:
    """The tariff that the person has now, if it is not the free one."""
    running = spans.current(timeline, now)
    if running is None or running.source is Source.FREE:
        return None
    return Tariff.objects.get(pk=running.tariff_id)


def _change(present: Tariff | None, tariff: Tariff) -> Change:
    if present is None:
        return Change.NEW
    if present.pk == tariff.pk:
        return Change.PROLONG
    return Change.UP if tariff.price_month > present.price_month else Change.DOWN


def _begins(timeline: Timeline, change: Change, now: datetime) -> datetime:
    return now if change is Change.UP else spans.end_of_access(timeline, now)


def _bought(tariff: Tariff, period: str, begins: datetime, price: int, worth: int) -> Span:
    """The span that is given for so much: a period, and longer when it is worth more than the price."""
    span = Span(tariff.pk, Source.PAID, begins, add_months(begins, MONTHS[Period(period)]), worth)
    return spans.stretched(span, price)


def _grant(purchase: UserPurchase, account: Account, now: datetime) -> UserPurchase:
    account = awake(account, Cause(Why.RESUME, purchase, purchase.decided_by), now)
    before = account.timeline
    change = _change(_present(before, now), purchase.tariff)
    worth = purchase.amount + (spans.credit(before, now) if change is Change.UP else 0)
    bought = _bought(purchase.tariff, purchase.period, _begins(before, change, now), purchase.price, worth)
    bought = replace(bought, purchase_id=purchase.pk)
    if change is Change.UP:
        write(account, spans.upgraded(before, bought, now), _cause(Why.UPGRADE, purchase), now)
    else:
        write(account, spans.prolonged(before, bought, now), _cause(Why.PURCHASE, purchase), now)
    purchase.access_from, purchase.access_until = bought.starts_at, bought.ends_at
    purchase.state = State.PAID
    purchase.attention = ""
    purchase.paid_at = now
    purchase.user_tariff = None if change is Change.DOWN else subscription_of(account.user)
    purchase.save()
    letters.write_of_purchase(purchase, Letter.Kind.PAYMENT_CONFIRMED)
    return purchase


def _refuse(purchase: UserPurchase, by: User | None = None, note: str = "") -> UserPurchase:
    purchase.state = State.REFUSED
    purchase.attention = ""
    _decided(purchase, by, note)
    purchase.save()
    return purchase


def _take_back(purchase: UserPurchase, account: Account, cause: Cause, now: datetime) -> None:
    """Without this purchase from now on. A paused plan stays paused."""
    was_paused = bool(account.paused)
    account = awake(account, replace(cause, why=Why.RESUME), now)
    after = spans.refunded(account.timeline, purchase.pk, taken_for(purchase), now)
    account = write(account, after, cause, now)
    if was_paused:
        write(account, spans.stopped(account.timeline, now), replace(cause, why=Why.PAUSE), now)


def _hold(purchase: UserPurchase, attention: str) -> UserPurchase:
    if purchase.state in (State.CREATED, State.REFUSED):
        purchase.state = State.HELD
    purchase.attention = attention
    purchase.save()
    return purchase


def _is_stale(purchase: UserPurchase, account: Account, now: datetime) -> bool:
    """Whether the credit in its price was named too long ago, or was used since."""
    is_old = now > purchase.created_at + timedelta(days=OPEN_DAYS)
    return bool(purchase.credit) and (is_old or account.last_entry != purchase.quoted_at_entry)


def _note_payment(
    purchase: UserPurchase, by: User | None, receipt_number: str, payment_id: str | None, note: str
) -> None:
    """Raises Refusal for a receipt that has paid for another purchase."""
    twins = UserPurchase.objects.filter(provider=purchase.provider, receipt_number=receipt_number)
    if receipt_number and twins.filter(state=State.PAID).exclude(pk=purchase.pk).exists():
        text = _("Receipt %(number)s has paid for another purchase already.")
        raise Refusal("receipt_used", text % {"number": receipt_number})
    purchase.receipt_number = receipt_number or purchase.receipt_number
    purchase.provider_payment_id = payment_id or purchase.provider_payment_id
    _decided(purchase, by, note)


def _decided(purchase: UserPurchase, by: User | None, note: str) -> None:
    purchase.decided_by = by or purchase.decided_by
    purchase.note = note or purchase.note


def _cause(why: Why, purchase: UserPurchase) -> Cause:
    return Cause(why, purchase, purchase.decided_by, purchase.note)


def _awakened(account: Account, now: datetime) -> Account:
    """The account as it would be if its pause ended now; nothing is written."""
    return replace(account, timeline=spans.continued(account.timeline, account.paused, now), paused=())


def _fresh(purchase: UserPurchase) -> UserPurchase:
    """The row as it is now that its person is held."""
    return UserPurchase.objects.select_related("tariff", "user").get(pk=purchase.pk)


def _same(waiting: UserPurchase, asked: tuple[int, str, str, int]) -> UserPurchase:
    if (waiting.tariff_id, waiting.period, waiting.provider, waiting.amount) == asked:
        return waiting
    text = _("Order %(number)s waits to be paid. Pay it or cancel it first.")
    raise Refusal("order_open", text % {"number": waiting.number})
