"""The seller's business as the service desk sees it. One module per topic, as in the models."""

from stores.admin import (
    catalogue,
    fees,
    health,
    market,
    notifications,
    orders,
    prices,
    releases,
    replay,
    rules,
    store,
    tokens,
)

__all__ = [
    "catalogue",
    "fees",
    "health",
    "market",
    "notifications",
    "orders",
    "prices",
    "releases",
    "replay",
    "rules",
    "store",
    "tokens",
]
