"""
Strategies over a recorded market: who came, moved and left, again in the order of time, with our own prices made anew.

Pure like the engine: the record comes in as values with seconds since its start, figures come out.
"""

from pricing.replay.run import BUDGET_SPENT, Replay
from pricing.replay.tracks import worst_half_hour
from pricing.replay.types import Change, Figures, Hooks, Meant, Merchant, Outcome, Price, Wish

__all__ = [
    "BUDGET_SPENT",
    "Change",
    "Figures",
    "Hooks",
    "Meant",
    "Merchant",
    "Outcome",
    "Price",
    "Replay",
    "Wish",
    "worst_half_hour",
]
