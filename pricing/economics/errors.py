"""
What can be wrong with rates. Each means that no price is made from them, and that a person must be told.

    EconomicsError
    ├── MissingRate          no row holds: add one for .rate, .key and .day
    ├── OverlappingRates     several rows hold: end one of .codes before .day
    ├── BadRate              (also a ValueError) a value that no rate can have: correct it
    └── TargetOutOfReach     no price earns what was asked: ask for less

Every argument of an error is kept in `args`, so errors survive a trip through a task queue.
"""

# ruff: noqa: N818 - an error is named for what happened; its base class already says that it is one

from pricing.economics.days import Day


class EconomicsError(Exception):
    """The economics of a unit cannot be said."""


class MissingRate(EconomicsError):
    """`rate` is the value of a `RateName`; `key` says for what: a category, a regime, a parcel, or nothing."""

    def __init__(self, rate: str, key: str, day: Day) -> None:
        super().__init__(rate, key, day)
        self.rate = rate
        self.key = key
        self.day = day

    def __str__(self) -> str:
        return f"no {self.rate} for {self.key!r} on {self.day}"


class OverlappingRates(EconomicsError):
    """Nothing says which of the rows is meant. `codes` are theirs, sorted."""

    def __init__(self, rate: str, key: str, day: Day, codes: tuple[str, ...]) -> None:
        super().__init__(rate, key, day, codes)
        self.rate = rate
        self.key = key
        self.day = day
        self.codes = codes

    def __str__(self) -> str:
        return f"several rows of {self.rate} for {self.key!r} on {self.day}: {', '.join(self.codes)}"


class BadRate(EconomicsError, ValueError):
    """A float, a NaN, a share above one, a date that is none, a band that ends before it begins."""


class TargetOutOfReach(EconomicsError):
    """The fees leave less of each tenge than the target asks, or nothing is known of prices that high."""


def code_of(error: EconomicsError) -> str:
    """The code of what is missing, where the economics could not be said; stored and shown, so never renamed."""
    if isinstance(error, MissingRate):
        return str(error.rate)
    if isinstance(error, TargetOutOfReach):
        return "out_of_reach"
    return "overlapping_rates" if isinstance(error, OverlappingRates) else "bad_rate"
