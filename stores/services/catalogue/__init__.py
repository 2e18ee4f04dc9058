"""
Facts of products: names, costs, strategies, prices and limits per city, stock per sales point.

They change in one way, whoever wants it: `apply_changes` does what `plan_changes` tells, keeps who changed what in a
batch, and `undo_batch` takes one back. Prices leave through the gateway there as everywhere. `bring_in` fills a store
that is new.
"""

from stores.services.catalogue.additions import told_of
from stores.services.catalogue.apply import Applied, apply_changes
from stores.services.catalogue.bring_in import (
    AvailabilityFacts,
    PointFacts,
    PriceFacts,
    ProductFacts,
    bring_in,
)
from stores.services.catalogue.changes import EMPTY, CityChange, Empty, PointChange, ProductChange
from stores.services.catalogue.history import beginning_of
from stores.services.catalogue.plan import FieldChange, ProductPlan, Refused, Terms, plan_changes
from stores.services.catalogue.range import read_points
from stores.services.catalogue.tables import EVERYWHERE, Table, sort_out
from stores.services.catalogue.undo import Undone, undo_batch

__all__ = [
    "EMPTY",
    "EVERYWHERE",
    "Applied",
    "AvailabilityFacts",
    "CityChange",
    "Empty",
    "FieldChange",
    "PointChange",
    "PointFacts",
    "PriceFacts",
    "ProductChange",
    "ProductFacts",
    "ProductPlan",
    "Refused",
    "Table",
    "Terms",
    "Undone",
    "apply_changes",
    "beginning_of",
    "bring_in",
    "plan_changes",
    "read_points",
    "sort_out",
    "told_of",
    "undo_batch",
]
