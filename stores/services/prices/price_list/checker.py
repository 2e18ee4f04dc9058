"""
The second program: reads the finished price list back and compares it with the rows, before it goes live.

It trusts nothing that the writer had in its hands: it reads the file's own bytes and asks the database by itself. One
bad row, a list that shrank, or too many large moves at once refuse the whole file; the last good one stays. Both files
are read as streams, a portion of offers at a time.
"""

import logging
from array import array
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from django.db.models import Exists, F, OuterRef

import kaspi
from stores.models import Availability, CityPrice, Product, ProductPriceUpdate, SalesPoint, StockRules, Store
from stores.services.prices.margins import floor_of
from stores.services.prices.price_list.pairs import pairs
from stores.services.prices.price_list.taken_off import LastWords, WentOff
from stores.services.rows import among, batched

log = logging.getLogger(__name__)

LOWEST_PRICE = 100
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
# How many offers are compared with their rows together.
PORTION = 500
# One place in so many is remembered.
STRIDE = 16
# With more products than this changed since it was built, a list is built again, not looked through again.
MOST_CHANGED = 5_000

# What a person may accept after a look at it: the list is sound, only unlike the one before.
ACCEPTABLE = frozenset({"shrunk", "off_sale", "many_moved"})

Offer = kaspi.PriceListOffer
Placed = tuple[int, Offer]


@dataclass(frozen=True)
class Fault:
    """
    Why a list must not go live: a code, and what was read.

    Of a list that is only unlike the one before: a few of the articles (`examples`), and in what else it is too unlike
    (`also`), for a person who says yes says it to all of it.
    """

    code: str
    sku: str = ""
    city_id: str = ""
    read: int | str | None = None
    examples: tuple[str, ...] = field(default=(), compare=False)
    also: tuple["Fault", ...] = field(default=(), compare=False)

    def is_covered(self, accepted: Mapping[str, int]) -> bool:
        """Whether a person has said yes to so much of it. `accepted`: code → what was read when he did."""
        return self.code in ACCEPTABLE and type(self.read) is int and self.read <= accepted.get(self.code, -1)


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
    _places: "_Places" = field(init=False)

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
            offers = [offer for pk, sku in changed.items() if (offer := self._places.find(file, pk, sku))]
        rows = _read_rows(self.store, list(changed.values()))
        return any(next(_wrong_prices(offer, None, rows[offer.sku]), None) for offer in offers)

    def _first_reason(self, live: Path | None, accepted: Mapping[str, int]) -> Fault | None:
        unlike = _Unlikeness(self.store)
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

    def _wrong_parts(self, live: Path | None, unlike: "_Unlikeness") -> Iterator[Fault]:
        """What nobody may accept; on the way the file is compared with the live one."""
        self._places = _Places()
        gone: list[str] = []
        with self.path.open("rb") as file:
            new = kaspi.read_price_list_lines(file)
            if new.header.merchant_id != self.store.merchant_id:
                yield Fault("other_merchant", read=new.header.merchant_id)
            for read, live_offer in pairs(self._read(new.offers), _live_offers(live)):
                if read is not None:
                    yield from self._wrong(read, live_offer)
                elif live_offer is not None:
                    gone.append(live_offer.sku)
                unlike.add(read, live_offer)
        yield from self._missing(gone)

    def _read(self, offers: Iterator[Placed]) -> Iterator["_Read"]:
        """The file's offers with their rows, a portion of them read together."""
        for portion in batched(offers, PORTION):
            rows = _read_rows(self.store, [offer.sku for _, offer in portion])
            for start, offer in portion:
                row = rows.get(offer.sku)
                yield _Read(offer.sku, offer, row, row is None or self._places.add(row, start, self.as_of))
            self.each_portion()

    def _wrong(self, read: "_Read", live: Offer | None) -> Iterator[Fault]:
        if not read.is_in_place:
            yield Fault("out_of_place", read.sku)
        if self.keeps_prices:
            yield from _prices_not_kept(read.offer, live, read.row)
        else:
            yield from _wrong_prices(read.offer, live, read.row)
        if read.row is not None and read.row.offer_version <= self.as_of:
            if not self.keeps_prices:
                yield from _prices_not_as_meant(read.offer, read.row)
            yield from _not_as_meant(read.offer, read.row)

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


# --- One offer and its rows -------------------------------------------------------------------------------------------


class _Price(NamedTuple):
    price: int
    floor: int | None
    ceiling: int | None
    confirmed: int
    derived_floor: int | None


@dataclass(slots=True)
class _Row:
    """What the rows say of one product. `points`: as they should stand in the list."""

    product_id: int
    model: str = ""
    brand: str = ""
    offer_version: int = 0
    prices: dict[str, _Price] = field(default_factory=dict)
    points: dict[str, tuple[bool, int | None, int | None]] = field(default_factory=dict)


class _Read(NamedTuple):
    """An offer of the file, its row if it has one, and whether it stands where it should."""

    sku: str
    offer: Offer
    row: _Row | None
    is_in_place: bool


def _read_rows(store: Store, skus: Sequence[str]) -> dict[str, _Row]:
    """
    The rows of these SKUs. Products are asked for twice: their marks are read last, so that a row which is not marked
    by then was not changed before.
    """
    products = Product.everything.order_by()
    margins = dict(products.filter(store=store, sku__in=skus).values_list("pk", "least_margin"))
    by_id = {pk: _Row(pk) for pk in margins}
    _read_prices(by_id, _derived_floors([pk for pk, margin in margins.items() if margin is not None]))
    _read_points(store, by_id)
    by_sku = {}
    columns = ("pk", "sku", "model", "brand", "offer_version")
    for pk, sku, model, brand, offer_version in products.filter(pk__in=by_id).values_list(*columns):
        row = by_sku[sku] = by_id[pk]
        row.model, row.brand, row.offer_version = model, brand, offer_version
    return by_sku


def _read_prices(by_id: dict[int, _Row], derived: Mapping[int, int | None]) -> None:
    # Not in the models' own orders: to sort the rows would take longer than to read them.
    rows = CityPrice.everything.filter(product__in=by_id).order_by()
    columns = ("pk", "product_id", "city_id", "price", "floor", "ceiling", "confirmed_price")
    for pk, product_id, city_id, price, floor, ceiling, confirmed in rows.values_list(*columns):
        by_id[product_id].prices[city_id] = _Price(price, floor, ceiling, confirmed, derived.get(pk))


def _derived_floors(product_ids: Collection[int]) -> dict[int, int | None]:
    """
    Price row → the floor that follows from the margin that is wanted of its product, beside a typed one the higher of
    both; a price the seller confirmed himself has none, nor one that was approved under the floor of its day.

    They bind what came into the rows past the gateway, never what is live or about to be: when the fees rise overnight,
    each price that was sound yesterday is under its floor today. To refuse the file for that would stop the whole shop,
    and with it the very price list that carries the higher prices.
    """
    if not product_ids:
        return {}
    rows = CityPrice.everything.filter(product__in=product_ids, product__least_margin__isnull=False).order_by()
    unconfirmed = rows.exclude(price=F("confirmed_price")).exclude(_was_approved()).select_related("product__store")
    return {row.pk: floor_of(row) for row in unconfirmed}


def _was_approved() -> Exists:
    """Whether the price of the row is one that the gateway let go, above the floor and with the margin of that day."""
    left = ProductPriceUpdate.everything.filter(city_price=OuterRef("pk"), state__in=ProductPriceUpdate.LEAVING)
    return Exists(left.filter(floor__lte=F("new_price"), why__gate__earns_margin=True, new_price=OuterRef("price")))


def _read_points(store: Store, by_id: dict[int, _Row]) -> None:
    columns = ("product_id", "sales_point_id", "is_available", "stock_count", "preorder_days")
    rows = list(Availability.everything.filter(product__in=by_id).values_list(*columns))
    hides_gone = Exists(StockRules.everything.filter(store=store, hides_gone=True))
    points = {point.pk: point for point in SalesPoint.everything.filter(store=store).annotate(hides_gone=hides_gone)}
    for product_id, point_id, is_available, *counts in rows:
        point = points[point_id]
        is_shown = is_available and point.is_open and not (point.hides_gone and counts == [0, None])
        by_id[product_id].points[point.code] = (is_shown, *counts)


def _wrong_prices(offer: Offer, live: Offer | None, row: _Row | None) -> Iterator[Fault]:
    if offer.price is not None:
        yield Fault("price_without_city", offer.sku, read=offer.price)
    live_prices = _prices(live)
    for city_id, price in _prices(offer).items():
        meant = row.prices.get(city_id) if row else None
        code = "unknown_offer" if meant is None else _why_wrong(price, meant, live_prices.get(city_id))
        if code:
            yield Fault(code, offer.sku, city_id, price)


def _why_wrong(price: int, row: _Price, live: int | None) -> str:
    if price < LOWEST_PRICE or (row.floor is not None and price < row.floor):
        return "under_floor"
    if row.ceiling is not None and price > row.ceiling:
        return "over_ceiling"
    if None in (row.floor, row.ceiling) and price not in (row.price, live):
        # Without a corridor only the price itself can tell.
        return "not_the_price"
    return "under_floor" if price < (row.derived_floor or 0) and price != live else ""


def _prices_not_kept(offer: Offer, live: Offer | None, row: _Row | None) -> Iterator[Fault]:
    """Whatever the limits say by now: a price that is live is not made worse by being told once more."""
    live_prices, wanted = _prices(live), row.prices if row else {}
    if offer.price is not None:
        yield Fault("price_without_city", offer.sku, read=offer.price)
    for city_id, price in _prices(offer).items():
        if city_id not in wanted:
            yield Fault("unknown_offer", offer.sku, city_id, price)
        elif price != live_prices.get(city_id):
            yield Fault("not_the_price", offer.sku, city_id, price)
    if len(offer.city_prices) < len(live_prices.keys() & wanted.keys()):
        yield Fault("not_the_offer", offer.sku)


def _prices_not_as_meant(offer: Offer, row: _Row) -> Iterator[Fault]:
    for city_id, price in _prices(offer).items():
        if city_id in row.prices and price != row.prices[city_id].price:
            yield Fault("not_the_price", offer.sku, city_id, price)
    if len(offer.city_prices) < len(row.prices):
        yield Fault("not_the_offer", offer.sku)


def _not_as_meant(offer: Offer, row: _Row) -> Iterator[Fault]:
    """What was not changed since stands in the list to the letter."""
    points = {each.store_id: (each.available, each.stock_count, each.preorder_days) for each in offer.availabilities}
    if (offer.model, offer.brand or "", points) != (row.model, row.brand, row.points):
        yield Fault("not_the_offer", offer.sku)


def _prices(offer: Offer | None) -> dict[str, int]:
    return {each.city_id: each.price for each in offer.city_prices} if offer else {}


# --- The list as a whole ----------------------------------------------------------------------------------------------


class _Places:
    """
    The order of a list, which is that of the products' ids: each stands in it once, and can be found again with little
    remembered, the place of one in STRIDE.
    """

    def __init__(self) -> None:
        self.unmoved = 0
        self._count = 0
        self._last = 0
        self._product_ids = array("q")
        self._starts = array("q")

    def add(self, row: _Row, start: int, as_of: int) -> bool:
        """The next offer of the list, at this byte; False where it is out of its place."""
        if row.product_id <= self._last:
            return False
        if self._count % STRIDE == 0:
            self._product_ids.append(row.product_id)
            self._starts.append(start)
        self._count += 1
        self._last = row.product_id
        self.unmoved += row.offer_version <= as_of
        return True

    def find(self, file: BinaryIO, product_id: int, sku: str) -> Offer | None:
        """The offer of this product, if the list has one."""
        before = bisect_right(self._product_ids, product_id) - 1
        if before < 0:
            return None
        file.seek(self._starts[before])
        lines = (kaspi.read_price_list_line(file) for _ in range(min(STRIDE, self._count - before * STRIDE)))
        return next((offer for offer in lines if offer.sku == sku), None)


class _Unlikeness:
    """
    What is otherwise than in the live list, counted while both are read.

    What a person removed or took off sale, and what sold out, is as he wants it, and is not counted.
    """

    def __init__(self, store: Store) -> None:
        self._words = LastWords(store)
        self._prices_before = 0
        self._on_sale_before = 0
        self._gone: dict[str, int] = {}
        self._off = _Counted()
        self._moved_far = _Counted()
        self._unasked: list[WentOff] = []

    def add(self, new: _Read | None, old: Offer | None) -> None:
        """Count one pair."""
        if old is None:
            return
        before, on_sale = _prices(old), _on_sale(old)
        self._prices_before += len(before)
        self._on_sale_before += len(on_sale)
        prices = _prices(new and new.offer)
        if gone := len(before.keys() - prices.keys()):
            self._gone[old.sku] = gone
        if new is None or new.row is None:
            return
        self._add_off(new.row.product_id, new.offer, old)
        moved = (_is_moved_far(prices[city], before[city], city, new.row) for city in prices.keys() & before.keys())
        self._moved_far.add(new.sku, sum(moved))

    def _add_off(self, product_id: int, new: Offer, old: Offer) -> None:
        went = _on_sale(old).keys() - _on_sale(new).keys()
        after = {each.store_id: each for each in new.availabilities}
        self._unasked += [WentOff(product_id, old.sku, _on_sale(old)[code], after.get(code)) for code in sorted(went)]
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


def _on_sale(offer: Offer) -> dict[str, kaspi.Availability]:
    """Point code → what is on sale there."""
    return {each.store_id: each for each in offer.availabilities if each.available}


def _is_moved_far(price: int, before: int, city_id: str, row: _Row | None) -> bool:
    """Measured from the live list or from what a person confirmed, whichever is nearer."""
    confirmed = row.prices[city_id].confirmed if row and city_id in row.prices else 0
    return _is_far(price, before) and _is_far(price, confirmed)


def _is_far(price: int, before: int) -> bool:
    return abs(price - before) > before * LARGE_MOVE


# --- Files ------------------------------------------------------------------------------------------------------------


def _live_offers(path: Path | None) -> Iterator[Offer]:
    if path is None:
        return
    try:
        with path.open("rb") as file:
            yield from (offer for _, offer in kaspi.read_price_list_lines(file).offers)
    except (kaspi.MalformedPriceList, OSError) as error:
        raise _LiveListError(error) from error
