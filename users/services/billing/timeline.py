"""
Access as spans of time, and what happens to them. Pure arithmetic: no clock, no database.

A timeline is the spans a person has had and will have, in order, none over another. Each change answers another
timeline; the past of it is never another than before. The difference of the two is what the ledger writes down.

    have      shop ────────────┐ until 1 March
    buy chain ─────┐            on 10 February, at once: the rest of shop is credited
              shop │ chain ─────────────┐ until 10 March
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from users.services.billing.calendar import add_days

GRACE_DAYS = 14


class Source(StrEnum):
    """Where access comes from; the ledger's words."""

    TRIAL = "trial"
    PAID = "paid"
    GIFT = "gift"
    FREE = "free"


class State(StrEnum):
    """How a person stands; the subscription's words."""

    TRIAL = "trial"
    ACTIVE = "active"
    GRACE = "grace"
    EXPIRED = "expired"
    PAUSED = "paused"


@dataclass(frozen=True)
class Span:
    """A tariff from `starts_at` to `ends_at` (excluded; None for no end), worth so many tenge."""

    tariff_id: int
    source: Source
    starts_at: datetime
    ends_at: datetime | None
    worth: int = 0
    purchase_id: int | None = None
    entry_id: int | None = None  # the row of the ledger that gave it; None until it is written

    @property
    def length(self) -> timedelta | None:
        """None for one without an end."""
        return None if self.ends_at is None else self.ends_at - self.starts_at

    def holds(self, moment: datetime) -> bool:
        return self.starts_at <= moment and self.lasts_beyond(moment)

    def lasts_beyond(self, moment: datetime) -> bool:
        return self.ends_at is None or self.ends_at > moment

    def moved_to(self, moment: datetime) -> "Span":
        """This span, beginning at `moment`; then it is another row of the ledger."""
        if moment == self.starts_at:
            return self
        ends_at = None if self.length is None else moment + self.length
        return replace(self, starts_at=moment, ends_at=ends_at, entry_id=None)

    def used(self, now: datetime) -> "Span":
        """What was used of it until now; of no length when that is nothing."""
        return replace(self, ends_at=max(self.starts_at, now), worth=self.worth - self.rest(now).worth)

    def rest(self, now: datetime) -> "Span":
        """What is left from now on, its worth rounded up: in the customer's favour. The span must last beyond now."""
        starts_at = max(self.starts_at, now)
        if self.ends_at is None or self.length is None:
            return replace(self, starts_at=starts_at, entry_id=None)
        worth = _ceil(self.worth * _micros(self.ends_at - starts_at), _micros(self.length))
        return replace(self, starts_at=starts_at, worth=worth, entry_id=None)


Timeline = tuple[Span, ...]


@dataclass(frozen=True)
class Standing:
    """What a timeline says at a moment: the subscription that counts."""

    tariff_id: int
    state: State
    starts_at: datetime
    ends_at: datetime | None


def current(timeline: Timeline, now: datetime) -> Span | None:
    """The span that counts now."""
    return next((span for span in timeline if span.holds(now)), None)


def rests(timeline: Timeline, now: datetime) -> list[Span]:
    """What is left from now on, in order."""
    return [span.rest(now) for span in timeline if span.lasts_beyond(now)]


def credit(timeline: Timeline, now: datetime) -> int:
    """What the paid time that is left is worth, in tenge."""
    return sum(span.worth for span in rests(timeline, now) if span.source is Source.PAID)


def end_of_access(timeline: Timeline, now: datetime) -> datetime:
    """When bought, given and tried access ends; now, when there is none. The free plan does not count."""
    ends = [span.ends_at for span in timeline if span.ends_at and span.source is not Source.FREE]
    return max([now, *ends])


def stretched(span: Span, price: int) -> Span:
    """The span, lengthened to what its worth buys at `price` for its present length; never shorter, rounded up."""
    if span.ends_at is None or span.length is None or span.worth <= price:
        return span
    micros = _ceil(_micros(span.length) * span.worth, price)
    return replace(span, ends_at=span.starts_at + timedelta(microseconds=micros))


def prolonged(timeline: Timeline, bought: Span, now: datetime) -> Timeline:
    """The timeline with `bought` appended behind all there is; the free plan ends there."""
    kept = _without(timeline, now, lambda span: span.source is Source.FREE)
    return _in_order([*kept, bought.moved_to(end_of_access(kept, now))])


def upgraded(timeline: Timeline, bought: Span, now: datetime) -> Timeline:
    """The timeline with a larger plan at once: what was paid is credited to it, what was given waits behind it."""
    waiting = [span for span in rests(timeline, now) if span.source in (Source.TRIAL, Source.GIFT)]
    used = _without(timeline, now, lambda span: True)
    return _in_order([*used, *_one_after_the_other(now, [bought.moved_to(now), *waiting])])


def refunded(timeline: Timeline, purchase_id: int, credited: Sequence[Span], now: datetime) -> Timeline:
    """
    The timeline without the rest of what this purchase bought; what was used stays used.

    `credited` is what was taken for its sake: it comes back, shorter by what was used instead of it.
    """
    used = sum((_used_length(span, now) for span in timeline if span.purchase_id == purchase_id), timedelta())
    kept = _without(timeline, now, lambda span: span.purchase_id == purchase_id)
    past = [span for span in kept if not span.lasts_beyond(now)]
    going_on = [span for span in kept if span.holds(now)]
    waiting = [span for span in kept if span.starts_at > now]
    first = going_on[-1].ends_at if going_on else now
    back = [replace(span, entry_id=None) for span in _shortened(credited, used)]
    if first is None:
        return _in_order(kept)
    return _in_order([*past, *going_on, *_one_after_the_other(first, [*back, *waiting])])


def stopped(timeline: Timeline, now: datetime) -> Timeline:
    """The timeline cut off at `now`."""
    return _without(timeline, now, lambda span: True)


def without_waiting(timeline: Timeline, source: Source, now: datetime) -> Timeline:
    """The timeline without future spans of `source`."""
    return tuple(span for span in timeline if span.starts_at <= now or span.source is not source)


def continued(timeline: Timeline, waiting: Sequence[Span], now: datetime) -> Timeline:
    """The timeline with `waiting`, spans that were taken from it before, beginning now."""
    return _in_order([*timeline, *_one_after_the_other(now, [replace(span, entry_id=None) for span in waiting])])


def standing(timeline: Timeline, now: datetime) -> Standing | None:
    """The subscription that counts now; None for who never had any."""
    begun = [index for index, span in enumerate(timeline) if span.starts_at <= now]
    if not begun:
        return None
    run = _run(timeline, begun[-1])
    ends_at = run[-1].ends_at
    return Standing(run[0].tariff_id, _state(run[0], ends_at, now), run[0].starts_at, ends_at)


def _state(span: Span, ends_at: datetime | None, now: datetime) -> State:
    if ends_at is None or now < ends_at:
        return State.TRIAL if span.source is Source.TRIAL else State.ACTIVE
    return State.GRACE if now < add_days(ends_at, GRACE_DAYS) else State.EXPIRED


def _run(timeline: Timeline, index: int) -> list[Span]:
    """The spans around this one that are one subscription: the same tariff, without a gap."""
    run = [timeline[index]]
    for span in reversed(timeline[:index]):
        if not _belongs(span, run[0]):
            break
        run.insert(0, span)
    for span in timeline[index + 1 :]:
        if not _belongs(run[-1], span):
            break
        run.append(span)
    return run


def _belongs(first: Span, second: Span) -> bool:
    is_alike = (first.tariff_id, first.source is Source.TRIAL) == (second.tariff_id, second.source is Source.TRIAL)
    return is_alike and first.ends_at == second.starts_at


def _without(timeline: Timeline, now: datetime, goes: Callable[[Span], bool]) -> Timeline:
    """The timeline without the rests of those spans of which `goes` is true."""
    cut = [span.used(now) if goes(span) and span.lasts_beyond(now) else span for span in timeline]
    return tuple(span for span in cut if span.ends_at is None or span.ends_at > span.starts_at)


def _one_after_the_other(start: datetime, spans: Iterable[Span]) -> list[Span]:
    """The spans in this order, the first at `start`. What follows one without an end is lost."""
    laid: list[Span] = []
    begin: datetime | None = start
    for span in spans:
        if begin is None:
            break
        laid.append(span.moved_to(begin))
        begin = laid[-1].ends_at
    return laid


def _shortened(spans: Iterable[Span], used: timedelta) -> list[Span]:
    """The spans without so much of their beginning."""
    left: list[Span] = []
    for span in spans:
        length = span.length
        if length is not None and length <= used:
            used -= length
            continue
        left.append(span.rest(span.starts_at + used) if used else span)
        used = timedelta()
    return left


def _used_length(span: Span, now: datetime) -> timedelta:
    until = now if span.ends_at is None else min(now, span.ends_at)
    return max(timedelta(), until - span.starts_at)


def _in_order(spans: Iterable[Span]) -> Timeline:
    return tuple(sorted(spans, key=lambda span: span.starts_at))


def _micros(length: timedelta) -> int:
    return length // timedelta(microseconds=1)


def _ceil(number: int, by: int) -> int:
    return -(-number // by)
