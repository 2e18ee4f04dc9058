"""
When to look at which market: the most worth knowing for the looks that the marketplace allows.

Pure: plain numbers in, plain numbers out; no clock, no database, no chance. Times are UTC seconds, intervals are in
seconds, rates and budgets a second. It decides nothing about prices: a late look is a lost chance, never a wrong price.

What the watch keeps, and where:

- with each market a `History` (three numbers), the value that counts in it, and when it was looked at;
- shared by all workers a `Tempo` and what is `Usual`;
- with each store the `Rhythm` of its pulls and the window before them.

How it uses them (`next_look`, `retune` and `rhythms`, next to this package):

1. A market is new: `first_look_at`, within seconds where few are new.
2. A look was recorded: `after_look` makes the new history, `Tempo.interval` of `expected_rate` and the value says what
   is due, and `next_look_at` moves that before the pulls of the market's stores. This costs the same however many
   markets there are, and reads nothing of other markets.
3. Every few minutes, once for all: `learn_usual` from the histories, `value_of` for each position, `allot` for the
   tempo and for the values, in which stores that would take too much are held back; `learn_rhythm` and `window_of` for
   each store. 20,000 markets take a third of a second, or two where a store is held back. Until it has run, everybody
   goes on with the numbers of the last time.

A look that failed teaches nothing: neither its time nor its market is counted, and the next good one covers both.
"""

from stores.services.market.policy.allotment import Allotment, Bounds, Demand, Tempo, allot
from stores.services.market.policy.rate import History, Usual, after_look, expected_rate, learn_usual
from stores.services.market.policy.rhythm import Rhythm, learn_rhythm
from stores.services.market.policy.schedule import Puller, first_look_at, next_look_at, window_of
from stores.services.market.policy.value import Position, value_of

__all__ = [
    "Allotment",
    "Bounds",
    "Demand",
    "History",
    "Position",
    "Puller",
    "Rhythm",
    "Tempo",
    "Usual",
    "after_look",
    "allot",
    "expected_rate",
    "first_look_at",
    "learn_rhythm",
    "learn_usual",
    "next_look_at",
    "value_of",
    "window_of",
]
