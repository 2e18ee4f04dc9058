"""
How a rival behaves, learnt from the moves seen on the cards he shares with a store. Pure: no clock, no database.

Tenge, seconds, hours of the local day.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

# Fewer moves than this say nothing about who makes them.
FEWEST_MOVES = 10
# A person does not answer within so many seconds, move after move, …
FAST_SECONDS = 20 * 60
# … nor by the same step most of the time, nor at night as often as by day.
SAME_STEP_SHARE = 0.6
NIGHT = range(1, 7)
NIGHT_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Event:
    """One change seen on a card in a city, in order of time. `price` after it; None: the offer left."""

    merchant: int
    at: float
    hour: int
    price: int | None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """
    What is known of one rival.

    `is_bot`: None until there are enough moves to say. `step`: how far he usually goes under the cheapest other;
    `reaction_seconds`: how long he usually needs to answer a lower price; `lowest`: the lowest price met;
    `hours`: his moves in each hour of the day; `first_share`: the share of the time seen in which he was cheapest.
    """

    moves: int
    is_bot: bool | None
    step: int | None
    reaction_seconds: int | None
    lowest: int | None
    hours: tuple[int, ...]
    first_share: float | None


@dataclass(slots=True)
class _Notes:
    """What is collected of one merchant over all cards."""

    moves: int = 0
    steps: list[int] = field(default_factory=list)
    reactions: list[float] = field(default_factory=list)
    lowest: int | None = None
    hours: Counter[int] = field(default_factory=Counter)
    seconds_first: float = 0.0
    seconds_there: float = 0.0


def learn(cards: Iterable[Sequence[Event]], until: float) -> Mapping[int, Behaviour]:
    """Merchant → behaviour, from the events of each card in order of time, seen until that moment."""
    notes: defaultdict[int, _Notes] = defaultdict(_Notes)
    for events in cards:
        _watch(events, until, notes)
    return {merchant: _describe(each) for merchant, each in notes.items()}


def _watch(events: Sequence[Event], until: float, notes: defaultdict[int, _Notes]) -> None:
    """Go through one card's events, keeping who asks what and who was undercut when."""
    prices: dict[int, int] = {}
    undercut_at: dict[int, float] = {}
    ends = [event.at for event in events[1:]] + [until]
    for event, end in zip(events, ends, strict=True):
        before = prices.get(event.merchant)
        others = [price for merchant, price in prices.items() if merchant != event.merchant]
        if event.price is None:
            prices.pop(event.merchant, None)
        else:
            prices[event.merchant] = event.price
            _note_move(notes[event.merchant], event, before, min(others, default=None), undercut_at)
            _note_undercut(event, prices, undercut_at)
        _note_time(prices, end - event.at, notes)


def _note_move(
    notes: _Notes, event: Event, before: int | None, cheapest_other: int | None, undercut_at: dict[int, float]
) -> None:
    price = event.price
    if price is None:
        return
    notes.lowest = price if notes.lowest is None else min(notes.lowest, price)
    if before is None or before == price:
        return
    notes.moves += 1
    notes.hours[event.hour] += 1
    if price < before and cheapest_other is not None and price < cheapest_other:
        notes.steps.append(cheapest_other - price)
    since = undercut_at.pop(event.merchant, None)
    if since is not None and price < before:
        notes.reactions.append(event.at - since)


def _note_undercut(event: Event, prices: Mapping[int, int], undercut_at: dict[int, float]) -> None:
    """Those who asked more than this price only now have something to answer."""
    for merchant, price in prices.items():
        if merchant != event.merchant and event.price is not None and event.price < price:
            undercut_at.setdefault(merchant, event.at)


def _note_time(prices: Mapping[int, int], seconds: float, notes: defaultdict[int, _Notes]) -> None:
    lowest = min(prices.values(), default=None)
    for merchant, price in prices.items():
        notes[merchant].seconds_there += seconds
        if price == lowest:
            notes[merchant].seconds_first += seconds


def _describe(notes: _Notes) -> Behaviour:
    step, share = _usual(notes.steps)
    reaction = int(median(notes.reactions)) if notes.reactions else None
    return Behaviour(
        moves=notes.moves,
        is_bot=_is_bot(notes, reaction, share),
        step=step,
        reaction_seconds=reaction,
        lowest=notes.lowest,
        hours=tuple(notes.hours[hour] for hour in range(24)),
        first_share=round(notes.seconds_first / notes.seconds_there, 3) if notes.seconds_there else None,
    )


def _usual(steps: Sequence[int]) -> tuple[int | None, float]:
    """The most frequent step (the smallest of equals) and its share of all."""
    if not steps:
        return None, 0.0
    step, times = min(Counter(steps).items(), key=lambda item: (-item[1], item[0]))
    return step, times / len(steps)


def _is_bot(notes: _Notes, reaction: int | None, step_share: float) -> bool | None:
    """Two of three signs: answers fast, goes by the same step, works at night."""
    if notes.moves < FEWEST_MOVES:
        return None
    at_night = sum(notes.hours[hour] for hour in NIGHT) / notes.moves
    signs = (
        reaction is not None and reaction <= FAST_SECONDS,
        step_share >= SAME_STEP_SHARE,
        at_night >= NIGHT_SHARE,
    )
    return sum(signs) >= 2
