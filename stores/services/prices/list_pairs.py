"""Two versions of a price list side by side."""

from collections.abc import Iterable, Iterator
from itertools import zip_longest

import kaspi

Placed = tuple[int, kaspi.PriceListOffer]
Pair = tuple[Placed | None, Placed | None]


def pairs(new: Iterable[Placed], old: Iterable[Placed]) -> Iterator[Pair]:
    """
    The offers of two lists by SKU, each with its place in its file; None where the other list has no such offer.

    Both are read once, in step. Memory grows with how far they are out of step, not with their length. A repeated SKU
    stands alone the second time.
    """
    new_alone: dict[str, Placed] = {}
    old_alone: dict[str, Placed] = {}
    for new_one, old_one in zip_longest(new, old):
        if new_one is not None:
            new_sku = new_one[1].sku
            if new_sku in new_alone:
                yield new_one, None
            elif new_sku in old_alone:
                yield new_one, old_alone.pop(new_sku)
            else:
                new_alone[new_sku] = new_one
        if old_one is not None:
            old_sku = old_one[1].sku
            if old_sku in new_alone:
                yield new_alone.pop(old_sku), old_one
            else:
                old_alone[old_sku] = old_one
    yield from ((each, None) for each in new_alone.values())
    yield from ((None, each) for each in old_alone.values())
