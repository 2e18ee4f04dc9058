"""
The engine: a situation goes in, an explained decision comes out.

Pure: no clock, no database, no network, no text for people. The same situation gives the same decision in any order,
locale, time zone and hash seed, so a decision can be replayed and tested in microseconds. Prices are whole tenge.
"""

from pricing.engine import ENGINE_VERSION, decide
from pricing.hours import Hours, Slot, daily
from pricing.plan import Answer, Conditions, LowStock, Move, Plan, SlowSales, Truce
from pricing.rivals import Picture, read_picture
from pricing.situation import Situation
from pricing.stored import STORED_VERSION, UnknownVersionError, read_plan, write_plan
from pricing.strategies import STRATEGIES, Strategy, make_strategy
from pricing.types import Decision, Limits, Offer, Rule, Step
from pricing.war import War, find_war

__all__ = [
    "ENGINE_VERSION",
    "STORED_VERSION",
    "STRATEGIES",
    "Answer",
    "Conditions",
    "Decision",
    "Hours",
    "Limits",
    "LowStock",
    "Move",
    "Offer",
    "Picture",
    "Plan",
    "Rule",
    "Situation",
    "Slot",
    "SlowSales",
    "Step",
    "Strategy",
    "Truce",
    "UnknownVersionError",
    "War",
    "daily",
    "decide",
    "find_war",
    "make_strategy",
    "read_picture",
    "read_plan",
    "write_plan",
]
