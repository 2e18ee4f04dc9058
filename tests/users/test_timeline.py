"""Months, credits, refunds: the arithmetic of access, without a database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from users.services.billing.calendar import ALMATY, add_days, add_months
from users.services.billing.timeline import (
    Source,
    Span,
    State,
    Timeline,
    continued,
    credit,
    current,
    end_of_access,
    prolonged,
    refunded,
    rests,
    standing,
    stopped,
    stretched,
    upgraded,
)

START = datetime(2026, 3, 10, 7, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(ALMATY))  # noqa: DTZ001 -- bounds


def almaty(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ALMATY)


@pytest.mark.parametrize(
    ("moment", "months", "then"),
    [
        ("2026-03-10T12:00", 1, "2026-04-10T12:00"),
        ("2026-01-31T12:00", 1, "2026-02-28T12:00"),
        ("2028-01-31T12:00", 1, "2028-02-29T12:00"),
        ("2026-02-28T12:00", 1, "2026-03-31T12:00"),
        ("2026-01-30T12:00", 1, "2026-02-28T12:00"),
        ("2026-04-30T12:00", 1, "2026-05-31T12:00"),
        ("2026-12-31T00:00", 1, "2027-01-31T00:00"),
        ("2026-01-31T23:59:59.999999", 1, "2026-02-28T23:59:59.999999"),
        ("2026-02-01T00:00", 1, "2026-03-01T00:00"),
        ("2028-02-29T12:00", 12, "2029-02-28T12:00"),
        ("2026-03-10T12:00", 12, "2027-03-10T12:00"),
        # The clocks of Almaty went back an hour on 1 March 2024.
        ("2024-02-10T12:00", 1, "2024-03-10T12:00"),
    ],
)
def test_a_month_leads_to_the_same_day(moment: str, months: int, then: str) -> None:
    assert add_months(almaty(moment), months) == almaty(then)


def test_a_day_is_almatys() -> None:
    assert add_days(almaty("2024-02-29T12:00"), 1) == almaty("2024-03-01T12:00")
    assert add_days(almaty("2024-02-29T12:00"), 1) - almaty("2024-02-29T12:00") == timedelta(hours=25)


@given(MOMENTS)
def test_months_one_by_one_are_never_fewer_days_than_together(moment: datetime) -> None:
    one_by_one = moment
    for months in range(1, 13):
        one_by_one = add_months(one_by_one, 1)
        assert one_by_one >= add_months(moment, months)


@given(MOMENTS, st.integers(1, 24))
def test_a_month_is_28_to_31_days_and_keeps_the_time(moment: datetime, months: int) -> None:
    then = add_months(moment, months)
    assert 28 * months - 1 <= (then - moment).days <= 31 * months
    assert then.astimezone(ALMATY).time() == moment.time()


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=40)), st.integers(1, 24))
def test_who_buys_later_has_it_longer(moment: datetime, later: timedelta, months: int) -> None:
    """By the day: 30 January at noon and 31 January in the morning both lead to 28 February."""
    ends = [add_months(begins, months).astimezone(ALMATY).date() for begins in (moment, moment + later)]
    assert ends == sorted(ends)


# --- Spans ---


def span(of: int, days: int, worth: int = 0, source: Source = Source.PAID, purchase: int | None = None) -> Span:
    return Span(of, source, START, START + timedelta(days=days), worth, purchase)


def test_what_is_left_and_what_was_used_are_the_whole() -> None:
    paid = span(1, 31, 9_900)
    now = START + timedelta(days=15)
    assert (paid.rest(now).worth, paid.used(now).worth) == (5_110, 4_790)
    assert (paid.rest(now).starts_at, paid.used(now).ends_at) == (now, now)


def test_a_credit_above_the_price_makes_the_time_longer() -> None:
    assert stretched(span(1, 30, 1_500), 1_000).length == timedelta(days=45)
    assert stretched(span(1, 30, 1_000), 1_000).length == timedelta(days=30)
    assert stretched(span(1, 30, 10), 1_000).length == timedelta(days=30)


def test_given_time_waits_behind_a_larger_plan() -> None:
    gift = Span(1, Source.GIFT, START, START + timedelta(days=5))
    after = upgraded((gift,), span(2, 30, 100), START)
    assert [(each.tariff_id, each.length.days) for each in after] == [(2, 30), (1, 5)]
    assert after[0].ends_at == after[1].starts_at


@pytest.mark.parametrize(
    ("days", "state"),
    [(0, "active"), (29.999, "active"), (30, "grace"), (43.999, "grace"), (44, "expired"), (400, "expired")],
)
def test_a_plan_ends_in_grace_and_then(days: float, state: str) -> None:
    assert standing((span(1, 30),), START + timedelta(days=days)).state == State(state)


def test_nothing_is_nothing() -> None:
    assert standing((), START) is None
    assert (current((), START), credit((), START), end_of_access((), START)) == (None, 0, START)


# --- Histories ---


class History:
    """A timeline and what was done to it, with what must be true after each step."""

    def __init__(self) -> None:
        self.now = START
        self.timeline: Timeline = ()
        self.paused: tuple[Span, ...] = ()
        self.bought = 0
        self.entries = 0

    def take(self, after: Timeline, worth: int) -> None:
        """`worth`: what came to it, in tenge."""
        before = self.timeline
        assert past(after, self.now) == past(before, self.now)
        assert worth_of(after) == worth_of(before) + worth
        self.timeline = tuple(self._written(each) for each in after)
        self._check()

    def _written(self, each: Span) -> Span:
        if each.entry_id is not None:
            return each
        self.entries += 1
        return Span(**(vars(each) | {"entry_id": self.entries}))

    def _check(self) -> None:
        for first, second in pairwise(self.timeline):
            assert first.ends_at is not None
            assert first.ends_at <= second.starts_at
            assert first.ends_at == second.starts_at or second.starts_at <= self.now
        assert all(each.ends_at is None or each.ends_at > each.starts_at for each in self.timeline)
        assert all(each.worth >= 0 for each in self.timeline)

    def pass_time(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def buy(self, size: int, days: int) -> None:
        self.bought += 1
        worth = 100 * size * days
        end = START + timedelta(days=days)
        wanted = Span(size, Source.PAID, START, end, worth, self.bought)
        running = current(self.timeline, self.now)
        if running is None or running.source is Source.FREE or running.tariff_id >= size:
            self.take(prolonged(self.timeline, wanted, self.now), worth)
            return
        credited = credit(self.timeline, self.now)
        wanted = stretched(Span(**(vars(wanted) | {"worth": worth + credited})), worth)
        self.take(upgraded(self.timeline, wanted, self.now), worth)

    def give(self, size: int, days: int) -> None:
        gift = Span(size, Source.GIFT, START, START + timedelta(days=days))
        self.take(prolonged(self.timeline, gift, self.now), 0)

    def choose_free(self) -> None:
        if all(each.source is not Source.FREE for each in self.timeline):
            begins = end_of_access(self.timeline, self.now)
            self.take((*self.timeline, Span(0, Source.FREE, begins, None)), 0)

    def refund(self, number: int) -> None:
        left = sum(each.worth for each in rests(self.timeline, self.now) if each.purchase_id == number)
        self.take(refunded(self.timeline, number, (), self.now), -left)
        assert all(each.purchase_id != number for each in rests(self.timeline, self.now))

    def pause_for(self, hours: int) -> None:
        waiting = rests(self.timeline, self.now)
        self.take(stopped(self.timeline, self.now), -worth_of(waiting))
        self.pass_time(hours)
        self.take(continued(self.timeline, waiting, self.now), worth_of(waiting))
        assert [each.length for each in rests(self.timeline, self.now)] == [each.length for each in waiting]


def past(timeline: Timeline, now: datetime) -> list[tuple[int, Source, datetime, datetime]]:
    """What was had until now."""
    begun = [each for each in timeline if each.starts_at < now]
    return [(each.tariff_id, each.source, each.starts_at, min(each.ends_at or now, now)) for each in begun]


def worth_of(timeline: Timeline | list[Span]) -> int:
    return sum(each.worth for each in timeline)


SIZES, DAYS, HOURS = st.integers(1, 3), st.integers(1, 60), st.integers(0, 2_000)
STEPS = st.one_of(
    st.tuples(st.just(History.pass_time), HOURS),
    st.tuples(st.just(History.buy), SIZES, DAYS),
    st.tuples(st.just(History.give), SIZES, DAYS),
    st.tuples(st.just(History.choose_free)),
    st.tuples(st.just(History.refund), st.integers(1, 6)),
    st.tuples(st.just(History.pause_for), HOURS),
)


@given(st.lists(STEPS, max_size=12))
def test_the_past_stays_and_no_worth_is_lost(steps: list[tuple[Callable[..., None], *tuple[int, ...]]]) -> None:
    """Whatever is done: spans follow each other, the past is never another, and what they are worth is what came."""
    history = History()
    for do, *how in steps:
        do(history, *how)


@given(st.integers(1, 60), st.integers(1, 60), HOURS)
def test_an_upgrade_that_is_refunded_leaves_what_would_have_been(small: int, large: int, hours: int) -> None:
    first = span(1, small, 9_900, purchase=1)
    now = START + timedelta(hours=hours)
    if not first.lasts_beyond(now):
        return
    timeline = upgraded((first,), Span(2, Source.PAID, now, now + timedelta(days=large), 1, 2), now)
    taken = [first.rest(now)]
    later = now + timedelta(days=large) / 2
    back = refunded(timeline, 2, taken, later)
    as_if = first.rest(later).ends_at if first.lasts_beyond(later) else later
    assert end_of_access(back, later) == as_if
