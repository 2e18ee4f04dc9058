"""
The ledger of access: read as a timeline, written as the difference of two.

Whoever writes holds the person's row (`lock_person`), so a timeline that was read is still true when its difference is
written.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from users.models import AccessEntry, User, UserPurchase, UserTariff
from users.services.billing.timeline import Source, Span, Standing, State, Timeline, standing
from users.signals import subscription_moved

Why = AccessEntry.Why


@dataclass(frozen=True)
class Cause:
    """Why rows are written, and through whom."""

    why: Why
    purchase: UserPurchase | None = None
    actor: User | None = None
    note: str = ""


@dataclass(frozen=True)
class Account:
    """A person's ledger as it is now. While `paused` holds spans, they wait to be continued."""

    user: User
    timeline: Timeline
    paused: tuple[Span, ...]
    last_entry: int  # 0 for an empty ledger
    has_tried: bool  # whether there was a trial


def lock_person(user_id: int) -> User:
    """Whoever changes access or purchases of a person holds this row first, until the transaction ends."""
    return User.objects.select_for_update().get(pk=user_id)


def read_account(user: Any) -> Account:
    """Add up the person's rows."""
    entries = list(AccessEntry.objects.for_user(user).order_by("pk"))
    return Account(
        user=user,
        timeline=add_up(entries),
        paused=_paused(entries),
        last_entry=entries[-1].pk if entries else 0,
        has_tried=any(entry.why == Why.TRIAL for entry in entries),
    )


def add_up(entries: Iterable[AccessEntry]) -> Timeline:
    """The timeline that these rows, in the order they were written, amount to."""
    spans: dict[int, Span] = {}
    for entry in entries:
        if entry.taken_from_id is None:
            spans[entry.pk] = _span(entry, entry.pk, entry.amount)
        else:
            given = spans[entry.taken_from_id]
            spans[entry.taken_from_id] = replace(given, ends_at=entry.starts_at, worth=given.worth + entry.amount)
    lasting = [span for span in spans.values() if span.ends_at is None or span.ends_at > span.starts_at]
    return tuple(sorted(lasting, key=lambda span: span.starts_at))


def taken_for(purchase: UserPurchase) -> list[Span]:
    """What was credited to this purchase, in order."""
    rows = AccessEntry.objects.filter(caused_by=purchase, why=Why.UPGRADE, taken_from__isnull=False)
    return [_span(row, None, -row.amount) for row in rows.order_by("starts_at") if row.source == Source.PAID]


def is_credited(purchase: UserPurchase) -> bool:
    """Whether what was left of this purchase pays for another one that still counts."""
    rows = AccessEntry.objects.filter(purchase=purchase, why=Why.UPGRADE, taken_from__isnull=False)
    return rows.filter(caused_by__state=UserPurchase.State.PAID).exists()


def write(account: Account, after: Timeline, cause: Cause, now: datetime) -> Account:
    """Write the difference between the account's timeline and another one, and let the subscription follow."""
    kept = {span.entry_id: span for span in after if span.entry_id is not None}
    for span in account.timeline:
        if span.entry_id not in kept:
            _take_back(account, span, span.starts_at, span.worth, cause, now)
        elif (left := kept[span.entry_id]) != span:
            _take_back(account, span, left.ends_at or now, span.worth - left.worth, cause, now)
    for span in after:
        if span.entry_id is None:
            _entry(account, span, cause, now, amount=span.worth).save()
    written = read_account(account.user)
    follow(written, now)
    return written


def follow(account: Account, now: datetime) -> UserTariff | None:
    """Make the person's subscription what the ledger and the clock say. Doing it again changes nothing."""
    transaction.on_commit(partial(subscription_moved.send_robust, sender=UserTariff, user=account.user))
    there = UserTariff.objects.for_user(account.user).current().first()
    stands = standing_of(account, now)
    if there is not None and (stands is None or _is_another(there, stands)):
        _retire(there, now)
        there = None
    if stands is None:
        return None
    if there is None:
        return UserTariff.objects.create(user=account.user, is_current=True, **_columns(stands))
    if (there.state, there.ends_at) != (stands.state, stands.ends_at):
        there.state, there.ends_at = stands.state, stands.ends_at
        there.save(update_fields=["state", "ends_at"])
    return there


def standing_of(account: Account, now: datetime) -> Standing | None:
    """The subscription that counts now; None for who never had any."""
    stands = standing(account.timeline, now)
    if not account.paused:
        return stands
    first = account.paused[0]
    if stands is None or stands.tariff_id != first.tariff_id:
        return Standing(first.tariff_id, State.PAUSED, first.starts_at, first.starts_at)
    return replace(stands, state=State.PAUSED)


def _is_another(there: UserTariff, stands: Standing) -> bool:
    return (there.tariff_id, there.starts_at) != (stands.tariff_id, stands.starts_at)


def _retire(subscription: UserTariff, now: datetime) -> None:
    """It counts no longer, and ended now if it had not before."""
    ends_at = min(subscription.ends_at or now, now)
    subscription.ends_at = max(subscription.starts_at, ends_at)
    subscription.state = UserTariff.State.EXPIRED
    subscription.is_current = None
    subscription.save(update_fields=["ends_at", "state", "is_current"])


def _columns(stands: Standing) -> dict[str, Any]:
    return {
        "tariff_id": stands.tariff_id,
        "state": stands.state.value,
        "starts_at": stands.starts_at,
        "ends_at": stands.ends_at,
    }


def _paused(entries: list[AccessEntry]) -> tuple[Span, ...]:
    """What a pause took back, when nothing was written since."""
    taken = []
    for entry in reversed(entries):
        if entry.why != Why.PAUSE:
            break
        taken.append(_span(entry, None, -entry.amount))
    return tuple(sorted(taken, key=lambda span: span.starts_at))


def _span(entry: AccessEntry, entry_id: int | None, worth: int) -> Span:
    return Span(
        tariff_id=entry.tariff_id,
        source=Source(entry.source),
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        worth=worth,
        purchase_id=entry.purchase_id,
        entry_id=entry_id,
    )


def _take_back(account: Account, given: Span, moment: datetime, worth: int, cause: Cause, now: datetime) -> None:  # noqa: PLR0913, PLR0917 -- a row has so many sides
    row = _entry(account, replace(given, starts_at=moment), cause, now, amount=-worth)
    row.taken_from_id = given.entry_id
    row.save()


def _entry(account: Account, span: Span, cause: Cause, now: datetime, *, amount: int) -> AccessEntry:
    return AccessEntry(
        user=account.user,
        tariff_id=span.tariff_id,
        source=span.source.value,
        why=cause.why,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        amount=amount,
        purchase_id=span.purchase_id,
        caused_by=cause.purchase,
        actor=cause.actor,
        note=cause.note,
        created_at=now,
    )
