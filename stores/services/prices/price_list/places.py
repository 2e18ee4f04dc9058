"""The order of a price list: where each product stands in it, and how it is found there again."""

from array import array
from bisect import bisect_right
from typing import BinaryIO

import kaspi
from stores.services.prices.price_list.meant import Meant

# One place in so many is remembered.
STRIDE = 16


class Places:
    """
    The order of a list, which is that of the products' ids: each stands in it once, and can be found again with little
    remembered, the place of one in STRIDE.

    `unmoved`: how many of them have not been marked since the version `as_of`.
    """

    def __init__(self, as_of: int) -> None:
        self.unmoved = 0
        self._as_of = as_of
        self._count = 0
        self._last = 0
        self._product_ids = array("q")
        self._starts = array("q")

    def add(self, meant: Meant, start: int) -> bool:
        """The next offer of the list, at this byte; False where it is out of its place."""
        if meant.product_id <= self._last:
            return False
        if self._count % STRIDE == 0:
            self._product_ids.append(meant.product_id)
            self._starts.append(start)
        self._count += 1
        self._last = meant.product_id
        self.unmoved += meant.offer_version <= self._as_of
        return True

    def find(self, file: BinaryIO, product_id: int, sku: str) -> kaspi.PriceListLine | None:
        """The offer of this product, if the list has one."""
        before = bisect_right(self._product_ids, product_id) - 1
        if before < 0:
            return None
        file.seek(self._starts[before])
        lines = (kaspi.read_price_list_line(file) for _ in range(min(STRIDE, self._count - before * STRIDE)))
        return next((line for line in lines if line.sku == sku), None)
