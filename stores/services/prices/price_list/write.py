"""Writing a store's price list: offers that have not changed are copied from a list written before."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from django.db.models import QuerySet
from django.utils import timezone

import kaspi
from stores.models import Product, Store
from stores.services.prices.price_list.index import OfferIndex, Origin
from stores.services.prices.price_list.rows import PORTION, product_ids, read_offers

# With more than this share stale, writing all is no slower than picking the others out.
MOST_STALE = 0.25
BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Former:
    """A list that was written before, and where its offers stand in it."""

    path: Path
    index: OfferIndex


def write_price_list(
    target: BinaryIO, store: Store, former: Former | None = None, each_portion: Callable[[], None] = lambda: None
) -> OfferIndex:
    """
    Write the store's price list; returns where its offers stand. `store.catalogue_version` is not younger than the
    rows. `each_portion` is called after each portion of them. Memory grows by 16 bytes with each offer, and by nothing
    else.

    Raises kaspi.InvalidPriceList for what must not be published, and for a list without offers.
    """
    header = kaspi.PriceListHeader(store.name, store.merchant_id, timezone.now().isoformat(timespec="seconds"))
    lines = _Lines(target, OfferIndex(Origin.of(store), store.catalogue_version), kaspi.render_head(header))
    if former is not None and _is_worth_copying(former, lines.index, store):
        _write_changed(lines, store, former, each_portion)
    else:
        _write_all(lines, store, each_portion)
    return lines.end()


def _is_worth_copying(former: Former, index: OfferIndex, store: Store) -> bool:
    is_stale_only_here_and_there = _stale(former, store).count() <= len(former.index.product_ids) * MOST_STALE
    return former.index.origin == index.origin and is_stale_only_here_and_there


def _write_all(lines: "_Lines", store: Store, each_portion: Callable[[], None]) -> None:
    for product_id, line in _rendered(store, chain.from_iterable(product_ids(store)), each_portion):
        if line:
            lines.add(product_id, line)


def _write_changed(lines: "_Lines", store: Store, former: Former, each_portion: Callable[[], None]) -> None:
    """The former list's lines, with those of stale products in the place of theirs, and without those that are gone."""
    ids, position = former.index.product_ids, 0
    stale = _stale(former, store).order_by("pk").values_list("pk", flat=True)
    changed = merge(_rendered(store, stale, each_portion), ((each, b"") for each in _gone(former, store)))
    with former.path.open("rb") as file:
        for product_id, line in changed:
            upto = bisect_left(ids, product_id, position)
            lines.copy(file, former.index, position, upto)
            position = bisect_right(ids, product_id, upto)
            if line:
                lines.add(product_id, line)
        lines.copy(file, former.index, position, len(ids))


def _stale(former: Former, store: Store) -> "QuerySet[Product]":
    return Product.everything.filter(store=store, offer_version__gt=former.index.catalogue_version)


def _gone(former: Former, store: Store) -> Iterator[int]:
    """Products that the former list has and the store has not, rising."""
    ids, position = former.index.product_ids, 0
    for portion in product_ids(store):
        upto = bisect_right(ids, portion[-1], position)
        yield from sorted(set(ids[position:upto]).difference(portion))
        position = upto
    yield from ids[position:]


def _rendered(store: Store, ids: Iterable[int], each_portion: Callable[[], None]) -> Iterator[tuple[int, bytes]]:
    """The line of each of these products; empty where it has no place in the list."""
    rest = iter(ids)
    while portion := list(islice(rest, PORTION)):
        offers = read_offers(store, portion)
        for product_id in portion:
            yield product_id, kaspi.render_offer(offers[product_id]) if product_id in offers else b""
        each_portion()


class _Lines:
    """A list that grows, and its index with it."""

    def __init__(self, target: BinaryIO, index: OfferIndex, head: bytes) -> None:
        self.index = index
        self._target = target
        self._end = target.write(head)

    def add(self, product_id: int, line: bytes) -> None:
        self.index.product_ids.append(product_id)
        self.index.starts.append(self._end)
        self._end += self._target.write(line)

    def copy(self, source: BinaryIO, former: OfferIndex, first: int, after: int) -> None:
        """The lines at these places of a former list."""
        if first == after:
            return
        start, end = former.starts[first], former.starts[after]
        shift = self._end - start
        self.index.product_ids.extend(former.product_ids[first:after])
        self.index.starts.extend([place + shift for place in former.starts[first:after]])
        source.seek(start)
        for size in _blocks(end - start):
            self._end += self._target.write(source.read(size))

    def end(self) -> OfferIndex:
        if not self.index.product_ids:
            raise kaspi.InvalidPriceList("offers", "nothing", "at least one offer")
        self.index.starts.append(self._end)
        self._target.write(kaspi.PRICE_LIST_TAIL)
        return self.index


def _blocks(size: int) -> Iterator[int]:
    for start in range(0, size, BLOCK):
        yield min(BLOCK, size - start)
