"""Letters about what a person pays for: one for each fact, in his language, and none is lost with a server."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from tests.users.billing import Clock, buy, order, refusal
from users import mails
from users.models import Letter, User
from users.services import letters
from users.services.billing import purchases

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def reader(buyer: User) -> User:
    """A buyer who reads English."""
    buyer.language = "en"
    buyer.save()
    return buyer


def kinds() -> list[str]:
    return list(Letter.objects.order_by("pk").values_list("kind", flat=True))


def sent() -> list[EmailMultiAlternatives]:
    """What has left since the last time."""
    letters.send_waiting()
    left = list(mail.outbox)
    mail.outbox.clear()
    return left


def test_a_receipt_says_number_tenge_and_period(reader: User) -> None:
    purchase = buy(reader, "solo")
    [letter] = sent()
    assert (letter.to, letter.subject) == ([reader.email], f"Payment received: order {purchase.number}")
    assert letter.body.startswith(
        f"We have received 9\u202f900 ₸ for order {purchase.number}. With it you have bought the plan "
        f"“Start” from 10.03.2026 12:00 until 10.04.2026 12:00. Thank you."
    )
    assert "/cabinet/plan/" in letter.body
    assert sent() == []


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_it_is_written_in_the_readers_language(buyer: User, language: str) -> None:
    User.objects.filter(pk=buyer.pk).update(language=language)
    buy(buyer, "solo")
    [letter] = sent()
    (html, _kind) = letter.alternatives[0]
    assert f'lang="{language}"' in html


def test_what_is_paid_back_and_what_is_not_paid_is_said(reader: User) -> None:
    paid = purchases.refund(buy(reader, "solo"))
    refused = purchases.refuse(order(reader))
    subjects = [letter.subject for letter in sent()]
    assert subjects == [
        f"Payment received: order {paid.number}",
        f"Paid back: order {paid.number}",
        f"Not paid: order {refused.number}",
    ]


def test_each_fact_is_told_once(reader: User) -> None:
    purchase = buy(reader, "solo")
    for _again in range(2):
        purchases.confirm(purchase)
    for _again in range(2):
        purchases.refund(purchase)
    other = order(reader)
    for _again in range(2):
        purchases.refuse(other)
    assert kinds() == ["payment_confirmed", "payment_refunded", "payment_refused"]


def test_of_what_a_person_did_himself_or_let_be_nothing_is_written(reader: User, clock: Clock) -> None:
    purchases.cancel(order(reader))
    order(reader)
    clock.forward(days=8)
    assert purchases.close_unpaid() == 1
    assert kinds() == []


def test_what_is_refused_to_the_desk_writes_nothing(reader: User) -> None:
    assert refusal(purchases.refund, order(reader)) == "not_paid"
    assert kinds() == []


def test_a_letter_waits_for_a_server_that_is_away(reader: User, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    buy(reader, "solo")
    tries = []

    def be_away(letter: EmailMultiAlternatives) -> None:
        tries.append(clock.now)
        raise ConnectionRefusedError

    with monkeypatch.context() as away:
        away.setattr(EmailMultiAlternatives, "send", be_away)
        begun = clock.now
        for _minute in range(60):
            assert letters.send_waiting() == 0
            clock.forward(minutes=1)
    assert [(at - begun) // timedelta(minutes=1) for at in tries] == [0, 5, 10, 20, 40]
    assert sent() == []
    clock.forward(minutes=20)
    [letter] = sent()
    assert letter.to == [reader.email]
    assert Letter.objects.get().sent_at == clock.now


def test_after_three_days_nobody_is_told_of_it_any_more(reader: User, clock: Clock) -> None:
    buy(reader, "solo")
    clock.forward(days=3)
    assert sent() == []


def test_who_is_blocked_or_deleted_gets_no_letter(reader: User) -> None:
    buy(reader, "solo")
    User.objects.filter(pk=reader.pk).update(is_active=False)
    assert sent() == []


def test_of_two_workers_one_sends(reader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    buy(reader, "solo")
    send, others = mails.send, []

    def send_beside_another(*args: Any) -> None:
        others.append(letters.send_waiting())
        send(*args)

    monkeypatch.setattr(letters, "send", send_beside_another)
    assert (letters.send_waiting(), others, len(mail.outbox)) == (1, [0], 1)


def test_of_two_who_read_the_same_row_one_sends(reader: User, clock: Clock) -> None:
    buy(reader, "solo")
    letter = Letter.objects.get()
    assert [letters._claim(letter, clock.now) for _worker in range(2)] == [True, False]


def test_every_kind_has_its_words() -> None:
    words: Mapping[str, mails.Mail] = letters.MAILS
    assert set(words) == set(Letter.Kind.values)
