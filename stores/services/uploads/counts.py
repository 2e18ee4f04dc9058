"""What a preview counts."""

from dataclasses import dataclass


@dataclass
class Counts:
    """
    Products, but `refused` counts rows of the file. `known` and `unknown`: those that the rows name, as far as they
    were read. `leaving`: those that the file does not name and that go off sale for it; `going_off`: all that would be
    on sale no more, named or not, of the `on_sale` that are now (0 where none goes). `counted`: stocks that are told
    again as they stand, and are fresh by that.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    known: int = 0
    unknown: int = 0
    leaving: int = 0
    going_off: int = 0
    on_sale: int = 0
    counted: int = 0
    # Rows without an SKU that could be read: which product they meant, nobody knows.
    nameless: int = 0
    # How many more products would be repriced, below 0 for fewer.
    repriced: int = 0
