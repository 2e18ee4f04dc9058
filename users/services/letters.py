"""
Letters about what a person pays for: written in the transaction of the fact, sent by the timetable.

Whoever moves a letter's next try on sends it, so of two workers one does. A worker that dies in between leaves it to
the next try: a receipt may come twice, and is not lost.
"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from money import thousands
from users.mails import Mail, send
from users.models import Letter, User, UserPurchase

log = logging.getLogger(__name__)

Kind = Letter.Kind
# A server that does not answer costs ten seconds a letter (EMAIL_TIMEOUT), and a task may run some minutes.
AT_ONCE = 20
FIRST_WAIT = timedelta(minutes=5)
# What is older has been said by the pages long ago.
TRIED_FOR = timedelta(days=3)

MAILS: Mapping[str, Mail] = {
    Kind.PAYMENT_CONFIRMED: Mail(
        _("Payment received: order %(number)s"),
        _(
            "We have received %(amount)s ₸ for order %(number)s. With it you have bought the plan “%(tariff)s” from "
            "%(begins)s until %(ends)s. Thank you."
        ),
        _("See your plan"),
    ),
    Kind.PAYMENT_REFUSED: Mail(
        _("Not paid: order %(number)s"),
        _(
            "Order %(number)s, %(amount)s ₸ for the plan “%(tariff)s”, was not paid or was paid back, and gives no "
            "access. Have you paid? Then write to us and name the number."
        ),
        _("See your plan"),
    ),
    Kind.PAYMENT_REFUNDED: Mail(
        _("Paid back: order %(number)s"),
        _(
            "We have paid back order %(number)s, %(amount)s ₸ for the plan “%(tariff)s”. What was left of the access "
            "that it had bought has ended."
        ),
        _("See your plan"),
    ),
    Kind.SUBSCRIPTION_ENDED: Mail(
        _("Your plan has ended"),
        _(
            "The plan has ended. Prices stay where they are, and the price list is served until %(until)s. Choose a "
            "plan, and the rules go on by themselves; or switch automatic loading off at the marketplace before then."
        ),
        _("Choose a plan"),
    ),
}


def write_of_purchase(purchase: UserPurchase, kind: Letter.Kind) -> None:
    """A letter about this purchase to its person, in the caller's transaction; of each kind one."""
    _write(user_id=purchase.user_id, kind=kind, event=f"{kind}:{purchase.pk}", purchase=purchase)


def write_of_end(user: User, event: str, until: datetime) -> None:
    """A warning to who pays, in the caller's transaction; each `event` of a person once. `until`: UTC."""
    name = f"{Kind.SUBSCRIPTION_ENDED}:{user.pk}:{event}"
    _write(user_id=user.pk, kind=Kind.SUBSCRIPTION_ENDED, event=name, until=until)


def send_waiting() -> int:
    """Send the letters whose turn it is, the oldest first; how many a server took."""
    now = timezone.now()
    waiting = Letter.objects.filter(sent_at=None, next_try_at__lte=now, created_at__gt=now - TRIED_FOR)
    of_people = waiting.filter(user__is_active=True).select_related("user", "purchase__tariff")
    return sum(_send(letter) for letter in of_people.order_by("next_try_at", "pk")[:AT_ONCE] if _claim(letter, now))


def _write(**facts: Any) -> None:
    now = timezone.now()
    Letter.objects.bulk_create([Letter(created_at=now, next_try_at=now, **facts)], ignore_conflicts=True)


def _claim(letter: Letter, now: datetime) -> bool:
    """Whether it is ours to try; the next try waits as long as it has waited already."""
    wait = max(FIRST_WAIT, now - letter.created_at)
    seen = Letter.objects.filter(pk=letter.pk, sent_at=None, next_try_at=letter.next_try_at)
    return bool(seen.update(next_try_at=now + wait))


def _send(letter: Letter) -> bool:
    person = letter.user
    with override(person.language):
        facts = _facts(letter)
    try:
        send(MAILS[letter.kind], person.email, facts, reverse("cabinet:plan"), person.language)
    except OSError as error:
        log.warning("letter %s could not be sent: %s", letter.pk, error)
        return False
    return bool(Letter.objects.filter(pk=letter.pk).update(sent_at=timezone.now()))


def _facts(letter: Letter) -> dict[str, Any]:
    purchase = letter.purchase
    if purchase is None:
        return {"until": _moment(letter.until)}
    return {
        "number": purchase.number,
        "amount": thousands(purchase.amount),
        "tariff": str(purchase.tariff),
        "begins": _moment(purchase.access_from),
        "ends": _moment(purchase.access_until),
    }


def _moment(moment: datetime | None) -> str:
    """As people of Kazakhstan write it; empty for one that there is not."""
    return date_format(timezone.localtime(moment), "d.m.Y H:i") if moment else ""
