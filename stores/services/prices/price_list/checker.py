"""
The second program: reads the finished price list back and compares it with the rows, before it goes live.

It trusts nothing that the writer had in its hands: it reads the file's own bytes and asks the database by itself. One
bad row, a list that shrank, or too many large moves at once refuse the whole file; the last good one stays. Both files
are read as streams, a portion of offers at a time; every offer is compared with its rows, every time.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from django.db.models import Exists, OuterRef
from msgspec import Struct

import kaspi
from stores.models import Availability, CityPrice, Product, Store
from stores.services.prices.price_list.faults import Fault
from stores.services.prices.price_list.meant import Meant, read_meant
from stores.services.prices.price_list.pairs import pairs
from stores.services.prices.price_list.places import Places
from stores.services.prices.price_list.unlike import Unlikeness
from stores.services.prices.price_list.wrong import faults_of, is_sound, wrong_prices
from stores.services.rows import among, batched

log = logging.getLogger(__name__)

# How many offers are compared with their rows together.
PORTION = 1_000
# With more products than this changed since it was built, a list is built again, not looked through again.
MOST_CHANGED = 5_000


class _LiveListError(Exception):
    """The list that is live now cannot be read."""


@dataclass
class Check:
    """
    One reading of a finished list, beside the one that is live.

    `as_of` is the store's catalogue version that was read before the first row was: a product that has not been marked
    since (`mark_stale`) must stand in the file exactly as in the rows; one that has been may be in it as it was before,
    within the limits of now. `each_portion` is called after each portion of offers.

    Of a list that `keeps_prices`, the only kind that may go out while prices are stopped, each price is the one that is
    live, and nothing that is live and still sold is missing; the rest is as in the rows.
    """

    path: Path
    live: Path | None
    store: Store
    as_of: int
    each_portion: Callable[[], None] = lambda: None
    keeps_prices: bool = False
    _places: Places = field(init=False)

    def why_refused(self, accepted: Mapping[str, int] = MappingProxyType({})) -> Fault | None:
        """
        The first reason to refuse the file, None when it may go live. `accepted`: codes that a person has said yes to,
        with what was read then; more than that refuses the file all the same.
        """
        try:
            return self._first_reason(self.live, accepted)
        except _LiveListError as damaged:
            # Compared with nothing: it must not outlive its damage.
            log.error("the live price list %s cannot be read: %s", self.live, damaged)  # noqa: TRY400 -- no bug of ours
            return self._first_reason(None, accepted)

    def is_overtaken(self) -> bool:
        """
        Whether rows have moved on under the list so that it must not go live. To be asked with the store locked, after
        a reading that found no reason to refuse.

        A product that has not been marked since is in the file at the price of its row, and the table keeps that within
        its limits; so only the others are looked at again. Prices that are live already are overtaken by nothing.
        """
        if self.keeps_prices:
            return False
        marked = Product.everything.filter(store=self.store, offer_version__gt=self.as_of)
        changed = dict(marked.values_list("pk", "sku")[: MOST_CHANGED + 1])
        if len(changed) > MOST_CHANGED:
            return True
        with self.path.open("rb") as file:
            lines = [line for pk, sku in changed.items() if (line := self._places.find(file, pk, sku))]
        meant = read_meant(self.store, list(changed.values()))
        return any(next(wrong_prices(line, None, meant[line.sku]), None) for line in lines)

    def _first_reason(self, live: Path | None, accepted: Mapping[str, int]) -> Fault | None:
        unlike = Unlikeness(self.store)
        try:
            wrong = next(self._wrong_parts(live, unlike), None)
        except (kaspi.MalformedPriceList, OSError) as error:
            return Fault("malformed", read=str(error))
        if wrong is not None:
            return wrong
        reasons = sorted(unlike.reasons(), key=lambda reason: reason.is_covered(accepted))
        if not reasons or reasons[0].is_covered(accepted):
            return None
        return replace(reasons[0], also=tuple(reasons[1:]))

    def _wrong_parts(self, live: Path | None, unlike: Unlikeness) -> Iterator[Fault]:
        """What nobody may accept; on the way the file is compared with the live one."""
        self._places = Places(self.as_of)
        gone: list[str] = []
        with self.path.open("rb") as file:
            new = kaspi.read_price_list_lines(file)
            if new.header.merchant_id != self.store.merchant_id:
                yield Fault("other_merchant", read=new.header.merchant_id)
            for read, live_line in pairs(self._read(new.lines), _live_lines(live)):
                if read is not None:
                    yield from self._wrong(read, live_line)
                    unlike.add(read.line, live_line, read.meant)
                elif live_line is not None:
                    gone.append(live_line.sku)
                    unlike.add(None, live_line, None)
        yield from self._missing(gone)

    def _read(self, lines: Iterator[tuple[int, kaspi.PriceListLine]]) -> Iterator["_Read"]:
        """The file's offers with their rows, a portion of them read together."""
        for portion in batched(lines, PORTION):
            by_sku = read_meant(self.store, [line.sku for _, line in portion])
            for start, line in portion:
                meant = by_sku.get(line.sku)
                yield _Read(line.sku, line, meant, meant is None or self._places.add(meant, start))
            self.each_portion()

    def _wrong(self, read: "_Read", live: kaspi.PriceListLine | None) -> Iterator[Fault]:
        if not read.is_in_place:
            yield Fault("out_of_place", read.sku)
        if not is_sound(read.line, live, read.meant, keeps_prices=self.keeps_prices):
            yield from faults_of(read.line, live, read.meant, self.as_of, keeps_prices=self.keeps_prices)

    def _missing(self, gone: Collection[str]) -> Iterator[Fault]:
        """The whole range, always: who has a price and lies at a point has a place in the list."""
        whole = Product.everything.filter(
            Exists(CityPrice.everything.filter(product=OuterRef("pk"))),
            Exists(Availability.everything.filter(product=OuterRef("pk"))),
            store=self.store,
            offer_version__lte=self.as_of,
        )
        if self.keeps_prices:
            missing = whole.filter(sku__in=among(gone)).count()
        else:
            missing = whole.count() - self._places.unmoved
        if missing > 0:
            yield Fault("missing", read=missing)


class _Read(Struct, frozen=True, gc=False):
    """An offer of the file, its rows if it has any, and whether it stands where it should."""

    sku: str
    line: kaspi.PriceListLine
    meant: Meant | None
    is_in_place: bool


def _live_lines(path: Path | None) -> Iterator[kaspi.PriceListLine]:
    if path is None:
        return
    try:
        with path.open("rb") as file:
            yield from (line for _, line in kaspi.read_price_list_lines(file).lines)
    except (kaspi.MalformedPriceList, OSError) as error:
        raise _LiveListError(error) from error
