"""What a person may have without paying at this moment: a trial, the free plan, time given, a pause; and the sweep."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from landing.models import Tariff
from users.models import AccessEntry, User, UserTariff
from users.services.billing import timeline as spans
from users.services.billing.calendar import add_days
from users.services.billing.ledger import Account, Cause, Why, follow, lock_person, read_account, standing_of, write
from users.services.billing.timeline import Source, Span, State
from users.services.errors import Refusal
from users.services.transactions import in_transaction


@dataclass(frozen=True)
class Waiting:
    """A plan that begins when what is before it has ended."""

    tariff: Tariff
    starts_at: datetime
    ends_at: datetime | None


def subscription_of(user: Any) -> UserTariff | None:
    """The subscription that counts, with its tariff; None for who never had any."""
    return UserTariff.objects.for_user(user).current().select_related("tariff").first()


def free_tariff() -> Tariff | None:
    """The plan that costs nothing, if one is offered."""
    return Tariff.objects.filter(price_month=0, price_year=0, is_visible=True).first()


def trial_tariff() -> Tariff | None:
    """The plan that is tried by who has just signed up: the recommended one of those with a trial, else the first."""
    tried = Tariff.objects.filter(is_visible=True, trial_days__gt=0)
    return tried.order_by("-is_recommended", "position", "pk").first()


@in_transaction
def begin(user: Any) -> None:
    """What who signs up begins with: the trial, or the free plan. Again, or without billing, nothing."""
    if not settings.BILLING or AccessEntry.objects.for_user(lock_person(user.pk)).exists():
        return
    tariff = trial_tariff()
    if tariff is not None:
        start_trial(user, tariff)
    elif free_tariff() is not None:
        choose_free(user)


def begin_left_behind() -> int:
    """
    Begin for those who confirmed an address and have nothing: plans are new here, or the process died. Not for staff:
    who runs the service is not billed for it.
    """
    if not settings.BILLING:
        return 0
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    nothing = ~Exists(AccessEntry.objects.filter(user=OuterRef("pk")))
    billed = User.objects.filter(Exists(confirmed), nothing, is_active=True, is_staff=False, is_superuser=False)
    people = list(billed.order_by("pk"))
    for person in people:
        begin(person)
    return len(people)


@in_transaction
def start_trial(user: Any, tariff: Tariff) -> UserTariff | None:
    """Let the person try a plan, and have the free one afterwards. Raises Refusal: a trial is had once."""
    account = read_account(lock_person(user.pk))
    now = timezone.now()
    if account.has_tried or account.timeline or account.paused:
        raise Refusal("tried", _("A trial is for those who begin. Choose a plan."))
    if not tariff.trial_days:
        raise Refusal("no_trial", _("This plan has no trial. Choose a plan."))
    ends_at = add_days(now, tariff.trial_days)
    trial = Span(tariff.pk, Source.TRIAL, now, ends_at)
    free = free_tariff()
    after = [Span(free.pk, Source.FREE, ends_at, None)] if free else []
    write(account, (trial, *after), Cause(Why.TRIAL), now)
    return subscription_of(user)


@in_transaction
def choose_free(user: Any) -> UserTariff | None:
    """Have the free plan, from the end of what was paid and given. Raises Refusal."""
    account = read_account(lock_person(user.pk))
    now = timezone.now()
    tariff = free_tariff()
    if tariff is None:
        raise Refusal("no_free_plan", _("There is no free plan at present."))
    _refuse_while_paused(account)
    if any(span.source is Source.FREE and span.lasts_beyond(now) for span in account.timeline):
        raise Refusal("is_chosen", _("The free plan is chosen already."))
    begins = spans.end_of_access(account.timeline, now)
    free = Span(tariff.pk, Source.FREE, begins, None)
    write(account, (*account.timeline, free), Cause(Why.FREE_PLAN), now)
    return subscription_of(user)


@in_transaction
def cancel_free(user: Any) -> UserTariff | None:
    """Take back the choice of the free plan before it begins. Raises Refusal."""
    account = read_account(lock_person(user.pk))
    now = timezone.now()
    after = spans.without_waiting(account.timeline, Source.FREE, now)
    if after == account.timeline:
        raise Refusal("nothing_waits", _("No change of the plan is waiting."))
    write(account, after, Cause(Why.FREE_PLAN_CANCELLED), now)
    return subscription_of(user)


@in_transaction
def extend(  # noqa: PLR0913 -- what is given, and what stands in the ledger with it
    user: Any, days: int, *, by: User, note: str, tariff: Tariff | None = None, expected_entry: int | None = None
) -> UserTariff | None:
    """
    Give a person days behind what he has, as the service desk may; `tariff` None: of the plan he has, or had last.

    `expected_entry`: the last row of the ledger when that was decided, 0 for an empty one; None: whatever it is. Raises
    Refusal: `moved_on` where the ledger has gone on since, so that a second click gives nothing; for who never had a
    plan when none is named; and for days that are not 1 to 366.
    """
    account = read_account(lock_person(user.pk))
    now = timezone.now()
    _refuse_what_moved_on(account, expected_entry)
    if not 1 <= days <= 366:
        raise Refusal("days", _("Give from 1 to 366 days."), {"days": [_("Give from 1 to 366 days.")]})
    _refuse_while_paused(account)
    tariff_id = tariff.pk if tariff else _last_tariff(account)
    begins = spans.end_of_access(account.timeline, now)
    gift = Span(tariff_id, Source.GIFT, begins, add_days(begins, days))
    write(account, spans.prolonged(account.timeline, gift, now), Cause(Why.EXTENSION, actor=by, note=note), now)
    return subscription_of(user)


@in_transaction
def pause(user: Any, *, by: User | None = None, note: str = "") -> UserTariff | None:
    """Stop the plan; what is left of it waits until it is resumed. Raises Refusal."""
    account = read_account(lock_person(user.pk))
    now = timezone.now()
    _refuse_while_paused(account)
    running = spans.current(account.timeline, now)
    if running is None or running.source not in (Source.PAID, Source.GIFT):
        raise Refusal("not_paid", _("Only a plan that was paid for can be paused."))
    write(account, spans.stopped(account.timeline, now), Cause(Why.PAUSE, actor=by, note=note), now)
    return subscription_of(user)


@in_transaction
def resume(user: Any, *, by: User | None = None, note: str = "") -> UserTariff | None:
    """Let a paused plan go on with what was left of it. Raises Refusal."""
    account = read_account(lock_person(user.pk))
    if not account.paused:
        raise Refusal("not_paused", _("The plan is not paused."))
    awake(account, Cause(Why.RESUME, actor=by, note=note), timezone.now())
    return subscription_of(user)


def awake(account: Account, cause: Cause, now: datetime) -> Account:
    """The account with what a pause had taken, beginning now; the account as it is when it is not paused."""
    if not account.paused:
        return account
    return write(account, spans.continued(account.timeline, account.paused, now), cause, now)


def waiting_for(user: Any) -> list[Waiting]:
    """What comes after the plan that counts now, in order: a smaller plan that was bought, or the free one."""
    account = read_account(user)
    stands = standing_of(account, timezone.now())
    if stands is None or stands.ends_at is None or account.paused:
        return []
    later = [span.starts_at for span in account.timeline if span.starts_at >= stands.ends_at]
    runs = dict.fromkeys(spans.standing(account.timeline, begins) for begins in later)
    tariffs = Tariff.objects.in_bulk([run.tariff_id for run in runs if run])
    return [Waiting(tariffs[run.tariff_id], run.starts_at, run.ends_at) for run in runs if run]


def sweep() -> int:
    """
    Let every subscription follow the clock: trial or active, grace, expired. Answers how many have moved.

    Each is worked out from the ledger, so a clock that was wrong for an hour leaves nothing behind.
    """
    return sum(_follow_one(user_id) for user_id in _due(timezone.now()))


def _due(now: datetime) -> list[int]:
    """Those whose state may be another by now, also because the clock has gone back since."""
    a_day = timedelta(days=1)  # More than a day of the calendar of Almaty can differ from 24 hours.
    grace_began = now - timedelta(days=spans.GRACE_DAYS)
    due = UserTariff.objects.current().filter(
        Q(state__in=[State.TRIAL, State.ACTIVE], ends_at__lte=now)
        | Q(state=State.GRACE, ends_at__lte=grace_began + a_day)
        | Q(state=State.EXPIRED, ends_at__gte=grace_began - a_day)
        | Q(state=State.GRACE, ends_at__gt=now)
        | Q(starts_at__gt=now)
    )
    return list(due.values_list("user_id", flat=True).order_by("user_id"))


@in_transaction
def _follow_one(user_id: int) -> bool:
    account = read_account(lock_person(user_id))
    before = subscription_of(account.user)
    after = follow(account, timezone.now())
    return (before and (before.pk, before.state)) != (after and (after.pk, after.state))


def _refuse_what_moved_on(account: Account, expected_entry: int | None) -> None:
    if expected_entry in (None, account.last_entry):
        return
    since = AccessEntry.objects.for_user(account.user).filter(pk__gt=expected_entry).select_related("tariff", "actor")
    rows = "; ".join(f"{row} ({row.actor}: {row.note})" if row.actor else str(row) for row in since)
    text = _("The ledger has gone on since you opened this page: %(rows)s. If days are still to be given, begin anew.")
    raise Refusal("moved_on", text % {"rows": rows})


def _refuse_while_paused(account: Account) -> None:
    if account.paused:
        raise Refusal("paused", _("The plan is paused. Resume it first."))


def _last_tariff(account: Account) -> int:
    kept = [span.tariff_id for span in account.timeline if span.source is not Source.FREE]
    if not kept:
        raise Refusal("no_plan", _("This person never had a plan. Name the tariff."))
    return kept[-1]
