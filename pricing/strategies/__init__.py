"""
Every strategy, one file each. A new file in this folder is found by itself.

A file defines one class, decorated with `register`; see docs/adding-a-strategy.md.
"""

from importlib import import_module
from pkgutil import iter_modules

from pricing.strategies.base import STRATEGIES, Exit, Market, Strategy, follow, register, share_of

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["STRATEGIES", "Exit", "Market", "Strategy", "follow", "make_strategy", "register", "share_of"]


def make_strategy(name: str, **parameters: int | None) -> Strategy:
    """The strategy of this name. Raises KeyError for an unknown name, TypeError or ValueError for unfit parameters."""
    return STRATEGIES[name](**parameters)
