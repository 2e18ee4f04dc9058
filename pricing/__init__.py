"""
The engine: a situation goes in, an explained decision comes out.

Pure: no clock, no database, no network, no text for people. The same situation gives the same decision in any order,
locale, time zone and hash seed, so a decision can be replayed and tested in microseconds. Prices are whole tenge.
"""

from pricing.engine import ENGINE_VERSION, decide
from pricing.types import Decision, Limits, Offer, Rule, Situation, Step

__all__ = ["ENGINE_VERSION", "Decision", "Limits", "Offer", "Rule", "Situation", "Step", "decide"]
