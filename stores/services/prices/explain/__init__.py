"""
Why this price: in one sentence, or in all that is known; from what was stored with the update, in the active language.

What is stored are codes and numbers. Every code has its words here, so that pages, the API and messages say the same.
"""

from stores.services.prices.explain.guards import Guard
from stores.services.prices.explain.offers import SeenOffer, names_of, tell_offers
from stores.services.prices.explain.profit import ProfitLine, ToldProfit, why_unknown
from stores.services.prices.explain.sentence import HOLDS, MOVES, explain, hold_of, why_held
from stores.services.prices.explain.steps import LEFT_OUT, REMARKS, ToldStep, tell_steps
from stores.services.prices.explain.whole import Explanation, Progress, StoredLimits, explanation_of

__all__ = [
    "HOLDS",
    "LEFT_OUT",
    "MOVES",
    "REMARKS",
    "Explanation",
    "Guard",
    "ProfitLine",
    "Progress",
    "SeenOffer",
    "StoredLimits",
    "ToldProfit",
    "ToldStep",
    "explain",
    "explanation_of",
    "hold_of",
    "names_of",
    "tell_offers",
    "tell_steps",
    "why_held",
    "why_unknown",
]
