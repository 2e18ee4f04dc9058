"""
What a price list says otherwise than the one that is live: sound, and yet perhaps not what anybody wanted.

What a person removed or took off sale, and what sold out, is as he wants it, and is not counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import kaspi
from stores.models import Store
from stores.services.prices.price_list.faults import Fault
from stores.services.prices.price_list.meant import Meant
from stores.services.prices.price_list.taken_off import LastWords, WentOff

LARGEST_MISSING_SHARE = 0.05
LARGE_MOVE = 0.20
LARGEST_MOVED_SHARE = 0.02
# A small store is not refused over one product that was taken out, a few that are no quarter of it, or a handful that
# moved.
ALWAYS_ALLOWED_MISSING = 1
FEW_MISSING = 3
LARGEST_SHARE_OF_FEW = 0.25
ALWAYS_ALLOWED_MOVED = 5
# How many articles are named with a refusal.
EXAMPLES = 5
# How many goods that went off sale are asked about together.
PORTION = 500


class Unlikeness:
    """What is otherwise than in the live list, counted while both are read."""

    def __init__(self, store: Store) -> None:
        self._words = LastWords(store)
        self._prices_before = 0
        self._on_sale_before = 0
        self._gone: dict[str, int] = {}
        self._off = _Counted()
        self._moved_far = _Counted()
        self._unasked: list[WentOff] = []

    def add(self, new: kaspi.PriceListLine | None, old: kaspi.PriceListLine | None, meant: Meant | None) -> None:
        """Count one pair; `meant`: the rows of the new one."""
        if old is None:
            return
        self._prices_before += len(old.city_prices)
        self._on_sale_before += len(_on_sale(old))
        if new != old:
            self._add_unlike(new, old, meant)

    def _add_unlike(self, new: kaspi.PriceListLine | None, old: kaspi.PriceListLine, meant: Meant | None) -> None:
        before, prices = old.city_prices, new.city_prices if new else {}
        if gone := len(before.keys() - prices.keys()):
            self._gone[old.sku] = gone
        if new is None or meant is None:
            return
        self._add_off(meant.product_id, new, old)
        moved = (_is_moved_far(prices[city], before[city], city, meant) for city in prices.keys() & before.keys())
        self._moved_far.add(new.sku, sum(moved))

    def _add_off(self, product_id: int, new: kaspi.PriceListLine, old: kaspi.PriceListLine) -> None:
        before = _on_sale(old)
        went = before.keys() - _on_sale(new).keys()
        self._unasked += [WentOff(product_id, old.sku, before[code], new.points.get(code)) for code in sorted(went)]
        if len(self._unasked) >= PORTION:
            self._ask()

    def _ask(self) -> None:
        for each in self._words.undecided(self._unasked):
            self._off.add(each.sku, 1)
        self._unasked.clear()

    def reasons(self) -> Iterator[Fault]:
        """What of it is too much."""
        self._ask()
        gone = self._gone_by_nobody()
        if _is_too_much(gone, self._prices_before):
            yield gone.fault("shrunk")
        if _is_too_much(self._off, self._on_sale_before):
            yield self._off.fault("off_sale")
        if self._moved_far.count > max(ALWAYS_ALLOWED_MOVED, self._prices_before * LARGEST_MOVED_SHARE):
            yield self._moved_far.fault("many_moved")

    def _gone_by_nobody(self) -> "_Counted":
        removed = self._words.removed(list(self._gone))
        gone = _Counted()
        for sku, prices in self._gone.items():
            if sku not in removed:
                gone.add(sku, prices)
        return gone


@dataclass
class _Counted:
    """How much of something there is in the list, of how many products, and the first of these."""

    count: int = 0
    products: int = 0
    examples: list[str] = field(default_factory=list)
    _last: str = ""

    def add(self, sku: str, count: int) -> None:
        """So much more of it, of this product; what is of one product comes one after another."""
        if not count:
            return
        self.count += count
        if sku != self._last:
            self.products += 1
            self._last = sku
            if len(self.examples) < EXAMPLES:
                self.examples.append(sku)

    def fault(self, code: str) -> Fault:
        return Fault(code, read=self.count, examples=tuple(self.examples))


def _is_too_much(missing: _Counted, before: int) -> bool:
    """One product counts once, in however many cities it was."""
    if missing.products <= ALWAYS_ALLOWED_MISSING:
        return False
    share = LARGEST_SHARE_OF_FEW if missing.products <= FEW_MISSING else LARGEST_MISSING_SHARE
    return missing.count > before * share


def _on_sale(line: kaspi.PriceListLine) -> dict[str, kaspi.Availability]:
    """Point code → what is on sale there."""
    return {code: point for code, point in line.points.items() if point.available}


def _is_moved_far(price: int, before: int, city_id: str, meant: Meant) -> bool:
    """Measured from the live list or from what a person confirmed, whichever is nearer."""
    confirmed = meant.prices[city_id].confirmed if city_id in meant.prices else 0
    return _is_far(price, before) and _is_far(price, confirmed)


def _is_far(price: int, before: int) -> bool:
    return abs(price - before) > before * LARGE_MOVE
