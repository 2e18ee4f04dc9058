"""Two versions of a price list side by side."""

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Protocol, TypeVar


class HasSku(Protocol):
    """What stands in a list under an article."""

    @property
    def sku(self) -> str: ...


New = TypeVar("New", bound=HasSku)
Old = TypeVar("Old", bound=HasSku)


def pairs(new: Iterable[New], old: Iterable[Old]) -> Iterator[tuple[New | None, Old | None]]:
    """
    What two lists say of each article; None where one says nothing. Each article stands in a list once.

    Both are read once, in step. Memory grows with how far they are out of step, not with their length.
    """
    new_alone: dict[str, New] = {}
    old_alone: dict[str, Old] = {}
    for new_one, old_one in zip_longest(new, old):
        if new_one is not None and old_one is not None and new_one.sku == old_one.sku:
            yield new_one, old_one
            continue
        if new_one is not None:
            if new_one.sku in old_alone:
                yield new_one, old_alone.pop(new_one.sku)
            else:
                new_alone[new_one.sku] = new_one
        if old_one is not None:
            if old_one.sku in new_alone:
                yield new_alone.pop(old_one.sku), old_one
            else:
                old_alone[old_one.sku] = old_one
    yield from ((each, None) for each in new_alone.values())
    yield from ((None, each) for each in old_alone.values())
