"""
The engine for thousands of decisions at once: prices without their explanations, for what-ifs over a recorded market.

The same truth as `pricing.decide`, tested against it situation by situation. Only prices and holds come out: whoever
wants to know why asks `decide` about that one.
"""

from pricing.batch.decide import Decisions, decide_lanes, decide_many, has_lanes
from pricing.batch.lanes import Lanes, Offers, lanes_of

__all__ = ["Decisions", "Lanes", "Offers", "decide_lanes", "decide_many", "has_lanes", "lanes_of"]
