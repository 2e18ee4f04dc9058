"""The seller's business as the service desk sees it. One module per topic, as in the models."""

from stores.admin import (
    catalogue,
    fees,
    health,
    history,
    market,
    notifications,
    orders,
    prices,
    releases,
    replay,
    rules,
    store,
    uploads,
)

__all__ = [
    "catalogue",
    "fees",
    "health",
    "history",
    "market",
    "notifications",
    "orders",
    "prices",
    "releases",
    "replay",
    "rules",
    "store",
    "uploads",
]
