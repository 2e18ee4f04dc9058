"""The ledger through random histories, in which the process dies at any write, and starts again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
from django.db import models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.users.billing import NOON, Clock, assert_follows, buy, refusal, tariff
from users.models import AccessEntry, User, UserPurchase, UserTariff
from users.services.billing import purchases, subscriptions
from users.services.billing.ledger import add_up, follow, read_account
from users.services.billing.timeline import Source, Timeline
from users.services.errors import Refusal

pytestmark = pytest.mark.django_db


class Died(Exception):  # noqa: N818 -- it is no error of ours
    pass


@contextmanager
def dying_at(write: int | None) -> Iterator[None]:
    """The process dies before this write of a row; None: it lives."""
    left, save_base = write, models.Model.save_base

    def save(row: models.Model, *args: Any, **kwargs: Any) -> None:
        nonlocal left
        if left is not None:
            if left == 0:
                raise Died
            left -= 1
        save_base(row, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models.Model, "save_base", save)
        yield


def everything_of(user: User) -> list[dict[str, Any]]:
    rows: list[models.QuerySet[Any]] = [
        AccessEntry.objects.for_user(user),
        UserPurchase.objects.for_user(user),
        UserTariff.objects.for_user(user),
    ]
    return [row for table in rows for row in table.order_by("pk").values()]


def past(timeline: Timeline, now: datetime) -> list[tuple[int, Source, datetime, datetime]]:
    """What was had until now."""
    begun = [span for span in timeline if span.starts_at < now]
    return [(span.tariff_id, span.source, span.starts_at, min(span.ends_at or now, now)) for span in begun]


class Person:
    """Who does all this, and what must be true after each step."""

    def __init__(self, user: User, clock: Clock) -> None:
        self.user = user
        self.clock = clock
        self.orders: list[UserPurchase] = []

    def step(self, do: Callable[..., None], how: tuple[Any, ...], dies_at: int | None) -> None:
        before, worth, had = everything_of(self.user), self.worth(), self.timeline()
        try:
            with dying_at(dies_at):
                do(self, *how)
        except Died:
            assert everything_of(self.user) == before
            do(self, *how)
        now = self.clock.now
        assert past(self.timeline(), now) == past(had, now)
        self.check_worth(do, worth)
        subscriptions.sweep()
        assert_follows(self.user, now)
        self.check_timeline()

    def timeline(self) -> Timeline:
        return read_account(self.user).timeline

    def worth(self) -> int:
        """Of all that was had, is had and waits; what is paused too."""
        account = read_account(self.user)
        return sum(span.worth for span in [*account.timeline, *account.paused])

    def check_worth(self, do: Callable[..., None], before: int) -> None:
        """What is paid comes to it, what is refunded goes from it, and nothing else does."""
        change = self.worth() - before
        if do is Person.pay and self.paid_now is not None:
            assert change == self.paid_now
        elif do is Person.refund:
            assert change <= 0
        else:
            assert change == 0

    def check_timeline(self) -> None:
        timeline, now = self.timeline(), self.clock.now
        for first, second in pairwise(timeline):
            assert first.ends_at is not None
            assert first.ends_at == second.starts_at or first.ends_at < second.starts_at <= now
        assert all(span.worth >= 0 for span in timeline)
        rows = list(AccessEntry.objects.for_user(self.user))
        assert sum(row.amount for row in rows) == sum(span.worth for span in timeline)
        assert add_up(rows) == timeline

    def pass_time(self, hours: int) -> None:
        self.clock.forward(hours=hours)

    def order(self, code: str, period: str) -> None:
        try:
            self.orders.append(purchases.request_purchase(self.user, tariff(code), period, "invoice"))
        except Refusal as refused:
            assert refused.code == "order_open"  # noqa: PT017 -- the others would be errors

    def pay(self, number: int) -> None:
        self.paid_now = None
        if self.orders:
            order = self.orders[number % len(self.orders)]
            was = UserPurchase.objects.get(pk=order.pk).state
            try:
                after = purchases.confirm(order)
            except Refusal as refused:
                assert (was, refused.code) == ("refunded", "is_refunded")  # noqa: PT017 -- as above
            else:
                self.paid_now = order.amount if (was, after.state) != ("paid", "paid") and after.state == "paid" else 0

    def refund(self, number: int) -> None:
        if self.orders:
            order = self.orders[number % len(self.orders)]
            try:
                purchases.refund(order)
            except Refusal as refused:
                assert refused.code in ("not_paid", "rest_credited")  # noqa: PT017 -- as above
            else:
                left = [span for span in self.timeline() if span.lasts_beyond(self.clock.now)]
                assert all(span.purchase_id != order.pk for span in [*left, *read_account(self.user).paused])

    def give(self, days: int) -> None:
        self.may_refuse(subscriptions.extend, days, by=self.user, note="kindness", tariff=tariff("solo"))

    def choose_free(self) -> None:
        self.may_refuse(subscriptions.choose_free)

    def cancel_free(self) -> None:
        self.may_refuse(subscriptions.cancel_free)

    def pause(self) -> None:
        self.may_refuse(subscriptions.pause)

    def resume(self) -> None:
        self.may_refuse(subscriptions.resume)

    def try_out(self) -> None:
        self.may_refuse(subscriptions.start_trial, tariff("shop"))

    def may_refuse(self, do: Callable[..., Any], *how: Any, **named: Any) -> None:
        before = everything_of(self.user)
        try:
            do(self.user, *how, **named)
        except Refusal:
            assert everything_of(self.user) == before


CODES, PERIODS, WHICH = (
    st.sampled_from(["solo", "shop", "chain"]),
    st.sampled_from(["month", "year"]),
    st.integers(0, 5),
)
STEPS = st.one_of(
    st.tuples(st.just(Person.pass_time), st.integers(0, 1_000)),
    st.tuples(st.just(Person.order), CODES, PERIODS),
    st.tuples(st.just(Person.pay), WHICH),
    st.tuples(st.just(Person.pay), WHICH),
    st.tuples(st.just(Person.refund), WHICH),
    st.tuples(st.just(Person.give), st.integers(1, 40)),
    st.tuples(st.just(Person.choose_free)),
    st.tuples(st.just(Person.cancel_free)),
    st.tuples(st.just(Person.pause)),
    st.tuples(st.just(Person.resume)),
    st.tuples(st.just(Person.try_out)),
)
DEATHS = st.none() | st.integers(0, 4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(history=st.lists(st.tuples(STEPS, DEATHS), max_size=12))
def test_through_any_history_the_ledger_is_what_was_bought(
    history: list[tuple[tuple[Any, ...], int | None]], buyer: User, clock: Clock
) -> None:
    clock.now = NOON
    with transaction.atomic():
        person = Person(buyer, clock)
        for (do, *how), dies_at in history:
            person.step(do, tuple(how), dies_at)
        transaction.set_rollback(True)


def test_the_subscription_can_be_made_from_the_ledger(buyer: User, clock: Clock) -> None:
    subscriptions.begin(buyer)
    buy(buyer, "chain")
    clock.forward(days=3)
    subscriptions.pause(buyer)
    subscriptions.resume(buyer)
    there = UserTariff.objects.current().values("tariff", "state", "starts_at", "ends_at").get()
    UserPurchase.objects.update(user_tariff=None)
    UserTariff.objects.all().delete()
    follow(read_account(buyer), clock.now)
    assert UserTariff.objects.current().values("tariff", "state", "starts_at", "ends_at").get() == there


def test_a_row_of_the_ledger_is_never_changed(buyer: User) -> None:
    buy(buyer, "solo")
    row = AccessEntry.objects.get()
    for work in (row.save, row.delete, AccessEntry.objects.all().delete):
        with pytest.raises(TypeError, match="never"):
            work()
    with pytest.raises(TypeError, match="never"):
        AccessEntry.objects.update(amount=1)
    assert AccessEntry.objects.get().amount == 9_900


def test_a_receipt_pays_for_one_purchase(buyer: User) -> None:
    stranger = User.objects.create_user("stranger@example.kz")
    first, second = (
        purchases.request_purchase(person, tariff("solo"), "month", "invoice") for person in (buyer, stranger)
    )
    purchases.confirm(first, by=buyer, receipt_number="R-7")
    assert refusal(purchases.confirm, second, by=buyer, receipt_number="R-7") == "receipt_used"
    second.refresh_from_db()
    assert (second.state, second.receipt_number) == ("created", "")
