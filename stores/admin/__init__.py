"""The seller's business as the service desk sees it. One module per topic, as in the models."""

from stores.admin import (
    cards,
    catalogue,
    fees,
    health,
    history,
    market,
    merchant,
    notifications,
    orders,
    prices,
    releases,
    replay,
    rules,
    store,
    tokens,
    uploads,
)

__all__ = [
    "cards",
    "catalogue",
    "fees",
    "health",
    "history",
    "market",
    "merchant",
    "notifications",
    "orders",
    "prices",
    "releases",
    "replay",
    "rules",
    "store",
    "tokens",
    "uploads",
]
