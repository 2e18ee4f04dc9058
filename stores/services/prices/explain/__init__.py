"""
Why this price: in one sentence, or as the whole card; from what was stored with the update, in the active language.

What is stored are codes and numbers. Every code has its words here, so that pages, the API and messages say the same.
"""

from stores.services.prices.explain.card import Card, Progress, StoredLimits, card
from stores.services.prices.explain.guards import Guard
from stores.services.prices.explain.offers import SeenOffer, names_of, tell_offers
from stores.services.prices.explain.profit import ProfitLine, ToldProfit, why_unknown
from stores.services.prices.explain.sentence import HOLDS, MOVES, explain, hold_of, why_held
from stores.services.prices.explain.steps import LEFT_OUT, REMARKS, ToldStep, tell_steps

__all__ = [
    "HOLDS",
    "LEFT_OUT",
    "MOVES",
    "REMARKS",
    "Card",
    "Guard",
    "ProfitLine",
    "Progress",
    "SeenOffer",
    "StoredLimits",
    "ToldProfit",
    "ToldStep",
    "card",
    "explain",
    "hold_of",
    "names_of",
    "tell_offers",
    "tell_steps",
    "why_held",
    "why_unknown",
]
