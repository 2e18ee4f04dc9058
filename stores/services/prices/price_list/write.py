"""Writing a store's price list: offers that have not changed are copied from a list written before."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from typing import BinaryIO

from django.db.models import QuerySet
from django.utils import timezone

import kaspi
from stores.models import Product, Store
from stores.services.prices.price_list.index import Basis, Former, IndexWriter, Lines, Origin
from stores.services.prices.price_list.kept import KeptPrices
from stores.services.prices.price_list.rows import EachPortion, Written, read_lines

# With more than this share stale, writing all is no slower than picking the others out.
MOST_STALE = 0.25
BLOCK = 1024 * 1024

FROM_ROWS = Basis()
Read = Callable[["QuerySet[Product]"], Iterable[Written]]


def write_price_list(
    target: BinaryIO,
    index: BinaryIO,
    store: Store,
    basis: Basis = FROM_ROWS,
    each_portion: EachPortion = lambda: None,
) -> int:
    """
    Write the store's price list and its index; returns the number of offers. `store.catalogue_version` must have been
    read before the rows are. `each_portion` is called after each portion of them. Memory does not grow with the range.

    Raises kaspi.InvalidPriceList for what must not be published, and for a list without offers.
    """
    origin = Origin.of(store, keeps_prices=basis.kept is not None)
    kept, former = KeptPrices(basis.kept) if basis.kept else None, basis.copied
    read = partial(read_lines, store, each_portion=each_portion, kept=kept)
    header = kaspi.PriceListHeader(store.name, store.merchant_id, timezone.now().isoformat(timespec="seconds"))
    out = _Out(target, IndexWriter(index, origin), kaspi.render_head(header))
    if former is not None and origin.can_copy(former.index.origin) and _are_few(_stale(store, former), former):
        _write_changed(out, store, former, read)
    else:
        out.add_all(read(Product.everything.filter(store=store)))
    return out.end()


def _stale(store: Store, former: Former) -> "QuerySet[Product]":
    since = former.index.origin.catalogue_version
    return Product.everything.filter(store=store, offer_version__gt=since).order_by("pk")


def _are_few(stale: "QuerySet[Product]", former: Former) -> bool:
    return stale.count() <= former.index.count * MOST_STALE


def _write_changed(out: "_Out", store: Store, former: Former, read: Read) -> None:
    """The former list's lines, with those of stale products in the place of theirs, and without those that are gone."""
    stale, last = _stale(store, former), 0
    with former.path.open("rb") as file:
        for lines in former.index.windows():
            of_window = {"pk__gt": last, "pk__lte": lines.product_ids[-1]}
            changed = read(stale.filter(**of_window))
            gone = set(lines.product_ids).difference(_ids(Product.everything.filter(store=store, **of_window)))
            out.copy_changed(file, lines, sorted(chain(changed, ((each, b"") for each in gone))))
            last = lines.product_ids[-1]
    out.add_all(read(stale.filter(pk__gt=last)))


def _ids(products: "QuerySet[Product]") -> "QuerySet[Product, int]":
    return products.values_list("pk", flat=True)


class _Out:
    """A list that grows, and its index with it."""

    def __init__(self, target: BinaryIO, index: IndexWriter, head: bytes) -> None:
        self._target = target
        self._index = index
        self._end = target.write(head)

    def add_all(self, written: Iterable[Written]) -> None:
        """These lines, as they come."""
        for product_id, line in written:
            if line:
                self._index.add(product_id, self._end)
                self._end += self._target.write(line)

    def copy_changed(self, source: BinaryIO, lines: Lines, changed: Iterable[Written]) -> None:
        """These lines of a former list, with the changed ones in their places."""
        position = 0
        for product_id, line in changed:
            upto = bisect_left(lines.product_ids, product_id, position)
            self._copy(source, lines, position, upto)
            self.add_all([(product_id, line)])
            position = bisect_right(lines.product_ids, product_id, upto)
        self._copy(source, lines, position, len(lines.product_ids))

    def _copy(self, source: BinaryIO, lines: Lines, first: int, after: int) -> None:
        start, end = lines.starts[first], lines.starts[after]
        shift = self._end - start
        for product_id, place in zip(lines.product_ids[first:after], lines.starts[first:after], strict=True):
            self._index.add(product_id, place + shift)
        source.seek(start)
        for block in range(start, end, BLOCK):
            self._end += self._target.write(source.read(min(BLOCK, end - block)))

    def end(self) -> int:
        """The tail; returns the number of offers."""
        if not self._index.count:
            raise kaspi.InvalidPriceList("offers", "nothing", "at least one offer")
        self._index.end(self._end)
        self._target.write(kaspi.PRICE_LIST_TAIL)
        return self._index.count
